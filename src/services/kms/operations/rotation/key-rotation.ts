import type {
  DisableKeyRotationRequest,
  EnableKeyRotationRequest,
  GetKeyRotationStatusRequest,
  GetKeyRotationStatusResponse,
} from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import type { KmsKey, RotationSchedule } from '../../domain/key.ts'
import { checkKeyState, type KeyOperation } from '../../domain/key-states.ts'
import { defaultRotationPeriodDays, rotationFrom, visibleRotation } from '../../domain/material/rotation.ts'
import type { KmsContext } from '../../kms-context.ts'
import { rereadKey } from '../../storage/key-store.ts'
import { scheduleRotationWork } from '../../storage/key-work.ts'
import { changeRelated } from '../../storage/related-keys.ts'

/**
 * Has a key rotated automatically from now on; the period begins anew with each call.
 * @param request - `RotationPeriodInDays`: 90–2560, 365 when absent.
 * @throws ServiceError UnsupportedOperationException (asymmetric, HMAC, imported, in a custom key store, replica),
 *   DisabledException, KMSInvalidStateException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
 */
export function enableKeyRotation(
  context: KmsContext,
  { KeyId, RotationPeriodInDays = defaultRotationPeriodDays }: Validated<EnableKeyRotationRequest>,
): Promise<undefined> {
  const rotation = rotationFrom(context.call.clock.nowMs(), RotationPeriodInDays)
  return setRotation(context, KeyId, 'EnableKeyRotation', rotation)
}

/** Nothing happens to a key that is not rotated automatically. @throws ServiceError as EnableKeyRotation. */
export const disableKeyRotation = (
  context: KmsContext,
  { KeyId }: Validated<DisableKeyRotationRequest>,
): Promise<undefined> => setRotation(context, KeyId, 'DisableKeyRotation', undefined)

async function setRotation(
  { call, keys }: KmsContext,
  keyId: string,
  operation: KeyOperation,
  rotation: RotationSchedule | undefined,
): Promise<undefined> {
  const found = await keys.get(keyId)
  return call.transaction(async (tx) => {
    const key = await rereadKey(tx, found)
    checkKeyState(operation, key)
    await scheduleRotationWork(tx, await changeRelated(tx, key, (related) => withRotation(related, rotation)))
    return undefined
  })
}

function withRotation({ rotation: _, ...key }: KmsKey, rotation: RotationSchedule | undefined): KmsKey {
  return rotation ? { ...key, rotation } : key
}

/**
 * Reads whether and when a key is rotated automatically; asymmetric and HMAC keys never are. A rotation on demand is
 * complete when RotateKeyOnDemand answers, so that OnDemandRotationStartDate is never there.
 * @returns `KeyId`: the key's ARN, as AWS sends it.
 * @throws ServiceError UnsupportedOperationException (in a custom key store, no material yet).
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
 */
export async function getKeyRotationStatus(
  { keys }: KmsContext,
  { KeyId }: Validated<GetKeyRotationStatusRequest>,
): Promise<GetKeyRotationStatusResponse> {
  const key = await keys.get(KeyId)
  checkKeyState('GetKeyRotationStatus', key)
  const rotation = visibleRotation(key)
  if (!rotation) return { KeyId: key.arn, KeyRotationEnabled: false }
  return {
    KeyId: key.arn,
    KeyRotationEnabled: true,
    RotationPeriodInDays: rotation.periodDays,
    NextRotationDate: new Date(rotation.nextAtMs),
  }
}
