import type { CollectionSpec, Scope, Store, Transaction } from '../core/store.ts'
import { explainDecision } from '../policy/explain.ts'
import type { Judgement } from './access.ts'

/** A refusal as it is kept: found again by the id of the request that met it. */
export interface Denial {
  requestId: string
  timeMs: number
  accountId: string
  service: string
  operation: string
  message: string
  explanation: ReturnType<typeof explainDecision>
}

const retentionDays = 90
const dayMs = 86_400_000

const denials: CollectionSpec<Denial> = {
  name: 'gateway.denials',
  indexes: { day: ({ timeMs }) => [dayOf(timeMs)] },
}

const everywhere: Scope = { accountId: '', region: '' }

const dayOf = (timeMs: number) => new Date(timeMs).toISOString().slice(0, 10)

export const denialOf = (facts: Omit<Denial, 'explanation'>, { request, decision }: Judgement): Denial => ({
  ...facts,
  explanation: explainDecision(request, decision),
})

/** Keeps a denial in the transaction that records the refused call. */
export const keepDenial = (tx: Transaction, denial: Denial): Promise<void> =>
  tx.in(denials).put(everywhere, denial.requestId, denial)

/** The denial that a request met, whoever asks: callers check who may see it. */
export const findDenial = (store: Pick<Store, 'in'>, requestId: string): Promise<Denial | undefined> =>
  store.in(denials).get(everywhere, requestId)

/**
 * Forgets what is older than the retention, a slice at a time.
 * @returns true when there is more to forget.
 */
export async function forgetOldDenials(store: Store, nowMs: number, slice = 500): Promise<boolean> {
  // Denials of one day share an index value; a server that was off for long has at most a year of days to look through.
  for (let days = retentionDays + 366; days > retentionDays; days--) {
    const index = { name: 'day', value: dayOf(nowMs - days * dayMs) }
    const old = await store.in(denials).list(everywhere, { index, limit: slice })
    if (old.length === 0) continue
    await store.transaction(async (tx) => {
      for (const { id } of old) await tx.in(denials).delete(everywhere, id)
    })
    return true
  }
  return false
}
