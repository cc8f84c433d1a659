import type { DescribeKeyRequest, DescribeKeyResponse } from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import { keyMetadata } from '../../domain/key-metadata.ts'
import type { KmsContext } from '../../kms-context.ts'
import { getKeyStore } from '../../storage/custom-key-store-store.ts'

/** @throws ServiceError NotFoundException, InvalidArnException. */
export async function describeKey(
  { call, keys }: KmsContext,
  { KeyId }: Validated<DescribeKeyRequest>,
): Promise<DescribeKeyResponse> {
  const key = await keys.get(KeyId, true)
  return {
    KeyMetadata: keyMetadata(key, key.keyStore && (await getKeyStore(call.store, key, key.keyStore.customKeyStoreId))),
  }
}
