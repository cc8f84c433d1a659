import { randomBytes } from 'node:crypto'
import type {
  ConnectionErrorCodeType,
  ConnectionStateType,
  CustomKeyStoresListEntry,
  CustomKeyStoreType,
  XksProxyConnectivityType,
} from '@aws-sdk/client-kms'
import {
  clusterInUse,
  keyStoreNameInUse,
  keyStoreStateRefuses,
  proxyEndpointInUse,
  proxyUriInUse,
  vpcEndpointServiceInUse,
} from './custom-key-store-errors.ts'

/** A custom key store as it is kept; its password or secret access key is in `KeyStoreSecret`. Times are epoch milliseconds. */
export interface CustomKeyStore {
  accountId: string
  region: string
  customKeyStoreId: string
  name: string
  createdAtMs: number
  type: CustomKeyStoreType
  connectionState: ConnectionStateType
  /** Set in FAILED. */
  connectionErrorCode?: ConnectionErrorCodeType
  /** Of AWS_CLOUDHSM. */
  cluster?: ClusterSettings
  /** Of EXTERNAL_KEY_STORE. */
  proxy?: ProxySettings
}

export interface ClusterSettings {
  clusterId: string
  /** PEM: customerCA.crt. */
  trustAnchorCertificate: string
  /** PEM: the same for all clusters that come from one backup. */
  clusterCertificate: string
}

export interface ProxySettings {
  connectivity: XksProxyConnectivityType
  /** `https://proxy.example.com` */
  uriEndpoint: string
  /** `/prefix/kms/xks/v1` */
  uriPath: string
  accessKeyId: string
  vpcEndpointServiceName?: string
  /** An account id. */
  vpcEndpointServiceOwner?: string
}

/** What KMS proves itself with to a key store. Stored sealed. */
export interface KeyStoreSecret {
  /** The password of kmsuser, or the secret access key that signs requests to the proxy. */
  secret: string
  /** The password that kmsuser is being given; which of the two holds is known once a connection has succeeded. */
  nextSecret?: string
}

/** `cks-` and 17 hexadecimal digits. */
export const newCustomKeyStoreId = (): string => `cks-${randomBytes(9).toString('hex').slice(0, 17)}`

/** @returns the store on its way to a connection; undefined when it is connected, or on its way, already. */
export function beginConnection(store: CustomKeyStore): CustomKeyStore | undefined {
  const { connectionState: state } = store
  if (state === 'CONNECTED' || state === 'CONNECTING') return undefined
  if (state !== 'DISCONNECTED') throw keyStoreStateRefuses('ConnectCustomKeyStore', store)
  return inState(store, 'CONNECTING')
}

/** A store that failed to connect is disconnected too, before it can be connected again. */
export function beginDisconnection(store: CustomKeyStore): CustomKeyStore {
  const { connectionState: state } = store
  if (state === 'DISCONNECTED' || state === 'DISCONNECTING') {
    throw keyStoreStateRefuses('DisconnectCustomKeyStore', store)
  }
  return inState(store, 'DISCONNECTING')
}

/** Returns how an attempt to connect ended. @returns undefined when the store was disconnected meanwhile. */
export function endConnection(
  store: CustomKeyStore,
  failure: ConnectionErrorCodeType | undefined,
): CustomKeyStore | undefined {
  if (store.connectionState !== 'CONNECTING') return undefined
  return failure ? { ...inState(store, 'FAILED'), connectionErrorCode: failure } : inState(store, 'CONNECTED')
}

export const endDisconnection = (store: CustomKeyStore): CustomKeyStore | undefined =>
  store.connectionState === 'DISCONNECTING' ? inState(store, 'DISCONNECTED') : undefined

function inState(store: CustomKeyStore, connectionState: ConnectionStateType): CustomKeyStore {
  const { connectionErrorCode: _, ...kept } = store
  return { ...kept, connectionState }
}

/**
 * Checks what may be there once: names and addresses of an account's stores in a region, and clusters of one backup history.
 * @param others - the account's other stores in the region.
 * @throws ServiceError CustomKeyStoreNameInUseException, CloudHsmClusterInUseException, XksProxyUriInUseException,
 *   XksProxyUriEndpointInUseException, XksProxyVpcEndpointServiceInUseException.
 */
export function checkUnique(store: CustomKeyStore, others: readonly CustomKeyStore[]): void {
  for (const other of others) {
    if (other.name === store.name) throw keyStoreNameInUse(store.name)
    if (store.cluster && other.cluster?.clusterCertificate === store.cluster.clusterCertificate) {
      throw clusterInUse(store.cluster.clusterId)
    }
    if (store.proxy && other.proxy) checkUniqueProxy(store.proxy, other.proxy)
  }
}

function checkUniqueProxy(proxy: ProxySettings, other: ProxySettings): void {
  const { uriEndpoint, uriPath, vpcEndpointServiceName: service } = proxy
  if (service !== undefined && other.vpcEndpointServiceName === service) throw vpcEndpointServiceInUse(service)
  // Host names are the same in any case.
  if (other.uriEndpoint.toLowerCase() !== uriEndpoint.toLowerCase()) return
  if (other.uriPath === uriPath) throw proxyUriInUse(`${uriEndpoint}${uriPath}`)
  // A private DNS name belongs to one store; only public endpoints may be shared, by stores with other paths.
  const shared = proxy.connectivity === 'PUBLIC_ENDPOINT' && other.connectivity === 'PUBLIC_ENDPOINT'
  if (!shared) throw proxyEndpointInUse(uriEndpoint)
}

/** A store as DescribeCustomKeyStores shows it. */
export function customKeyStoreView(store: CustomKeyStore): CustomKeyStoresListEntry {
  const { cluster, proxy, connectionErrorCode } = store
  return {
    CustomKeyStoreId: store.customKeyStoreId,
    CustomKeyStoreName: store.name,
    ...(cluster && {
      CloudHsmClusterId: cluster.clusterId,
      TrustAnchorCertificate: cluster.trustAnchorCertificate,
    }),
    ConnectionState: store.connectionState,
    ...(connectionErrorCode && { ConnectionErrorCode: connectionErrorCode }),
    CreationDate: new Date(store.createdAtMs),
    CustomKeyStoreType: store.type,
    ...(proxy && {
      XksProxyConfiguration: {
        Connectivity: proxy.connectivity,
        AccessKeyId: proxy.accessKeyId,
        UriEndpoint: proxy.uriEndpoint,
        UriPath: proxy.uriPath,
        ...(proxy.vpcEndpointServiceName && { VpcEndpointServiceName: proxy.vpcEndpointServiceName }),
        ...(proxy.vpcEndpointServiceOwner && { VpcEndpointServiceOwner: proxy.vpcEndpointServiceOwner }),
      },
    }),
  }
}
