import type { KeySpec, KeyUsageType } from '@aws-sdk/client-kms'
import { algorithmNotValid, keyUsageNotValid } from '../errors.ts'
import type { KmsKey } from '../key.ts'

type AlgorithmsByUsage = Partial<Record<KeyUsageType, readonly string[]>>

const rsa: AlgorithmsByUsage = {
  ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  SIGN_VERIFY: [
    ...['RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_384', 'RSASSA_PKCS1_V1_5_SHA_512'],
    ...['RSASSA_PSS_SHA_256', 'RSASSA_PSS_SHA_384', 'RSASSA_PSS_SHA_512'],
  ],
}
const nistCurve = (digestBits: number): AlgorithmsByUsage => ({
  SIGN_VERIFY: [`ECDSA_SHA_${digestBits}`],
  KEY_AGREEMENT: ['ECDH'],
})
const hmac = (digestBits: number): AlgorithmsByUsage => ({ GENERATE_VERIFY_MAC: [`HMAC_SHA_${digestBits}`] })
const mlDsa: AlgorithmsByUsage = { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] }
const mlKem: AlgorithmsByUsage = { ENCAPSULATE_DECAPSULATE: ['ML_KEM'] }

/**
 * What each key spec can be used for, and the algorithms it then has, in the order in which KMS lists them.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
 */
const keySpecs: Readonly<Record<KeySpec, AlgorithmsByUsage>> = {
  SYMMETRIC_DEFAULT: { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] },
  RSA_2048: rsa,
  RSA_3072: rsa,
  RSA_4096: rsa,
  ECC_NIST_P256: nistCurve(256),
  ECC_NIST_P384: nistCurve(384),
  ECC_NIST_P521: nistCurve(512),
  ECC_SECG_P256K1: { SIGN_VERIFY: ['ECDSA_SHA_256'] },
  ECC_NIST_EDWARDS25519: { SIGN_VERIFY: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] },
  HMAC_224: hmac(224),
  HMAC_256: hmac(256),
  HMAC_384: hmac(384),
  HMAC_512: hmac(512),
  ML_DSA_44: mlDsa,
  ML_DSA_65: mlDsa,
  ML_DSA_87: mlDsa,
  ML_KEM_512: mlKem,
  ML_KEM_768: mlKem,
  ML_KEM_1024: mlKem,
  SM2: { ENCRYPT_DECRYPT: ['SM2PKE'], SIGN_VERIFY: ['SM2DSA'], KEY_AGREEMENT: ['ECDH'] },
}

/** The kinds of key that an alias does not move between. */
export function keyType(keySpec: KeySpec): 'symmetric' | 'hmac' | 'asymmetric' {
  if (keySpec === 'SYMMETRIC_DEFAULT') return 'symmetric'
  return keySpec.startsWith('HMAC_') ? 'hmac' : 'asymmetric'
}

/** @returns undefined when the key spec does not have the usage. */
export const algorithmsOf = (keySpec: KeySpec, keyUsage: KeyUsageType): readonly string[] | undefined =>
  keySpecs[keySpec][keyUsage]

/** @throws ServiceError InvalidKeyUsageException - the key is for something else, or has no such algorithm. */
export function checkAlgorithm(key: KmsKey, keyUsage: KeyUsageType, algorithm: string, operation: string): void {
  if (key.keyUsage !== keyUsage) throw keyUsageNotValid(key.arn, key.keyUsage, operation)
  if (!algorithmsOf(key.keySpec, keyUsage)?.includes(algorithm)) throw algorithmNotValid(algorithm, key.keySpec)
}
