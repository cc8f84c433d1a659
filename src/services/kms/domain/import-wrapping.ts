import { createDecipheriv, type KeyObject, webcrypto } from 'node:crypto'
import type { AlgorithmSpec, KeySpec, WrappingKeySpec } from '@aws-sdk/client-kms'
import { wrappingNotForKey, wrappingNotSupported } from './errors.ts'

/** How a caller wraps key material: RSA-OAEP alone, or around an AES key that wraps the material (RFC 5649). */
interface Wrapping {
  hash: 'SHA-1' | 'SHA-256'
  kind: 'oaep' | 'aes-key-wrap'
}

const wrappings: Partial<Record<AlgorithmSpec, Wrapping>> = {
  RSAES_OAEP_SHA_1: { hash: 'SHA-1', kind: 'oaep' },
  RSAES_OAEP_SHA_256: { hash: 'SHA-256', kind: 'oaep' },
  RSA_AES_KEY_WRAP_SHA_1: { hash: 'SHA-1', kind: 'aes-key-wrap' },
  RSA_AES_KEY_WRAP_SHA_256: { hash: 'SHA-256', kind: 'aes-key-wrap' },
}

/** SM2 is for China Regions. */
export type ImportPairSpec = Exclude<WrappingKeySpec, 'SM2'>

/**
 * Which wrappings a key's material can come in.
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
  if (wrapping.kind === 'oaep') return openOaep(privateKey, wrapping.hash, wrapped)
  const modulusBytes = (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8
  const aesKey = await openOaep(privateKey, wrapping.hash, wrapped.subarray(0, modulusBytes))
  const material = aesKey && openKeyWrap(aesKey, wrapped.subarray(modulusBytes))
  aesKey?.fill(0)
  return material
}

async function openOaep(
  privateKey: KeyObject,
  hash: Wrapping['hash'],
  wrapped: Uint8Array,
): Promise<Buffer | undefined> {
  const key = privateKey.toCryptoKey({ name: 'RSA-OAEP', hash }, false, ['decrypt'])
  try {
    return Buffer.from(await webcrypto.subtle.decrypt({ name: 'RSA-OAEP' }, key, Buffer.from(wrapped)))
  } catch {
    // One answer for all that can be wrong with it: nothing is to be learned from which it was.
    return undefined
  }
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
    // As above.
    return undefined
  }
}
