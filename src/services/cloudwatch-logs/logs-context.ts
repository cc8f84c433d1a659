import type { Blobs } from '../../core/blobs.ts'
import type { Call } from '../../core/call.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { ServiceCalls } from '../../core/services/service-calls.ts'
import type { ServiceMetrics } from '../../core/services/service-metrics.ts'
import type { Store } from '../../core/store.ts'
import type { Deliveries } from '../../kit/deliveries/deliveries.ts'
import type { FoundOnce } from '../../kit/found-once.ts'
import type { LogGroup } from './domain/log-group.ts'
import type { PutIds } from './domain/put-ids.ts'
import type { GroupFilters } from './operations/filters/group-filters.ts'
import type { GroupKeys } from './operations/group-keys.ts'
import type { QueryProgress } from './operations/insights/query-progress.ts'
import type { LiveTails } from './operations/live-tail/live-tails.ts'

export interface LogsDependencies {
  store: Store
  identity: IdentityDirectory
  /** For page tokens. */
  sealer: Sealer
  keys: GroupKeys
  putIds: PutIds
  filters: GroupFilters
  /** For results of queries. */
  blobs: Blobs
  progress: QueryProgress
  liveTails: LiveTails
  onFault(fault: unknown): void
  /** Of what is ingested. */
  metrics: ServiceMetrics
  /** For what the service does of its own accord. */
  calls: ServiceCalls
  deliveries: Deliveries
}

/** What the handlers of CloudWatch Logs work with. */
export interface LogsContext extends LogsDependencies {
  call: Call
  /** The groups that the call is about, by name. */
  found: FoundOnce<LogGroup | undefined>
}
