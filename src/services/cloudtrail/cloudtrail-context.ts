import type { Call } from '../../core/call.ts'
import type { EventHistory } from '../../core/event-history.ts'
import type { OrganizationReader } from '../../core/organizations.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { ServiceCalls } from '../../core/services/service-calls.ts'
import type { FoundOnce } from '../../kit/found-once.ts'
import type { LedgerFollower } from '../../kit/ledger-follower.ts'
import type { RoleSessions } from '../../kit/role-sessions.ts'
import type { SigningKeys } from './delivery/signing-keys.ts'
import type { TrailDirectory } from './delivery/trail-directory.ts'
import type { Trail } from './domain/trail.ts'
import type { FoundStores, LakeParts } from './lake/lake-parts.ts'

export interface CloudTrailDependencies {
  history: EventHistory
  /** Seals NextTokens. */
  sealer: Sealer
  /** For what CloudTrail asks of the destinations of trails. */
  calls: ServiceCalls
  roles: RoleSessions
  organizations: OrganizationReader
  directory: TrailDirectory
  follower: LedgerFollower
  signingKeys: SigningKeys
  lake: LakeParts
}

/** What CloudTrail's handlers work with. */
export interface CloudTrailContext extends CloudTrailDependencies {
  call: Call
  /** The trails that the call is about, by ARN. */
  found: FoundOnce<Trail | undefined>
  /** The event data stores that it is about, by id. */
  foundStores: FoundStores
}
