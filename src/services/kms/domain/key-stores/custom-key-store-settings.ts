import { timingSafeEqual } from 'node:crypto'
import type { CreateCustomKeyStoreRequest, UpdateCustomKeyStoreRequest } from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import type { Scope } from '../../../../core/store.ts'
import {
  type CustomKeyStore,
  type KeyStoreSecret,
  newCustomKeyStoreId,
  type ProxySettings,
} from './custom-key-store.ts'
import {
  keyStoreNeeds,
  keyStoreStateRefuses,
  notForConnectivity,
  notForKeyStoreType,
  nothingToUpdate,
  proxyEndpointNotName,
  vpcConnectivityNeeds,
  vpcEndpointServiceNotFound,
} from './custom-key-store-errors.ts'
import type { OpenedKeyStore } from './key-store-provider.ts'

// The settings of a custom key store: which go together, and which may be changed when.

type CreateRequest = Validated<CreateCustomKeyStoreRequest>
type UpdateRequest = Validated<UpdateCustomKeyStoreRequest>

const clusterMembers = ['CloudHsmClusterId', 'KeyStorePassword', 'TrustAnchorCertificate'] as const
const proxyMembers = [
  ...(['XksProxyConnectivity', 'XksProxyUriEndpoint', 'XksProxyUriPath'] as const),
  ...(['XksProxyAuthenticationCredential'] as const),
] as const
const endpointServiceMembers = ['XksProxyVpcEndpointServiceName', 'XksProxyVpcEndpointServiceOwner'] as const

/**
 * The store that a request asks for. The certificate of a cluster is not known yet.
 * @throws ServiceError ValidationException, XksProxyInvalidConfigurationException, XksProxyVpcEndpointServiceNotFoundException.
 */
export function newKeyStore(scope: Scope, request: CreateRequest, nowMs: number): OpenedKeyStore {
  const { CustomKeyStoreType: type = 'AWS_CLOUDHSM', CustomKeyStoreName: name } = request
  const store: CustomKeyStore = {
    accountId: scope.accountId,
    region: scope.region,
    customKeyStoreId: newCustomKeyStoreId(),
    name,
    createdAtMs: nowMs,
    type,
    connectionState: 'DISCONNECTED',
  }
  return type === 'AWS_CLOUDHSM' ? newClusterStore(store, request) : newProxyStore(store, request)
}

function newClusterStore(store: CustomKeyStore, request: CreateRequest): OpenedKeyStore {
  refuseMembers(request, [...proxyMembers, ...endpointServiceMembers], store.type)
  const { CloudHsmClusterId, TrustAnchorCertificate, KeyStorePassword } = request
  if (!CloudHsmClusterId || !TrustAnchorCertificate || !KeyStorePassword) {
    throw keyStoreNeeds(store.type, clusterMembers.join(', '))
  }
  const cluster = {
    clusterId: CloudHsmClusterId,
    trustAnchorCertificate: TrustAnchorCertificate,
    clusterCertificate: '',
  }
  return { store: { ...store, cluster }, secret: KeyStorePassword }
}

function newProxyStore(store: CustomKeyStore, request: CreateRequest): OpenedKeyStore {
  refuseMembers(request, clusterMembers, store.type)
  const { XksProxyConnectivity, XksProxyUriEndpoint, XksProxyUriPath, XksProxyAuthenticationCredential } = request
  const { AccessKeyId, RawSecretAccessKey } = XksProxyAuthenticationCredential ?? {}
  if (!XksProxyConnectivity || !XksProxyUriEndpoint || !XksProxyUriPath || !AccessKeyId || !RawSecretAccessKey) {
    throw keyStoreNeeds(store.type, proxyMembers.join(', '))
  }
  const proxy = withEndpointService(
    {
      connectivity: XksProxyConnectivity,
      uriEndpoint: XksProxyUriEndpoint,
      uriPath: XksProxyUriPath,
      accessKeyId: AccessKeyId,
    },
    request,
    store,
  )
  return { store: { ...store, proxy }, secret: RawSecretAccessKey }
}

/** Returns whether a store stands for the same request: a request that is sent twice makes one store. */
export function isSameRequest({ store: { type, cluster }, secret }: OpenedKeyStore, request: CreateRequest): boolean {
  return (
    type === (request.CustomKeyStoreType ?? 'AWS_CLOUDHSM') &&
    cluster?.clusterId === request.CloudHsmClusterId &&
    cluster?.trustAnchorCertificate === request.TrustAnchorCertificate &&
    isSameSecret(secret, request.KeyStorePassword ?? '')
  )
}

function isSameSecret(kept: string, given: string): boolean {
  const [one, other] = [Buffer.from(kept), Buffer.from(given)]
  return one.length === other.length && timingSafeEqual(one, other)
}

export interface KeyStoreChange {
  store: CustomKeyStore
  /** Absent when it stays. */
  secret?: KeyStoreSecret
  /** More than the name changes, so that the store must be looked at anew. */
  isReconfigured: boolean
}

/**
 * A store with the changes that a request asks for.
 * @throws ServiceError ValidationException, CustomKeyStoreInvalidStateException: most settings are those of a disconnected
 *   store; the name, and the credential and the URI path of a proxy, may change while it is connected.
 */
export function changedKeyStore(store: CustomKeyStore, request: UpdateRequest): KeyStoreChange {
  const { CustomKeyStoreId: _, NewCustomKeyStoreName: name, ...settings } = request
  const given = Object.entries(settings).flatMap(([member, value]) => (value === undefined ? [] : [member]))
  if (name === undefined && given.length === 0) throw nothingToUpdate()
  refuseMembers(request, store.cluster ? [...proxyMembers, ...endpointServiceMembers] : clusterMembers, store.type)
  const whileConnected = given.every((member) => store.proxy && changeableWhileConnected.includes(member))
  const { connectionState: state } = store
  if (state !== 'DISCONNECTED' && !(state === 'CONNECTED' && whileConnected)) {
    throw keyStoreStateRefuses('UpdateCustomKeyStore', store)
  }
  const named = { ...store, ...(name !== undefined && { name }) }
  const isReconfigured = given.length > 0
  if (named.cluster) {
    const { CloudHsmClusterId: clusterId = named.cluster.clusterId, KeyStorePassword: secret } = request
    const cluster = { ...named.cluster, clusterId }
    return { store: { ...named, cluster }, secret: secret === undefined ? undefined : { secret }, isReconfigured }
  }
  if (!named.proxy) throw new Error(`${store.customKeyStoreId} has neither a cluster nor a proxy`)
  const { RawSecretAccessKey: secret } = request.XksProxyAuthenticationCredential ?? {}
  return {
    store: { ...named, proxy: changedProxy(named.proxy, request, store) },
    secret: secret === undefined ? undefined : { secret },
    isReconfigured,
  }
}

const changeableWhileConnected: readonly string[] = ['XksProxyAuthenticationCredential', 'XksProxyUriPath']

function changedProxy(proxy: ProxySettings, request: UpdateRequest, store: CustomKeyStore): ProxySettings {
  const { XksProxyConnectivity: connectivity = proxy.connectivity } = request
  if (connectivity !== proxy.connectivity && request.XksProxyUriEndpoint === undefined) {
    throw keyStoreNeeds(store.type, 'XksProxyUriEndpoint when XksProxyConnectivity changes')
  }
  const changed = {
    connectivity,
    uriEndpoint: request.XksProxyUriEndpoint ?? proxy.uriEndpoint,
    uriPath: request.XksProxyUriPath ?? proxy.uriPath,
    accessKeyId: request.XksProxyAuthenticationCredential?.AccessKeyId ?? proxy.accessKeyId,
  }
  const service = {
    XksProxyVpcEndpointServiceName: request.XksProxyVpcEndpointServiceName ?? proxy.vpcEndpointServiceName,
    XksProxyVpcEndpointServiceOwner: request.XksProxyVpcEndpointServiceOwner ?? proxy.vpcEndpointServiceOwner,
  }
  // A store that leaves its endpoint service behind keeps nothing of it.
  return withEndpointService(changed, connectivity === 'VPC_ENDPOINT_SERVICE' ? service : request, store)
}

/** @throws ServiceError XksProxyInvalidConfigurationException (no name), and for an endpoint service that does not fit. */
function withEndpointService(
  proxy: ProxySettings,
  request: Pick<CreateCustomKeyStoreRequest, (typeof endpointServiceMembers)[number]>,
  { accountId, region }: Scope,
): ProxySettings {
  const { XksProxyVpcEndpointServiceName: name, XksProxyVpcEndpointServiceOwner: owner } = request
  if (!isDomainName(proxy.uriEndpoint.slice('https://'.length))) throw proxyEndpointNotName(proxy.uriEndpoint)
  if (proxy.connectivity !== 'VPC_ENDPOINT_SERVICE') {
    for (const member of endpointServiceMembers) {
      if (request[member] !== undefined) throw notForConnectivity(member, proxy.connectivity)
    }
    return proxy
  }
  if (!name) throw vpcConnectivityNeeds('XksProxyVpcEndpointServiceName')
  // `com.amazonaws.vpce.us-east-1.vpce-svc-…`
  if (name.split('.')[3] !== region) throw vpcEndpointServiceNotFound(name)
  return { ...proxy, vpcEndpointServiceName: name, vpcEndpointServiceOwner: owner ?? accountId }
}

/** Labels of letters, digits and inner hyphens. The last one is not a number: else it would be an address. */
const isDomainName = (name: string): boolean =>
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(name)

function refuseMembers(request: object, members: readonly string[], type: string): void {
  for (const member of members) {
    if ((request as Record<string, unknown>)[member] !== undefined) throw notForKeyStoreType(member, type)
  }
}
