import { checkPrime, createECDH, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { KeySpec } from '@aws-sdk/client-kms'
import { isOneDerSequence, isRefusedByOpenSsl } from './der.ts'
import type { RawMaterial } from './key-generation.ts'

/** Material that a key can take, or why it cannot. The reason is worded for the caller and says nothing of the bytes. */
export type ImportedMaterial = { material: RawMaterial } | { reason: string }

type Check = (bytes: Uint8Array) => ImportedMaterial | Promise<ImportedMaterial>

/** The longest HMAC key: 1,024 bits. */
const maxHmacBytes = 128

const ofBytes =
  (min: number, max: number): Check =>
  (bytes) => {
    if (bytes.length >= min && bytes.length <= max) return { material: { secret: Buffer.from(bytes) } }
    const lengths = min === max ? `exactly ${min}` : `${min} to ${max}`
    return { reason: `The key material must be ${lengths} bytes long.` }
  }

const hmac = (digestBytes: number): Check => ofBytes(digestBytes, maxHmacBytes)

const notPkcs8 = { reason: 'The key material is not a private key in PKCS #8 format (DER).' }
const neverImported: Check = () => ({ reason: 'The key material of such a key cannot be imported.' })

const rsa =
  (modulusLength: number): Check =>
  async (bytes) => {
    const privateKey = parsePrivateKey(bytes)
    if (!privateKey) return notPkcs8
    if (privateKey.asymmetricKeyType !== 'rsa' || privateKey.asymmetricKeyDetails?.modulusLength !== modulusLength) {
      return { reason: `The key material is not a private RSA key of ${modulusLength} bits.` }
    }
    if (!(await isSoundRsaKey(privateKey))) return { reason: 'The key material is not a sound RSA key of two primes.' }
    return { material: rawMaterial(privateKey) }
  }

const ecc =
  (namedCurve: string, publicKeyBytes: number): Check =>
  (bytes) => {
    const privateKey = parsePrivateKey(bytes)
    if (!privateKey) return notPkcs8
    if (privateKey.asymmetricKeyType !== 'ec' || !isOfNamedCurve(privateKey, namedCurve, publicKeyBytes)) {
      return { reason: `The key material is not a private key of the named curve ${namedCurve}.` }
    }
    if (!hasOwnPoint(privateKey, namedCurve)) return { reason: 'The key material has the public key of another key.' }
    return { material: rawMaterial(privateKey) }
  }

const edwards: Check = (bytes) => {
  const privateKey = parsePrivateKey(bytes)
  if (!privateKey) return notPkcs8
  if (privateKey.asymmetricKeyType === 'ed25519') return { material: rawMaterial(privateKey) }
  return { reason: 'The key material is not a private key of the curve Ed25519.' }
}

const checks: Readonly<Record<KeySpec, Check>> = {
  SYMMETRIC_DEFAULT: ofBytes(32, 32),
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: ecc('prime256v1', 91),
  ECC_NIST_P384: ecc('secp384r1', 120),
  ECC_NIST_P521: ecc('secp521r1', 158),
  ECC_SECG_P256K1: ecc('secp256k1', 88),
  ECC_NIST_EDWARDS25519: edwards,
  HMAC_224: hmac(28),
  HMAC_256: hmac(32),
  HMAC_384: hmac(48),
  HMAC_512: hmac(64),
  ML_DSA_44: neverImported,
  ML_DSA_65: neverImported,
  ML_DSA_87: neverImported,
  ML_KEM_512: neverImported,
  ML_KEM_768: neverImported,
  ML_KEM_1024: neverImported,
  SM2: neverImported,
}

/**
 * Checks bytes that were brought along for a key.
 * @param bytes - as unwrapped: a symmetric or HMAC key as it is, a private key as PKCS#8 DER.
 * @returns the material in the one form in which that key is kept, so that the same key is known again however it was
 *   encoded; or why it is refused.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-encrypt-key-material.html
 */
export async function checkImportedMaterial(keySpec: KeySpec, bytes: Uint8Array): Promise<ImportedMaterial> {
  try {
    return await checks[keySpec](bytes)
  } catch (error) {
    // Whatever OpenSSL has against the bytes, at whichever step: the caller gets the one error for bytes that are not a key.
    if (isRefusedByOpenSsl(error)) return notPkcs8
    throw error
  }
}

/** @returns undefined for bytes that are not one DER value; OpenSSL throws for those that are not a key. */
const parsePrivateKey = (bytes: Uint8Array): KeyObject | undefined =>
  isOneDerSequence(bytes) ? createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' }) : undefined

/** The one form of a key: by way of a JWK, because PKCS#8 remembers how it was written. */
function rawMaterial(privateKey: KeyObject): RawMaterial {
  const plain = createPrivateKey({ key: privateKey.export({ format: 'jwk' }), format: 'jwk' })
  return {
    secret: plain.export({ format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey(plain).export({ format: 'der', type: 'spki' }),
  }
}

const isPrime = promisify<bigint, boolean>(checkPrime)

/** Checks an RSA key's numbers, which OpenSSL does not: an unsound key gives wrong results or leaks its private part. */
async function isSoundRsaKey(privateKey: KeyObject): Promise<boolean> {
  const jwk = privateKey.export({ format: 'jwk' })
  const number = (text: string | undefined) =>
    BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex') || '0'}`)
  const [n, e, d, p, q] = [jwk.n, jwk.e, jwk.d, jwk.p, jwk.q].map(number) as [bigint, bigint, bigint, bigint, bigint]
  const [dp, dq, qi] = [jwk.dp, jwk.dq, jwk.qi].map(number) as [bigint, bigint, bigint]
  const isConsistent =
    p > 1n &&
    q > 1n &&
    p !== q &&
    p * q === n &&
    (e * d) % (p - 1n) === 1n &&
    (e * d) % (q - 1n) === 1n &&
    dp === d % (p - 1n) &&
    dq === d % (q - 1n) &&
    (qi * q) % p === 1n
  return isConsistent && (await isPrime(p)) && (await isPrime(q))
}

/** A curve may be given by its parameters too; the public key then repeats them, and is longer. */
function isOfNamedCurve(privateKey: KeyObject, namedCurve: string, publicKeyBytes: number): boolean {
  if (privateKey.asymmetricKeyDetails?.namedCurve !== namedCurve) return false
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).length <= publicKeyBytes
}

/** A PKCS#8 key may bring its public half, and OpenSSL believes it. */
function hasOwnPoint(privateKey: KeyObject, namedCurve: string): boolean {
  const { d = '', x = '', y = '' } = privateKey.export({ format: 'jwk' })
  const curve = createECDH(namedCurve)
  curve.setPrivateKey(d, 'base64url')
  const point = Buffer.concat([x, y].map((coordinate) => Buffer.from(coordinate, 'base64url')))
  return curve.getPublicKey().subarray(1).equals(point)
}
