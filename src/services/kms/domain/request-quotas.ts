import type { KeySpec } from '@aws-sdk/client-kms'

/** How fast requests of a family may come, in an account and a Region. */
export interface RequestQuota {
  family: string
  perSecond: number
}

const mostSymmetric = ['us-east-1', 'us-west-2', 'eu-west-1']
const moreSymmetric = [
  ...['us-east-2', 'ap-southeast-1', 'ap-southeast-2', 'ap-northeast-1', 'eu-central-1', 'eu-west-2'],
]

function symmetricPerSecond(region: string): number {
  if (mostSymmetric.includes(region)) return 100_000
  return moreSymmetric.includes(region) ? 20_000 : 10_000
}

const cryptographic: ReadonlySet<string> = new Set([
  ...['Encrypt', 'Decrypt', 'ReEncrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'GenerateRandom'],
  ...['GenerateMac', 'VerifyMac', 'Sign', 'Verify', 'DeriveSharedSecret', 'Encapsulate', 'Decapsulate'],
])

export const isCryptographic = (operation: string): boolean => cryptographic.has(operation)

/** Cryptographic operations share quotas by the kind of the key. ML-KEM keys, of which AWS says nothing, are like ML-DSA. */
export function cryptographicQuota(keySpec: KeySpec, region: string): RequestQuota {
  if (keySpec.startsWith('RSA_')) return { family: 'rsa', perSecond: 1000 }
  if (keySpec.startsWith('ECC_') || keySpec === 'SM2') return { family: 'ecc', perSecond: 1000 }
  if (keySpec.startsWith('ML_DSA_')) return { family: 'ml-dsa', perSecond: 1000 }
  if (keySpec.startsWith('ML_KEM_')) return { family: 'ml-kem', perSecond: 1000 }
  return { family: 'symmetric', perSecond: symmetricPerSecond(region) }
}

/** Use of a key in a custom key store counts to this too. */
export const keyStoreQuota = (customKeyStoreId: string): RequestQuota => ({
  family: `custom key store ${customKeyStoreId}`,
  perSecond: 1800,
})

const rsaPairs: Readonly<Record<string, number>> = { RSA_2048: 20, RSA_3072: 4, RSA_4096: 1, SM2: 25 }

/** Data key pairs have a quota for each kind, which both operations share. */
export const dataKeyPairQuota = (keyPairSpec: string): RequestQuota => ({
  family: `data key pair ${keyPairSpec}`,
  perSecond: rsaPairs[keyPairSpec] ?? 100,
})

const perSecondOf: Readonly<Record<string, number>> = {
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

function each(perSecond: number, operations: readonly string[]): Record<string, number> {
  return Object.fromEntries(operations.map((operation) => [operation, perSecond]))
}

/**
 * The quota that an operation has for itself; undefined for cryptographic ones.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
 */
export function operationQuota(operation: string): RequestQuota | undefined {
  const perSecond = perSecondOf[operation]
  return perSecond === undefined ? undefined : { family: operation, perSecond }
}
