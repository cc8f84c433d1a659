import type {
  ListTagsForResourceInput,
  ListTagsForResourceOutput,
  TagResourceInput,
  TagResourceOutput,
  UntagResourceInput,
  UntagResourceOutput,
} from '@aws-sdk/client-athena'
import type { Permission, Validated } from '../../../core/operation.ts'
import { removedTagKeys, requestTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import type { GivenTag, Tag } from '../../../kit/tags.ts'
import type { AthenaContext } from '../athena-context.ts'
import { resourceNotFound } from '../domain/errors.ts'
import { athenaTags } from '../domain/work-group-tags.ts'
import { workGroups } from '../storage/collections.ts'
import { scopeOf, workGroupArn } from './permissions.ts'
import { findWorkGroup } from './work-groups.ts'

/** The work group that an ARN names: of what there is here, work groups alone have tags. */
function nameIn(context: AthenaContext, arn: string): string {
  const [, name = ''] = /:workgroup\/(.+)$/.exec(arn) ?? []
  if (workGroupArn(context, name) !== arn) throw resourceNotFound('Resource not found', arn)
  return name
}

export async function onTagged(
  context: AthenaContext,
  input: { ResourceARN: string; Tags?: GivenTag[]; TagKeys?: string[] },
): Promise<Permission[]> {
  const group = await context.call.store.in(workGroups).get(scopeOf(context), nameIn(context, input.ResourceARN))
  const keys = {
    ...resourceTagKeys(group?.tags ?? []),
    ...(input.Tags && requestTagKeys(input.Tags)),
    ...(input.TagKeys && removedTagKeys(input.TagKeys)),
  }
  return [{ action: `athena:${context.call.operation}`, resource: input.ResourceARN, context: keys }]
}

async function changeTags(context: AthenaContext, arn: string, change: (tags: readonly Tag[]) => Tag[]) {
  const name = nameIn(context, arn)
  return context.call.transaction(async (tx) => {
    const present = await findWorkGroup(tx, context, name)
    await tx.in(workGroups).put(scopeOf(context), name, { ...present, tags: change(present.tags) })
    return {}
  })
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_TagResource.html */
export const tagResource = (
  context: AthenaContext,
  { ResourceARN, Tags }: Validated<TagResourceInput>,
): Promise<TagResourceOutput> => changeTags(context, ResourceARN, (tags) => athenaTags.merge(tags, Tags))

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_UntagResource.html */
export const untagResource = (
  context: AthenaContext,
  { ResourceARN, TagKeys }: Validated<UntagResourceInput>,
): Promise<UntagResourceOutput> => changeTags(context, ResourceARN, (tags) => athenaTags.remove(tags, TagKeys))

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_ListTagsForResource.html */
export async function listTagsForResource(
  context: AthenaContext,
  { ResourceARN }: Validated<ListTagsForResourceInput>,
): Promise<ListTagsForResourceOutput> {
  const { tags } = await findWorkGroup(context.call.store, context, nameIn(context, ResourceARN))
  return { Tags: tags.map(({ Key, Value }) => ({ Key, Value })) }
}
