import type { Call } from '../../core/call.ts'
import type { Clock } from '../../core/clock.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { FoundOnce } from '../../kit/found-once.ts'
import type { HttpEndpoints } from '../../kit/http-endpoints.ts'
import type { Bus } from './domain/bus.ts'
import type { ApiCalls } from './routing/api-calls.ts'
import type { Router } from './routing/router.ts'

export interface EventBridgeDependencies {
  identity: IdentityDirectory
  /** For page tokens. */
  sealer: Sealer
  clock: Clock
  /** Brings events to the rules that they fit. */
  router: Router
  /** Brings what is recorded of calls to the rules that want it. */
  apiCalls: ApiCalls
  /** Which APIs are called. */
  httpEndpoints: HttpEndpoints
  /** How many rules a bus has at most. */
  mostRules: number
}

/** What EventBridge's handlers work with. */
export interface EventBridgeContext extends EventBridgeDependencies {
  call: Call
  /** The buses that the call is about, by place; undefined for one that does not exist. */
  found: FoundOnce<Bus | undefined>
}
