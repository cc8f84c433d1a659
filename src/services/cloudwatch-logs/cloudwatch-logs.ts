import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import { PutIds } from './domain/put-ids.ts'
import type { LogsContext } from './logs-context.ts'
import { logsOperations } from './logs-service.ts'
import { cloudwatchLogsManifest } from './manifest.ts'
import { logsDeliveries } from './operations/filters/deliveries.ts'
import { GroupFilters } from './operations/filters/group-filters.ts'
import { GroupKeys } from './operations/group-keys.ts'
import {
  discardKind,
  discardRunner,
  discardStreamKind,
  discardStreamRunner,
  expireKind,
  expireRunner,
} from './operations/group-work.ts'
import { QueryProgress } from './operations/insights/query-progress.ts'
import { forgetQueryKind, forgetQuerySpec, queryKind, querySpec } from './operations/insights/run-query.ts'
import { LiveTails } from './operations/live-tail/live-tails.ts'
import { mergeKind, mergeRunner } from './operations/merge-work.ts'
import { outline } from './outline.ts'
import { logsMigrations } from './storage/migrations.ts'

const definition: ServiceDefinition<LogsContext> = { ...outline.head, operations: logsOperations }

/** Amazon CloudWatch Logs. */
export const cloudwatchLogs: ServiceModule = {
  ...cloudwatchLogsManifest,
  definition,
  migrations: logsMigrations,
  open(host) {
    const { store, blobs, clock, identity, sealer, calls, signal, onFault, metrics } = host
    const keys = new GroupKeys({ calls, clock })
    const deliveries = logsDeliveries(host)
    const dependencies = { store, identity, sealer, calls, keys, deliveries }
    const found = { putIds: new PutIds(), filters: new GroupFilters(store), progress: new QueryProgress() }
    const shared = { ...dependencies, ...found, blobs, metrics, onFault, liveTails: new LiveTails() }
    return {
      context: (call): LogsContext => ({ call, found: new FoundOnce(), ...shared }),
      work: {
        [expireKind]: expireRunner({ clock }),
        [discardKind]: discardRunner(),
        [discardStreamKind]: discardStreamRunner(),
        [mergeKind]: mergeRunner({ clock, ...shared }),
        [queryKind]: querySpec({ clock, signal, ...shared }),
        [forgetQueryKind]: forgetQuerySpec(shared),
        ...deliveries.work(host),
      },
    }
  },
}
