import type { KeyStoreProxyOptions } from '../../../core/services/service-module.ts'
import type { HsmClusters } from '../domain/key-stores/hsm-cluster.ts'
import type { KeyStoreProviders } from '../domain/key-stores/key-store-provider.ts'
import { CloudHsmKeyStore } from './cloud-hsm-key-store.ts'
import { ExternalKeyStore } from './external-key-store.ts'
import { XksProxyClient } from './xks-proxy-client.ts'

/** Where no device is attached there is no cluster: CreateCustomKeyStore answers CloudHsmClusterNotFoundException. */
const noHsmClusters: HsmClusters = { find: async () => undefined }

/** The key stores behind custom key stores; to be closed with the server. */
export interface KeyStores {
  providers: KeyStoreProviders
  close(): void
}

/** @param options.clusters - default: none, because this server has no hardware security modules. */
export function createKeyStores(options: { xks: KeyStoreProxyOptions; clusters?: HsmClusters }): KeyStores {
  const client = new XksProxyClient(options.xks)
  return {
    providers: {
      AWS_CLOUDHSM: new CloudHsmKeyStore(options.clusters ?? noHsmClusters),
      EXTERNAL_KEY_STORE: new ExternalKeyStore(client),
    },
    close: () => client.close(),
  }
}
