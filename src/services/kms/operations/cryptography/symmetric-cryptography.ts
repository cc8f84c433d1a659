import { type Awaitable, andThen } from '../../../../core/awaitable.ts'
import { type CiphertextBlob, openBlob, sealBlob } from '../../domain/algorithms/ciphertext-blob.ts'
import type { KmsKey } from '../../domain/key.ts'
import type { KmsContext } from '../../kms-context.ts'
import { findSecretKey } from '../../storage/key-store.ts'
import { decryptInKeyStore, encryptInKeyStore } from './key-store-cryptography.ts'

// What symmetric encryption keys do with their material. Nothing else reads the material of such a key, but for what
// key-store-cryptography.ts does for keys in custom key stores.

export interface Encrypted {
  ciphertextBlob: Buffer
  /** The version of the key material; keys in custom key stores have none to be named. */
  keyMaterialId?: string
}

export interface Decrypted {
  plaintext: Buffer
  keyMaterialId?: string
}

/**
 * Encrypts under a symmetric key's current material.
 * @throws ServiceError KMSInvalidStateException - the custom key store of the key did not do it.
 */
export function encryptWithKey(
  context: KmsContext,
  key: KmsKey,
  plaintext: Uint8Array,
  encodedContext: Buffer,
): Awaitable<Encrypted> {
  if (key.keyStore) {
    const encrypting = encryptInKeyStore(context, key, key.keyStore, plaintext, encodedContext)
    return encrypting.then((ciphertextBlob) => ({ ciphertextBlob }))
  }
  const { accountId, keyId, currentMaterialId: keyMaterialId } = key
  return andThen(keyMaterialId && findSecretKey(context.call.store, key, keyMaterialId), (secretKey) => {
    if (!keyMaterialId || !secretKey) throw new Error(`${key.arn} has lost its current key material`)
    const origin = { accountId, keyId, materialId: keyMaterialId }
    return { ciphertextBlob: sealBlob(origin, secretKey, plaintext, encodedContext), keyMaterialId }
  })
}

/**
 * @returns undefined - the blob was altered, its context is another, or the key never had the material that made it.
 * @throws ServiceError KMSInvalidStateException - the custom key store of the key did not do it.
 */
export function decryptWithKey(
  context: KmsContext,
  key: KmsKey,
  blob: CiphertextBlob,
  encodedContext: Buffer,
): Awaitable<Decrypted | undefined> {
  if (key.keyStore) {
    const decrypting = decryptInKeyStore(context, key, key.keyStore, blob, encodedContext)
    return decrypting.then((plaintext) => plaintext && { plaintext })
  }
  return andThen(findSecretKey(context.call.store, key, blob.materialId), (secretKey) => {
    const plaintext = secretKey && openBlob(blob, secretKey, encodedContext)
    return plaintext && { plaintext, keyMaterialId: blob.materialId }
  })
}
