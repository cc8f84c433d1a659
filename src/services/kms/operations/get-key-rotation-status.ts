import type { GetKeyRotationStatusRequest, GetKeyRotationStatusResponse } from '@aws-sdk/client-kms'
import type { Validated } from '../../../core/operation.ts'
import { checkKeyState } from '../domain/key-states.ts'
import type { KmsContext } from '../kms-context.ts'

/** No key can be set to rotate yet. @throws ServiceError UnsupportedOperationException. */
export async function getKeyRotationStatus(
  { keys }: KmsContext,
  { KeyId }: Validated<GetKeyRotationStatusRequest>,
): Promise<GetKeyRotationStatusResponse> {
  const key = await keys.get(KeyId)
  checkKeyState('GetKeyRotationStatus', key)
  return { KeyId: key.keyId, KeyRotationEnabled: false }
}
