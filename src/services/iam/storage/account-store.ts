import type { Clock } from '../../../core/clock.ts'
import type { Store, Transaction } from '../../../core/store.ts'
import type { Account } from '../domain/entities.ts'
import { accounts, everywhere, type Reader } from './collections.ts'

/** Makes an account known. Does nothing when it is. */
export async function ensureAccount(store: Store, clock: Clock, accountId: string): Promise<void> {
  if (await store.in(accounts).get(everywhere, accountId)) return
  await store.transaction((tx) => makeAccount(tx, clock, accountId))
}

/** Makes an account known in a transaction of the caller's. Does nothing when it is. */
export async function makeAccount(tx: Transaction, clock: Clock, accountId: string): Promise<void> {
  if (await isAccount(tx, accountId)) return
  await tx.in(accounts).put(everywhere, accountId, { accountId, createdAtMs: clock.nowMs(), accessKeyIds: [] })
}

export const isAccount = async (reader: Reader, accountId: string): Promise<boolean> =>
  (await reader.in(accounts).get(everywhere, accountId)) !== undefined

/** Returns the account of a caller. The server creates its document before any request can be signed for it. */
export async function getAccount(reader: Reader, accountId: string): Promise<Account> {
  const account = await reader.in(accounts).get(everywhere, accountId)
  if (!account) throw new Error(`account ${accountId} was never made known`)
  return account
}
