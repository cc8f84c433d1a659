import type { Transaction } from '../../../../core/store.ts'
import type { BoundPolicy } from '../../../../kit/resource-policies/bound-principals.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { resourceNotFound } from '../../domain/errors.ts'
import type { PolicyOwner } from '../../domain/lake/policies.ts'
import { channelById, channels } from '../../storage/lake-channels.ts'
import { dashboardAt, dashboards } from '../../storage/lake-dashboards.ts'
import { putStore, storeById } from '../../storage/lake-stores.ts'
import { everywhere } from '../../storage/trails.ts'

type Tags = readonly { Key: string; Value: string }[]

/** What of a resource of Lake its tags and its policy are kept with. */
export interface LakeResource {
  kind: PolicyOwner
  arn: string
  accountId: string
  region: string
  tags: Tags
  policy?: BoundPolicy
}

const kinds: Readonly<Record<string, PolicyOwner>> = {
  eventdatastore: 'store',
  channel: 'channel',
  dashboard: 'dashboard',
}

/** Returns the kind of resource that an ARN is of, if it is one of Lake's. */
export function kindOfArn(arn: string): PolicyOwner | undefined {
  const found = /^arn:[^:]+:cloudtrail:[^:]+:\d{12}:(eventdatastore|channel|dashboard)\/.+$/.exec(arn)
  return found?.[1] === undefined ? undefined : kinds[found[1]]
}

/** Finds the resource of Lake at an ARN, in the call's account and Region. */
export async function lakeResourceAt({ call }: CloudTrailContext, arn: string): Promise<LakeResource | undefined> {
  const kind = kindOfArn(arn)
  if (kind === undefined) return undefined
  const id = arn.slice(arn.lastIndexOf('/') + 1)
  const found =
    kind === 'store'
      ? await storeById(call.store, id)
      : kind === 'channel'
        ? await channelById(call.store, id)
        : await dashboardAt(call.store, arn)
  return found?.arn === arn && found.accountId === call.accountId && found.region === call.region
    ? { ...found, kind }
    : undefined
}

/** Changes the tags or the policy of a resource in a transaction. @throws ServiceError ResourceNotFoundException - it is gone. */
export async function changeLakeResource(
  tx: Transaction,
  { kind, arn }: LakeResource,
  change: (present: { tags: Tags; policy?: BoundPolicy }) => { tags?: Tags; policy?: BoundPolicy | 'none' },
): Promise<void> {
  const id = arn.slice(arn.lastIndexOf('/') + 1)
  const changed = <T extends { tags: Tags; policy?: BoundPolicy }>(present: T | undefined): T => {
    if (!present) throw resourceNotFound(arn)
    const { tags = present.tags, policy = present.policy } = change(present)
    const { policy: _, ...rest } = present
    return { ...rest, tags, ...(policy !== undefined && policy !== 'none' && { policy }) } as T
  }
  if (kind === 'store') await putStore(tx, changed(await storeById(tx, id)))
  else if (kind === 'channel') await tx.in(channels).put(everywhere, id, changed(await channelById(tx, id)))
  else await tx.in(dashboards).put(everywhere, arn, changed(await dashboardAt(tx, arn)))
}
