import type { DisableKeyRequest, EnableKeyRequest, UpdateKeyDescriptionRequest } from '@aws-sdk/client-kms'
import type { Validated } from '../../../core/operation.ts'
import type { KmsKey } from '../domain/key.ts'
import { disableKey as disable, enableKey as enable } from '../domain/key-lifecycle.ts'
import { checkKeyState } from '../domain/key-states.ts'
import type { KmsContext } from '../kms-context.ts'
import { putKey, rereadKey } from '../storage/key-store.ts'

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

/** Nothing happens to a key that is enabled. @throws ServiceError KMSInvalidStateException. */
export const enableKey = (context: KmsContext, { KeyId }: Validated<EnableKeyRequest>): Promise<undefined> =>
  changeKey(context, KeyId, enable)

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
