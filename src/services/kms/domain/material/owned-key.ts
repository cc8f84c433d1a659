import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import type { OwnedKey } from '../../../../core/owned-keys.ts'
import {
  decryptMessage,
  encryptMessage,
  fillPublicRandom,
  nonceBytes,
  saltBytes,
} from '../../../../crypto/aes-derived-key.ts'
import { encodeEncryptionContext } from '../algorithms/encryption-context.ts'

/** An AWS owned key as it is kept. */
export interface StoredOwnedKey {
  createdAtMs: number
  /** In the order in which they came: the last one encrypts. Stored sealed. */
  materials: readonly OwnedMaterial[]
}

interface OwnedMaterial {
  /** 32 hexadecimal digits; chance. */
  id: string
  /** 32 bytes, base64. */
  secret: string
}

export const newOwnedMaterial = (): OwnedMaterial => ({
  id: randomBytes(idBytes).toString('hex'),
  secret: randomBytes(32).toString('base64'),
})

// A ciphertext: version, 16 bytes that identify the material, 16 of salt, 12 of nonce, ciphertext, tag. It is not a ciphertext
// blob of KMS: a label of its own keeps it from ever being taken for one.
const version = 1
const idBytes = 16
const saltAt = 1 + idBytes
const nonceAt = saltAt + saltBytes
const headerBytes = nonceAt + nonceBytes
const label = 'strongroom.kms.owned.1'

const readied = new WeakMap<StoredOwnedKey, OwnedKey>()

/** The key ready for use; kept as long as its document. */
export function openOwnedKey(stored: StoredOwnedKey): OwnedKey {
  const known = readied.get(stored)
  if (known) return known
  const key = new ReadyKey(stored)
  readied.set(stored, key)
  return key
}

class ReadyKey implements OwnedKey {
  readonly #materials = new Map<string, KeyObject>()
  readonly #currentId: string

  constructor({ materials }: StoredOwnedKey) {
    for (const { id, secret } of materials) {
      const bytes = Buffer.from(secret, 'base64')
      this.#materials.set(id, createSecretKey(bytes))
      bytes.fill(0)
    }
    this.#currentId = materials.at(-1)?.id ?? ''
  }

  encrypt(plaintext: Uint8Array, context: Readonly<Record<string, string>>): Buffer {
    const material = this.#materials.get(this.#currentId)
    if (!material) throw new Error('an AWS owned key has lost its material')
    const header = Buffer.allocUnsafe(headerBytes)
    header[0] = version
    header.write(this.#currentId, 1, 'hex')
    fillPublicRandom(header, saltAt, headerBytes)
    const associated = Buffer.concat([header, encodeEncryptionContext(context)])
    return Buffer.concat([header, encryptMessage(material, seedIn(header), plaintext, associated)])
  }

  decrypt(ciphertext: Uint8Array, context: Readonly<Record<string, string>>): Buffer | undefined {
    const bytes = Buffer.from(ciphertext.buffer, ciphertext.byteOffset, ciphertext.length)
    if (bytes[0] !== version || bytes.length < headerBytes) return undefined
    const material = this.#materials.get(bytes.toString('hex', 1, saltAt))
    const header = bytes.subarray(0, headerBytes)
    const associated = Buffer.concat([header, encodeEncryptionContext(context)])
    return material && decryptMessage(material, seedIn(header), bytes.subarray(headerBytes), associated)
  }
}

const seedIn = (header: Buffer) => ({
  label,
  salt: header.subarray(saltAt, nonceAt),
  nonce: header.subarray(nonceAt, headerBytes),
})
