import type { Call } from '../../core/call.ts'
import type { PrincipalDirectory } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { CallParameters } from './storage/call-parameters.ts'
import type { PublicParameters } from './storage/public-parameters.ts'

/** What Parameter Store's handlers work with. */
export interface SsmContext {
  call: Call
  parameters: CallParameters
  identity: PrincipalDirectory
  /** Seals NextTokens. */
  sealer: Sealer
  publicParameters: PublicParameters
}
