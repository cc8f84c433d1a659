import type { Awaitable } from '../../core/awaitable.ts'
import { dayMs } from '../../core/durations.ts'
import type { WorkRunner } from '../../core/scheduler.ts'
import type { CollectionSpec, Scope, Store, Transaction } from '../../core/store.ts'
import { runInTurns } from '../../core/turns.ts'
import { type Explanation, explanationOf } from '../../policy/explain.ts'
import type { AccessDecision } from './access.ts'

/** A refusal as it is kept: found again by the id of the request that met it. */
export interface Denial {
  requestId: string
  timeMs: number
  accountId: string
  service: string
  operation: string
  message: string
  explanation: Explanation
}

const forgetDay = 'gateway.forget-denials'
/** Small, so that other transactions do not wait long behind one slice. */
const sliceSize = 500
const retentionDays = 90
/** Of each account: a caller that is denied over and over fills no disk with explanations. */
export const denialsKept = 10_000

const denials: CollectionSpec<Denial> = {
  name: 'gateway.denials',
  indexes: { day: ({ timeMs }) => [dayOf(timeMs)] },
}

/** An account's denials by the order in which they came, so that the oldest one gives its place to a new one. */
const places: CollectionSpec<{ requestId: string }> = { name: 'gateway.denial-places' }
/** How many denials an account has met. */
const counts: CollectionSpec<{ met: number }> = { name: 'gateway.denial-counts' }

const everywhere: Scope = { accountId: '', region: '' }

const dayOf = (timeMs: number) => new Date(timeMs).toISOString().slice(0, 10)

/** Explains a refusal, in turns with other work where it takes long. It is kept even when its client is gone. */
export const denialOf = async (
  facts: Omit<Denial, 'explanation'>,
  { request, decision }: AccessDecision,
): Promise<Denial> => ({
  ...facts,
  explanation: await runInTurns(explanationOf(request, decision), { accountId: facts.accountId }),
})

/**
 * Keeps a denial in the transaction that records the refused call, until its day is forgotten or the account has met
 * {@link denialsKept} more.
 */
export async function keepDenial(tx: Transaction, denial: Denial): Promise<void> {
  await giveUpOldest(tx, denial)
  await tx.in(denials).put(everywhere, denial.requestId, denial)
  const day = dayOf(denial.timeMs)
  const dueAtMs = Date.parse(day) + (retentionDays + 1) * dayMs
  await tx.schedule({ kind: forgetDay, key: day, dueAtMs, scope: everywhere, payload: null })
}

/** Takes the place of the account's oldest denial, once it keeps as many as it may. */
async function giveUpOldest(tx: Transaction, { accountId, requestId }: Denial): Promise<void> {
  const scope = { accountId, region: '' }
  const met = (await tx.in(counts).get(scope, 'all'))?.met ?? 0
  const place = String(met % denialsKept)
  const oldest = met < denialsKept ? undefined : await tx.in(places).get(scope, place)
  if (oldest) await tx.in(denials).delete(everywhere, oldest.requestId)
  await tx.in(places).put(scope, place, { requestId })
  await tx.in(counts).put(scope, 'all', { met: met + 1 })
}

/** Returns the denial that a request met. Does not check permissions: the caller of this function decides who may see it. */
export const findDenial = (store: Pick<Store, 'in'>, requestId: string): Awaitable<Denial | undefined> =>
  store.in(denials).get(everywhere, requestId)

/** Returns the runners of the gateway's due work: it deletes the denials of one day, a slice at a time. */
export const denialWork = (store: Store): Record<string, WorkRunner> => ({
  [forgetDay]: async ({ key }) => {
    const old = () => store.in(denials).list(everywhere, { index: { name: 'day', value: key }, limit: sliceSize })
    for (let slice = await old(); slice.length > 0; slice = await old()) {
      const ids = slice.map(({ id }) => id)
      await store.transaction(async (tx) => {
        for (const id of ids) await tx.in(denials).delete(everywhere, id)
      })
    }
    return async () => {}
  },
})
