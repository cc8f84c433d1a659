import { randomBytes } from 'node:crypto'
import type { CreateKeyRequest, CreateKeyResponse } from '@aws-sdk/client-kms'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import { ServiceError } from '../../../../core/service-error.ts'
import { serviceEvent } from '../../../../core/services/service-event.ts'
import type { Scope, Store, Transaction } from '../../../../core/store.ts'
import type { KeyStorePlace, KmsKey } from '../../domain/key.ts'
import { keyMetadata } from '../../domain/key-metadata.ts'
import {
  externalKeyInUse,
  keyStoreStateRefuses,
  noRandomBytes,
  originNotOfKeyStore,
} from '../../domain/key-stores/custom-key-store-errors.ts'
import { answering, creationError, KeyStoreFailure, useError } from '../../domain/key-stores/key-store-failures.ts'
import type { KeyStoreProviders } from '../../domain/key-stores/key-store-provider.ts'
import { type KeyMaterial, withFirstMaterial } from '../../domain/material/key-material.ts'
import type { KmsContext } from '../../kms-context.ts'
import { keyResource } from '../../storage/call-keys.ts'
import { customKeyStores, scopeOf } from '../../storage/collections.ts'
import { getKeyStore, isEntered, openKeyStore } from '../../storage/custom-key-store-store.ts'
import { addKey } from '../../storage/key-store.ts'
import { keyStoreData, storeCallOf } from '../cryptography/key-store-cryptography.ts'

/**
 * The end of CreateKey for a key in a custom key store: the key behind it is made in a CloudHSM cluster, or found in an
 * external key manager.
 * @param key - has no material yet.
 * @throws ServiceError CustomKeyStoreNotFoundException, CustomKeyStoreInvalidStateException, ValidationException,
 *   CloudHsmClusterInvalidConfigurationException, XksKeyAlreadyInUseException, XksKeyNotFoundException,
 *   XksKeyInvalidConfigurationException.
 */
export async function createKeyInStore(
  { call, keyStores }: KmsContext,
  { CustomKeyStoreId: customKeyStoreId = '', XksKeyId: xksKeyId }: CreateKeyRequest,
  key: KmsKey,
): Promise<CreateKeyResponse> {
  const store = await getKeyStore(call.store, call, customKeyStoreId)
  if (key.origin !== store.type) throw originNotOfKeyStore(key.origin, store.type)
  if (store.connectionState !== 'CONNECTED') throw keyStoreStateRefuses('CreateKey', store)
  if (xksKeyId !== undefined && (await isEntered(call.store, call, { customKeyStoreId, backingKeyId: xksKeyId }))) {
    throw externalKeyInUse(xksKeyId)
  }
  const opened = await openKeyStore(call.store, store)
  const provider = keyStores[store.type]
  const backingKeyId = await answering(
    provider.createKey(opened, { keyArn: key.arn, xksKeyId }, storeCallOf(call)),
    creationError,
  )
  const keyStore = { customKeyStoreId, backingKeyId }
  call.note({ additionalEventData: keyStoreData(key, keyStore) })
  const placed: { key: KmsKey; material?: KeyMaterial } = withKmsHalf({ ...key, keyStore }, call.clock.nowMs())
  try {
    return await call.transaction(async (tx) => {
      await addKey(tx, placed.key, placed.material)
      return { KeyMetadata: keyMetadata(placed.key, store) }
    })
  } catch (failure) {
    // No KMS key was stored, so no call would ever use or delete the key that was made. Where the outcome of the commit is
    // unknown, a KMS key may have been stored all the same: then the key stays.
    if (failure instanceof ServiceError) await ignoring(provider.deleteKey?.(opened, backingKeyId))
    throw failure
  }
}

/** In an external key store KMS encrypts too, under material of its own; in a cluster it has none. */
const withKmsHalf = (key: KmsKey, nowMs: number) =>
  key.origin === 'EXTERNAL_KEY_STORE' ? withFirstMaterial(key, { secret: randomBytes(32) }, nowMs) : { key }

/** Random bytes from the cluster of a CloudHSM key store. */
export async function randomBytesOf({ call, keyStores }: KmsContext, id: string, count: number): Promise<Buffer> {
  const store = await getKeyStore(call.store, call, id)
  const provider = keyStores[store.type]
  if (!provider.randomBytes) throw noRandomBytes(id)
  if (store.connectionState !== 'CONNECTED') throw keyStoreStateRefuses('GenerateRandom', store)
  call.note({ additionalEventData: { customKeyStoreId: id } })
  return answering(provider.randomBytes(await openKeyStore(call.store, store), count), useError)
}

/** The kind of due work that deletes the key in a cluster after its KMS key is gone; its key is the KMS key's ARN. */
export const deleteBackingKeyWork = 'kms.delete-backing-key'

interface Payload extends KeyStorePlace {
  keyId: string
}

/** Has the key in a cluster deleted, once the KMS key's deletion is durable: it could not be taken back. */
export async function scheduleBackingKeyDeletion(tx: Transaction, key: KmsKey, dueAtMs: number): Promise<void> {
  if (key.origin !== 'AWS_CLOUDHSM' || !key.keyStore) return
  const payload: Payload = { ...key.keyStore, keyId: key.keyId }
  await tx.schedule({ kind: deleteBackingKeyWork, key: key.arn, dueAtMs, scope: scopeOf(key), payload })
}

interface RunnerOptions {
  store: Pick<Store, 'in'>
  keyStores: KeyStoreProviders
  clock: { nowMs(): number }
}

/**
 * Tries once to delete the key in the cluster, and records how that ended: a key that could not be deleted is orphaned, and
 * the record says what it is called in the cluster.
 */
export const deleteBackingKeyRunner =
  ({ store: reader, keyStores, clock }: RunnerOptions): WorkRunner =>
  async ({ scope, key: arn, payload }) => {
    const { keyId, customKeyStoreId, backingKeyId } = payload as Payload
    const outcome = await deleteBackingKey(reader, keyStores, scope, { customKeyStoreId, backingKeyId })
    return async (tx) =>
      tx.record(
        serviceEvent({
          eventSource: 'kms.amazonaws.com',
          eventName: 'DeleteKey',
          timeMs: clock.nowMs(),
          scope,
          resources: [keyResource({ accountId: scope.accountId, arn })],
          additionalEventData: {
            customKeyStoreId,
            clusterId: outcome.clusterId,
            backingKeys: [{ backingKeyId }],
            backingKeysDeletionStatus: [{ backingKeyId, deletionStatus: outcome.status }],
          },
          serviceEventDetails: { keyId },
        }),
      )
  }

async function deleteBackingKey(
  reader: Pick<Store, 'in'>,
  keyStores: KeyStoreProviders,
  scope: Scope,
  { customKeyStoreId, backingKeyId }: KeyStorePlace,
): Promise<{ clusterId?: string; status: 'SUCCESS' | 'FAILURE' }> {
  const store = await reader.in(customKeyStores).get(scope, customKeyStoreId)
  const clusterId = store?.cluster?.clusterId
  if (store?.connectionState !== 'CONNECTED') return { clusterId, status: 'FAILURE' }
  try {
    await keyStores[store.type].deleteKey?.(await openKeyStore(reader, store), backingKeyId)
    return { clusterId, status: 'SUCCESS' }
  } catch (failure) {
    if (!(failure instanceof KeyStoreFailure)) throw failure
    return { clusterId, status: 'FAILURE' }
  }
}

/** Ignores failures of a clean-up after a failure, which must stay the one that is reported. */
async function ignoring(asked: Promise<void> | undefined): Promise<void> {
  await asked?.catch((failure) => {
    if (!(failure instanceof KeyStoreFailure)) throw failure
  })
}
