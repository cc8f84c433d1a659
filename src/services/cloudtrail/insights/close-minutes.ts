import { randomUUID } from 'node:crypto'
import { publishEvent } from '../../../core/aws-event.ts'
import type { Clock } from '../../../core/clock.ts'
import { dayMs, hourMs, minuteMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Scope, Store, Stored, Transaction } from '../../../core/store.ts'
import type { RecordCollector } from '../delivery/record-collector.ts'
import { addAttributions, insightRecord, noAttributions } from '../domain/insights/insight-event.ts'
import { addMinute, type Finding, needsWatching, newRates, skipTo } from '../domain/insights/model.ts'
import { coversRegion, openSession, type Trail } from '../domain/trail.ts'
import {
  type CallSeries,
  callSeries,
  hourCounts,
  insightEvents,
  kindId,
  type MinuteCounts,
  minuteCounts,
} from '../storage/insights.ts'
import { inOrder } from '../storage/pending.ts'
import { trailsOfAccount } from '../storage/trails.ts'
import { closingMs, isSelected, scheduleClosing } from './count-calls.ts'

const countsAtOnce = 200

/** Of how many minutes it is kept who called. */
const recentMinutes = 15

/** How long insights can be looked up. */
const keptMs = 90 * dayMs

export const forgetInsightWork = 'cloudtrail.forget-insight'

export interface InsightHost {
  store: Store
  clock: Clock
  collector: RecordCollector
  /** How long calls are only counted, after Insights were switched on. */
  warmUpMs: number
}

/** Closes the minutes of an account in a Region, and finds what was unusual in them. */
export const closeMinutesRunner =
  (host: InsightHost): WorkRunner =>
  async ({ scope }) => {
    const nowMs = host.clock.nowMs()
    // Minutes that ended less than the grace before are left to the next time.
    const through = Math.floor((nowMs - (closingMs(0) - minuteMs)) / minuteMs) - 1
    const before = `${inOrder(through + 1)}:`
    const waiting = await host.store.in(minuteCounts).list(scope, { limit: countsAtOnce })
    const closed = waiting.filter(({ id }) => id < before)
    return async (tx) => {
      const trails = (await trailsOfAccount(tx, scope.accountId)).filter((trail) => coversRegion(trail, scope.region))
      const closing = new Closing(tx, scope, { host, trails, nowMs })
      for (const counts of closed) await closing.add(counts)
      if (closed.length === countsAtOnce) return { payload: null }
      const watched = await tx.in(callSeries).list(scope, { index: { name: 'watched', value: 'yes' } })
      for (const { id, document } of watched) await closing.advance(id, document, through)
      if (watched.length > 0 || waiting.length > closed.length) await scheduleClosing(tx, scope, closingMs(nowMs))
      return undefined
    }
  }

interface ClosingContext {
  host: InsightHost
  trails: readonly Trail[]
  nowMs: number
}

class Closing {
  readonly #tx: Transaction
  readonly #scope: Scope
  readonly #context: ClosingContext

  constructor(tx: Transaction, scope: Scope, context: ClosingContext) {
    this.#tx = tx
    this.#scope = scope
    this.#context = context
  }

  /** Adds a minute with calls to what is known. */
  async add({ id, document: counts }: Stored<MinuteCounts>): Promise<void> {
    const tx = this.#tx
    await tx.in(minuteCounts).delete(this.#scope, id)
    const name = kindId(counts.kind)
    const { kind, minute } = counts
    const known = await tx.in(callSeries).get(this.#scope, name)
    const empty: CallSeries = { kind, rates: newRates(minute), recent: [], usual: noAttributions, isWatched: false }
    const series = await this.#through(known ?? empty, minute - 1)
    // A minute that is closed already stays so: its late calls are not counted.
    if (minute <= series.rates.throughMinute) return
    await this.#keepHour(name, minute, counts.count)
    await this.#put(name, await this.#step(series, counts.count, counts))
  }

  /** Adds minutes without calls. */
  async advance(id: string, series: CallSeries, through: number): Promise<void> {
    await this.#put(id, await this.#through(series, through))
  }

  async #through(series: CallSeries, through: number): Promise<CallSeries> {
    let present = series
    while (present.rates.throughMinute < through && needsWatching(present.rates)) present = await this.#step(present, 0)
    return { ...present, rates: skipTo(present.rates, through) }
  }

  async #step(series: CallSeries, count: number, counts?: MinuteCounts): Promise<CallSeries> {
    const minute = series.rates.throughMinute + 1
    const attributions = counts?.attributions ?? noAttributions
    const recent = [...series.recent, ...(counts ? [{ minute, attributions }] : [])].filter(
      (one) => one.minute > minute - recentMinutes,
    )
    const { rates, finding } = addMinute(series.rates, count, this.#mayStart(series, minute))
    const isUsual = rates.open === undefined && finding === undefined
    const usual = isUsual ? addAttributions(series.usual, attributions) : series.usual
    const open = series.open && {
      ...series.open,
      attributions: addAttributions(series.open.attributions, attributions),
    }
    const next: CallSeries = { kind: series.kind, rates, recent, usual, isWatched: true, ...(open && { open }) }
    if (!finding) return next
    if (finding.state === 'Start') {
      const began = recent.filter((one) => one.minute >= finding.startMinute)
      const sum = began.reduce((all, one) => addAttributions(all, one.attributions), noAttributions)
      const opened = { sharedEventId: randomUUID(), attributions: sum }
      await this.#report({ ...next, open: opened }, finding, minute)
      return { ...next, open: opened }
    }
    await this.#report(next, finding, minute)
    const { open: _, ...ended } = next
    return ended
  }

  #mayStart({ kind }: CallSeries, minute: number): boolean {
    return this.#trailsFor(kind).some(
      ({ insightsSinceMs = Number.POSITIVE_INFINITY }) =>
        insightsSinceMs + this.#context.host.warmUpMs <= minute * minuteMs,
    )
  }

  #trailsFor(kind: CallSeries['kind']): readonly Trail[] {
    return this.#context.trails.filter(
      (trail) => openSession(trail) && trail.insights.some((selector) => isSelected(kind, selector)),
    )
  }

  async #report(series: CallSeries, finding: Finding, minute: number): Promise<void> {
    const { nowMs, host } = this.#context
    const { accountId, region } = this.#scope
    const { kind, open, usual } = series
    const eventId = randomUUID()
    const record = insightRecord({
      ...{ kind, finding, minute, eventId, accountId, region },
      ...{ sharedEventId: open?.sharedEventId ?? eventId, baseline: usual },
      insight: open?.attributions ?? noAttributions,
    })
    const text = JSON.stringify(record)
    const trails = this.#trailsFor(kind)
    for (const trail of trails) {
      const { startedAtMs = nowMs } = openSession(trail) ?? {}
      const series = { trailId: trail.id, startedAtMs, accountId, region, folder: 'CloudTrail-Insight' as const }
      const batch = { series, seqs: [], events: [text], bytes: Buffer.byteLength(text), takenAtMs: nowMs }
      await host.collector.addBatch(this.#tx, trail, batch, nowMs)
    }
    const timeMs = Date.parse(record.eventTime)
    const id = `${inOrder(timeMs)}:${eventId}`
    const trailArns = trails.map(({ arn }) => arn)
    await this.#tx.in(insightEvents).put(this.#scope, id, { eventId, timeMs, kind, trailArns, record: text })
    const forget = { kind: forgetInsightWork, key: id, dueAtMs: timeMs + keptMs, scope: this.#scope, payload: { id } }
    await this.#tx.schedule(forget)
    if (trails.length === 0) return
    await publishEvent(this.#tx, {
      ...{ source: 'aws.cloudtrail', detailType: 'AWS Insight via CloudTrail', scope: this.#scope, timeMs: nowMs },
      ...{ resources: [], detail: record },
    })
  }

  async #keepHour(name: string, minute: number, count: number): Promise<void> {
    const id = `${name}|${inOrder(Math.floor((minute * minuteMs) / hourMs))}`
    const known = await this.#tx.in(hourCounts).get(this.#scope, id)
    const minutes = [...(known?.minutes ?? []), [minute, count] as const]
    await this.#tx.in(hourCounts).put(this.#scope, id, { minutes })
    if (known) return
    const dueAtMs = minute * minuteMs + keptMs
    await this.#tx.schedule({ kind: forgetInsightWork, key: id, dueAtMs, scope: this.#scope, payload: { hour: id } })
  }

  async #put(id: string, series: CallSeries): Promise<void> {
    await this.#tx.in(callSeries).put(this.#scope, id, { ...series, isWatched: needsWatching(series.rates) })
  }
}

/** Forgets an insight that can no longer be looked up, or the counts of an hour. */
export const forgetInsightRunner: WorkRunner = async ({ scope, payload }) => {
  const { id, hour } = payload as { id?: string; hour?: string }
  return async (tx) => {
    if (id !== undefined) await tx.in(insightEvents).delete(scope, id)
    if (hour !== undefined) await tx.in(hourCounts).delete(scope, hour)
  }
}
