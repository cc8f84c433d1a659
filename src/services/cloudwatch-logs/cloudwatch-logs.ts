import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import { PutIds } from './domain/put-ids.ts'
import type { LogsContext } from './logs-context.ts'
import { logsOperations } from './logs-service.ts'
import { cloudwatchLogsManifest } from './manifest.ts'
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
import { outline } from './outline.ts'

const definition: ServiceDefinition<LogsContext> = { ...outline.head, operations: logsOperations }

/** Amazon CloudWatch Logs. */
export const cloudwatchLogs: ServiceModule = {
  ...cloudwatchLogsManifest,
  definition,
  migrations: outline.migrations,
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
