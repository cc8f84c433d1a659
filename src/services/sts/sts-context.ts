import type { Awaitable } from '../../core/awaitable.ts'
import type { Call } from '../../core/call.ts'
import type { IdentityDirectory, IdentityRole } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { SessionTokens } from '../../crypto/session-token.ts'
import { FoundOnce } from '../../kit/found-once.ts'

/** What STS needs of other modules. */
export interface StsDependencies {
  identity: IdentityDirectory
  tokens: SessionTokens
  /** Opens encoded authorization messages. */
  sealer: Sealer
  /** Advice for a root user who asked to assume a role, added to AWS's message; absent to leave that as it is. */
  adviseRoot?(accountId: string): Promise<string | undefined>
}

/** What STS's handlers work with. */
export interface StsContext {
  call: Call
  tokens: SessionTokens
  sealer: Sealer
  managedPolicy: IdentityDirectory['managedPolicy']
  /** Looks once for each call, so that the role whose trust policy was evaluated is the one that is assumed. */
  findRole(roleArn: string): Awaitable<IdentityRole | undefined>
  adviseRoot: StsDependencies['adviseRoot']
}

export function stsContext({ identity, tokens, sealer, adviseRoot }: StsDependencies, call: Call): StsContext {
  const roles = new FoundOnce<IdentityRole | undefined>()
  return {
    call,
    tokens,
    sealer,
    adviseRoot,
    managedPolicy: (arn) => identity.managedPolicy(arn),
    findRole: (roleArn) => roles.find(roleArn, () => identity.findRole(roleArn)),
  }
}
