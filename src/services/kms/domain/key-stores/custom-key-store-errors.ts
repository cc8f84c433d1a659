import { ServiceError } from '../../../../core/service-error.ts'
import { quotas } from '../quotas.ts'

// Every refusal that concerns custom key stores themselves; what goes wrong behind them is in key-store-failures.ts.
// Texts marked (U) are ours.

const refusal = (code: string, message: string) => new ServiceError(code, 400, message)

const validation = (message: string) => refusal('ValidationException', message)

/** (U) @param what - an id or a name. */
export const customKeyStoreNotFound = (what: string) =>
  refusal('CustomKeyStoreNotFoundException', `Custom key store ${what} does not exist.`)

/** (U) */
export const keyStoreStateRefuses = (
  operation: string,
  { customKeyStoreId, connectionState }: { customKeyStoreId: string; connectionState: string },
) =>
  refusal(
    'CustomKeyStoreInvalidStateException',
    `${operation} is not valid for custom key store ${customKeyStoreId} in state ${connectionState}.`,
  )

/** (U) */
export const keyStoreHasKeys = (id: string) =>
  refusal('CustomKeyStoreHasCMKsException', `Custom key store ${id} contains KMS keys.`)

/** (U) */
export const tooManyKeyStores = () =>
  refusal('LimitExceededException', `An account has at most ${quotas.customKeyStores} custom key stores in a Region.`)

/** (U) */
export const keyStoreNameInUse = (name: string) =>
  refusal('CustomKeyStoreNameInUseException', `There is a custom key store with the name ${name} already.`)

/** (U) */
export const clusterInUse = (clusterId: string) =>
  refusal(
    'CloudHsmClusterInUseException',
    `Cluster ${clusterId}, or one that shares its backups, is associated with another custom key store.`,
  )

/** (U) */
export const clusterNotRelated = (clusterId: string) =>
  refusal(
    'CloudHsmClusterNotRelatedException',
    `Cluster ${clusterId} has another cluster certificate than the cluster of the custom key store.`,
  )

/** (U) */
export const proxyUriInUse = (uri: string) =>
  refusal('XksProxyUriInUseException', `${uri} is associated with another external key store.`)

/** (U) */
export const proxyEndpointInUse = (endpoint: string) =>
  refusal('XksProxyUriEndpointInUseException', `${endpoint} is associated with another external key store.`)

/** (U) */
export const vpcEndpointServiceInUse = (name: string) =>
  refusal('XksProxyVpcEndpointServiceInUseException', `${name} is associated with another external key store.`)

/** (U) For IP addresses, and for text that is not a domain name: a certificate could not be valid for it. */
export const proxyEndpointNotName = (endpoint: string) =>
  refusal('XksProxyInvalidConfigurationException', `${endpoint} is not https:// followed by a domain name.`)

/** (U) For a name of another region's service: it cannot be found in this one. */
export const vpcEndpointServiceNotFound = (name: string) =>
  refusal('XksProxyVpcEndpointServiceNotFoundException', `${name} was not found in this Region.`)

/** (U) @param members - of the request, such as `KeyStorePassword`. */
export const keyStoreNeeds = (type: string, members: string) =>
  validation(`A custom key store of type ${type} requires ${members}.`)

/** (U) */
export const notForKeyStoreType = (member: string, type: string) =>
  validation(`${member} is not valid for a custom key store of type ${type}.`)

/** (U) */
export const notForConnectivity = (member: string, connectivity: string) =>
  validation(`${member} is not valid for XksProxyConnectivity ${connectivity}.`)

/** (U) */
export const vpcConnectivityNeeds = (members: string) =>
  validation(`XksProxyConnectivity VPC_ENDPOINT_SERVICE requires ${members}.`)

/** (U) */
export const nothingToUpdate = () => validation('Specify at least one property of the custom key store to change.')

/** (U) */
export const keyStoreIdOrName = () => validation('Specify CustomKeyStoreId or CustomKeyStoreName, not both.')

/** (U) */
export const originNotOfKeyStore = (origin: string, type: string) =>
  validation(`Origin ${origin} is not valid for a custom key store of type ${type}.`)

/** (U) */
export const externalKeyInUse = (xksKeyId: string) =>
  refusal(
    'XksKeyAlreadyInUseException',
    `External key ${xksKeyId} is associated with another KMS key in this external key store.`,
  )

/** (U) */
export const noRandomBytes = (id: string) =>
  refusal('UnsupportedOperationException', `Custom key store ${id} does not generate random bytes.`)
