import { randomUUID } from 'node:crypto'
import type { Scope, Store, Transaction } from '../../../core/store.ts'
import type { Placed } from '../../../kit/bounded-list.ts'
import type { Alarm } from '../domain/alarms/alarm.ts'
import { scheduleRollUp } from './roll-up.ts'
import { service } from './tables.ts'

export interface HistoryItem {
  alarm: string
  alarmType: 'MetricAlarm' | 'CompositeAlarm'
  atMs: number
  itemType: 'ConfigurationUpdate' | 'StateUpdate' | 'Action'
  summary: string
  /** JSON. */
  data: string
}

export const alarmTypes = { metric: 'MetricAlarm', composite: 'CompositeAlarm' } as const

let addedHere = 0

/** Items of one millisecond are in the order in which this process added them. */
const nextId = () => `${String(++addedHere).padStart(15, '0')} ${randomUUID()}`

/** Adds to the history of an alarm. */
export async function addHistory(
  tx: Transaction,
  { accountId, region }: Scope,
  { name, kind }: Pick<Alarm, 'name' | 'kind'>,
  item: Pick<HistoryItem, 'atMs' | 'itemType' | 'summary' | 'data'>,
): Promise<void> {
  const { atMs, itemType, summary, data } = item
  const row = [accountId, region, name, Math.floor(atMs), nextId(), alarmTypes[kind], itemType, summary, data]
  await tx.sql(service).run(insert, row)
  await scheduleRollUp(tx, atMs)
}

/** Time and id of an item: its place in the order of time. */
export type HistoryPlace = readonly [atMs: number, id: string]

export interface HistoryRange {
  alarm: string | undefined
  fromMs: number
  toMs: number
  descending: boolean
}

type HistoryRow = {
  alarm: string
  alarm_type: string
  at_ms: number
  id: string
  item_type: string
  summary: string
  data: string
}

/** Lists the items of an alarm, or of all, in order of time behind a place. */
export async function listHistory(
  reads: Pick<Store, 'sql'>,
  { accountId, region }: Scope,
  { alarm, fromMs, toMs, descending }: HistoryRange,
  after: HistoryPlace | undefined,
  limit: number,
): Promise<Placed<HistoryItem, HistoryPlace>[]> {
  const [afterMs, afterId] = after ?? (descending ? [toMs + 1, ''] : [fromMs - 1, '\u{10ffff}'])
  const of = alarm === undefined ? [accountId, region] : [accountId, region, alarm]
  const statement = statements[alarm === undefined ? 'all' : 'one'][descending ? 'descending' : 'ascending']
  const found = await reads.sql(service).all<HistoryRow>(statement, [...of, fromMs, toMs, afterMs, afterId, limit])
  return found.map((row) => ({
    place: [row.at_ms, row.id],
    row: {
      alarm: row.alarm,
      alarmType: row.alarm_type as HistoryItem['alarmType'],
      atMs: row.at_ms,
      itemType: row.item_type as HistoryItem['itemType'],
      summary: row.summary,
      data: row.data,
    },
  }))
}

const columns = 'SELECT alarm, alarm_type, at_ms, id, item_type, summary, data FROM monitoring_alarm_history'
const ofAll = `${columns} WHERE account = ? AND region = ? AND at_ms >= ? AND at_ms <= ?`
const ofOne = `${columns} WHERE account = ? AND region = ? AND alarm = ? AND at_ms >= ? AND at_ms <= ?`
const upwards = 'AND (at_ms, id) > (?, ?) ORDER BY at_ms, id LIMIT ?'
const downwards = 'AND (at_ms, id) < (?, ?) ORDER BY at_ms DESC, id DESC LIMIT ?'

const statements = {
  all: { ascending: `${ofAll} ${upwards}`, descending: `${ofAll} ${downwards}` },
  one: { ascending: `${ofOne} ${upwards}`, descending: `${ofOne} ${downwards}` },
}

const insert = `INSERT INTO monitoring_alarm_history
  (account, region, alarm, at_ms, id, alarm_type, item_type, summary, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
