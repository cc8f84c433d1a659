import type { UpdateCustomKeyStoreRequest, UpdateCustomKeyStoreResponse } from '@aws-sdk/client-kms'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { type CustomKeyStore, checkUnique } from '../../domain/key-stores/custom-key-store.ts'
import { clusterNotRelated } from '../../domain/key-stores/custom-key-store-errors.ts'
import { changedKeyStore, type KeyStoreChange } from '../../domain/key-stores/custom-key-store-settings.ts'
import { answering, managementError } from '../../domain/key-stores/key-store-failures.ts'
import type { KmsContext } from '../../kms-context.ts'
import {
  getKeyStore,
  listKeyStores,
  openKeyStore,
  putKeyStore,
  putSecret,
} from '../../storage/custom-key-store-store.ts'
import { onAccount } from '../access/permissions.ts'
import { storeCallOf } from '../cryptography/key-store-cryptography.ts'
import { endpointServicePermissions, noteKeyStore } from './custom-key-stores.ts'

type Request = Validated<UpdateCustomKeyStoreRequest>

export const updateCustomKeyStorePermissions = (context: KmsContext, request: Request): Permission[] => [
  ...onAccount(context),
  ...endpointServicePermissions(request.XksProxyConnectivity),
]

/**
 * Changes the name or the settings of a custom key store. New settings are tried first: a cluster is looked at, and a proxy
 * asked for its health, except behind a VPC endpoint service while the store is disconnected.
 * @throws ServiceError ValidationException, CustomKeyStoreNotFoundException, CustomKeyStoreInvalidStateException,
 *   CustomKeyStoreNameInUseException, the CloudHsmCluster and XksProxy exceptions.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateCustomKeyStore.html
 */
export async function updateCustomKeyStore(
  context: KmsContext,
  request: Request,
): Promise<UpdateCustomKeyStoreResponse> {
  const { call } = context
  const store = await getKeyStore(call.store, call, request.CustomKeyStoreId)
  noteKeyStore(call, store)
  const change = changedKeyStore(store, request)
  checkUnique(change.store, othersThan(store, await listKeyStores(call.store, call)))
  if (change.isReconfigured) await tryOut(context, store, change)
  return call.transaction(async (tx) => {
    const { store: changed, secret } = changedKeyStore(await getKeyStore(tx, call, request.CustomKeyStoreId), request)
    checkUnique(changed, othersThan(changed, await listKeyStores(tx, call)))
    await putKeyStore(tx, changed)
    if (secret) await putSecret(tx, changed, secret)
    return {}
  })
}

async function tryOut({ call, keyStores }: KmsContext, before: CustomKeyStore, { store, secret }: KeyStoreChange) {
  const isApart = store.proxy?.connectivity === 'VPC_ENDPOINT_SERVICE' && store.connectionState === 'DISCONNECTED'
  if (isApart) return
  const opened = { ...(await openKeyStore(call.store, before)), ...secret, store }
  const { clusterCertificate } = await answering(
    keyStores[store.type].inspect(opened, storeCallOf(call)),
    managementError,
  )
  if (store.cluster && clusterCertificate !== store.cluster.clusterCertificate) {
    throw clusterNotRelated(store.cluster.clusterId)
  }
}

const othersThan = ({ customKeyStoreId }: CustomKeyStore, stores: readonly CustomKeyStore[]) =>
  stores.filter((store) => store.customKeyStoreId !== customKeyStoreId)
