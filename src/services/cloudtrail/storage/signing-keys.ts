import type { CollectionSpec, Scope } from '../../../core/store.ts'

/** A key that digests of one Region are signed with. */
export interface SigningKeyDocument {
  /** base64 of DER: RSAPublicKey of PKCS#1. */
  publicKey: string
  /** base64 of DER: PKCS#8. */
  privateKey: string
  /** Lower-case hex. */
  fingerprint: string
  validFromMs: number
  /** When the next key takes its place. */
  validUntilMs: number
}

/** By the beginning of their validity. */
export const signingKeys: CollectionSpec<SigningKeyDocument> = {
  name: 'cloudtrail.signing-keys',
  sealed: ['privateKey'],
}

/** Keys belong to a Region and to no account. */
export const keysOf = (region: string): Scope => ({ accountId: '', region })
