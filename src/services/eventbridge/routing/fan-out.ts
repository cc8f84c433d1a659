import { randomUUID } from 'node:crypto'
import type { WorkSpec } from '../../../core/scheduler.ts'
import type { CollectionSpec, Transaction } from '../../../core/store.ts'
import type { BusEvent } from '../domain/bus-event.ts'
import type { BusPlace } from '../domain/names.ts'
import { mostTargets, type Rule } from '../domain/rule.ts'
import { ruleId, rules } from '../storage/collections.ts'

/** The kind of due work that sends an event to the targets of further rules; its key is made for each event. */
export const fanOutWork = 'events.fan-out'

/** Events that not all rules that they fit have got yet. */
const pendingEvents: CollectionSpec<{ event: BusEvent; busName: string; ruleNames: readonly string[] }> = {
  name: 'eventbridge.pending-events',
  sealed: ['event'],
}

/** How many rules get an event in one transaction, and how many bytes that may make: each target has the event and a dead letter. */
const most = { rules: 20, bytes: 2 * 2 ** 20 }

const atOnceFor = ({ detail }: BusEvent): number =>
  Math.max(1, Math.min(most.rules, Math.floor(most.bytes / (2 * mostTargets * detail.length))))

type Send = (tx: Transaction, bus: BusPlace, rule: Rule, event: BusEvent) => Promise<void>

/**
 * Sends an event to the targets of the rules that it fits: of some in this transaction, of the others behind it, so that one event costs
 * a transaction no more than so much, however many rules want it.
 */
export async function fanOut(
  tx: Transaction,
  bus: BusPlace,
  event: BusEvent,
  fitting: readonly Rule[],
  { send, nowMs }: { send: Send; nowMs: number },
): Promise<void> {
  const atOnce = atOnceFor(event)
  for (const rule of fitting.slice(0, atOnce)) await send(tx, bus, rule, event)
  const ruleNames = fitting.slice(atOnce).map(({ name }) => name)
  if (ruleNames.length === 0) return
  const { accountId, region, name: busName } = bus
  const scope = { accountId, region }
  const key = randomUUID()
  await tx.in(pendingEvents).put(scope, key, { event, busName, ruleNames })
  await tx.schedule({ kind: fanOutWork, key, dueAtMs: nowMs, scope, payload: { passed: 0 } })
}

/** @param send - to the targets of a rule as it is by then. */
export const fanOutSpec = (send: Send): WorkSpec => ({
  atOnce: 1,
  isPrompt: true,
  run:
    async ({ scope, key, payload }) =>
    async (tx) => {
      const { passed } = payload as { passed: number }
      const pending = await tx.in(pendingEvents).get(scope, key)
      if (!pending) return undefined
      const { event, busName, ruleNames } = pending
      const until = passed + atOnceFor(event)
      for (const name of ruleNames.slice(passed, until)) {
        const rule = await tx.in(rules).get(scope, ruleId(busName, name))
        // One that was deleted or disabled meanwhile does not get it any more.
        if (rule && rule.state !== 'DISABLED') await send(tx, { ...scope, name: busName }, rule, event)
      }
      if (until < ruleNames.length) return { payload: { passed: until } }
      await tx.in(pendingEvents).delete(scope, key)
      return undefined
    },
})
