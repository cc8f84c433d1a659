import { createHmac, timingSafeEqual } from 'node:crypto'
import { BoundedMap } from '../../core/bounded-map.ts'
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
  readonly #keys: BoundedMap<string, { secretAccessKey: string; signingKey: Buffer }>

  constructor(limit = 1024) {
    this.#keys = new BoundedMap(limit)
  }

  /** @param credential - the whole text, with key, day, region and service. */
  get(credential: string, secretAccessKey: string): Buffer | undefined {
    const kept = this.#keys.get(credential)
    return kept?.secretAccessKey === secretAccessKey ? kept.signingKey : undefined
  }

  /** Keeps a key. Called when a signature has verified: what strangers claim must not push out what is in use. */
  keep(credential: string, secretAccessKey: string, signingKey: Buffer): void {
    this.#keys.set(credential, { secretAccessKey, signingKey })
  }
}

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text, 'latin1').digest()
