import { randomBytes } from 'node:crypto'
import type { GenerateRandomRequest, GenerateRandomResponse } from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import { numberOfBytesNeeded, recipientNotSupported } from '../../domain/errors.ts'
import type { KmsContext } from '../../kms-context.ts'
import { randomBytesOf } from '../key-stores/key-store-keys.ts'

/**
 * @throws ServiceError ValidationException; of a custom key store: CustomKeyStoreNotFoundException,
 *   CustomKeyStoreInvalidStateException, UnsupportedOperationException (no CloudHSM key store), KMSInvalidStateException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html
 */
export async function generateRandom(
  context: KmsContext,
  { NumberOfBytes, CustomKeyStoreId, Recipient }: Validated<GenerateRandomRequest>,
): Promise<GenerateRandomResponse> {
  if (NumberOfBytes === undefined) throw numberOfBytesNeeded()
  if (Recipient) throw recipientNotSupported()
  if (CustomKeyStoreId === undefined) return { Plaintext: randomBytes(NumberOfBytes) }
  return { Plaintext: await randomBytesOf(context, CustomKeyStoreId, NumberOfBytes) }
}
