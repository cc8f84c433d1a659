import { createHmac, timingSafeEqual } from 'node:crypto'
import type { CredentialScope } from './scope.ts'

/**
 * Derives the key that signs one service in one region on one day: IAM User Guide, "Create a signed AWS API request",
 * step 4.
 */
export function deriveSigningKey(
  secretAccessKey: string,
  { date, region, service, terminator }: CredentialScope,
): Buffer {
  let key = hmac(`AWS4${secretAccessKey}`, date)
  for (const part of [region, service, terminator]) key = hmac(key, part)
  return key
}

/** The signature of a string to sign: 64 lower-case hex digits. */
export const signatureOf = (signingKey: Buffer, stringToSign: string): string =>
  createHmac('sha256', signingKey).update(stringToSign, 'latin1').digest('hex')

/** Compares a computed signature with a claimed one in a time that does not depend on where they differ. */
export function signaturesEqual(computed: string, claimed: string): boolean {
  const [ours, theirs] = [Buffer.from(computed), Buffer.from(claimed)]
  return ours.length === theirs.length && timingSafeEqual(ours, theirs)
}

/**
 * Signing keys of the latest credentials to sign correctly. A key is served only for the secret it was derived from, so
 * that a replaced secret is never verified with the old key.
 */
export class SigningKeyCache {
  readonly #limit: number
  readonly #keys = new Map<string, { secretAccessKey: string; signingKey: Buffer }>()

  constructor(limit = 1024) {
    this.#limit = limit
  }

  get(scope: CredentialScope, secretAccessKey: string): Buffer | undefined {
    const name = nameOf(scope)
    const kept = this.#keys.get(name)
    if (kept?.secretAccessKey !== secretAccessKey) return undefined
    this.#keys.delete(name)
    this.#keys.set(name, kept)
    return kept.signingKey
  }

  /** To be called when a signature has verified: what strangers claim must not push out what is in use. */
  keep(scope: CredentialScope, secretAccessKey: string, signingKey: Buffer): void {
    this.#keys.set(nameOf(scope), { secretAccessKey, signingKey })
    if (this.#keys.size <= this.#limit) return
    const [leastRecent] = this.#keys.keys()
    if (leastRecent !== undefined) this.#keys.delete(leastRecent)
  }
}

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text, 'latin1').digest()

// The parts hold no slash, so no two scopes have one name.
const nameOf = ({ accessKeyId, date, region, service }: CredentialScope) =>
  `${accessKeyId}/${date}/${region}/${service}`
