import { createCipheriv, createDecipheriv, createHmac, type KeyObject, randomFillSync } from 'node:crypto'

/** Bytes of what every message has of its own. */
export const saltBytes = 16
export const nonceBytes = 12
export const tagBytes = 16

/** The values from which a message's own key is derived; neither part is secret. */
export interface MessageSeed {
  /** Names the purpose of the derived key: the same material never gives one key to two purposes. */
  label: string
  salt: Uint8Array
  nonce: Uint8Array
}

/**
 * Encrypts with AES-256-GCM under a key that is derived for this message alone, so that one key's material may encrypt
 * any number of messages: two messages meet only when 16 random bytes of salt and 12 of nonce agree.
 * @param material - at least 32 random bytes.
 * @returns the ciphertext, as long as the plaintext, followed by the tag.
 */
export function encryptMessage(material: KeyObject, seed: MessageSeed, plaintext: Uint8Array, aad: Uint8Array): Buffer {
  const key = deriveKey(material, seed)
  try {
    const cipher = createCipheriv('aes-256-gcm', key, seed.nonce).setAAD(aad)
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  } finally {
    key.fill(0)
  }
}

/** @returns the plaintext; undefined when anything, the associated data included, is not what was encrypted. */
export function decryptMessage(
  material: KeyObject,
  seed: MessageSeed,
  ciphertextAndTag: Uint8Array,
  aad: Uint8Array,
): Buffer | undefined {
  const end = ciphertextAndTag.length - tagBytes
  if (end < 0) return undefined
  const key = deriveKey(material, seed)
  const decipher = createDecipheriv('aes-256-gcm', key, seed.nonce, { authTagLength: tagBytes })
  decipher.setAAD(aad).setAuthTag(ciphertextAndTag.subarray(end))
  const plaintext = decipher.update(ciphertextAndTag.subarray(0, end))
  try {
    decipher.final()
    return plaintext
  } catch {
    plaintext.fill(0)
    return undefined
  } finally {
    key.fill(0)
  }
}

/** NIST SP 800-108r1 in counter mode with HMAC-SHA-256: one block, [1]₃₂ ‖ label ‖ 0x00 ‖ salt ‖ [256]₃₂. */
function deriveKey(material: KeyObject, { label, salt }: MessageSeed): Buffer {
  const start = `\0\0\0\x01${label}\0`
  return createHmac('sha256', material).update(start, 'latin1').update(salt).update('\0\0\x01\0', 'latin1').digest()
}

// Drawn in batches: a call to the generator costs more than its bytes, and these go into the open with the message.
const batch = Buffer.alloc(8192)
let drawnBytes = batch.length

/** Fills a part of a buffer with random bytes that need not be secret: salts and nonces. */
export function fillPublicRandom(target: Buffer, start: number, end: number): void {
  const count = end - start
  if (drawnBytes + count > batch.length) {
    randomFillSync(batch)
    drawnBytes = 0
  }
  batch.copy(target, start, drawnBytes, drawnBytes + count)
  drawnBytes += count
}
