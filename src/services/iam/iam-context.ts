import type { Call } from '../../core/call.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { OrganizationReader } from '../../core/organizations.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { FoundOnce } from '../../kit/found-once.ts'
import type { User } from './domain/entities.ts'
import type { CallEntities } from './storage/call-entities.ts'

/** What IAM's handlers work with. */
export interface IamContext {
  call: Call
  entities: CallEntities
  /** Users of the access keys that the request names. */
  keyUsers: FoundOnce<KeyUser>
  /** The directory the server authorises with: simulations get from it the policies that apply to a live request. */
  directory: IdentityDirectory
  organizations: OrganizationReader
  /** Seals markers. */
  sealer: Sealer
}

/** The user whom an access key belongs to; absent for keys of a root user, and when the user is gone. */
export interface KeyUser {
  user?: User
}
