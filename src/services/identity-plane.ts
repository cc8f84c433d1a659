import type { Clock } from '../core/clock.ts'
import type { CredentialResolver } from '../core/credentials.ts'
import type { Sealer } from '../core/sealer.ts'
import type { Store } from '../core/store.ts'
import { createSessionTokens } from '../crypto/session-token.ts'
import { createTemporaryCredentials } from '../crypto/temporary-credentials.ts'
import {
  type DevelopmentAdministrator,
  ensureDevelopmentAdministrator,
  findDevelopmentAdministrator,
} from './iam/development-administrator.ts'
import { createIdentityDirectory, type IamDirectory } from './iam/identity-directory.ts'
import { createLongTermCredentials, type RootCredentials } from './iam/long-term-credentials.ts'
import { ensureAccount } from './iam/storage/account-store.ts'

export type { DevelopmentAdministrator } from './iam/development-administrator.ts'
export { sessionRefusal } from './sts/domain/session-limits.ts'

/** What a server asks of IAM and STS about every caller, before any service is open. */
export interface IdentityPlane {
  identity: IamDirectory
  credentials: CredentialResolver
  /** Of a development server. */
  adviseRoot?(accountId: string): Promise<string | undefined>
  /** The administrators of a development server's accounts, as they are now, by account. */
  administrators(): Promise<ReadonlyMap<string, DevelopmentAdministrator>>
}

export interface IdentityPlaneOptions {
  store: Store
  clock: Clock
  sealer: Sealer
  /** The server's accounts; they exist from here on. */
  roots: readonly RootCredentials[]
  /** Each account gets an administrator. */
  dev: boolean
  reportFault(fault: unknown): void
}

export async function openIdentityPlane(options: IdentityPlaneOptions): Promise<IdentityPlane> {
  const { store, clock, sealer, roots, dev, reportFault } = options
  for (const { accountId } of roots) {
    await ensureAccount(store, clock, accountId)
    if (dev) await ensureDevelopmentAdministrator(store, clock, accountId)
  }
  const identity = createIdentityDirectory({ store, reportFault })
  const temporary = createTemporaryCredentials({ tokens: createSessionTokens(sealer), identity, clock })
  const longTerm = createLongTermCredentials({ store, rootCredentials: roots })
  return {
    identity,
    adviseRoot: dev ? (accountId) => adviceForRoot(store, accountId) : undefined,
    administrators: () => administratorsOf(store, dev ? roots : []),
    credentials: {
      // Temporary access keys are known by their prefix.
      resolve: (accessKeyId, sessionToken) =>
        (accessKeyId.startsWith('ASIA') ? temporary : longTerm).resolve(accessKeyId, sessionToken),
    },
  }
}

async function administratorsOf(store: Store, roots: readonly RootCredentials[]) {
  const found = new Map<string, DevelopmentAdministrator>()
  for (const { accountId } of roots) {
    const administrator = await findDevelopmentAdministrator(store, accountId)
    if (administrator) found.set(accountId, administrator)
  }
  return found
}

async function adviceForRoot(store: Store, accountId: string): Promise<string> {
  const administrator = await findDevelopmentAdministrator(store, accountId)
  return administrator
    ? `This is a development server: sign as its administrator, access key ID ${administrator.accessKeyId} ` +
        '(strongroom credentials --dev --administrator).'
    : 'Make an IAM user with an access key, and sign as that.'
}
