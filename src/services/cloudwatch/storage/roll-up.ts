import type { Clock } from '../../../core/clock.ts'
import { dayMs, secondMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Transaction } from '../../../core/store.ts'
import { decodeAggregate } from '../domain/aggregate.ts'
import { floorTo, type Resolution, resolutions } from '../domain/retention.ts'
import { rollUpSchedule } from './collections.ts'
import { addRow, addTo, type Row } from './data-rows.ts'
import { service } from './tables.ts'

/** The kind of due work that puts old data together and removes what is too old. */
export const rollUpWork = 'monitoring.roll-up'

/** Rows that are put together in one transaction, so that requests do not wait long for it. */
const rowsAtOnce = 200

const everywhere = { accountId: '', region: '' }
const scheduleId = 'next'

/** From fine to coarse: into what each is put together. That of a second is in the minutes already. */
const steps: readonly { from: Resolution; into?: Resolution }[] = [
  { from: resolutions.second },
  { from: resolutions.minute, into: resolutions.fiveMinutes },
  { from: resolutions.fiveMinutes, into: resolutions.hour },
  { from: resolutions.hour },
]

/** Has old data put together once a day, as long as there are any. */
export async function scheduleRollUp(tx: Transaction, nowMs: number): Promise<void> {
  const known = await tx.in(rollUpSchedule).get(everywhere, scheduleId)
  // A clock that was set back would leave it waiting.
  if (known && known.dueAtMs <= nowMs + dayMs) return
  await scheduleAt(tx, nowMs + dayMs)
}

async function scheduleAt(tx: Transaction, dueAtMs: number): Promise<void> {
  await tx.in(rollUpSchedule).put(everywhere, scheduleId, { dueAtMs })
  await tx.schedule({ kind: rollUpWork, key: scheduleId, dueAtMs, scope: everywhere, payload: null })
}

/** Puts together one slice; the work comes back at once while there is more, and else in a day. */
export const rollUpRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ payload }) =>
  async (tx) => {
    const nowMs = clock.nowMs()
    if (await doSlice(tx, nowMs)) return { payload }
    // A series is forgotten after its data.
    if (await hasAny(tx)) await scheduleAt(tx, nowMs + dayMs)
    else await tx.in(rollUpSchedule).delete(everywhere, scheduleId)
    return undefined
  }

/** @returns whether there may be more. */
async function doSlice(tx: Transaction, nowMs: number): Promise<boolean> {
  for (const { from, into } of steps) if (await rollUp(tx, from, into, nowMs)) return true
  return (await forgetSeries(tx, nowMs)) || (await forgetHistory(tx, nowMs))
}

/** @returns whether there may be more. */
async function rollUp(
  tx: Transaction,
  from: Resolution,
  into: Resolution | undefined,
  nowMs: number,
): Promise<boolean> {
  const sql = tx.sql(service)
  const oldest = Math.floor((nowMs - from.keptMs) / secondMs)
  // Whole chunks alone: they are read by their place, and what is younger than the chunk's end has its resolution a little longer.
  const endChunk = Math.floor(oldest / from.chunkSeconds)
  const old = await sql.all<OldRow>(selectOld, [from.seconds, endChunk, rowsAtOnce])
  const rows = new Map<string, Row>()
  for (const { series, unit, start_seconds, data } of old) {
    if (!into) continue
    const start = floorTo(start_seconds, into.seconds)
    addTo(rows, { resolution: into, series, unit, start, aggregate: decodeAggregate(data) })
  }
  for (const row of rows.values()) await addRow(tx, row)
  for (const { chunk, series, start_seconds, unit } of old) {
    await sql.run(deleteRow, [from.seconds, chunk, series, start_seconds, unit])
  }
  return old.length === rowsAtOnce
}

async function hasAny(tx: Transaction): Promise<boolean> {
  const sql = tx.sql(service)
  const [series] = await sql.all('SELECT series FROM monitoring_series LIMIT 1')
  const [item] = await sql.all('SELECT id FROM monitoring_alarm_history LIMIT 1')
  return series !== undefined || item !== undefined
}

/** How long the history of alarms is kept. */
const historyMs = 30 * dayMs

/** Forgets what alarms did long ago. @returns whether there may be more. */
async function forgetHistory(tx: Transaction, nowMs: number): Promise<boolean> {
  const sql = tx.sql(service)
  const old = await sql.all<{ id: string }>(selectOldHistory, [Math.floor(nowMs - historyMs), rowsAtOnce])
  for (const { id } of old) await sql.run('DELETE FROM monitoring_alarm_history WHERE id = ?', [id])
  return old.length === rowsAtOnce
}

const selectOldHistory = 'SELECT id FROM monitoring_alarm_history WHERE at_ms < ? ORDER BY at_ms LIMIT ?'

/** Forgets metrics that have no data any more. @returns whether there may be more. */
async function forgetSeries(tx: Transaction, nowMs: number): Promise<boolean> {
  const sql = tx.sql(service)
  const keptSeconds = resolutions.hour.keptMs / secondMs + resolutions.hour.chunkSeconds
  const old = await sql.all<OldSeries>(selectOldSeries, [Math.floor(nowMs / secondMs) - keptSeconds, rowsAtOnce])
  for (const { account, region, namespace, name, series } of old) {
    await sql.run(deleteSeries, [account, region, namespace, name, series])
  }
  return old.length === rowsAtOnce
}

type OldSeries = { account: string; region: string; namespace: string; name: string; series: string }

const selectOldSeries = `SELECT account, region, namespace, name, series FROM monitoring_series
  WHERE last_seconds < ? ORDER BY last_seconds LIMIT ?`

const deleteSeries = `DELETE FROM monitoring_series
  WHERE account = ? AND region = ? AND namespace = ? AND name = ? AND series = ?`

type OldRow = { chunk: number; series: string; start_seconds: number; unit: string; data: Uint8Array }

const selectOld = `SELECT chunk, series, start_seconds, unit, data FROM monitoring_data
  WHERE resolution = ? AND chunk < ? ORDER BY resolution, chunk, series, start_seconds, unit LIMIT ?`

const deleteRow = `DELETE FROM monitoring_data
  WHERE resolution = ? AND chunk = ? AND series = ? AND start_seconds = ? AND unit = ?`
