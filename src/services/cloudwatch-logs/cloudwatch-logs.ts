import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import { PutIds } from './domain/put-ids.ts'
import type { LogsContext } from './logs-context.ts'
import { logsOperations } from './logs-service.ts'
import { GroupKeys } from './operations/group-keys.ts'
import {
  discardKind,
  discardRunner,
  discardStreamKind,
  discardStreamRunner,
  expireKind,
  expireRunner,
} from './operations/group-work.ts'
import { mergeKind, mergeRunner } from './operations/merge-work.ts'
import { logsMigrations } from './storage/migrations.ts'

const definition: ServiceDefinition<LogsContext> = {
  name: 'logs',
  title: 'Amazon CloudWatch Logs',
  principal: 'logs.amazonaws.com',
  apiVersion: '2014-03-28',
  bindings: [{ protocol: 'awsJson1_1', targetPrefixes: ['Logs_20140328'] }],
  messageMember: 'message',
  validationErrorCode: 'InvalidParameterException',
  validationShowsValues: true,
  loadModel: async () =>
    (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  operations: logsOperations,
}

/** Amazon CloudWatch Logs. */
export const cloudwatchLogs: ServiceModule = {
  definition,
  migrations: logsMigrations,
  open({ store, clock, identity, sealer, calls }) {
    const keys = new GroupKeys({ calls, clock })
    const dependencies = { store, identity, sealer, keys, putIds: new PutIds() }
    return {
      context: (call): LogsContext => ({ call, found: new FoundOnce(), ...dependencies }),
      work: {
        [expireKind]: expireRunner({ clock }),
        [discardKind]: discardRunner(),
        [discardStreamKind]: discardStreamRunner(),
        [mergeKind]: mergeRunner({ clock, ...dependencies }),
      },
    }
  },
}
