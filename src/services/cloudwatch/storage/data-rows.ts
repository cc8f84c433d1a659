import type { Transaction } from '../../../core/store.ts'
import { type Aggregate, decodeAggregate, encodeAggregate, merge } from '../domain/aggregate.ts'
import { chunkOf, type Resolution } from '../domain/retention.ts'
import { service } from './tables.ts'

/** Statistics to be added to those of a series, unit and time. */
export interface Row {
  resolution: Resolution
  series: string
  unit: string
  start: number
  aggregate: Aggregate
}

/** Puts the statistics of the same place together, so that each is read and written once. */
export function addTo(rows: Map<string, Row>, row: Row): void {
  const place = `${row.resolution.seconds} ${row.start} ${row.series} ${row.unit}`
  const known = rows.get(place)
  rows.set(place, known ? { ...row, aggregate: merge(known.aggregate, row.aggregate) } : row)
}

export async function addRow(tx: Transaction, { resolution, series, unit, start, aggregate }: Row): Promise<void> {
  const sql = tx.sql(service)
  const place = [resolution.seconds, chunkOf(resolution, start), series, start, unit]
  const [found] = await sql.all<{ data: Uint8Array }>(selectRow, place)
  const whole = found ? merge(decodeAggregate(found.data), aggregate) : aggregate
  await sql.run(upsertRow, [...place, encodeAggregate(whole)])
}

const selectRow = `SELECT data FROM monitoring_data
  WHERE resolution = ? AND chunk = ? AND series = ? AND start_seconds = ? AND unit = ?`

const upsertRow = `INSERT INTO monitoring_data (resolution, chunk, series, start_seconds, unit, data)
  VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (resolution, chunk, series, start_seconds, unit) DO UPDATE SET data = excluded.data`
