import type { Call } from '../../core/call.ts'
import type { RequestRate } from '../../core/request-rate.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { EventHistory } from './domain/event-history.ts'

/** What CloudTrail's handlers work with. */
export interface CloudTrailContext {
  call: Call
  history: EventHistory
  /** Seals NextTokens. */
  sealer: Sealer
  /** Limits LookupEvents; absent when requests are not limited. */
  lookupRate: RequestRate | undefined
}
