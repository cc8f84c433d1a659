import type { GrantOperation, KeyUsageType } from '@aws-sdk/client-kms'
import { grantOperationNotValid } from '../errors.ts'
import type { KmsKey } from '../key.ts'

/** What a grant of any key can allow. */
const common: readonly GrantOperation[] = ['CreateGrant', 'RetireGrant', 'DescribeKey']

const ofSymmetricKeys: readonly GrantOperation[] = [
  ...['Decrypt', 'Encrypt', 'ReEncryptFrom', 'ReEncryptTo'],
  ...['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'],
  ...['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'],
] as GrantOperation[]

const byUsage: Readonly<Record<KeyUsageType, readonly GrantOperation[]>> = {
  ENCRYPT_DECRYPT: ['Decrypt', 'Encrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GetPublicKey'],
  SIGN_VERIFY: ['Sign', 'Verify', 'GetPublicKey'],
  GENERATE_VERIFY_MAC: ['GenerateMac', 'VerifyMac'],
  KEY_AGREEMENT: ['DeriveSharedSecret', 'GetPublicKey'],
  ENCAPSULATE_DECAPSULATE: ['Encapsulate', 'Decapsulate', 'GetPublicKey'],
}

/**
 * The operations that a grant allows, each once.
 * @throws ServiceError ValidationException - one of them is nothing that the key does.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations
 */
export function checkGrantOperations(given: readonly GrantOperation[], key: KmsKey): GrantOperation[] {
  const possible = key.keySpec === 'SYMMETRIC_DEFAULT' ? ofSymmetricKeys : byUsage[key.keyUsage]
  const unfit = given.find((operation) => !possible.includes(operation) && !common.includes(operation))
  if (unfit) throw grantOperationNotValid(unfit, key.keySpec, key.keyUsage)
  return [...new Set(given)]
}
