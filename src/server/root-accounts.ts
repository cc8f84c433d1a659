import { randomInt } from 'node:crypto'
import { accountOfId, newAccessKeyId, newSecretAccessKey } from '../core/identifiers.ts'
import type { CollectionSpec, Scope, Store, Transaction } from '../core/store.ts'
import { type Config, ConfigError } from './config.ts'

/** An account with the access key of its root. */
export interface RootAccount {
  accountId: string
  accessKeyId: string
  secretAccessKey: string
}

export type RootAccounts = readonly [RootAccount, ...RootAccount[]]

interface StoredRoot extends RootAccount {
  /** Whether the data is a development server's. */
  dev: boolean
}

const roots: CollectionSpec<StoredRoot> = { name: 'server.roots', sealed: ['secretAccessKey'] }
const everywhere: Scope = { accountId: '', region: '' }
/** The server's own account; the others stand under their ids. */
const own = 'own'

const developmentAccountId = '000000000000'

/**
 * The server's accounts: its own, chosen at first start and the same ever after, then those added by configuration, in
 * order of their ids. An account that was added once stays.
 * @throws ConfigError when the data belongs to another kind of server or another account.
 */
export async function openRootAccounts(store: Store, config: Config): Promise<RootAccounts> {
  const { dev, accountId, accounts } = config
  const made = newRoot(accountId ?? (dev ? developmentAccountId : randomAccountId()), dev, true)
  return store.transaction(async (tx) => {
    // Looked for in here, because another node may start on the same database just now.
    const kept = await tx.in(roots).get(everywhere, own)
    if (kept) refuseOther(kept, config)
    else await tx.in(roots).put(everywhere, own, made)
    const first = kept ?? made
    for (const added of accounts) {
      if (added === first.accountId || (await tx.in(roots).get(everywhere, added))) continue
      await tx.in(roots).put(everywhere, added, newRoot(added, dev, false))
    }
    const stored = await tx.in(roots).list(everywhere)
    return [first, ...stored.filter(({ id }) => id !== own).map(({ document }) => document)]
  })
}

/** Makes the root of an account that comes to be while the server runs. Does nothing when it has one. */
export async function makeRoot(tx: Transaction, accountId: string, dev: boolean): Promise<void> {
  const owned = await tx.in(roots).get(everywhere, own)
  if (owned?.accountId === accountId || (await tx.in(roots).get(everywhere, accountId))) return
  await tx.in(roots).put(everywhere, accountId, newRoot(accountId, dev, false))
}

/** Finds the root that has an access key, among accounts other than the server's own: the key tells the account. */
export async function findRoot(store: Pick<Store, 'in'>, accessKeyId: string): Promise<RootAccount | undefined> {
  const accountId = /^\d{12}$/.test(accessKeyId) ? accessKeyId : accountOfId(accessKeyId)
  const found = accountId && (await store.in(roots).get(everywhere, accountId))
  return found && found.accessKeyId === accessKeyId ? found : undefined
}

function refuseOther(kept: StoredRoot, { dev, accountId }: Config): void {
  if (kept.dev !== dev) {
    throw new ConfigError(
      kept.dev
        ? 'This data belongs to a development server, whose credentials are public: start it with --dev.'
        : 'This data belongs to a durable server and is not opened in development mode: leave out --dev.',
    )
  }
  if (accountId !== undefined && accountId !== kept.accountId) {
    throw new ConfigError(
      `This data belongs to account ${kept.accountId}; the account id is chosen once, at first start.`,
    )
  }
}

/** The hint for an access key that a development server does not know: it lists the public access key ids. */
export const knownKeysHint = (known: RootAccounts): string =>
  `This development server knows the access keys ${known.map(({ accessKeyId }) => accessKeyId).join(', ')} and those that ` +
  'its own IAM and STS have issued.'

/** Creates a root user. Those of development have public keys: `test`, or the account id; their secret is `test`. */
function newRoot(accountId: string, dev: boolean, isOwn: boolean): StoredRoot {
  const keys = dev
    ? { accessKeyId: isOwn ? 'test' : accountId, secretAccessKey: 'test' }
    : { accessKeyId: newAccessKeyId('AKIA', accountId), secretAccessKey: newSecretAccessKey() }
  return { accountId, ...keys, dev }
}

const randomAccountId = () => String(randomInt(100_000_000_000, 1_000_000_000_000))
