import { constants, type KeyObject, privateEncrypt, publicDecrypt } from 'node:crypto'
import { modulusBytes } from '../modulus-bytes.ts'
import { type EmsaHash, encodePkcs1, encodePss, isPss } from './emsa.ts'

// node:crypto hashes whatever it signs, so that over a digest only the raw operation of RSA is its own.

export type RsaScheme = 'rsa-pkcs1' | 'rsa-pss'

const padding = constants.RSA_NO_PADDING

/** RSASSA-PKCS1-v1_5 or RSASSA-PSS (RFC 8017) over a digest. */
export function signRsa(scheme: RsaScheme, hash: EmsaHash, privateKey: KeyObject, digest: Uint8Array): Buffer {
  const encode = scheme === 'rsa-pss' ? encodePss : encodePkcs1
  return privateEncrypt({ key: privateKey, padding }, encode(hash, digest, modulusBytes(privateKey)))
}

/** @returns false for whatever is not a signature of this digest by this key, malformed bytes included. */
export function verifyRsa(
  scheme: RsaScheme,
  hash: EmsaHash,
  publicKey: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const encoded = signature.length === modulusBytes(publicKey) && opened(publicKey, signature)
  if (!encoded) return false
  if (scheme === 'rsa-pss') return isPss(hash, digest, encoded)
  return encoded.equals(encodePkcs1(hash, digest, encoded.length))
}

/** @returns undefined - the signature, as a number, is not below the modulus. */
function opened(publicKey: KeyObject, signature: Uint8Array): Buffer | undefined {
  try {
    return publicDecrypt({ key: publicKey, padding }, signature)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_MODULUS') return undefined
    throw error
  }
}
