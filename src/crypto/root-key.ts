import { createSecretKey, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { decryptMessage, encryptMessage, nonceBytes, saltBytes } from './aes-derived-key.ts'
import { createKeyFile, readKeyFile } from './root-key-file.ts'
import { parseRootKey, RootKeyError, WrongRootKeyError } from './root-key-text.ts'

/** The key over all keys: it wraps the storage key and nothing else, and is never stored with what it protects. */
export interface RootKey {
  /** Where it comes from, in words for the person who starts the server: `the key file /var/lib/strongroom/root.key`. */
  readonly provider: string
  /** Wraps a key on first start; a key file is created when it is missing. @throws RootKeyError */
  wrap(key: Uint8Array): Promise<Buffer>
  /** @throws WrongRootKeyError when it was wrapped under another root key; RootKeyError when the root key cannot be had. */
  unwrap(wrapped: Uint8Array): Promise<Buffer>
}

/** The source of a root key. `from` names the setting that holds it, for messages. */
export type RootKeySource =
  | { kind: 'file'; file: string }
  /** 32 bytes as base64 or hex. */
  | { kind: 'value'; value: string; from: string }
  | { kind: 'passphrase'; passphrase: string; from: string }

/** @throws RootKeyError when a value is not 32 bytes or a passphrase is too short. */
export function rootKeyOf(source: RootKeySource): RootKey {
  switch (source.kind) {
    case 'file':
      return new KeyFileRootKey(source.file)
    case 'value':
      return new GivenRootKey(source.value, source.from)
    case 'passphrase':
      return new PassphraseRootKey(source.passphrase, source.from)
  }
}

/** First byte of a wrapped key: how the wrapping key is made. */
const wrappedUnder = { key: 1, passphrase: 2 }

class KeyFileRootKey implements RootKey {
  readonly provider: string
  readonly #file: string

  constructor(file: string) {
    this.provider = `the key file ${file}`
    this.#file = file
  }

  async wrap(key: Uint8Array): Promise<Buffer> {
    return wrapUnderKey(readKeyFile(this.#file) ?? createKeyFile(this.#file), key)
  }

  async unwrap(wrapped: Uint8Array): Promise<Buffer> {
    const rootKey = readKeyFile(this.#file)
    if (rootKey) return unwrapUnderKey(rootKey, wrapped, this.provider)
    throw new RootKeyError(
      `There is no key file ${this.#file}, but the database was sealed before. Put back the copy of its key file; ` +
        'without it, what is sealed stays closed. Nothing was changed.',
    )
  }
}

class GivenRootKey implements RootKey {
  readonly provider: string
  readonly #rootKey: Buffer

  constructor(value: string, from: string) {
    this.provider = from
    this.#rootKey = parseRootKey(value, from)
  }

  async wrap(key: Uint8Array): Promise<Buffer> {
    return wrapUnderKey(this.#rootKey, key)
  }

  async unwrap(wrapped: Uint8Array): Promise<Buffer> {
    return unwrapUnderKey(this.#rootKey, wrapped, this.provider)
  }
}

const minPassphraseCharacters = 12

/** OWASP's first choice for scrypt: N = 2^17, r = 8, p = 1, which takes 128 MiB and a few tenths of a second. */
const scryptCost = { log2N: 17, r: 8, p: 1 }
const maxLog2N = 20

/** Derives the wrapping key with scrypt; cost and salt stand in front of the wrapped key. */
class PassphraseRootKey implements RootKey {
  readonly provider: string
  readonly #passphrase: string

  constructor(passphrase: string, from: string) {
    // The same text typed on another machine may be composed of other code points.
    this.#passphrase = passphrase.normalize('NFKC')
    this.provider = `the passphrase in ${from}`
    if ([...this.#passphrase].length < minPassphraseCharacters) {
      throw new RootKeyError(
        `${from} is too short for a passphrase: use at least ${minPassphraseCharacters} characters.`,
      )
    }
  }

  async wrap(key: Uint8Array): Promise<Buffer> {
    const salt = randomBytes(saltBytes)
    const { log2N, r, p } = scryptCost
    const wrapped = wrapUnderKey(await this.#derive(salt, log2N), key)
    return Buffer.concat([Buffer.from([wrappedUnder.passphrase, log2N, r, p]), salt, wrapped])
  }

  async unwrap(wrapped: Uint8Array): Promise<Buffer> {
    const [kind, log2N = 0, r, p] = wrapped
    const isOurs = kind === wrappedUnder.passphrase && r === scryptCost.r && p === scryptCost.p
    if (!isOurs || log2N < scryptCost.log2N || log2N > maxLog2N) throw new WrongRootKeyError(this.provider)
    const salt = wrapped.subarray(4, 4 + saltBytes)
    return unwrapUnderKey(await this.#derive(salt, log2N), wrapped.subarray(4 + saltBytes), this.provider)
  }

  #derive(salt: Uint8Array, log2N: number): Promise<Buffer> {
    const { r, p } = scryptCost
    const cost = 2 ** log2N
    return deriveWithScrypt(this.#passphrase, salt, rootKeyBytes, {
      cost,
      blockSize: r,
      parallelization: p,
      maxmem: 256 * cost * r,
    })
  }
}

const deriveWithScrypt = promisify<string, Uint8Array, number, object, Buffer>(scrypt)

const rootKeyBytes = 32

function wrapUnderKey(rootKey: Buffer, key: Uint8Array): Buffer {
  const salt = randomBytes(saltBytes)
  const nonce = randomBytes(nonceBytes)
  const encrypted = encryptMessage(createSecretKey(rootKey), { label: wrapLabel, salt, nonce }, key, noContext)
  return Buffer.concat([Buffer.from([wrappedUnder.key]), salt, nonce, encrypted])
}

function unwrapUnderKey(rootKey: Buffer, wrapped: Uint8Array, provider: string): Buffer {
  const nonceAt = 1 + saltBytes
  const salt = wrapped.subarray(1, nonceAt)
  const nonce = wrapped.subarray(nonceAt, nonceAt + nonceBytes)
  const seed = { label: wrapLabel, salt, nonce }
  const encrypted = wrapped.subarray(nonceAt + nonceBytes)
  const key =
    wrapped[0] === wrappedUnder.key ? decryptMessage(createSecretKey(rootKey), seed, encrypted, noContext) : undefined
  if (!key) throw new WrongRootKeyError(provider)
  return key
}

const wrapLabel = 'strongroom storage key'
const noContext = new Uint8Array()
