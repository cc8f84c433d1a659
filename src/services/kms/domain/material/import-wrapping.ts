import { createDecipheriv, type KeyObject } from 'node:crypto'
import type { AlgorithmSpec, KeySpec, WrappingKeySpec } from '@aws-sdk/client-kms'
import { modulusBytes } from '../../../../crypto/modulus-bytes.ts'
import { decryptOaep } from '../algorithms/rsa-encryption.ts'
import { wrappingNotForKey, wrappingNotSupported } from '../errors.ts'

/** How a caller wraps key material: RSA-OAEP alone, or around an AES key that wraps the material (RFC 5649). */
interface Wrapping {
  oaep: 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256'
  kind: 'oaep' | 'aes-key-wrap'
}

const wrappings: Partial<Record<AlgorithmSpec, Wrapping>> = {
  RSAES_OAEP_SHA_1: { oaep: 'RSAES_OAEP_SHA_1', kind: 'oaep' },
  RSAES_OAEP_SHA_256: { oaep: 'RSAES_OAEP_SHA_256', kind: 'oaep' },
  RSA_AES_KEY_WRAP_SHA_1: { oaep: 'RSAES_OAEP_SHA_1', kind: 'aes-key-wrap' },
  RSA_AES_KEY_WRAP_SHA_256: { oaep: 'RSAES_OAEP_SHA_256', kind: 'aes-key-wrap' },
}

/** SM2 is for China Regions. */
export type ImportPairSpec = Exclude<WrappingKeySpec, 'SM2'>

/**
 * Checks the wrapping that a key's material comes in.
 * @throws ServiceError UnsupportedOperationException - withdrawn (RSAES_PKCS1_V1_5), for China Regions (SM2), or not for keys
 *   of this spec.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-get-public-key-and-token.html
 */
export function checkWrapping(keySpec: KeySpec, algorithm: AlgorithmSpec, pairSpec: WrappingKeySpec): ImportPairSpec {
  const wrapping = wrappings[algorithm]
  if (!wrapping) throw wrappingNotSupported(algorithm)
  if (pairSpec === 'SM2') throw wrappingNotSupported(pairSpec)
  if (!isFor(keySpec, wrapping, pairSpec)) throw wrappingNotForKey(`${algorithm} with ${pairSpec}`, keySpec)
  return pairSpec
}

function isFor(keySpec: KeySpec, { kind }: Wrapping, pairSpec: ImportPairSpec): boolean {
  if (keySpec.startsWith('RSA_')) return kind === 'aes-key-wrap'
  if (!keySpec.startsWith('ECC_')) return kind === 'oaep'
  // A private key of this curve is longer than what RSA_2048 takes.
  return kind === 'aes-key-wrap' || keySpec !== 'ECC_NIST_P521' || pairSpec !== 'RSA_2048'
}

/**
 * Opens what a caller has wrapped under a public key of `GetParametersForImport`; the private key works beside the main
 * thread.
 * @returns undefined - wrapped otherwise, under another key, or altered.
 */
export async function unwrapMaterial(
  privateKey: KeyObject,
  algorithm: AlgorithmSpec,
  wrapped: Uint8Array,
): Promise<Buffer | undefined> {
  const wrapping = wrappings[algorithm]
  if (!wrapping) return undefined
  if (wrapping.kind === 'oaep') return decryptOaep(privateKey, wrapping.oaep, wrapped)
  const keyBytes = modulusBytes(privateKey)
  const aesKey = await decryptOaep(privateKey, wrapping.oaep, wrapped.subarray(0, keyBytes))
  const material = aesKey && openKeyWrap(aesKey, wrapped.subarray(keyBytes))
  aesKey?.fill(0)
  return material
}

const aesKeyBytes = 32

/** Two blocks of RFC 3394. */
const minKeyWrapBytes = 16

/** The alternative initial value of RFC 5649. */
const keyWrapInitialValue = Buffer.from('a65959a6', 'hex')

function openKeyWrap(aesKey: Buffer, wrapped: Uint8Array): Buffer | undefined {
  // OpenSSL takes nothing at all for a wrapping of nothing.
  if (aesKey.length !== aesKeyBytes || wrapped.length < minKeyWrapBytes) return undefined
  try {
    const decipher = createDecipheriv('id-aes256-wrap-pad', aesKey, keyWrapInitialValue)
    return Buffer.concat([decipher.update(wrapped), decipher.final()])
  } catch {
    // One answer for all that can be wrong with it: nothing is to be learned from which it was.
    return undefined
  }
}
