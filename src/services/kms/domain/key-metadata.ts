import type { KeyMetadata, KeyUsageType } from '@aws-sdk/client-kms'
import { algorithmsOf } from './algorithms/key-specs.ts'
import type { KeyStorePlace, KmsKey, MaterialVersion } from './key.ts'
import type { CustomKeyStore } from './key-stores/custom-key-store.ts'
import { isPrimary, relatedArn } from './multi-region.ts'

/** The member that lists a key's algorithms, by what the key is for. */
const algorithmMembers = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
} as const satisfies Record<KeyUsageType, keyof KeyMetadata>

// The deprecated member's enum was closed before these came.
const newerSpecs = /^(ML_|ECC_NIST_EDWARDS)/

/** Returns what a key is and can do, as DescribeKey and GetPublicKey both show it. */
export const keyDescription = ({ keySpec, keyUsage }: KmsKey) => ({
  KeyUsage: keyUsage,
  ...(!newerSpecs.test(keySpec) && { CustomerMasterKeySpec: keySpec as KeyMetadata['CustomerMasterKeySpec'] }),
  KeySpec: keySpec,
  [algorithmMembers[keyUsage]]: [...(algorithmsOf(keySpec, keyUsage) ?? [])],
})

/** A key as DescribeKey and CreateKey show it. @param keyStore - the custom key store that it is in. */
export function keyMetadata(key: KmsKey, keyStore?: CustomKeyStore): KeyMetadata {
  return {
    AWSAccountId: key.accountId,
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: new Date(key.createdAtMs),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    ...keyDescription(key),
    KeyState: key.state,
    ...(key.deletionAtMs !== undefined && { DeletionDate: new Date(key.deletionAtMs) }),
    ...(key.pendingWindowDays !== undefined && { PendingDeletionWindowInDays: key.pendingWindowDays }),
    Origin: key.origin,
    ...expirationOf(currentVersion(key)),
    KeyManager: key.keyManager,
    MultiRegion: key.multiRegion,
    ...multiRegionConfiguration(key),
    ...(key.keyStore && keyStoreMembers(key.keyStore, keyStore)),
    ...(showsMaterialId(key) && { CurrentKeyMaterialId: key.currentMaterialId }),
  }
}

const keyStoreMembers = (
  { customKeyStoreId, backingKeyId }: KeyStorePlace,
  store: CustomKeyStore | undefined,
): Partial<KeyMetadata> => ({
  CustomKeyStoreId: customKeyStoreId,
  ...(store?.cluster && { CloudHsmClusterId: store.cluster.clusterId }),
  ...(store?.proxy && { XksKeyConfiguration: { Id: backingKeyId } }),
})

// Only symmetric encryption keys tell which material they use, and a replica not before it is ready.
const showsMaterialId = ({ keySpec, origin, state, currentMaterialId }: KmsKey): boolean =>
  keySpec === 'SYMMETRIC_DEFAULT' &&
  (origin === 'AWS_KMS' || origin === 'EXTERNAL') &&
  state !== 'Creating' &&
  currentMaterialId !== undefined

const currentVersion = ({ materials, currentMaterialId }: KmsKey): MaterialVersion | undefined =>
  materials.find(({ materialId }) => materialId === currentMaterialId)

/** Returns the expiration of imported material, as long as the material is here. */
export function expirationOf(version: MaterialVersion | undefined): Pick<KeyMetadata, 'ExpirationModel' | 'ValidTo'> {
  if (version?.importState !== 'IMPORTED') return {}
  if (version.expiresAtMs === undefined) return { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
  return { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date(version.expiresAtMs) }
}

function multiRegionConfiguration(key: KmsKey): Pick<KeyMetadata, 'MultiRegionConfiguration'> {
  if (!key.regions) return {}
  const place = (region: string) => ({ Arn: relatedArn(key, region), Region: region })
  return {
    MultiRegionConfiguration: {
      MultiRegionKeyType: isPrimary(key) ? 'PRIMARY' : 'REPLICA',
      PrimaryKey: place(key.regions.primary),
      ReplicaKeys: key.regions.replicas.map(place),
    },
  }
}
