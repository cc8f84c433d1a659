import type { Clock } from '../core/clock.ts'
import type { CredentialResolver } from '../core/credentials.ts'
import type { Sealer } from '../core/sealer.ts'
import type { Store } from '../core/store.ts'
import { createSessionTokens } from '../crypto/session-token.ts'
import { createTemporaryCredentials } from '../crypto/temporary-credentials.ts'
import { createIdentityDirectory, type IamDirectory } from './iam/identity-directory.ts'
import { createLongTermCredentials, type RootCredentials } from './iam/long-term-credentials.ts'
import { ensureAccount } from './iam/storage/account-store.ts'

export { sessionRefusal } from './sts/domain/session-limits.ts'

/** What a server asks of IAM and STS about every caller, before any service is open. */
export interface IdentityPlane {
  identity: IamDirectory
  credentials: CredentialResolver
}

export interface IdentityPlaneOptions {
  store: Store
  clock: Clock
  sealer: Sealer
  /** The server's accounts; they exist from here on. */
  roots: readonly (RootCredentials & { accountId: string })[]
  reportFault(fault: unknown): void
}

export async function openIdentityPlane(options: IdentityPlaneOptions): Promise<IdentityPlane> {
  const { store, clock, sealer, roots, reportFault } = options
  for (const { accountId } of roots) await ensureAccount(store, clock, accountId)
  const identity = createIdentityDirectory({ store, reportFault })
  const temporary = createTemporaryCredentials({ tokens: createSessionTokens(sealer), identity, clock })
  const longTerm = createLongTermCredentials({ store, rootCredentials: roots })
  return {
    identity,
    credentials: {
      // Temporary access keys are known by their prefix.
      resolve: (accessKeyId, sessionToken) =>
        (accessKeyId.startsWith('ASIA') ? temporary : longTerm).resolve(accessKeyId, sessionToken),
    },
  }
}
