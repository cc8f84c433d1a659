import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import type { KmsKey } from '../key.ts'
import type { RawMaterial } from './key-generation.ts'

/** One version of a key's material. */
export interface KeyMaterial {
  materialId: string
  /** Base64; stored sealed. Of a key pair the private key as PKCS#8 DER, of any other key its bytes. */
  secret: string
  createdAtMs: number
}

/** Makes the material of a symmetric encryption key: 256 random bits. */
export const newSymmetricMaterial = (keyId: string, nowMs: number): KeyMaterial =>
  keyMaterial(keyId, randomBytes(32), nowMs)

/** A version of a key's material. @param secret - its bytes, which are overwritten. */
export function keyMaterial(keyId: string, secret: Buffer, nowMs: number): KeyMaterial {
  const material = { materialId: materialIdOf(keyId, secret), secret: secret.toString('base64'), createdAtMs: nowMs }
  secret.fill(0)
  return material
}

/** A key with its first material. */
export function withFirstMaterial(
  key: KmsKey,
  { secret, publicKey }: RawMaterial,
  nowMs: number,
): { key: KmsKey; material: KeyMaterial } {
  const material = keyMaterial(key.keyId, secret, nowMs)
  const { materialId } = material
  return {
    key: {
      ...key,
      currentMaterialId: materialId,
      materials: [{ materialId, state: 'CURRENT' }],
      ...(publicKey && { publicKey: publicKey.toString('base64') }),
    },
    material,
  }
}

/**
 * The id of key material, 64 hexadecimal digits: the same for the same bytes in the same key, and so in the related keys
 * of other regions, and another in every other key. It says nothing about bytes that cannot be guessed.
 */
export const materialIdOf = (keyId: string, material: Uint8Array): string =>
  createHmac('sha256', material).update(`strongroom.kms.material-id\0${keyId}`).digest('hex')

const readied = new WeakMap<KeyMaterial, KeyObject>()

/** The secret, ready for use. Kept as long as the document, so that each is readied once and forgotten with it. */
export const secretKeyOf = (material: KeyMaterial): KeyObject => ready(material, createSecretKey)

/** The private key of a key pair, ready for use, and kept as `secretKeyOf` keeps the secret. */
export const privateKeyOf = (material: KeyMaterial): KeyObject =>
  ready(material, (key) => createPrivateKey({ key, format: 'der', type: 'pkcs8' }))

const readiedPublic = new WeakMap<KmsKey, KeyObject>()

/** The public half of a key pair, ready for use, and kept as long as the key's document. */
export function publicKeyOf(key: KmsKey): KeyObject {
  const known = readiedPublic.get(key)
  if (known) return known
  if (key.publicKey === undefined) throw new Error(`${key.arn} has no public key`)
  const publicKey = createPublicKey({ key: Buffer.from(key.publicKey, 'base64'), format: 'der', type: 'spki' })
  readiedPublic.set(key, publicKey)
  return publicKey
}

function ready(material: KeyMaterial, toKey: (bytes: Buffer) => KeyObject): KeyObject {
  const known = readied.get(material)
  if (known) return known
  const bytes = Buffer.from(material.secret, 'base64')
  const key = toKey(bytes)
  bytes.fill(0)
  readied.set(material, key)
  return key
}
