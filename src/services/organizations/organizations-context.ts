import type { Call } from '../../core/call.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { ServerAccounts } from '../../core/server-accounts.ts'
import type { FoundOnce } from '../../kit/found-once.ts'
import type { Standing } from './domain/entities.ts'

export interface OrganizationsDependencies {
  identity: IdentityDirectory
  /** For page tokens. */
  sealer: Sealer
  accounts: ServerAccounts
  /** How many accounts an organization has at most. */
  accountQuota: number
  /** Whether an account that was created can leave after seven days only. */
  waitsBeforeLeaving: boolean
}

/** What the handlers of Organizations work with. */
export interface OrganizationsContext extends OrganizationsDependencies {
  call: Call
  /** The organization that the caller's account is in. */
  standing: FoundOnce<Standing | undefined>
}
