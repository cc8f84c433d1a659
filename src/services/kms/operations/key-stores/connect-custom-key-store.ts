import type {
  ConnectCustomKeyStoreRequest,
  ConnectCustomKeyStoreResponse,
  ConnectionErrorCodeType,
  DisconnectCustomKeyStoreRequest,
  DisconnectCustomKeyStoreResponse,
} from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import type { DueWork, Store, Transaction } from '../../../../core/store.ts'
import {
  beginConnection,
  beginDisconnection,
  type CustomKeyStore,
  endConnection,
  endDisconnection,
} from '../../domain/key-stores/custom-key-store.ts'
import {
  answering,
  connectionErrorOf,
  KeyStoreFailure,
  managementError,
} from '../../domain/key-stores/key-store-failures.ts'
import type { KeyStoreProviders, OpenedKeyStore, StoreCall } from '../../domain/key-stores/key-store-provider.ts'
import type { KmsContext } from '../../kms-context.ts'
import { customKeyStores, type Reader, scopeOf } from '../../storage/collections.ts'
import { getKeyStore, openKeyStore, putKeyStore, putSecret } from '../../storage/custom-key-store-store.ts'
import { storeCallOf } from '../cryptography/key-store-cryptography.ts'
import { noteKeyStore } from './custom-key-stores.ts'

/** The kinds of due work that end what Connect and Disconnect begin; their key is the id of the store. */
export const connectKeyStoreWork = 'kms.connect-key-store'
export const disconnectKeyStoreWork = 'kms.disconnect-key-store'

/**
 * Begins to connect a store; how it ends is seen in its ConnectionState. Nothing happens to one that is connected.
 * @throws ServiceError CustomKeyStoreNotFoundException, CustomKeyStoreInvalidStateException,
 *   CloudHsmClusterNotActiveException, CloudHsmClusterInvalidConfigurationException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ConnectCustomKeyStore.html
 */
export async function connectCustomKeyStore(
  { call, keyStores }: KmsContext,
  { CustomKeyStoreId: id }: Validated<ConnectCustomKeyStoreRequest>,
): Promise<ConnectCustomKeyStoreResponse> {
  const store = await getKeyStore(call.store, call, id)
  noteKeyStore(call, store)
  if (!beginConnection(store)) return {}
  const { nextSecret } = await answering(keyStores[store.type].prepareConnection(store), managementError)
  const storeCall = storeCallOf(call)
  return call.transaction(async (tx) => {
    const connecting = beginConnection(await getKeyStore(tx, call, id))
    if (!connecting) return {}
    await putKeyStore(tx, connecting)
    if (nextSecret !== undefined) await offerSecret(tx, connecting, nextSecret)
    await tx.schedule(workOf(connectKeyStoreWork, connecting, call.clock.nowMs(), storeCall))
    return {}
  })
}

// A password that an earlier attempt has offered may hold by now: it stays on offer until a connection has succeeded.
async function offerSecret(tx: Transaction, store: CustomKeyStore, offered: string): Promise<void> {
  const { secret, nextSecret = offered } = await openKeyStore(tx, store)
  await putSecret(tx, store, { secret, nextSecret })
}

/**
 * Begins to disconnect a store; its keys are unavailable at once.
 * @throws ServiceError CustomKeyStoreNotFoundException, CustomKeyStoreInvalidStateException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DisconnectCustomKeyStore.html
 */
export async function disconnectCustomKeyStore(
  { call }: KmsContext,
  { CustomKeyStoreId: id }: Validated<DisconnectCustomKeyStoreRequest>,
): Promise<DisconnectCustomKeyStoreResponse> {
  noteKeyStore(call, await getKeyStore(call.store, call, id))
  return call.transaction(async (tx) => {
    const disconnecting = beginDisconnection(await getKeyStore(tx, call, id))
    await putKeyStore(tx, disconnecting)
    await tx.unschedule(connectKeyStoreWork, workKey(disconnecting))
    await tx.schedule(workOf(disconnectKeyStoreWork, disconnecting, call.clock.nowMs(), null))
    return {}
  })
}

interface RunnerOptions {
  store: Pick<Store, 'in'>
  keyStores: KeyStoreProviders
}

/** Connects a store that is on its way, and notes how it ended. After a crash it is simply done once more. */
export const connectKeyStoreRunner =
  ({ store: reader, keyStores }: RunnerOptions): WorkRunner =>
  async (work) => {
    const opened = await onItsWay(reader, work)
    if (!opened) return async () => {}
    const failure = await connect(keyStores, opened, work.payload as StoreCall)
    // Disconnected meanwhile: what was connected too late is not kept.
    if (!(await onItsWay(reader, work))) await keyStores[opened.store.type].disconnect(opened.store)
    return async (tx) => {
      const current = await storeOf(tx, work)
      const ended = current && endConnection(current, failure)
      if (!ended) return
      await putKeyStore(tx, ended)
      if (!failure && opened.nextSecret !== undefined) await putSecret(tx, ended, { secret: opened.nextSecret })
    }
  }

export const disconnectKeyStoreRunner =
  ({ store: reader, keyStores }: RunnerOptions): WorkRunner =>
  async (work) => {
    const store = await storeOf(reader, work)
    if (store?.connectionState === 'DISCONNECTING') await keyStores[store.type].disconnect(store)
    return async (tx) => {
      const current = await storeOf(tx, work)
      const ended = current && endDisconnection(current)
      if (ended) await putKeyStore(tx, ended)
    }
  }

/** @returns why it failed. */
async function connect(
  keyStores: KeyStoreProviders,
  opened: OpenedKeyStore,
  storeCall: StoreCall,
): Promise<ConnectionErrorCodeType | undefined> {
  try {
    await keyStores[opened.store.type].connect(opened, storeCall)
    return undefined
  } catch (failure) {
    // A fault of our own is reported, and the connection tried again later.
    if (!(failure instanceof KeyStoreFailure)) throw failure
    return connectionErrorOf(failure)
  }
}

async function onItsWay(reader: Reader, work: DueWork): Promise<OpenedKeyStore | undefined> {
  const store = await storeOf(reader, work)
  return store?.connectionState === 'CONNECTING' ? openKeyStore(reader, store) : undefined
}

const storeOf = (reader: Reader, { scope, key }: DueWork) =>
  reader.in(customKeyStores).get(scope, key.slice(key.lastIndexOf('/') + 1))

const workKey = ({ accountId, region, customKeyStoreId }: CustomKeyStore): string =>
  `${accountId}/${region}/${customKeyStoreId}`

const workOf = (kind: string, store: CustomKeyStore, dueAtMs: number, payload: StoreCall | null): DueWork => ({
  kind,
  key: workKey(store),
  dueAtMs,
  scope: scopeOf(store),
  payload,
})
