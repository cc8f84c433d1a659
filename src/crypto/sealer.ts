import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import type { Sealer } from '../core/sealer.ts'
import type { Sql } from '../core/sql.ts'
import { decryptMessage, encryptMessage, fillPublicRandom, nonceBytes, saltBytes, tagBytes } from './aes-derived-key.ts'
import type { RootKey } from './root-key.ts'

/** First byte of a sealed value; another layout or another cipher gets another number. */
const version = 1
const headerBytes = 1 + saltBytes + nonceBytes

const storageKeyBytes = 32

/**
 * Seals under keys derived from the storage key: version, 16 bytes of salt, 12 of nonce, ciphertext, tag. Each value has a
 * key of its own, derived from its salt, so that random nonces stay good for any number of values.
 */
export class StorageSealer implements Sealer {
  readonly #storageKey: Buffer
  readonly #material: KeyObject

  /** @param storageKey - 32 random bytes. */
  constructor(storageKey: Buffer) {
    if (storageKey.length !== storageKeyBytes) throw new RangeError(`a storage key has ${storageKeyBytes} bytes`)
    this.#storageKey = storageKey
    this.#material = createSecretKey(derivedKey(storageKey, 'seal'))
  }

  seal(plaintext: Uint8Array, context: string): Buffer {
    const header = Buffer.allocUnsafe(headerBytes)
    header[0] = version
    fillPublicRandom(header, 1, headerBytes)
    return Buffer.concat([header, encryptMessage(this.#material, seedIn(header), plaintext, Buffer.from(context))])
  }

  open(sealed: Uint8Array, context: string): Buffer {
    const plaintext =
      sealed[0] === version && sealed.length >= headerBytes + tagBytes
        ? decryptMessage(this.#material, seedIn(sealed), sealed.subarray(headerBytes), Buffer.from(context))
        : undefined
    if (!plaintext) throw new Error('a sealed value was altered, moved or sealed under another key')
    return plaintext
  }

  /** A key of 32 bytes for one purpose (HKDF-SHA-256): always the same for the same purpose, and independent of all others. */
  derive(purpose: string): Buffer {
    return derivedKey(this.#storageKey, `derive/${purpose}`)
  }
}

const derivedKey = (storageKey: Buffer, info: string) =>
  Buffer.from(hkdfSync('sha256', storageKey, '', `strongroom/${info}`, storageKeyBytes))

const seedIn = (sealed: Uint8Array) => ({
  label: 'strongroom sealed value',
  salt: sealed.subarray(1, 1 + saltBytes),
  nonce: sealed.subarray(1 + saltBytes, headerBytes),
})

/**
 * Opens the storage key that the table `meta (key, value)` holds wrapped under the root key, or makes it on first start.
 * Called inside the transaction that opens the database.
 * @throws WrongRootKeyError, RootKeyError - before anything is changed.
 */
export async function openSealer(sql: Sql, rootKey: RootKey): Promise<StorageSealer> {
  const [row] = await sql.all<{ value: string }>("SELECT value FROM meta WHERE key = 'storage-key'")
  if (row) return new StorageSealer(await rootKey.unwrap(Buffer.from(row.value, 'base64')))
  const storageKey = randomBytes(storageKeyBytes)
  const wrapped = await rootKey.wrap(storageKey)
  await sql.run("INSERT INTO meta (key, value) VALUES ('storage-key', ?)", [wrapped.toString('base64')])
  return new StorageSealer(storageKey)
}
