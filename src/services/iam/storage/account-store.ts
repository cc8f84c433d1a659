import type { Clock } from '../../../core/clock.ts'
import type { Store } from '../../../core/store.ts'
import type { Account } from '../domain/entities.ts'
import { accounts, everywhere, type Reader } from './collections.ts'

/** Makes an account known. Does nothing when it is. */
export async function ensureAccount(store: Store, clock: Clock, accountId: string): Promise<void> {
  if (await store.in(accounts).get(everywhere, accountId)) return
  await store.transaction(async (tx) => {
    if (await tx.in(accounts).get(everywhere, accountId)) return
    await tx.in(accounts).put(everywhere, accountId, { accountId, createdAtMs: clock.nowMs(), accessKeyIds: [] })
  })
}

/** Returns the account of a caller. The server creates its document before any request can be signed for it. */
export async function getAccount(reader: Reader, accountId: string): Promise<Account> {
  const account = await reader.in(accounts).get(everywhere, accountId)
  if (!account) throw new Error(`account ${accountId} was never made known`)
  return account
}
