import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import type { IamContext } from './iam-context.ts'
import { iamOperations } from './iam-service.ts'
import { importManagedPolicies } from './managed-policy-imports.ts'
import { iamManifest } from './manifest.ts'
import { outline } from './outline.ts'
import { generateTask, replayTask } from './past-calls/policy-tasks.ts'
import { CallEntities } from './storage/call-entities.ts'

const definition: ServiceDefinition<IamContext> = { ...outline.head, operations: iamOperations }

/** AWS Identity and Access Management. */
export const iam: ServiceModule = {
  ...iamManifest,
  definition,
  open: ({ store, clock, identity, organizations, sealer, home, ledger }) => ({
    context: (call): IamContext => ({
      call,
      entities: new CallEntities(call),
      keyUsers: new FoundOnce(),
      directory: identity,
      organizations,
      sealer,
    }),
    tasks: {
      'generate-policy': generateTask({ store, clock, ledger, identity, accountId: home.accountId }),
      'replay-policy': replayTask({ store, clock, ledger, identity, accountId: home.accountId }),
      'managed-policies': {
        action: 'strongroom:ImportManagedPolicies',
        run: (input, caller) => importManagedPolicies({ store, clock, accountId: home.accountId }, input, caller),
      },
    },
  }),
}
