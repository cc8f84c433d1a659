import type {
  CreateCustomKeyStoreRequest,
  CreateCustomKeyStoreResponse,
  DeleteCustomKeyStoreRequest,
  DeleteCustomKeyStoreResponse,
  DescribeCustomKeyStoresRequest,
  DescribeCustomKeyStoresResponse,
} from '@aws-sdk/client-kms'
import type { Call } from '../../../../core/call.ts'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { type CustomKeyStore, checkUnique, customKeyStoreView } from '../../domain/key-stores/custom-key-store.ts'
import { customKeyStoreNotFound, keyStoreIdOrName } from '../../domain/key-stores/custom-key-store-errors.ts'
import { isSameRequest, newKeyStore } from '../../domain/key-stores/custom-key-store-settings.ts'
import { answering, managementError } from '../../domain/key-stores/key-store-failures.ts'
import { readArray, readPage } from '../../domain/pagination.ts'
import type { KmsContext } from '../../kms-context.ts'
import {
  addKeyStore,
  getKeyStore,
  listKeyStores,
  openKeyStore,
  removeKeyStore,
} from '../../storage/custom-key-store-store.ts'
import { onAccount } from '../access/permissions.ts'
import { storeCallOf } from '../cryptography/key-store-cryptography.ts'

type CreateRequest = Validated<CreateCustomKeyStoreRequest>

/** `kms:CreateCustomKeyStore`, and what KMS does with the caller's rights: it looks at the cluster or at the endpoint service. */
export function createCustomKeyStorePermissions(context: KmsContext, request: CreateRequest): Permission[] {
  const { CustomKeyStoreType: type = 'AWS_CLOUDHSM', XksProxyConnectivity: connectivity } = request
  if (type === 'AWS_CLOUDHSM') return [...onAccount(context), describeClusters, createRole(context.call)]
  return [...onAccount(context), ...endpointServicePermissions(connectivity)]
}

/** Returns the permissions for proxies behind a VPC endpoint service. */
export const endpointServicePermissions = (connectivity: string | undefined): Permission[] =>
  connectivity === 'VPC_ENDPOINT_SERVICE' ? [describeEndpointServices] : []

const everything = { resource: '*', printedResource: '*' }
const describeClusters: Permission = { action: 'cloudhsm:DescribeClusters', ...everything }
const describeEndpointServices: Permission = { action: 'ec2:DescribeVpcEndpointServices', ...everything }

/** KMS manages clusters' networks in a role of its own. */
const createRole = ({ partition, accountId }: Call): Permission => ({
  action: 'iam:CreateServiceLinkedRole',
  resource:
    `arn:${partition}:iam::${accountId}:role/aws-service-role/cks.kms.amazonaws.com/` +
    'AWSServiceRoleForKeyManagementServiceCustomKeyStores',
  context: { 'iam:AWSServiceName': 'cks.kms.amazonaws.com' },
})

/**
 * Makes a custom key store, disconnected. A cluster and a proxy at a public endpoint are looked at first; a proxy behind a VPC
 * endpoint service is when the store is connected. What is asked for once more is not made once more, for a cluster.
 * @throws ServiceError ValidationException, CustomKeyStoreNameInUseException, LimitExceededException, the CloudHsmCluster and
 *   XksProxy exceptions, IncorrectTrustAnchorException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateCustomKeyStore.html
 */
export async function createCustomKeyStore(
  { call, keyStores }: KmsContext,
  request: CreateRequest,
): Promise<CreateCustomKeyStoreResponse> {
  const { store, secret } = newKeyStore(call, request, call.clock.nowMs())
  const others = await listKeyStores(call.store, call)
  const same = await findSame(call, others, request)
  if (same) return { CustomKeyStoreId: same.customKeyStoreId }
  // Names in use are refused before the key store is asked, and again in the transaction for what came in between.
  checkUnique(store, others)
  const isLookedAt = store.proxy?.connectivity !== 'VPC_ENDPOINT_SERVICE'
  const facts = isLookedAt
    ? await answering(keyStores[store.type].inspect({ store, secret }, storeCallOf(call)), managementError)
    : undefined
  const clusterCertificate = facts?.clusterCertificate ?? ''
  const found = store.cluster ? { ...store, cluster: { ...store.cluster, clusterCertificate } } : store
  return call.transaction(async (tx) => {
    await addKeyStore(tx, found, { secret })
    return { CustomKeyStoreId: found.customKeyStoreId }
  })
}

async function findSame(
  call: Call,
  others: readonly CustomKeyStore[],
  request: CreateRequest,
): Promise<CustomKeyStore | undefined> {
  const named = others.find(({ name, cluster }) => cluster && name === request.CustomKeyStoreName)
  if (named?.connectionState !== 'DISCONNECTED') return undefined
  return isSameRequest(await openKeyStore(call.store, named), request) ? named : undefined
}

/**
 * Nothing happens to the keys and users behind the store.
 * @throws ServiceError CustomKeyStoreNotFoundException, CustomKeyStoreInvalidStateException (not disconnected),
 *   CustomKeyStoreHasCMKsException (those pending deletion count).
 */
export async function deleteCustomKeyStore(
  { call }: KmsContext,
  { CustomKeyStoreId: id }: Validated<DeleteCustomKeyStoreRequest>,
): Promise<DeleteCustomKeyStoreResponse> {
  noteKeyStore(call, await getKeyStore(call.store, call, id))
  return call.transaction(async (tx) => {
    await removeKeyStore(tx, await getKeyStore(tx, call, id))
    return {}
  })
}

/** @throws ServiceError ValidationException (id and name), CustomKeyStoreNotFoundException, InvalidMarkerException. */
export async function describeCustomKeyStores(
  context: KmsContext,
  { CustomKeyStoreId: id, CustomKeyStoreName: name, ...page }: Validated<DescribeCustomKeyStoresRequest>,
): Promise<DescribeCustomKeyStoresResponse> {
  if (id !== undefined && name !== undefined) throw keyStoreIdOrName()
  const { call } = context
  const all = await listKeyStores(call.store, call)
  const asked = id ?? name
  const found = all.filter(
    (store) => asked === undefined || (id === undefined ? store.name : store.customKeyStoreId) === asked,
  )
  if (asked !== undefined && found.length === 0) throw customKeyStoreNotFound(asked)
  const idOf = ({ customKeyStoreId }: CustomKeyStore) => customKeyStoreId
  const source = {
    list: [asked ?? ''],
    defaultLimit: 100,
    idOf,
    read: readArray(found, idOf),
  }
  const { rows, rest } = await readPage(context, source, page)
  return { CustomKeyStores: rows.map(customKeyStoreView), ...rest }
}

/** Notes what AWS's records say of a store that an operation is about. */
export function noteKeyStore(call: Call, { name, cluster }: CustomKeyStore): void {
  const clusterId = cluster && { clusterId: cluster.clusterId }
  call.note({ additionalEventData: { customKeyStoreName: name, ...clusterId } })
}
