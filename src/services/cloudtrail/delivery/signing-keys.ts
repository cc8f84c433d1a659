import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Clock } from '../../../core/clock.ts'
import { dayMs } from '../../../core/durations.ts'
import type { Store } from '../../../core/store.ts'
import { generateRsaKeyPair } from '../../../crypto/rsa-keys/rsa-keys.ts'
import { inOrder } from '../storage/pending.ts'
import { keysOf, type SigningKeyDocument, signingKeys } from '../storage/signing-keys.ts'

const modulusBits = 2048

/** AWS publishes no period. */
const validMs = 90 * dayMs

// With a callback, node:crypto signs off the serving thread.
const signApart = promisify(sign)

/** The keys that digests are signed with: a key pair for each Region, which another follows in time. */
export class SigningKeys {
  readonly #store: Store
  readonly #clock: Clock
  /** By Region, so that one is made at a time. */
  readonly #making = new Map<string, Promise<SigningKeyDocument>>()

  constructor({ store, clock }: { store: Store; clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  /** Returns the key of a Region that is valid now, made if there is none. */
  async current(region: string): Promise<SigningKeyDocument> {
    const last = await this.#last(region)
    if (last && last.validUntilMs > this.#clock.nowMs()) return last
    const making = this.#making.get(region) ?? this.#make(region)
    this.#making.set(region, making)
    try {
      return await making
    } finally {
      this.#making.delete(region)
    }
  }

  /**
   * Signs a text: RSA (PKCS #1 v1.5) with SHA-256.
   * @returns lower-case hex.
   */
  async sign(key: SigningKeyDocument, text: string): Promise<string> {
    return (await signApart('RSA-SHA256', Buffer.from(text), privateKeyOf(key))).toString('hex')
  }

  /** Returns the keys of a Region that were valid in a time, oldest first. */
  async validBetween(region: string, fromMs: number, untilMs: number): Promise<SigningKeyDocument[]> {
    const keys = await this.#store.in(signingKeys).list(keysOf(region))
    return keys
      .map(({ document }) => document)
      .filter(({ validFromMs, validUntilMs }) => validFromMs <= untilMs && validUntilMs >= fromMs)
  }

  async #last(region: string): Promise<SigningKeyDocument | undefined> {
    const [last] = await this.#store.in(signingKeys).listOrdered(keysOf(region), { descending: true, limit: 1 })
    return last?.document
  }

  /** Another node may have made one meanwhile: the first that is committed is everyone's. */
  async #make(region: string): Promise<SigningKeyDocument> {
    const pair = await generateRsaKeyPair(modulusBits)
    const made = { publicKey: pkcs1Of(pair.publicKey), privateKey: Buffer.from(pair.privateKey).toString('base64') }
    const nowMs = this.#clock.nowMs()
    const document = {
      ...made,
      fingerprint: fingerprintOf(made.publicKey),
      validFromMs: nowMs,
      validUntilMs: nowMs + validMs,
    }
    return this.#store.transaction(async (tx) => {
      const [present] = await tx.in(signingKeys).listOrdered(keysOf(region), { descending: true, limit: 1 })
      if (present && present.document.validUntilMs > nowMs) return present.document
      await tx.in(signingKeys).put(keysOf(region), inOrder(nowMs), document)
      return document
    })
  }
}

/** @param spki - DER: SubjectPublicKeyInfo. @returns base64 of DER: RSAPublicKey of PKCS #1. */
const pkcs1Of = (spki: Uint8Array): string =>
  createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    .export({ format: 'der', type: 'pkcs1' })
    .toString('base64')

/** AWS's published keys have the MD5 of their DER form as fingerprints. It is a name and protects nothing. */
const fingerprintOf = (publicKey: string): string =>
  createHash('md5').update(Buffer.from(publicKey, 'base64')).digest('hex')

const privateKeyOf = ({ privateKey }: SigningKeyDocument): KeyObject =>
  createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' })
