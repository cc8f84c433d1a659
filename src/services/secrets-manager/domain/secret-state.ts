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

/** Refuses what only the service that made the secret may do. @throws ServiceError InvalidRequestException. */
export function checkNotManaged({ owningService }: Secret): void {
  if (owningService !== undefined) throw managedByService()
}

/** The default key serves the account of the secret alone. @throws ServiceError InvalidRequestException. */
export function checkKeyServes({ accountId, kmsKeyId }: Secret, callerAccountId: string): void {
  if (kmsKeyId === undefined && accountId !== callerAccountId) throw foreignDefaultKey()
}
