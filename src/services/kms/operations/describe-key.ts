import type { DescribeKeyRequest, DescribeKeyResponse } from '@aws-sdk/client-kms'
import type { Validated } from '../../../core/operation.ts'
import { keyMetadata } from '../domain/key-metadata.ts'
import type { KmsContext } from '../kms-context.ts'

/** @throws ServiceError NotFoundException, InvalidArnException. */
export async function describeKey(
  { keys }: KmsContext,
  { KeyId }: Validated<DescribeKeyRequest>,
): Promise<DescribeKeyResponse> {
  return { KeyMetadata: keyMetadata(await keys.get(KeyId, true)) }
}
