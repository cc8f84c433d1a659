import { createHash, createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Clock } from '../../../core/clock.ts'
import { dayMs } from '../../../core/durations.ts'
import type { PublicDocument } from '../../../core/services/service-module.ts'
import type { Store } from '../../../core/store.ts'
import { generateRsaKeyPair } from '../../../crypto/rsa-keys/rsa-keys.ts'
import { certificatePem, certificateToSign } from '../domain/certificate.ts'
import type { Signature } from '../domain/envelope.ts'
import { everywhere, type SigningKeyDocument, signingKeys } from '../storage/collections.ts'

export interface SigningKey {
  privateKey: KeyObject
  /** PEM. */
  certificate: string
  /** Of the certificate, for its URL. */
  fileName: string
}

const documentId = 'current'
const modulusBits = 2048
const commonName = 'sns.amazonaws.com'
const validDays = 10 * 365

// With a callback, node:crypto signs off the serving thread.
const signApart = promisify(sign)

/** The key that messages are signed with: made once for a server, when the first message is signed, and kept sealed. */
export class SigningKeys {
  readonly #store: Store
  readonly #clock: Clock
  readonly #endpoint: () => string
  #key: Promise<SigningKey> | undefined

  constructor({ store, clock, endpoint }: { store: Store; clock: Clock; endpoint(): string }) {
    this.#store = store
    this.#clock = clock
    this.#endpoint = endpoint
  }

  /** Signs a text with RSA: with SHA-1 in version 1, with SHA-256 in version 2. */
  async sign(text: string, version: Signature['version']): Promise<Signature> {
    const { privateKey, fileName } = await this.#current()
    const signature = await signApart(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256', Buffer.from(text), privateKey)
    return { version, value: signature.toString('base64'), certificateUrl: `${this.#endpoint()}/${fileName}` }
  }

  /** The certificate under a path; undefined where it is not the one that is there. */
  async certificateAt(path: string): Promise<PublicDocument | undefined> {
    const stored = await this.#store.in(signingKeys).get(everywhere, documentId)
    if (!stored || path !== `/${fileNameOf(stored.certificate)}`) return undefined
    return { contentType: 'application/x-pem-file', body: stored.certificate }
  }

  #current(): Promise<SigningKey> {
    this.#key ??= this.#load().catch((error) => {
      this.#key = undefined
      throw error
    })
    return this.#key
  }

  async #load(): Promise<SigningKey> {
    const stored = (await this.#store.in(signingKeys).get(everywhere, documentId)) ?? (await this.#make())
    const privateKey = createPrivateKey({
      ...{ key: Buffer.from(stored.privateKey, 'base64'), format: 'der' as const, type: 'pkcs8' as const },
    })
    return { privateKey, certificate: stored.certificate, fileName: fileNameOf(stored.certificate) }
  }

  /** Another node may have made one meanwhile: the first that is committed is everyone's. */
  async #make(): Promise<SigningKeyDocument> {
    const pair = await generateRsaKeyPair(modulusBits)
    const fromMs = this.#clock.nowMs() - dayMs
    const signed = certificateToSign({
      ...{ publicKey: pair.publicKey, commonName, serialNumber: serialNumber() },
      ...{ fromMs, untilMs: fromMs + validDays * dayMs },
    })
    const key = Buffer.from(pair.privateKey)
    const signature = await signApart('RSA-SHA256', signed, createPrivateKey({ key, format: 'der', type: 'pkcs8' }))
    const made = { privateKey: key.toString('base64'), certificate: certificatePem(signed, signature) }
    return this.#store.transaction(async (tx) => {
      const present = await tx.in(signingKeys).get(everywhere, documentId)
      if (!present) await tx.in(signingKeys).put(everywhere, documentId, made)
      return present ?? made
    })
  }
}

/** Positive, and without a first byte of zero. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f)
  return bytes
}

const fileNameOf = (certificate: string): string =>
  `SimpleNotificationService-${createHash('sha256').update(certificate).digest('hex').slice(0, 32)}.pem`
