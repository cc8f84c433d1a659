import type { AuditRecord } from '../../../core/audit.ts'
import { minuteMs, secondMs } from '../../../core/durations.ts'
import type { Scope, Transaction } from '../../../core/store.ts'
import { type Attributions, addAttributions, type CallKind } from '../domain/insights/insight-event.ts'
import { coversRegion, openSession, type Trail } from '../domain/trail.ts'
import { kindId, type MinuteCounts, minuteCounts } from '../storage/insights.ts'
import { inOrder } from '../storage/pending.ts'

export const closeMinutesWork = 'cloudtrail.close-minutes'

/** A minute is closed so long after its end: calls that were made in it are then recorded. */
const graceMs = 15 * secondMs

/** Returns when the minute of a time is closed. */
export const closingMs = (timeMs: number): number => (Math.floor(timeMs / minuteMs) + 1) * minuteMs + graceMs

export const scheduleClosing = (tx: Transaction, scope: Scope, dueAtMs: number): Promise<void> =>
  tx.schedule({ kind: closeMinutesWork, key: `${scope.accountId}:${scope.region}`, dueAtMs, scope, payload: null })

/**
 * Counts calls for Insights, where a trail has them.
 * @param trails - those that take events now.
 */
export async function countCalls(
  tx: Transaction,
  trails: readonly Trail[],
  records: readonly AuditRecord[],
): Promise<void> {
  const watching = trails.filter((trail) => trail.insights.length > 0 && openSession(trail))
  if (watching.length === 0) return
  const counted = new Map<string, { scope: Scope; id: string; counts: MinuteCounts }>()
  for (const record of records) {
    const mine = watching.filter(
      (trail) => trail.accountId === record.recipientAccountId && coversRegion(trail, record.awsRegion),
    )
    if (mine.length === 0) continue
    const scope = { accountId: record.recipientAccountId, region: record.awsRegion }
    const minute = Math.floor(Date.parse(record.eventTime) / minuteMs)
    for (const kind of kindsOf(record)) {
      if (!mine.some(({ insights }) => insights.some((selector) => isSelected(kind, selector)))) continue
      const id = `${inOrder(minute)}:${kindId(kind)}`
      const name = `${scope.accountId}:${scope.region}:${id}`
      const before = counted.get(name)?.counts
      const attributions = attributionsOf(record)
      const counts: MinuteCounts = before
        ? { ...before, count: before.count + 1, attributions: addAttributions(before.attributions, attributions) }
        : { kind, minute, count: 1, attributions }
      counted.set(name, { scope, id, counts })
    }
  }
  for (const { scope, id, counts } of counted.values()) {
    const before = await tx.in(minuteCounts).get(scope, id)
    if (!before) await scheduleClosing(tx, scope, closingMs(counts.minute * minuteMs))
    const sum: MinuteCounts = before
      ? {
          ...before,
          count: before.count + counts.count,
          attributions: addAttributions(before.attributions, counts.attributions),
        }
      : counts
    await tx.in(minuteCounts).put(scope, id, sum)
  }
}

export const isSelected = (
  { type, category }: Pick<CallKind, 'type' | 'category'>,
  { InsightType, EventCategories }: Trail['insights'][number],
): boolean => type === InsightType && EventCategories.includes(category)

/** Calls that change something are counted, and failures by their codes. */
function kindsOf({ eventCategory: category, eventSource, eventName, readOnly, errorCode }: AuditRecord): CallKind[] {
  const of = { category, eventSource, eventName }
  return [
    // Of data events, reads are counted as well.
    ...(readOnly && category === 'Management' ? [] : [{ type: 'ApiCallRateInsight' as const, ...of }]),
    ...(errorCode === undefined ? [] : [{ type: 'ApiErrorRateInsight' as const, ...of, errorCode }]),
  ]
}

function attributionsOf({ userIdentity, userAgent, errorCode }: AuditRecord): Attributions {
  const arn = userIdentity.sessionContext?.sessionIssuer?.arn ?? userIdentity.arn ?? userIdentity.invokedBy
  return {
    arns: arn === undefined ? {} : { [arn]: 1 },
    agents: userAgent === undefined ? {} : { [userAgent.slice(0, 256)]: 1 },
    errors: { [errorCode ?? 'null']: 1 },
  }
}
