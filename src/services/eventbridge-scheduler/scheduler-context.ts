import type { Call } from '../../core/call.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { ServiceCalls } from '../../core/services/service-calls.ts'
import type { RoleSessions } from '../../kit/role-sessions.ts'

export interface SchedulerDependencies {
  /** For page tokens. */
  sealer: Sealer
  calls: ServiceCalls
  roles: RoleSessions
}

/** What the handlers of EventBridge Scheduler work with. */
export interface SchedulerContext extends SchedulerDependencies {
  call: Call
}
