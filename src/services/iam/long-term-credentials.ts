import { type Awaitable, andThen } from '../../core/awaitable.ts'
import type { CredentialResolver, ResolvedCredentials } from '../../core/credentials.ts'
import type { Store } from '../../core/store.ts'
import { tagRecord } from '../../kit/tags.ts'
import { rootArn } from './domain/names.ts'
import { accessKeys, accounts, everywhere } from './storage/collections.ts'
import { findById, userKind } from './storage/entity-store.ts'

/** Credentials of a root user that the server's configuration gives. */
export interface RootCredentials {
  accountId: string
  accessKeyId: string
  secretAccessKey: string
}

/**
 * Resolves long-term access keys: those of users and root users, and the configured ones. Inactive keys, deleted keys and
 * keys of deleted users are unknown.
 */
export function createLongTermCredentials({
  store,
  rootCredentials,
  findRoot,
}: {
  store: Store
  rootCredentials: readonly RootCredentials[]
  /** Finds the root of an account that was made since the server started, by this node or another. */
  findRoot?(accessKeyId: string): Promise<RootCredentials | undefined>
}): CredentialResolver {
  const configured = new Map(rootCredentials.map((credentials) => [credentials.accessKeyId, credentials]))
  async function laterRoot(accessKeyId: string) {
    const root = await findRoot?.(accessKeyId)
    return root && ofRoot(store, root)
  }
  return {
    async resolve(accessKeyId, sessionToken) {
      const root = configured.get(accessKeyId)
      const stored = root
        ? ofRoot(store, root)
        : /^AKIA[A-Z2-7]{16}$/.test(accessKeyId)
          ? storedCredentials(store, accessKeyId)
          : undefined
      const known = (stored instanceof Promise ? await stored : stored) ?? (await laterRoot(accessKeyId))
      if (!known) return 'unknown-key'
      if (sessionToken === undefined) return known
      return { refused: 'invalid-token', secretAccessKey: known.secretAccessKey }
    },
  }
}

const storedCredentials = (store: Store, id: string): Awaitable<ResolvedCredentials | undefined> =>
  andThen(store.in(accessKeys).get(everywhere, id), (key) => {
    if (key?.status !== 'Active') return undefined
    const { accountId, accessKeyId, userId, secretAccessKey } = key
    if (userId === undefined) return ofRoot(store, key)
    return andThen(findById(store, userKind, accountId, userId), (user) => {
      if (!user) return undefined
      const { arn, name: userName, tags } = user
      const principal = { kind: 'user', accountId, arn, userId, userName } as const
      return { caller: { principal, accessKeyId, principalTags: tagRecord(tags) }, secretAccessKey }
    })
  })

const ofRoot = (
  store: Store,
  { accountId, accessKeyId, secretAccessKey }: RootCredentials,
): Awaitable<ResolvedCredentials> =>
  andThen(store.in(accounts).get(everywhere, accountId), (account) => {
    const { alias } = account ?? {}
    const principal = { kind: 'root', accountId, arn: rootArn(accountId), ...(alias && { alias }) } as const
    return { caller: { principal, accessKeyId, principalTags: {} }, secretAccessKey }
  })
