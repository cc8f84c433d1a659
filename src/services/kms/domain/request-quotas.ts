import type { DataKeyPairSpec, KeySpec } from '@aws-sdk/client-kms'
import type { RequestQuota } from '../../../core/services/request-quotas.ts'

const mostSymmetric = ['us-east-1', 'us-west-2', 'eu-west-1']
const moreSymmetric = [
  ...['us-east-2', 'ap-southeast-1', 'ap-southeast-2', 'ap-northeast-1', 'eu-central-1', 'eu-west-2'],
]

function symmetricPerSecond(region: string): number {
  if (mostSymmetric.includes(region)) return 100_000
  return moreSymmetric.includes(region) ? 20_000 : 10_000
}

export const cryptographicOperations: readonly string[] = [
  ...['Encrypt', 'Decrypt', 'ReEncrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'GenerateRandom'],
  ...['GenerateMac', 'VerifyMac', 'Sign', 'Verify', 'DeriveSharedSecret', 'Encapsulate', 'Decapsulate'],
]

const cryptographic = (kind: string, perSecond: RequestQuota['perSecond']): RequestQuota => ({
  name: `cryptographic operations (${kind})`,
  perSecond,
})

const symmetric = cryptographic('symmetric', symmetricPerSecond)
const rsa = cryptographic('RSA', 1000)
const ecc = cryptographic('ECC', 1000)
const mlDsa = cryptographic('ML-DSA', 1000)
const mlKem = cryptographic('ML-KEM', 1000)

/** Cryptographic operations share quotas by the kind of the key. */
export const cryptographicQuotas: readonly RequestQuota[] = [symmetric, rsa, ecc, mlDsa, mlKem]

/** ML-KEM keys, of which AWS says nothing, are like ML-DSA. */
export function cryptographicQuota(keySpec: KeySpec): RequestQuota {
  if (keySpec.startsWith('RSA_')) return rsa
  if (keySpec.startsWith('ECC_') || keySpec === 'SM2') return ecc
  if (keySpec.startsWith('ML_DSA_')) return mlDsa
  if (keySpec.startsWith('ML_KEM_')) return mlKem
  return symmetric
}

/** Of each custom key store. Use of its keys counts to this too. */
export const keyStoreQuota: RequestQuota = { name: 'custom key store', perSecond: 1800 }

const pairsPerSecond: Readonly<Record<DataKeyPairSpec, number>> = {
  ...{ RSA_2048: 20, RSA_3072: 4, RSA_4096: 1, SM2: 25 },
  ...{ ML_KEM_512: 100, ML_KEM_768: 100, ML_KEM_1024: 100 },
  ...{ ECC_NIST_P256: 100, ECC_NIST_P384: 100, ECC_NIST_P521: 100, ECC_SECG_P256K1: 100, ECC_NIST_EDWARDS25519: 100 },
}

/** Data key pairs have a quota for each kind, which both operations share. */
export const dataKeyPairQuotas: readonly RequestQuota[] = Object.entries(pairsPerSecond).map(([spec, perSecond]) => ({
  name: `data key pairs (${spec})`,
  perSecond,
}))

/** @param keyPairSpec - one that the service model has. */
export function dataKeyPairQuota(keyPairSpec: string): RequestQuota {
  const quota = dataKeyPairQuotas[Object.keys(pairsPerSecond).indexOf(keyPairSpec)]
  if (!quota) throw new Error(`no quota of data key pairs for ${keyPairSpec}`)
  return quota
}

/**
 * Of the operations that have a quota of their own, by their names.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
 */
export const operationQuotas = {
  ...each(0.25, ['GetParametersForImport']),
  ...each(5, ['CancelKeyDeletion', 'CreateAlias', 'CreateKey', 'DisableKey', 'DisableKeyRotation', 'EnableKey']),
  ...each(5, ['GetKeyLastUsage', 'ReplicateKey', 'RotateKeyOnDemand', 'UntagResource', 'UpdateAlias']),
  ...each(5, ['UpdateKeyDescription', 'UpdatePrimaryRegion', 'CreateCustomKeyStore', 'ConnectCustomKeyStore']),
  ...each(5, ['DeleteCustomKeyStore', 'DescribeCustomKeyStores', 'DisconnectCustomKeyStore', 'UpdateCustomKeyStore']),
  ...each(10, ['TagResource']),
  ...each(15, ['DeleteAlias', 'DeleteImportedKeyMaterial', 'EnableKeyRotation', 'ImportKeyMaterial', 'PutKeyPolicy']),
  ...each(15, ['ScheduleKeyDeletion']),
  ...each(50, ['CreateGrant', 'RetireGrant', 'RevokeGrant']),
  ...each(100, ['ListGrants', 'ListKeyPolicies', 'ListKeyRotations', 'ListRetirableGrants']),
  ...each(500, ['ListAliases', 'ListKeys']),
  ...each(1000, ['GetKeyPolicy', 'GetKeyRotationStatus']),
  ...each(2000, ['DescribeKey', 'GetPublicKey', 'ListResourceTags']),
}

function each<const Name extends string>(perSecond: number, operations: readonly Name[]): Record<Name, RequestQuota> {
  const quotas = operations.map((operation) => [operation, { name: operation, perSecond }])
  return Object.fromEntries(quotas) as Record<Name, RequestQuota>
}
