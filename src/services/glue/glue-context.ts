import type { Call } from '../../core/call.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'

/** What the handlers of Glue work with. */
export interface GlueContext {
  call: Call
  identity: IdentityDirectory
  /** For page tokens. */
  sealer: Sealer
}
