import type { EncryptRequest, EncryptResponse } from '@aws-sdk/client-kms'
import type { Validated } from '../../../core/operation.ts'
import { encodeEncryptionContext } from '../domain/encryption-context.ts'
import { dryRunSucceeded } from '../domain/errors.ts'
import { checkAlgorithm } from '../domain/key-specs.ts'
import { checkKeyState } from '../domain/key-states.ts'
import type { KmsContext } from '../kms-context.ts'
import { encryptWithKey } from './symmetric-cryptography.ts'

export const symmetricAlgorithm = 'SYMMETRIC_DEFAULT'

/**
 * @throws ServiceError DisabledException, KMSInvalidStateException, InvalidKeyUsageException, DryRunOperationException,
 *   ValidationException (an encryption context over 8 KB).
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
 */
export async function encrypt(
  context: KmsContext,
  { KeyId, Plaintext, EncryptionContext, EncryptionAlgorithm, DryRun }: Validated<EncryptRequest>,
): Promise<EncryptResponse> {
  const { call, keys } = context
  const algorithm = EncryptionAlgorithm ?? symmetricAlgorithm
  const encodedContext = encodeEncryptionContext(EncryptionContext)
  const key = await keys.get(KeyId, true)
  checkKeyState('Encrypt', key)
  checkAlgorithm(key, 'ENCRYPT_DECRYPT', algorithm, 'Encrypt')
  const { ciphertextBlob, keyMaterialId } = await encryptWithKey(context, key, Plaintext, encodedContext)
  if (DryRun) throw dryRunSucceeded()
  call.note({ additionalEventData: { keyMaterialId } })
  return { CiphertextBlob: ciphertextBlob, KeyId: key.arn, EncryptionAlgorithm: algorithm }
}
