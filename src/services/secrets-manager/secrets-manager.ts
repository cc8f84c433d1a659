import type { Clock } from '../../core/clock.ts'
import type { WorkRunner } from '../../core/scheduler.ts'
import type { ServiceCalls } from '../../core/services/service-calls.ts'
import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceMetrics } from '../../core/services/service-metrics.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import type { Store } from '../../core/store.ts'
import { secretsManagerManifest } from './manifest.ts'
import { countSecretsRunner } from './operations/count-secrets.ts'
import { deleteSecretRunner, deleteSecretWork } from './operations/delete-secret.ts'
import { replicateRunner } from './operations/replication-work.ts'
import { rotateWork } from './operations/rotation-state.ts'
import { rotateRunner } from './operations/rotation-steps.ts'
import { replicateWork } from './operations/save-secret.ts'
import { pruneVersionsRunner, pruneVersionsWork } from './operations/version-pruning.ts'
import { outline } from './outline.ts'
import type { SecretsManagerContext } from './secrets-manager-context.ts'
import { secretsManagerOperations } from './secrets-manager-service.ts'
import { AccessRecorder } from './storage/access-recorder.ts'
import { CallSecrets } from './storage/call-secrets.ts'
import { countSecretsWork } from './storage/secret-store.ts'

const definition: ServiceDefinition<SecretsManagerContext> = { ...outline.head, operations: secretsManagerOperations }

/** AWS Secrets Manager. */
export const secretsManager: ServiceModule = {
  ...secretsManagerManifest,
  definition,
  migrations: outline.migrations,
  open({ store, clock, identity, sealer, calls, metrics, onFault }) {
    const accesses = new AccessRecorder(store, onFault)
    const dependencies = { identity, sealer, calls, accesses }
    return {
      context: (call): SecretsManagerContext => ({ call, ...dependencies, secrets: new CallSecrets(call) }),
      work: secretsManagerWork({ clock, store, calls, metrics }),
      stop: () => accesses.flush(),
    }
  },
}

/** Returns what Secrets Manager does when its time has come, by kind of work. */
export const secretsManagerWork = (dependencies: {
  clock: Clock
  store: Store
  calls: ServiceCalls
  metrics: ServiceMetrics
}): Record<string, WorkRunner> => ({
  [deleteSecretWork]: deleteSecretRunner(dependencies),
  [replicateWork]: replicateRunner(dependencies),
  [rotateWork]: rotateRunner(dependencies),
  [pruneVersionsWork]: pruneVersionsRunner(dependencies),
  [countSecretsWork]: countSecretsRunner(dependencies),
})
