import { randomBytes } from 'node:crypto'
import type { GenerateRandomRequest, GenerateRandomResponse } from '@aws-sdk/client-kms'
import type { Validated } from '../../../core/operation.ts'
import { customKeyStoreNotFound, numberOfBytesNeeded, recipientNotSupported } from '../domain/errors.ts'
import type { KmsContext } from '../kms-context.ts'

/**
 * @throws ServiceError ValidationException, CustomKeyStoreNotFoundException (there are none yet).
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html
 */
export async function generateRandom(
  _context: KmsContext,
  { NumberOfBytes, CustomKeyStoreId, Recipient }: Validated<GenerateRandomRequest>,
): Promise<GenerateRandomResponse> {
  if (NumberOfBytes === undefined) throw numberOfBytesNeeded()
  if (Recipient) throw recipientNotSupported()
  if (CustomKeyStoreId !== undefined) throw customKeyStoreNotFound(CustomKeyStoreId)
  return { Plaintext: randomBytes(NumberOfBytes) }
}
