import type { Call } from '../../core/call.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { ServiceCalls } from '../../core/services/service-calls.ts'
import type { AccessRecorder } from './storage/access-recorder.ts'
import type { CallSecrets } from './storage/call-secrets.ts'

export interface SecretsManagerDependencies {
  identity: IdentityDirectory
  /** For page tokens. */
  sealer: Sealer
  /** For what Secrets Manager does of its own accord. */
  calls: ServiceCalls
  accesses: AccessRecorder
}

/** What Secrets Manager's handlers work with. */
export interface SecretsManagerContext extends SecretsManagerDependencies {
  call: Call
  secrets: CallSecrets
}
