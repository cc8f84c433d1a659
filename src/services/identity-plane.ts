import type { Clock } from '../core/clock.ts'
import type { CredentialResolver } from '../core/credentials.ts'
import type { IdentityDirectory } from '../core/identity.ts'
import type { OrganizationReader } from '../core/organizations.ts'
import type { Sealer } from '../core/sealer.ts'
import type { ServerAccounts } from '../core/server-accounts.ts'
import type { Store, Transaction } from '../core/store.ts'
import { createSessionTokens } from '../crypto/session-token.ts'
import { createTemporaryCredentials } from '../crypto/temporary-credentials.ts'
import {
  type DevelopmentAdministrator,
  ensureDevelopmentAdministrator,
  findDevelopmentAdministrator,
  giveAdministrator,
} from './iam/development-administrator.ts'
import { createIdentityDirectory, type IamDirectory } from './iam/identity-directory.ts'
import { createLongTermCredentials, type RootCredentials } from './iam/long-term-credentials.ts'
import { ensureAccount, isAccount, makeAccount } from './iam/storage/account-store.ts'
import { createOrganizationDirectory } from './organizations/organization-directory.ts'

export type { DevelopmentAdministrator } from './iam/development-administrator.ts'
export { sessionRefusal } from './sts/domain/session-limits.ts'

/** What a server asks of IAM and STS about every caller, before any service is open. */
export interface IdentityPlane {
  identity: Directory
  organizations: OrganizationReader
  accounts: ServerAccounts
  credentials: CredentialResolver
  /** Of a development server. */
  adviseRoot?(accountId: string): Promise<string | undefined>
  /** The administrators of a development server's accounts, as they are now, by account. */
  administrators(): Promise<ReadonlyMap<string, DevelopmentAdministrator>>
}

/** What IAM knows of callers, with the organizations of their accounts. */
export type Directory = IdentityDirectory & Pick<IamDirectory, 'flush'>

export interface IdentityPlaneOptions {
  store: Store
  clock: Clock
  sealer: Sealer
  /** The server's accounts; they exist from here on. */
  roots: readonly RootCredentials[]
  /** Each account gets an administrator. */
  dev: boolean
  /** Makes the root of an account that comes to be while the server runs. */
  makeRoot(tx: Transaction, accountId: string): Promise<void>
  /** Finds it by its access key. */
  findRoot(accessKeyId: string): Promise<RootCredentials | undefined>
  reportFault(fault: unknown): void
}

export async function openIdentityPlane(options: IdentityPlaneOptions): Promise<IdentityPlane> {
  const { store, clock, sealer, roots, dev, reportFault } = options
  for (const { accountId } of roots) {
    await ensureAccount(store, clock, accountId)
    if (dev) await ensureDevelopmentAdministrator(store, clock, accountId)
  }
  const { identity, organizations } = openDirectories({ store, reportFault })
  const temporary = createTemporaryCredentials({ tokens: createSessionTokens(sealer), identity, clock })
  const longTerm = createLongTermCredentials({ store, rootCredentials: roots, findRoot: options.findRoot })
  return {
    identity,
    organizations,
    accounts: serverAccounts(clock, async (tx, accountId) => {
      await options.makeRoot(tx, accountId)
      if (dev) await giveAdministrator(tx, clock, accountId)
    }),
    adviseRoot: dev ? (accountId) => adviceForRoot(store, accountId) : undefined,
    administrators: () => administratorsOf(store, dev ? roots : []),
    credentials: {
      // Temporary access keys are known by their prefix.
      resolve: (accessKeyId, sessionToken) =>
        (accessKeyId.startsWith('ASIA') ? temporary : longTerm).resolve(accessKeyId, sessionToken),
    },
  }
}

/** Opens what is asked about every caller: IAM's entities, and the organizations of accounts. */
export function openDirectories(options: { store: Store; reportFault(fault: unknown): void }): {
  identity: Directory
  organizations: OrganizationReader
} {
  const organizations = createOrganizationDirectory(options.store)
  const identity = { ...createIdentityDirectory(options), organizationOf: organizations.organizationOf }
  return { identity, organizations }
}

/** @param equip - gives a new account what every account of the server has. */
export const serverAccounts = (
  clock: Clock,
  equip: (tx: Transaction, accountId: string) => Promise<void>,
): ServerAccounts => ({
  has: isAccount,
  make: async (tx, accountId) => {
    if (await isAccount(tx, accountId)) return
    await makeAccount(tx, clock, accountId)
    await equip(tx, accountId)
  },
})

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
