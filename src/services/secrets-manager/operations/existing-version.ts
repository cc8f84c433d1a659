import { tokenInUse } from '../domain/errors.ts'
import type { PlainValue, Secret } from '../domain/secret.ts'
import { sameValue } from '../domain/value-encryption.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { getVersion } from '../storage/secret-store.ts'
import { decryptVersion, kmsFor } from './value-keys.ts'

/**
 * Thrown inside a transaction: another call has made the version of this token since it was looked for. The transaction is
 * then undone, and the version compared.
 */
export class VersionAppeared extends Error {}

/**
 * Returns whether a token has been used for a version that holds this value already: the request is then a repetition, and done.
 * @returns false when there is no such version, or one that waits for its value.
 * @throws ServiceError ResourceExistsException - it holds another value; DecryptionFailure, AccessDeniedException.
 */
export async function isRepetition(
  { call }: SecretsManagerContext,
  secret: Secret,
  token: string,
  value: PlainValue | undefined,
): Promise<boolean> {
  const version = await getVersion(call.store, secret, token)
  if (!version?.value) return false
  const stored = await decryptVersion(kmsFor(call), secret, version, version.value)
  if (!value || !sameValue(stored, value)) throw tokenInUse(token, secret.arn)
  return true
}

/** Runs a change that makes a version; when another call was faster, the answer is that of a repetition. */
export async function unlessRepeated<R>(change: () => Promise<R>, repeated: () => Promise<R>): Promise<R> {
  try {
    return await change()
  } catch (error) {
    if (error instanceof VersionAppeared) return repeated()
    throw error
  }
}
