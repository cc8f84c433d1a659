import type { Call } from '../../core/call.ts'
import type { EventHistory } from '../../core/event-history.ts'
import type { Sealer } from '../../core/sealer.ts'

/** What CloudTrail's handlers work with. */
export interface CloudTrailContext {
  call: Call
  history: EventHistory
  /** Seals NextTokens. */
  sealer: Sealer
}
