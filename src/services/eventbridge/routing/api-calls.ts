import type { AuditRecord } from '../../../core/audit.ts'
import type { Clock } from '../../../core/clock.ts'
import type { LedgerTail } from '../../../core/services/record-follower.ts'
import type { TrailCoverage } from '../../../core/services/trail-coverage.ts'
import type { CollectionSpec, Scope, Store, Transaction } from '../../../core/store.ts'
import { compilePattern } from '../../../kit/event-patterns/compile-pattern.ts'
import { LedgerFollower } from '../../../kit/ledger-follower.ts'
import { apiCallEvent, mayFitApiCalls } from '../domain/api-call-event.ts'
import type { Archive } from '../domain/archive.ts'
import { defaultBusName } from '../domain/names.ts'
import type { Rule } from '../domain/rule.ts'
import type { ApiCallEvents } from '../manifest.ts'
import { apiCallsPosition } from '../storage/ledger-position.ts'
import type { Router } from './router.ts'

/** How many rules and archives want events of calls, in all accounts and Regions. */
const wanting: CollectionSpec<{ count: number }> = { name: 'eventbridge.wanting-api-calls' }
const everywhere: Scope = { accountId: '', region: '' }
const onlyCount = 'api-calls'

export interface ApiCallsHost {
  store: Store
  ledger: LedgerTail
  clock: Clock
  trails: TrailCoverage
}

/** Brings the records of calls to the rules that want them. While no rule does, the ledger is not followed. */
export class ApiCalls {
  readonly follower: LedgerFollower

  /** @param wanted - which recorded calls make events. */
  constructor(host: ApiCallsHost, router: Router, wanted: ApiCallEvents) {
    this.follower = new LedgerFollower(host, {
      ...apiCallsPosition,
      isWanted: async (reader) => (await readCount(reader)) > 0,
      take: async (records) => {
        const nowMs = host.clock.nowMs()
        const parsed = records.map(({ seq, record }) => ({ seq, record: JSON.parse(record) as AuditRecord }))
        const covered = wanted === 'trails' ? await host.trails.covered(parsed) : undefined
        const events = records.flatMap(({ record: text }, at) => {
          const record = parsed[at]?.record
          return (record && covered?.[at] !== false && apiCallEvent(record, text, nowMs)) || []
        })
        return async (tx) => {
          for (const { bus, event } of events) await router.route(tx, bus, event)
        }
      },
    })
  }

  /** Has the ledger followed if something wants events of calls. Called before the change that makes it want them. */
  async prepare(subscriber: Subscribing): Promise<void> {
    if (wantsApiCalls(subscriber)) await this.follower.begin()
  }
}

/** A rule, or an archive, which has no state. */
type Subscribing = Pick<Rule | Archive, 'busName' | 'pattern'> & { state?: string }

const readCount = async (reader: Pick<Store, 'in'>): Promise<number> =>
  (await reader.in(wanting).get(everywhere, onlyCount))?.count ?? 0

/** Returns whether a rule or an archive may get events of calls. They come to the default bus, and go on to others from there. */
export function wantsApiCalls({ busName, pattern, state }: Subscribing): boolean {
  if (busName !== defaultBusName || state === 'DISABLED') return false
  // An archive without a pattern takes everything; a rule without one takes nothing.
  if (pattern === undefined) return state === undefined
  return mayFitApiCalls(compilePattern(pattern))
}

/** Counts what wants events of calls, in the transaction of its change. */
export async function countWanting(tx: Transaction, before: boolean, after: boolean): Promise<void> {
  if (before === after) return
  const count = (await readCount(tx)) + (after ? 1 : -1)
  await tx.in(wanting).put(everywhere, onlyCount, { count })
}
