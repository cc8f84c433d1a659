import type { Call } from '../../core/call.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { FoundOnce } from '../../kit/found-once.ts'
import type { RunningQueries } from './running/running-queries.ts'
import type { Query } from './storage/collections.ts'

/** What the handlers of Athena work with. */
export interface AthenaContext {
  call: Call
  /** For page tokens. */
  sealer: Sealer
  running: RunningQueries
  /** The queries that the call is about, by id. */
  found: FoundOnce<Query | undefined>
}
