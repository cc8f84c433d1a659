import type { Call } from '../../core/call.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'

/** What IAM's handlers work with. */
export interface IamContext {
  call: Call
  /** The directory the server authorises with: simulations get from it the policies that apply to a live request. */
  directory: IdentityDirectory
  /** Seals markers. */
  sealer: Sealer
}
