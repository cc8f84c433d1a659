import { decapsulate as decapsulateKey, encapsulate as encapsulateKey, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type {
  DecapsulateRequest,
  DecapsulateResponse,
  EncapsulateRequest,
  EncapsulateResponse,
} from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import { checkAlgorithm } from '../../domain/algorithms/key-specs.ts'
import { dryRunSucceeded, invalidCiphertext } from '../../domain/errors.ts'
import type { KmsKey } from '../../domain/key.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import { publicKeyOf } from '../../domain/material/key-material.ts'
import type { KmsContext } from '../../kms-context.ts'
import { findPrivateKey } from '../../storage/key-store.ts'

const makeSecret = promisify<KeyObject, { sharedKey: Buffer; ciphertext: Buffer }>(encapsulateKey)
const openSecret = promisify<KeyObject, Uint8Array, Buffer>(decapsulateKey)

/**
 * ML-KEM (FIPS 203) with the key's public half.
 * @returns `SharedSecret`: 32 bytes; `SharedSecretCiphertextBlob`: what Decapsulate makes the same secret from.
 * @throws ServiceError InvalidKeyUsageException, DisabledException, KMSInvalidStateException, DryRunOperationException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Encapsulate.html
 */
export async function encapsulate(
  context: KmsContext,
  request: Validated<EncapsulateRequest>,
): Promise<EncapsulateResponse> {
  const key = await encapsulationKey(context, request, 'Encapsulate')
  if (request.DryRun) throw dryRunSucceeded()
  const { sharedKey, ciphertext } = await makeSecret(publicKeyOf(key))
  const { EncapsulationAlgorithm } = request
  return { KeyId: key.arn, SharedSecret: sharedKey, SharedSecretCiphertextBlob: ciphertext, EncapsulationAlgorithm }
}

/**
 * @returns `SharedSecret`: of a ciphertext that was altered another one, always the same (implicit rejection).
 * @throws ServiceError - as Encapsulate, and InvalidCiphertextException (a ciphertext of another length).
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Decapsulate.html
 */
export async function decapsulate(
  context: KmsContext,
  request: Validated<DecapsulateRequest>,
): Promise<DecapsulateResponse> {
  const key = await encapsulationKey(context, request, 'Decapsulate')
  const { SharedSecretCiphertextBlob: ciphertext, EncapsulationAlgorithm } = request
  if (ciphertext.length !== ciphertextBytes[key.keySpec]) throw invalidCiphertext()
  if (request.DryRun) throw dryRunSucceeded()
  const SharedSecret = await openSecret(await findPrivateKey(context.call.store, key), ciphertext)
  return { KeyId: key.arn, SharedSecret, EncapsulationAlgorithm }
}

/** FIPS 203, table 3. */
const ciphertextBytes: Partial<Record<KmsKey['keySpec'], number>> = {
  ML_KEM_512: 768,
  ML_KEM_768: 1088,
  ML_KEM_1024: 1568,
}

async function encapsulationKey(
  { keys }: KmsContext,
  { KeyId, EncapsulationAlgorithm }: Pick<Validated<EncapsulateRequest>, 'KeyId' | 'EncapsulationAlgorithm'>,
  operation: 'Encapsulate' | 'Decapsulate',
): Promise<KmsKey> {
  const key = await keys.get(KeyId, true)
  checkKeyState(operation, key)
  checkAlgorithm(key, 'ENCAPSULATE_DECAPSULATE', EncapsulationAlgorithm, operation)
  return key
}
