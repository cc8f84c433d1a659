import { constants, type KeyObject, publicEncrypt, webcrypto } from 'node:crypto'
import { modulusBytes } from '../../../../crypto/modulus-bytes.ts'
import { plaintextTooLarge } from '../errors.ts'
import type { KmsKey } from '../key.ts'

/** The names of a hash, and its length. MGF1 uses the same one; the label is empty. */
interface OaepHash {
  oaepHash: 'sha1' | 'sha256'
  web: 'SHA-1' | 'SHA-256'
  bytes: number
}

const oaepHashes: Readonly<Record<string, OaepHash>> = {
  RSAES_OAEP_SHA_1: { oaepHash: 'sha1', web: 'SHA-1', bytes: 20 },
  RSAES_OAEP_SHA_256: { oaepHash: 'sha256', web: 'SHA-256', bytes: 32 },
}

function oaepHash(algorithm: string): OaepHash {
  const hash = oaepHashes[algorithm]
  if (!hash) throw new Error(`${algorithm} is not an algorithm of RSA keys`)
  return hash
}

/** Checks that a plaintext fits into OAEP (RFC 8017, section 7.1.1). @throws ServiceError ValidationException. */
export function checkPlaintextSize({ keySpec }: KmsKey, algorithm: string, plaintext: Uint8Array): void {
  const modulusBytes = Number(keySpec.slice('RSA_'.length)) / 8
  const maxBytes = modulusBytes - 2 * oaepHash(algorithm).bytes - 2
  if (plaintext.length > maxBytes) throw plaintextTooLarge(algorithm, keySpec, maxBytes)
}

/** @returns as many bytes as the modulus has. */
export const encryptOaep = (publicKey: KeyObject, algorithm: string, plaintext: Uint8Array): Buffer =>
  publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: oaepHash(algorithm).oaepHash },
    plaintext,
  )

/**
 * Decrypts beside the main thread, which node:crypto does by way of Web Cryptography alone.
 * @returns undefined - whatever is wrong with the ciphertext: callers get one error for all of it.
 */
export async function decryptOaep(
  privateKey: KeyObject,
  algorithm: string,
  ciphertext: Uint8Array,
): Promise<Buffer | undefined> {
  const { web } = oaepHash(algorithm)
  if (ciphertext.length !== modulusBytes(privateKey)) return undefined
  const key = privateKey.toCryptoKey({ name: 'RSA-OAEP', hash: web }, false, ['decrypt'])
  try {
    return Buffer.from(await webcrypto.subtle.decrypt({ name: 'RSA-OAEP' }, key, Uint8Array.from(ciphertext)))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'OperationError') return undefined
    throw error
  }
}
