import type { Clock } from '../../core/clock.ts'
import type { WorkRunner } from '../../core/scheduler.ts'
import type { ServiceCalls } from '../../core/services/service-calls.ts'
import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import type { Store } from '../../core/store.ts'
import { deleteSecretRunner, deleteSecretWork } from './operations/delete-secret.ts'
import { replicateRunner } from './operations/replication-work.ts'
import { rotateWork } from './operations/rotation-state.ts'
import { rotateRunner } from './operations/rotation-steps.ts'
import { replicateWork } from './operations/save-secret.ts'
import { pruneVersionsRunner, pruneVersionsWork } from './operations/version-pruning.ts'
import type { SecretsManagerContext } from './secrets-manager-context.ts'
import { secretsManagerOperations } from './secrets-manager-service.ts'
import { AccessRecorder } from './storage/access-recorder.ts'
import { CallSecrets } from './storage/call-secrets.ts'
import { secretsManagerMigrations } from './storage/migrations.ts'

const definition: ServiceDefinition<SecretsManagerContext> = {
  name: 'secretsmanager',
  title: 'AWS Secrets Manager',
  principal: 'secretsmanager.amazonaws.com',
  apiVersion: '2017-10-17',
  bindings: [{ protocol: 'awsJson1_1', targetPrefixes: ['secretsmanager'] }],
  messageMember: 'Message',
  validationErrorCode: 'ValidationException',
  validationShowsValues: true,
  loadModel: async () =>
    (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  operations: secretsManagerOperations,
}

/** AWS Secrets Manager. */
export const secretsManager: ServiceModule = {
  definition,
  migrations: secretsManagerMigrations,
  open({ store, clock, identity, sealer, calls, onFault }) {
    const accesses = new AccessRecorder(store, onFault)
    const dependencies = { identity, sealer, calls, accesses }
    return {
      context: (call): SecretsManagerContext => ({ call, ...dependencies, secrets: new CallSecrets(call) }),
      work: secretsManagerWork({ clock, store, calls }),
      stop: () => accesses.flush(),
    }
  },
}

/** What Secrets Manager does when its time has come, by kind of work. */
export const secretsManagerWork = (dependencies: {
  clock: Clock
  store: Store
  calls: ServiceCalls
}): Record<string, WorkRunner> => ({
  [deleteSecretWork]: deleteSecretRunner(dependencies),
  [replicateWork]: replicateRunner(dependencies),
  [rotateWork]: rotateRunner(dependencies),
  [pruneVersionsWork]: pruneVersionsRunner(dependencies),
})
