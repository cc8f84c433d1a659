import type { KeyMetadata, KeyUsageType } from '@aws-sdk/client-kms'
import type { KmsKey } from './key.ts'
import { algorithmsOf } from './key-specs.ts'

const algorithmMembers = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
} as const satisfies Record<KeyUsageType, keyof KeyMetadata>

// The deprecated member's enum was closed before these came.
const newerSpecs = /^(ML_|ECC_NIST_EDWARDS)/

/** A key as DescribeKey and CreateKey show it. */
export function keyMetadata(key: KmsKey): KeyMetadata {
  const { keySpec, keyUsage } = key
  return {
    AWSAccountId: key.accountId,
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: new Date(key.createdAtMs),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: keyUsage,
    KeyState: key.state,
    ...(key.deletionAtMs !== undefined && { DeletionDate: new Date(key.deletionAtMs) }),
    Origin: key.origin,
    KeyManager: key.keyManager,
    ...(!newerSpecs.test(keySpec) && { CustomerMasterKeySpec: keySpec as KeyMetadata['CustomerMasterKeySpec'] }),
    KeySpec: keySpec,
    [algorithmMembers[keyUsage]]: [...(algorithmsOf(keySpec, keyUsage) ?? [])],
    MultiRegion: key.multiRegion,
    CurrentKeyMaterialId: key.currentMaterialId,
  }
}
