import type {
  GenerateDataKeyPairRequest,
  GenerateDataKeyPairResponse,
  GenerateDataKeyPairWithoutPlaintextRequest,
  GenerateDataKeyPairWithoutPlaintextResponse,
} from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import { encodeEncryptionContext } from '../../domain/algorithms/encryption-context.ts'
import { dryRunSucceeded, recipientNotSupported, specOfOtherPartition } from '../../domain/errors.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import { generateMaterial } from '../../domain/material/key-generation.ts'
import type { KmsContext } from '../../kms-context.ts'
import { checkEncryptionKey, noteMaterial, symmetricAlgorithm } from './encryption.ts'
import { encryptWithKey } from './symmetric-cryptography.ts'

/**
 * Makes a key pair for use outside KMS. The private half is encrypted under a symmetric key and opened by Decrypt with the
 * same encryption context.
 * @returns `PrivateKeyPlaintext`: PKCS#8 DER; `PublicKey`: SubjectPublicKeyInfo DER.
 * @throws ServiceError UnsupportedOperationException (SM2, a key in a custom key store), InvalidKeyUsageException,
 *   DisabledException, KMSInvalidStateException, DryRunOperationException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPair.html
 */
export async function generateDataKeyPair(
  context: KmsContext,
  request: Validated<GenerateDataKeyPairRequest>,
): Promise<GenerateDataKeyPairResponse> {
  if (request.Recipient) throw recipientNotSupported()
  const { privateKey, ...wrapped } = await newDataKeyPair(context, request, 'GenerateDataKeyPair')
  return { PrivateKeyPlaintext: privateKey, ...wrapped }
}

/** Does what GenerateDataKeyPair does, without the private half in clear: for keys that are used later, after a Decrypt. */
export async function generateDataKeyPairWithoutPlaintext(
  context: KmsContext,
  request: Validated<GenerateDataKeyPairWithoutPlaintextRequest>,
): Promise<GenerateDataKeyPairWithoutPlaintextResponse> {
  const { privateKey, ...wrapped } = await newDataKeyPair(context, request, 'GenerateDataKeyPairWithoutPlaintext')
  privateKey.fill(0)
  return wrapped
}

async function newDataKeyPair(
  context: KmsContext,
  { KeyId, KeyPairSpec, EncryptionContext, DryRun }: Validated<GenerateDataKeyPairWithoutPlaintextRequest>,
  operation: 'GenerateDataKeyPair' | 'GenerateDataKeyPairWithoutPlaintext',
) {
  if (KeyPairSpec === 'SM2') throw specOfOtherPartition(KeyPairSpec)
  const encodedContext = encodeEncryptionContext(EncryptionContext)
  const key = await context.keys.get(KeyId, true)
  checkKeyState(operation, key)
  checkEncryptionKey(key, symmetricAlgorithm, encodedContext, operation)
  if (DryRun) throw dryRunSucceeded()
  const { secret: privateKey, publicKey: PublicKey } = await generateMaterial(KeyPairSpec)
  const { ciphertextBlob, keyMaterialId } = await encryptWithKey(context, key, privateKey, encodedContext)
  noteMaterial(context, keyMaterialId)
  return {
    privateKey,
    PrivateKeyCiphertextBlob: ciphertextBlob,
    PublicKey,
    KeyId: key.arn,
    KeyPairSpec,
    KeyMaterialId: keyMaterialId,
  }
}
