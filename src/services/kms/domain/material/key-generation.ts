import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { KeySpec } from '@aws-sdk/client-kms'
import { generateRsaKeyPair } from '../../../../crypto/rsa-keys/rsa-keys.ts'

/** Key material, fresh from the generator or imported. */
export interface RawMaterial {
  /** A private key as PKCS#8 DER; a symmetric or HMAC key as it is. */
  secret: Buffer
  /** The public half as SubjectPublicKeyInfo DER; key pairs only. */
  publicKey?: Buffer
}

/** SM2 is for China Regions. */
export type GeneratedSpec = Exclude<KeySpec, 'SM2'>

const generate = promisify(generateKeyPair)

const encodings = {
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
} as const

interface EncodedPair {
  publicKey: Buffer
  privateKey: Buffer
}

const rsa = (modulusLength: number) => async () => {
  const { publicKey, privateKey } = await generateRsaKeyPair(modulusLength)
  return { secret: bufferOver(privateKey), publicKey: bufferOver(publicKey) }
}

const bufferOver = ({ buffer, byteOffset, length }: Uint8Array) => Buffer.from(buffer, byteOffset, length)

const ecc = (namedCurve: string) => async () => raw(await generate('ec', { namedCurve, ...encodings }))

const secret = (bytes: number) => async (): Promise<RawMaterial> => ({ secret: randomBytes(bytes) })

const raw = ({ publicKey, privateKey }: EncodedPair): RawMaterial => ({ secret: privateKey, publicKey })

const generators: Readonly<Record<GeneratedSpec, () => Promise<RawMaterial>>> = {
  SYMMETRIC_DEFAULT: secret(32),
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: ecc('prime256v1'),
  ECC_NIST_P384: ecc('secp384r1'),
  ECC_NIST_P521: ecc('secp521r1'),
  ECC_SECG_P256K1: ecc('secp256k1'),
  ECC_NIST_EDWARDS25519: async () => raw(await generate('ed25519', encodings)),
  // As long as the hash, as RFC 2104 recommends.
  HMAC_224: secret(28),
  HMAC_256: secret(32),
  HMAC_384: secret(48),
  HMAC_512: secret(64),
  ML_DSA_44: async () => raw(await generate('ml-dsa-44', encodings)),
  ML_DSA_65: async () => raw(await generate('ml-dsa-65', encodings)),
  ML_DSA_87: async () => raw(await generate('ml-dsa-87', encodings)),
  ML_KEM_512: async () => raw(await generate('ml-kem-512', encodings)),
  ML_KEM_768: async () => raw(await generate('ml-kem-768', encodings)),
  ML_KEM_1024: async () => raw(await generate('ml-kem-1024', encodings)),
}

/** Makes the material of a key, or a data key pair. Runs beside the main thread. */
export const generateMaterial = (keySpec: GeneratedSpec): Promise<RawMaterial> => generators[keySpec]()
