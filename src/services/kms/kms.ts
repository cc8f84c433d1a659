import type { Call } from '../../core/call.ts'
import type { Clock } from '../../core/clock.ts'
import type { WorkRunner } from '../../core/scheduler.ts'
import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceMetrics } from '../../core/services/service-metrics.ts'
import type { ServiceHost, ServiceModule } from '../../core/services/service-module.ts'
import type { Store } from '../../core/store.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import type { KeyStoreProviders } from './domain/key-stores/key-store-provider.ts'
import { createKeyStores } from './key-stores/key-stores.ts'
import type { KmsContext } from './kms-context.ts'
import { kmsOperations } from './kms-service.ts'
import { type KmsSettings, kmsManifest } from './manifest.ts'
import { removeGrantsRunner, removeGrantsWork } from './operations/grants/orphan-grants.ts'
import { expireKeyMaterialRunner } from './operations/imported-material/delete-imported-key-material.ts'
import { forgetImportPairRunner } from './operations/imported-material/get-parameters-for-import.ts'
import { reportExpirationRunner } from './operations/imported-material/report-expiration.ts'
import {
  connectKeyStoreRunner,
  connectKeyStoreWork,
  disconnectKeyStoreRunner,
  disconnectKeyStoreWork,
} from './operations/key-stores/connect-custom-key-store.ts'
import { deleteBackingKeyRunner, deleteBackingKeyWork } from './operations/key-stores/key-store-keys.ts'
import { deleteKeyRunner } from './operations/keys/key-deletion.ts'
import { makeAwsManagedKey } from './operations/keys/make-aws-managed-key.ts'
import { settleKeyRunner } from './operations/keys/settle-key.ts'
import { requestQuotas } from './operations/request-quotas.ts'
import { rotateKeyRunner } from './operations/rotation/rotate-key.ts'
import { outline } from './outline.ts'
import { CallKeys } from './storage/call-keys.ts'
import { forgetImportPairWork } from './storage/import-pair-store.ts'
import { KeyUsageRecorder } from './storage/key-usage-recorder.ts'
import {
  deleteKeyWork,
  expireKeyMaterialWork,
  reportExpirationWork,
  rotateKeyWork,
  settleKeyWork,
} from './storage/key-work.ts'
import { createOwnedKeys, rotateOwnedKeyRunner, rotateOwnedKeyWork } from './storage/owned-keys.ts'

const definition: ServiceDefinition<KmsContext> = { ...outline.head, operations: kmsOperations, requestQuotas }

/** AWS Key Management Service. */
export const kms: ServiceModule<KmsSettings> = {
  ...kmsManifest,
  definition,
  migrations: outline.migrations,
  open: (host, settings) => {
    const stores = createKeyStores({ xks: host.keyStoreProxies })
    const { stop, ...instance } = openKms(host, settings, stores.providers)
    return {
      ...instance,
      stop: async () => {
        stores.close()
        await stop()
      },
    }
  },
}

/** Opens KMS over key stores. */
export function openKms(
  { store, clock, identity, sealer, metrics, onFault }: ServiceHost,
  settings: KmsSettings,
  keyStores: KeyStoreProviders,
) {
  const usages = new KeyUsageRecorder(store, onFault)
  const ownedKeys = createOwnedKeys({ store, clock })
  const importRule = settings['kms.import']
  return {
    context: kmsContext({ store, identity, sealer, usages, ownedKeys, keyStores, importRule }),
    throttled: settings['kms.throttle'],
    work: kmsWork({ clock, store, keyStores, metrics }),
    stop: () => usages.flush(),
  }
}

interface KmsDependencies
  extends Pick<KmsContext, 'identity' | 'sealer' | 'keyStores' | 'importRule' | 'usages' | 'ownedKeys'> {
  /** Takes the changes that are none of the call's own. */
  store: Pick<Store, 'transaction'>
}

/** Makes what KMS's handlers get beside each call. */
const kmsContext =
  ({ store, ...dependencies }: KmsDependencies) =>
  (call: Call): KmsContext => ({
    ...dependencies,
    call,
    retired: new FoundOnce(),
    keys: new CallKeys(call, (aliasName) => makeAwsManagedKey(store, call, aliasName)),
  })

interface KmsWorkDependencies extends Pick<KmsDependencies, 'keyStores'> {
  clock: Clock
  metrics: ServiceMetrics
  store: Pick<Store, 'in'>
}

/** Returns what KMS does when its time has come, by kind of work. */
export const kmsWork = ({ clock, store, keyStores, metrics }: KmsWorkDependencies): Record<string, WorkRunner> => ({
  [deleteKeyWork]: deleteKeyRunner({ clock }),
  [rotateKeyWork]: rotateKeyRunner({ clock }),
  [removeGrantsWork]: removeGrantsRunner({ clock }),
  [connectKeyStoreWork]: connectKeyStoreRunner({ store, keyStores }),
  [disconnectKeyStoreWork]: disconnectKeyStoreRunner({ store, keyStores }),
  [deleteBackingKeyWork]: deleteBackingKeyRunner({ store, keyStores, clock }),
  [settleKeyWork]: settleKeyRunner({ clock }),
  [expireKeyMaterialWork]: expireKeyMaterialRunner({ clock }),
  [reportExpirationWork]: reportExpirationRunner({ clock, store, metrics }),
  [forgetImportPairWork]: forgetImportPairRunner,
  [rotateOwnedKeyWork]: rotateOwnedKeyRunner({ clock }),
})
