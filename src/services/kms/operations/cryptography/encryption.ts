import type { Awaitable } from '../../../../core/awaitable.ts'
import { checkAlgorithm } from '../../domain/algorithms/key-specs.ts'
import { checkPlaintextSize, encryptOaep } from '../../domain/algorithms/rsa-encryption.ts'
import { encryptionContextNotValid } from '../../domain/errors.ts'
import type { KmsKey } from '../../domain/key.ts'
import { publicKeyOf } from '../../domain/material/key-material.ts'
import type { KmsContext } from '../../kms-context.ts'
import { type Encrypted, encryptWithKey } from './symmetric-cryptography.ts'

export const symmetricAlgorithm = 'SYMMETRIC_DEFAULT'

/**
 * Checks that a key encrypts, with this algorithm and this context.
 * @throws ServiceError InvalidKeyUsageException, ValidationException - a context with an RSA key, which binds nothing.
 */
export function checkEncryptionKey(key: KmsKey, algorithm: string, encodedContext: Buffer, operation: string): void {
  checkAlgorithm(key, 'ENCRYPT_DECRYPT', algorithm, operation)
  if (algorithm !== symmetricAlgorithm && encodedContext.length > 0) throw encryptionContextNotValid(key.keySpec)
}

/**
 * Encrypts under a key that was checked.
 * @throws ServiceError ValidationException (too large for an RSA key), KMSInvalidStateException (its custom key store).
 */
export function encryptUnder(
  context: KmsContext,
  key: KmsKey,
  algorithm: string,
  plaintext: Uint8Array,
  encodedContext: Buffer,
): Awaitable<Encrypted> {
  if (algorithm === symmetricAlgorithm) return encryptWithKey(context, key, plaintext, encodedContext)
  checkPlaintextSize(key, algorithm, plaintext)
  return { ciphertextBlob: encryptOaep(publicKeyOf(key), algorithm, plaintext) }
}

/** The record names the version of key material that was used, where it has a name. */
export function noteMaterial({ call }: KmsContext, keyMaterialId: string | undefined): void {
  if (keyMaterialId) call.note({ additionalEventData: { keyMaterialId } })
}
