import { foreignDefaultKey, managedByService, markedForDeletion, notOnReplica } from './errors.ts'
import { isReplica, type Secret } from './secret.ts'

/** @throws ServiceError InvalidParameterException - a replica; InvalidRequestException - marked for deletion. */
export function checkChangeable(secret: Secret): void {
  if (isReplica(secret)) throw notOnReplica()
  checkNotDeleted(secret)
}

/** @throws ServiceError InvalidRequestException. */
export function checkNotDeleted({ deletion }: Secret): void {
  if (deletion) throw markedForDeletion()
}

/**
 * Refuses what only the service that made the secret may do.
 * @param calledVia - service principals by way of which the call is made.
 * @throws ServiceError InvalidRequestException.
 */
export function checkNotManaged({ owningService }: Secret, calledVia: readonly string[] = []): void {
  if (owningService !== undefined && owningOf(calledVia) !== owningService) throw managedByService()
}

/** Returns the service that a call comes from: what it makes under a name of its own is managed by it. */
export const owningOf = (calledVia: readonly string[]): string | undefined => calledVia.at(-1)?.split('.')[0]

/** The default key serves the account of the secret alone. @throws ServiceError InvalidRequestException. */
export function checkKeyServes({ accountId, kmsKeyId }: Secret, callerAccountId: string): void {
  if (kmsKeyId === undefined && accountId !== callerAccountId) throw foreignDefaultKey()
}
