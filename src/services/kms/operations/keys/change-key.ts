import type { DisableKeyRequest, EnableKeyRequest, UpdateKeyDescriptionRequest } from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import type { KmsKey } from '../../domain/key.ts'
import { disableKey as disable, enableKey as enable } from '../../domain/key-lifecycle.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import type { KmsContext } from '../../kms-context.ts'
import { putKey, rereadKey } from '../../storage/key-store.ts'
import { scheduleRotationWork } from '../../storage/key-work.ts'

/** Changes a key in a transaction, from what it is then. @param change - throws what the operation refuses. */
export async function changeKey(
  { call, keys }: KmsContext,
  keyId: string,
  change: (key: KmsKey) => KmsKey,
): Promise<undefined> {
  const found = await keys.get(keyId)
  return call.transaction(async (tx) => {
    await putKey(tx, change(await rereadKey(tx, found)))
    return undefined
  })
}

/**
 * Nothing happens to a key that is enabled. A rotation that the key has missed comes at once.
 * @throws ServiceError KMSInvalidStateException.
 */
export async function enableKey(
  { call, keys }: KmsContext,
  { KeyId }: Validated<EnableKeyRequest>,
): Promise<undefined> {
  const found = await keys.get(KeyId)
  return call.transaction(async (tx) => {
    const before = await rereadKey(tx, found)
    const key = enable(before)
    await putKey(tx, key)
    if (before.state === 'Disabled') await scheduleRotationWork(tx, key)
    return undefined
  })
}

/** Nothing happens to a key that is disabled. @throws ServiceError KMSInvalidStateException. */
export const disableKey = (context: KmsContext, { KeyId }: Validated<DisableKeyRequest>): Promise<undefined> =>
  changeKey(context, KeyId, disable)

/** @throws ServiceError KMSInvalidStateException - pending deletion. */
export const updateKeyDescription = (
  context: KmsContext,
  { KeyId, Description }: Validated<UpdateKeyDescriptionRequest>,
): Promise<undefined> =>
  changeKey(context, KeyId, (key) => {
    checkKeyState('UpdateKeyDescription', key)
    return { ...key, description: Description }
  })
