import type { Sql } from '../core/sql.ts'
import type { DueWork } from '../core/store.ts'

/** Due work that one scheduler has leased: no other one runs it until the lease is over. */
export interface LeasedWork {
  work: DueWork
  /** Random for each taking. Scheduling the work again ends the lease. */
  lease: string
  /** How often it has failed since it was scheduled. */
  failures: number
}

export async function scheduleWork(sql: Sql, { kind, key, dueAtMs, scope, payload }: DueWork): Promise<void> {
  const json = JSON.stringify(payload ?? null)
  // A rate may give a time between two milliseconds.
  const atMs = Math.ceil(dueAtMs)
  await sql.run(upsert, [kind, key, scope.accountId, scope.region, json, atMs, atMs])
}

export async function unscheduleWork(sql: Sql, kind: string, key: string): Promise<void> {
  await sql.run(deleteAny, [kind, key])
}

/** Removes work that is done. @returns false when the lease was lost: the work was moved, removed or taken on by another. */
export async function removeLeased(sql: Sql, { work, lease }: LeasedWork): Promise<boolean> {
  return (await sql.run(deleteLeased, [work.kind, work.key, lease])) > 0
}

/** Returns when the first work of these kinds may run; undefined when there is none. */
export async function nextRunAtMs(sql: Sql, kinds: readonly string[]): Promise<number | undefined> {
  if (kinds.length === 0) return undefined
  const statement = `SELECT MIN(run_at_ms) AS at FROM due_work WHERE kind IN (${placeholders(kinds)})`
  const [row] = await sql.all<{ at: number | null }>(statement, kinds)
  return row?.at ?? undefined
}

/** Takes on the first work of these kinds that may run now, in order of time, kind and key. */
export async function leaseFirst(
  sql: Sql,
  kinds: readonly string[],
  nowMs: number,
  untilMs: number,
  lease: string,
): Promise<LeasedWork | undefined> {
  if (kinds.length === 0) return undefined
  const statement = `SELECT kind, key, account, region, payload, due_at_ms, failures FROM due_work
    WHERE run_at_ms <= ? AND kind IN (${placeholders(kinds)})
    ORDER BY run_at_ms, due_at_ms, kind, key LIMIT 1`
  const [row] = await sql.all<DueWorkRow>(statement, [nowMs, ...kinds])
  if (!row) return undefined
  await sql.run(setLease, [lease, untilMs, row.kind, row.key])
  const scope = { accountId: row.account, region: row.region }
  const work = { kind: row.kind, key: row.key, dueAtMs: row.due_at_ms, scope, payload: JSON.parse(row.payload) }
  return { work, lease, failures: row.failures }
}

/** Keeps the work for longer. @returns false when the lease was lost. */
export async function extendLease(sql: Sql, { work, lease }: LeasedWork, untilMs: number): Promise<boolean> {
  return (await sql.run(extend, [untilMs, work.kind, work.key, lease])) > 0
}

/** Gives the work back after a failure, to be tried again at a time. Nothing happens when the lease was lost. */
export async function returnWork(sql: Sql, { work, lease }: LeasedWork, retryAtMs: number): Promise<void> {
  await sql.run(giveBack, [retryAtMs, work.kind, work.key, lease])
}

/** Gives back all leased work, at its own time: for a start when no other process can be running any of it. */
export async function freeLeases(sql: Sql): Promise<void> {
  await sql.run(freeAll, [])
}

/** Gives back, at its own time, all work that is leased or backing off until after a time. */
export async function recallPostponed(sql: Sql, beyondMs: number): Promise<void> {
  await sql.run(recall, [beyondMs])
}

/** Kinds that have work but are not among those known. */
export async function otherKinds(sql: Sql, kinds: readonly string[]): Promise<string[]> {
  const rows = await sql.all<{ kind: string }>('SELECT DISTINCT kind FROM due_work ORDER BY kind')
  return rows.map(({ kind }) => kind).filter((kind) => !kinds.includes(kind))
}

type DueWorkRow = {
  kind: string
  key: string
  account: string
  region: string
  payload: string
  due_at_ms: number
  failures: number
}

const placeholders = (values: readonly unknown[]) => values.map(() => '?').join(', ')

const upsert = `INSERT INTO due_work (kind, key, account, region, payload, due_at_ms, run_at_ms, failures, lease)
  VALUES (?, ?, ?, ?, ?, ?, ?, 0, NULL)
  ON CONFLICT (kind, key) DO UPDATE SET account = excluded.account, region = excluded.region,
    payload = excluded.payload, due_at_ms = excluded.due_at_ms, run_at_ms = excluded.run_at_ms, failures = 0, lease = NULL`

const deleteAny = 'DELETE FROM due_work WHERE kind = ? AND key = ?'

const deleteLeased = 'DELETE FROM due_work WHERE kind = ? AND key = ? AND lease = ?'

const setLease = 'UPDATE due_work SET lease = ?, run_at_ms = ? WHERE kind = ? AND key = ?'

const extend = 'UPDATE due_work SET run_at_ms = ? WHERE kind = ? AND key = ? AND lease = ?'

const giveBack = `UPDATE due_work SET run_at_ms = ?, lease = NULL, failures = failures + 1
  WHERE kind = ? AND key = ? AND lease = ?`

const recall = 'UPDATE due_work SET run_at_ms = due_at_ms, lease = NULL WHERE run_at_ms > ? AND run_at_ms > due_at_ms'

const freeAll = 'UPDATE due_work SET run_at_ms = due_at_ms, lease = NULL WHERE lease IS NOT NULL'
