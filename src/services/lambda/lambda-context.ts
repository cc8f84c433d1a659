import type { Call } from '../../core/call.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { FunctionHost } from './execution/function-host.ts'
import type { FunctionRunners } from './execution/function-runners.ts'
import type { GroupLogs } from './execution/group-logs.ts'
import type { RoleSessions } from './execution/role-sessions.ts'
import type { CallFunctions } from './storage/call-functions.ts'
import type { CodeStore } from './storage/code-store.ts'
import type { FunctionLogs } from './storage/function-logs.ts'

/** What Lambda's handlers share: stores, sessions and the host of its functions, one of each for a server. */
export interface LambdaResources {
  identity: IdentityDirectory
  /** Of page markers. */
  sealer: Sealer
  codes: CodeStore
  host: FunctionHost
  runners: Pick<FunctionRunners, 'find'>
  sessions: RoleSessions
  logs: FunctionLogs
  /** Writes what functions write to their log groups, as their roles. */
  groupLogs: GroupLogs
  /** How many invocations may run at a time in an account and region. */
  accountConcurrency: number
}

/** What Lambda's handlers work with. */
export interface LambdaContext extends LambdaResources {
  call: Call
  functions: CallFunctions
}
