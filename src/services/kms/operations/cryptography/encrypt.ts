import type { EncryptRequest, EncryptResponse } from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import { encodeEncryptionContext } from '../../domain/algorithms/encryption-context.ts'
import { dryRunSucceeded } from '../../domain/errors.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import type { KmsContext } from '../../kms-context.ts'
import { checkEncryptionKey, encryptUnder, noteMaterial, symmetricAlgorithm } from './encryption.ts'

/**
 * @throws ServiceError DisabledException, KMSInvalidStateException, InvalidKeyUsageException, DryRunOperationException,
 *   ValidationException (an encryption context over 8 KB or with an RSA key, a plaintext too large for the RSA key).
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
 */
export async function encrypt(
  context: KmsContext,
  { KeyId, Plaintext, EncryptionContext, EncryptionAlgorithm, DryRun }: Validated<EncryptRequest>,
): Promise<EncryptResponse> {
  const { keys } = context
  const algorithm = EncryptionAlgorithm ?? symmetricAlgorithm
  const encodedContext = encodeEncryptionContext(EncryptionContext)
  const key = await keys.get(KeyId, true)
  checkKeyState('Encrypt', key)
  checkEncryptionKey(key, algorithm, encodedContext, 'Encrypt')
  const { ciphertextBlob, keyMaterialId } = await encryptUnder(context, key, algorithm, Plaintext, encodedContext)
  if (DryRun) throw dryRunSucceeded()
  noteMaterial(context, keyMaterialId)
  return { CiphertextBlob: ciphertextBlob, KeyId: key.arn, EncryptionAlgorithm: algorithm }
}
