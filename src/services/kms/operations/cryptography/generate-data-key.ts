import { randomBytes } from 'node:crypto'
import type {
  DataKeySpec,
  GenerateDataKeyRequest,
  GenerateDataKeyResponse,
  GenerateDataKeyWithoutPlaintextRequest,
  GenerateDataKeyWithoutPlaintextResponse,
} from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import { encodeEncryptionContext } from '../../domain/algorithms/encryption-context.ts'
import { dataKeySizeAmbiguous, dryRunSucceeded, recipientNotSupported } from '../../domain/errors.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import type { KmsContext } from '../../kms-context.ts'
import { checkEncryptionKey, noteMaterial, symmetricAlgorithm } from './encryption.ts'
import { encryptWithKey } from './symmetric-cryptography.ts'

/**
 * @throws ServiceError ValidationException (both or neither of KeySpec and NumberOfBytes), DisabledException,
 *   KMSInvalidStateException, InvalidKeyUsageException, DryRunOperationException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
 */
export async function generateDataKey(
  context: KmsContext,
  request: Validated<GenerateDataKeyRequest>,
): Promise<GenerateDataKeyResponse> {
  if (request.Recipient) throw recipientNotSupported()
  const { plaintext, ...wrapped } = await newDataKey(context, request, 'GenerateDataKey')
  return { Plaintext: plaintext, ...wrapped }
}

/** Does what GenerateDataKey does, without the plaintext: for keys that are used later, after a Decrypt. */
export async function generateDataKeyWithoutPlaintext(
  context: KmsContext,
  request: Validated<GenerateDataKeyWithoutPlaintextRequest>,
): Promise<GenerateDataKeyWithoutPlaintextResponse> {
  const { plaintext, ...wrapped } = await newDataKey(context, request, 'GenerateDataKeyWithoutPlaintext')
  plaintext.fill(0)
  return wrapped
}

async function newDataKey(
  context: KmsContext,
  request: Validated<GenerateDataKeyWithoutPlaintextRequest>,
  operation: 'GenerateDataKey' | 'GenerateDataKeyWithoutPlaintext',
) {
  const { keys } = context
  const lengthBytes = dataKeyBytes(request)
  const encodedContext = encodeEncryptionContext(request.EncryptionContext)
  const key = await keys.get(request.KeyId, true)
  checkKeyState(operation, key)
  checkEncryptionKey(key, symmetricAlgorithm, encodedContext, operation)
  if (request.DryRun) throw dryRunSucceeded()
  const plaintext = randomBytes(lengthBytes)
  const { ciphertextBlob, keyMaterialId } = await encryptWithKey(context, key, plaintext, encodedContext)
  noteMaterial(context, keyMaterialId)
  return { plaintext, CiphertextBlob: ciphertextBlob, KeyId: key.arn, KeyMaterialId: keyMaterialId }
}

const bytesOfSpec: Record<DataKeySpec, number> = { AES_128: 16, AES_256: 32 }

function dataKeyBytes({ KeySpec, NumberOfBytes }: { KeySpec?: DataKeySpec; NumberOfBytes?: number }): number {
  if (KeySpec !== undefined && NumberOfBytes === undefined) return bytesOfSpec[KeySpec]
  if (KeySpec === undefined && NumberOfBytes !== undefined) return NumberOfBytes
  throw dataKeySizeAmbiguous()
}
