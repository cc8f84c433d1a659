import type { KeyObject } from 'node:crypto'
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js'
import { ed25519ph } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type DSA, ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import type { EmsaHash } from './emsa.ts'
import { type RsaScheme, signRsa, verifyRsa } from './rsa-signatures.ts'

/**
 * How a signature over what the caller has hashed is made. `ed25519ph`: Ed25519ph (RFC 8032) over the given bytes, which it
 * hashes. `ml-dsa-mu`: ML-DSA (FIPS 204) over a message representative μ of 64 bytes.
 */
export type PrehashedScheme =
  | { kind: RsaScheme; hash: EmsaHash }
  | { kind: 'ecdsa' }
  | { kind: 'ed25519ph' }
  | { kind: 'ml-dsa-mu' }

/**
 * Signs on the calling thread: up to some milliseconds of it.
 * @param privateKey - of the scheme's kind.
 * @param digest - of the length that scheme and key demand.
 */
export function signPrehashed(scheme: PrehashedScheme, privateKey: KeyObject, digest: Uint8Array): Uint8Array {
  switch (scheme.kind) {
    case 'rsa-pkcs1':
    case 'rsa-pss':
      return signRsa(scheme.kind, scheme.hash, privateKey, digest)
    case 'ecdsa':
      // Randomness in the nonce beside RFC 6979's own: a fault or a side channel learns less from signing twice.
      return withSecret(privateKey, 'd', (d) =>
        curveOf(privateKey).sign(digest, d, { ...ofDigest, extraEntropy: true }),
      )
    case 'ed25519ph':
      return withSecret(privateKey, 'd', (d) => ed25519ph.sign(digest, d))
    case 'ml-dsa-mu':
      return withSecret(privateKey, 'priv', (seed) => signMu(mlDsaOf(privateKey), seed, digest))
  }
}

/** @returns false for whatever is not a signature of this digest by this key, malformed bytes included. */
export function verifyPrehashed(
  scheme: PrehashedScheme,
  publicKey: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  switch (scheme.kind) {
    case 'rsa-pkcs1':
    case 'rsa-pss':
      return verifyRsa(scheme.kind, scheme.hash, publicKey, digest, signature)
    case 'ecdsa':
      return curveOf(publicKey).verify(signature, digest, pointOf(publicKey), ofDigest)
    case 'ed25519ph':
      // The strict rules of RFC 8032, which OpenSSL keeps for Ed25519 too.
      return signature.length === 64 && ed25519ph.verify(signature, digest, tail(publicKey, 32), { zip215: false })
    case 'ml-dsa-mu': {
      const mlDsa = mlDsaOf(publicKey)
      const { publicKey: bytes = 0 } = mlDsa.lengths
      return mlDsa.internal.verify(signature, digest, tail(publicKey, bytes), { externalMu: true })
    }
  }
}

/** The digest is signed as it is, in ANSI X9.62's DER, and either of the two values of s is as good as the other. */
const ofDigest = { prehash: false, lowS: false, format: 'der' } as const

const curves: Readonly<Record<string, ECDSA>> = { prime256v1: p256, secp384r1: p384, secp521r1: p521, secp256k1 }

const mlDsas = { 'ml-dsa-44': ml_dsa44, 'ml-dsa-65': ml_dsa65, 'ml-dsa-87': ml_dsa87 } as const

function curveOf({ asymmetricKeyDetails }: KeyObject): ECDSA {
  const curve = curves[asymmetricKeyDetails?.namedCurve ?? '']
  if (!curve) throw new Error('no ECDSA key')
  return curve
}

function mlDsaOf({ asymmetricKeyType }: KeyObject) {
  const mlDsa = mlDsas[asymmetricKeyType as keyof typeof mlDsas]
  if (!mlDsa) throw new Error('no ML-DSA key')
  return mlDsa
}

function signMu(mlDsa: DSA, seed: Uint8Array, mu: Uint8Array): Uint8Array {
  const { secretKey } = mlDsa.keygen(seed)
  try {
    return mlDsa.internal.sign(mu, secretKey, { externalMu: true })
  } finally {
    secretKey.fill(0)
  }
}

/** Lends the private scalar or seed, by the name that it has in a JWK. */
function withSecret<T>(privateKey: KeyObject, member: 'd' | 'priv', use: (secret: Uint8Array) => T): T {
  const jwk: Record<string, unknown> = { ...privateKey.export({ format: 'jwk' }) }
  const secret = Buffer.from(String(jwk[member]), 'base64url')
  try {
    return use(secret)
  } finally {
    secret.fill(0)
  }
}

/** The uncompressed point. */
function pointOf(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
}

/** A SubjectPublicKeyInfo ends with the key as its algorithm encodes it. */
const tail = (publicKey: KeyObject, bytes: number): Buffer =>
  publicKey.export({ format: 'der', type: 'spki' }).subarray(-bytes)
