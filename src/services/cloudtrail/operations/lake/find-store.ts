import type { Permission } from '../../../../core/operation.ts'
import type { DocumentReader } from '../../../../core/store.ts'
import { resourceTagKeys } from '../../../../kit/tag-keys.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { eventDataStoreNotFound } from '../../domain/errors.ts'
import { storeInactive } from '../../domain/lake/errors.ts'
import type { EventDataStore } from '../../domain/lake/event-data-store.ts'
import { lakePolicies } from '../../domain/lake/policies.ts'
import { eventDataStoreArn } from '../../domain/resource-names.ts'
import { storeById } from '../../storage/lake-stores.ts'

/** Finds the store at an ARN, if it is there. */
export async function storeIfAt(
  { call, foundStores }: CloudTrailContext,
  arn: string,
): Promise<EventDataStore | undefined> {
  const id = arn.slice(arn.lastIndexOf('/') + 1)
  const store = await foundStores.find(id, () => storeById(call.store, id))
  return store?.arn === arn && store.region === call.region ? store : undefined
}

/**
 * Finds the store that a request names, by its ARN or its id.
 * @throws ServiceError EventDataStoreARNInvalidException, EventDataStoreNotFoundException
 */
export async function findStore(context: CloudTrailContext, idOrArn: string): Promise<EventDataStore> {
  const arn = eventDataStoreArn(context.call, idOrArn)
  const store = await storeIfAt(context, arn)
  if (!store) throw eventDataStoreNotFound(arn)
  return store
}

/** Finds a store that is not pending deletion. @throws ServiceError as `findStore`; InactiveEventDataStoreException. */
export async function findActiveStore(context: CloudTrailContext, idOrArn: string): Promise<EventDataStore> {
  const store = await findStore(context, idOrArn)
  if (store.status === 'PENDING_DELETION') throw storeInactive(store.arn)
  return store
}

/** Reads a store as it is in a transaction. @throws ServiceError EventDataStoreNotFoundException - it was removed meanwhile. */
export async function presentStore(reader: DocumentReader, { id, arn }: EventDataStore): Promise<EventDataStore> {
  const present = await storeById(reader, id)
  if (!present) throw eventDataStoreNotFound(arn)
  return present
}

/** Returns the permission for an action on a store: its policy may allow other accounts. */
export async function storePermission(
  { call, lake }: CloudTrailContext,
  arn: string,
  store: EventDataStore | undefined,
): Promise<Permission> {
  const policy = store?.policy && (await lakePolicies.store.inForce(lake.identity, store.policy))
  return {
    ...{ action: `cloudtrail:${call.operation}`, resource: arn },
    ...(store && { resourceAccountId: store.accountId, context: () => resourceTagKeys(store.tags) }),
    ...(policy && { policy }),
  }
}

/** Returns the permissions for operations on the store that a member of the request names. */
export const onStore =
  <Member extends string>(member: Member) =>
  async (context: CloudTrailContext, request: Readonly<Record<Member, string>>): Promise<Permission[]> => {
    const arn = eventDataStoreArn(context.call, request[member])
    return [await storePermission(context, arn, await storeIfAt(context, arn))]
  }
