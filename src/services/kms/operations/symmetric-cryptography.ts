import { type CiphertextBlob, openBlob, sealBlob } from '../domain/ciphertext-blob.ts'
import type { KmsKey } from '../domain/key.ts'
import type { Reader } from '../storage/collections.ts'
import { findSecretKey } from '../storage/key-store.ts'

// What symmetric encryption keys do with their material. Nothing else reads the material of such a key.

/** Encrypts under a symmetric key's current material. */
export async function encryptWithKey(
  reader: Reader,
  key: KmsKey,
  plaintext: Uint8Array,
  encodedContext: Buffer,
): Promise<Buffer> {
  const { accountId, keyId, currentMaterialId: materialId } = key
  const secretKey = materialId && (await findSecretKey(reader, key, materialId))
  if (!secretKey) throw new Error(`${key.arn} has lost its current key material`)
  return sealBlob({ accountId, keyId, materialId }, secretKey, plaintext, encodedContext)
}

/** @returns undefined - the blob was altered, its context is another, or the key never had the material that made it. */
export async function decryptWithKey(
  reader: Reader,
  key: KmsKey,
  blob: CiphertextBlob,
  encodedContext: Buffer,
): Promise<Buffer | undefined> {
  const secretKey = await findSecretKey(reader, key, blob.materialId)
  return secretKey && openBlob(blob, secretKey, encodedContext)
}
