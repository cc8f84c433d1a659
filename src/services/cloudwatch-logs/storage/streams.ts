import type { Sql, SqlReader } from '../../../core/sql.ts'

/** A stream as its table holds it. A stream without events has its last one at -1. */
export interface StreamRow {
  name: string
  id: string
  created_ms: number
  first_ms: number | null
  last_ms: number
  ingested_ms: number | null
  /** 1 while the merging of its blocks is due. */
  merging: number
  [column: string]: string | number | null
}

const columns = 'name, id, created_ms, first_ms, last_ms, ingested_ms, merging'

export async function findStream(sql: SqlReader, groupId: string, name: string): Promise<StreamRow | undefined> {
  const [row] = await sql.all<StreamRow>(`SELECT ${columns} FROM logs_streams WHERE group_id = ? AND name = ?`, [
    groupId,
    name,
  ])
  return row
}

export const insertStream = (sql: Sql, groupId: string, { name, id }: { name: string; id: string }, nowMs: number) =>
  sql.run('INSERT INTO logs_streams (group_id, name, id, created_ms, last_ms, merging) VALUES (?, ?, ?, ?, -1, 0)', [
    groupId,
    name,
    id,
    nowMs,
  ])

export const deleteStream = (sql: Sql, groupId: string, name: string) =>
  sql.run('DELETE FROM logs_streams WHERE group_id = ? AND name = ?', [groupId, name])

/** Notes what a put brought. */
export const noteEvents = (
  sql: Sql,
  groupId: string,
  { name, merging }: { name: string; merging: boolean },
  { firstMs, lastMs, nowMs }: { firstMs: number; lastMs: number; nowMs: number },
) =>
  sql.run(
    `UPDATE logs_streams SET ingested_ms = ?, merging = ?,
      first_ms = CASE WHEN first_ms IS NULL OR first_ms > ? THEN ? ELSE first_ms END,
      last_ms = CASE WHEN last_ms < ? THEN ? ELSE last_ms END
      WHERE group_id = ? AND name = ?`,
    [nowMs, merging ? 1 : 0, firstMs, firstMs, lastMs, lastMs, groupId, name],
  )

export const noteMerged = (sql: Sql, streamId: string, merging: boolean) =>
  sql.run('UPDATE logs_streams SET merging = ? WHERE id = ?', [merging ? 1 : 0, streamId])

/** Names of streams, by their ids. */
export async function streamNames(sql: SqlReader, ids: readonly string[]): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const part = ids.slice(at, at + idsAtOnce)
    const rows = await sql.all<{ id: string; name: string }>(
      `SELECT id, name FROM logs_streams WHERE id IN (${placeholders})`,
      filled(part),
    )
    for (const { id, name } of rows) names.set(id, name)
  }
  return names
}

export const idsAtOnce = 100

/** Statement texts are constants, so a list of ids has a fixed length and repeats its last one. */
export const placeholders = Array(idsAtOnce).fill('?').join(', ')

export const filled = (ids: readonly string[]): string[] =>
  Array.from({ length: idsAtOnce }, (_, n) => ids[Math.min(n, ids.length - 1)] ?? '')

/** The ids of streams by their names. */
export async function streamIds(
  sql: SqlReader,
  groupId: string,
  names: readonly string[],
): Promise<Map<string, string>> {
  const rows = await sql.all<{ id: string; name: string }>(
    `SELECT id, name FROM logs_streams WHERE group_id = ? AND name IN (${placeholders})`,
    [groupId, ...filled(names)],
  )
  return new Map(rows.map(({ name, id }) => [name, id]))
}

export interface StreamPage {
  groupId: string
  prefix: string
  descending: boolean
  limit: number
}

/** Behind every name: names have no such character, which sorts behind all others. */
export const behindNames = '\u{10ffff}'

/** Streams in order of their names, behind one of them. */
export const listByName = (
  sql: SqlReader,
  { groupId, prefix, descending, limit }: StreamPage,
  after: string | undefined,
): Promise<StreamRow[]> =>
  descending
    ? sql.all<StreamRow>(
        `SELECT ${columns} FROM logs_streams WHERE group_id = ? AND name >= ? AND name < ? ORDER BY name DESC LIMIT ?`,
        [groupId, prefix, after ?? prefix + behindNames, limit],
      )
    : sql.all<StreamRow>(
        `SELECT ${columns} FROM logs_streams WHERE group_id = ? AND name > ? AND name >= ? AND name < ? ORDER BY name LIMIT ?`,
        [groupId, after ?? '', prefix, prefix + behindNames, limit],
      )

/** Streams in order of their last events, behind one of them. */
export const listByLast = (
  sql: SqlReader,
  { groupId, descending, limit }: StreamPage,
  after: readonly [lastMs: number, name: string] | undefined,
): Promise<StreamRow[]> =>
  descending
    ? sql.all<StreamRow>(
        `SELECT ${columns} FROM logs_streams WHERE group_id = ? AND (last_ms, name) < (?, ?)
          ORDER BY last_ms DESC, name DESC LIMIT ?`,
        [groupId, ...(after ?? [Number.MAX_SAFE_INTEGER, '']), limit],
      )
    : sql.all<StreamRow>(
        `SELECT ${columns} FROM logs_streams WHERE group_id = ? AND (last_ms, name) > (?, ?)
          ORDER BY last_ms, name LIMIT ?`,
        [groupId, ...(after ?? [-2, '']), limit],
      )
