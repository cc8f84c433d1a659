import type { Call } from '../../core/call.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'

/** What IAM's handlers work with. */
export interface IamContext {
  call: Call
  /** The directory the server authorises with: simulations ask it what a live request would be judged by. */
  directory: IdentityDirectory
  /** Seals markers. */
  sealer: Sealer
}
