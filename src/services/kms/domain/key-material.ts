import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'

/** One version of a key's material. */
export interface KeyMaterial {
  materialId: string
  /** Base64; stored sealed. */
  secret: string
  createdAtMs: number
}

/** Makes the material of a symmetric encryption key: 256 random bits. */
export function newSymmetricMaterial(keyId: string, nowMs: number): KeyMaterial {
  const bytes = randomBytes(32)
  const material = { materialId: materialIdOf(keyId, bytes), secret: bytes.toString('base64'), createdAtMs: nowMs }
  bytes.fill(0)
  return material
}

/**
 * The id of key material, 64 hexadecimal digits: the same for the same bytes in the same key, and so in the related keys
 * of other regions, and another in every other key. It says nothing about bytes that cannot be guessed.
 */
export const materialIdOf = (keyId: string, material: Uint8Array): string =>
  createHmac('sha256', material).update(`strongroom.kms.material-id\0${keyId}`).digest('hex')

const imported = new WeakMap<KeyMaterial, KeyObject>()

/** The secret, ready for use. Kept as long as the document, so that each is imported once and forgotten with it. */
export function secretKeyOf(material: KeyMaterial): KeyObject {
  const known = imported.get(material)
  if (known) return known
  const bytes = Buffer.from(material.secret, 'base64')
  const secretKey = createSecretKey(bytes)
  bytes.fill(0)
  imported.set(material, secretKey)
  return secretKey
}
