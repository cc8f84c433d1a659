import type { Sql, SqlReader } from '../../../core/sql.ts'
import { mostSpanMs } from '../domain/batch.ts'
import { filled, placeholders } from './streams.ts'

/** What is known of a block without its bytes. */
export interface BlockRow {
  id: string
  stream_id: string
  first_ms: number
  last_ms: number
  events: number
  /** Of its messages. */
  bytes: number
  /** What encrypts it: `''` for the group's own key, else base64 of a data key as KMS encrypted it. */
  data_key: string
  [column: string]: string | number
}

export interface BlockBytes {
  id: string
  data: Uint8Array
  [column: string]: string | Uint8Array
}

export interface NewBlock extends BlockRow {
  group_id: string
  /** 1 where it is to be merged with others. */
  small: number
}

export const insertBlock = (sql: Sql, block: NewBlock, data: Uint8Array) =>
  sql.run(
    `INSERT INTO logs_blocks (id, group_id, stream_id, first_ms, last_ms, events, bytes, small, data_key, data)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      ...[block.id, block.group_id, block.stream_id, block.first_ms, block.last_ms],
      ...[block.events, block.bytes, block.small, block.data_key, data],
    ],
  )

/** Adds to what a group holds. */
export const addUsage = (sql: Sql, groupId: string, bytes: number) =>
  sql.run(
    'INSERT INTO logs_usage (group_id, bytes) VALUES (?, ?) ON CONFLICT (group_id) DO UPDATE SET bytes = logs_usage.bytes + ?',
    [groupId, bytes, bytes],
  )

/** Takes away from what a group holds, if it is still there. */
export const takeUsage = (sql: Sql, groupId: string, bytes: number) =>
  sql.run('UPDATE logs_usage SET bytes = bytes - ? WHERE group_id = ?', [bytes, groupId])

export const deleteUsage = (sql: Sql, groupId: string) =>
  sql.run('DELETE FROM logs_usage WHERE group_id = ?', [groupId])

/** Bytes that groups hold, by their ids. */
export async function usageOf(sql: SqlReader, groupIds: readonly string[]): Promise<Map<string, number>> {
  if (groupIds.length === 0) return new Map()
  const rows = await sql.all<{ group_id: string; bytes: number }>(
    `SELECT group_id, bytes FROM logs_usage WHERE group_id IN (${placeholders})`,
    filled(groupIds),
  )
  return new Map(rows.map(({ group_id, bytes }) => [group_id, bytes]))
}

/** Which blocks are read. */
export type BlockScope =
  | { kind: 'group'; groupId: string }
  | { kind: 'stream'; streamId: string }
  /** At most a hundred. */
  | { kind: 'streams'; groupId: string; streamIds: readonly string[] }
  | { kind: 'prefix'; groupId: string; prefix: string; end: string }

/** Columns without the bytes. */
const columns = 'id, stream_id, first_ms, last_ms, events, bytes, data_key'
const forward = '(first_ms, id) > (?, ?) AND first_ms <= ? AND last_ms >= ? ORDER BY first_ms, id LIMIT ?'
const backward = '(last_ms, id) < (?, ?) AND last_ms >= ? AND first_ms <= ? ORDER BY last_ms DESC, id DESC LIMIT ?'
const late = 'first_ms >= ? AND first_ms <= ? AND last_ms >= ? AND id > ? ORDER BY first_ms, id LIMIT ?'
const scopes = {
  // Blocks of a stream that was deleted are removed later, and cannot be read from then on.
  group: 'group_id = ? AND EXISTS (SELECT s.id FROM logs_streams AS s WHERE s.id = logs_blocks.stream_id)',
  stream: 'stream_id = ?',
  streams: `group_id = ? AND stream_id IN (${placeholders})`,
  prefix: 'group_id = ? AND stream_id IN (SELECT id FROM logs_streams WHERE group_id = ? AND name >= ? AND name < ?)',
}

function scopeParameters(scope: BlockScope): string[] {
  switch (scope.kind) {
    case 'group':
      return [scope.groupId]
    case 'stream':
      return [scope.streamId]
    case 'streams':
      return [scope.groupId, ...filled(scope.streamIds)]
    case 'prefix':
      return [scope.groupId, scope.groupId, scope.prefix, scope.end]
  }
}

/** Times from one millisecond to another, both included. */
export interface TimeRange {
  fromMs: number
  toMs: number
}

/** Blocks that have events in a range of times, in order of their first events, behind one of them. */
export const blocksForward = (
  sql: SqlReader,
  scope: BlockScope,
  { fromMs, toMs }: TimeRange,
  after: BlockRow | undefined,
  limit: number,
) =>
  sql.all<BlockRow>(`SELECT ${columns} FROM logs_blocks WHERE ${scopes[scope.kind]} AND ${forward}`, [
    ...scopeParameters(scope),
    // No block spans more than a batch may, so older ones need not be looked at.
    ...(after ? [after.first_ms, after.id] : [fromMs - mostSpanMs - 1, '']),
    ...[toMs, fromMs, limit],
  ])

/** The same in order of their last events, latest first. */
export const blocksBackward = (
  sql: SqlReader,
  scope: BlockScope,
  { fromMs, toMs }: TimeRange,
  after: BlockRow | undefined,
  limit: number,
) =>
  sql.all<BlockRow>(`SELECT ${columns} FROM logs_blocks WHERE ${scopes[scope.kind]} AND ${backward}`, [
    ...scopeParameters(scope),
    ...(after ? [after.last_ms, after.id] : [toMs + mostSpanMs + 1, '']),
    ...[fromMs, toMs, limit],
  ])

/** Blocks that have events in a range of times and were made behind one of them: by a put, or by merging others. */
export const blocksMadeSince = (
  sql: SqlReader,
  scope: BlockScope,
  { fromMs, toMs }: TimeRange,
  id: string,
  limit: number,
) =>
  sql.all<BlockRow>(`SELECT ${columns} FROM logs_blocks WHERE ${scopes[scope.kind]} AND ${late}`, [
    ...scopeParameters(scope),
    ...[fromMs - mostSpanMs, toMs, fromMs, id, limit],
  ])

/** Blocks of groups, at most a hundred, whose ids are behind one. */
export const blocksBehind = (sql: SqlReader, groupIds: readonly string[], id: string) =>
  sql.all<BlockRow & { group_id: string }>(
    `SELECT ${columns}, group_id FROM logs_blocks WHERE id > ? AND group_id IN (${placeholders}) ORDER BY id DESC LIMIT 10000`,
    [id, ...filled(groupIds)],
  )

/** Bytes of blocks, at most a hundred. One that was merged or removed meanwhile is missing. */
export async function readBlocks(sql: SqlReader, ids: readonly string[]): Promise<Map<string, Uint8Array>> {
  const rows = await sql.all<BlockBytes>(`SELECT id, data FROM logs_blocks WHERE id IN (${placeholders})`, filled(ids))
  return new Map(rows.map(({ id, data }) => [id, data]))
}

/** Small blocks of a stream that are to be merged, in order of their first events. */
export const smallBlocks = (sql: SqlReader, streamId: string, limit: number) =>
  sql.all<BlockRow>(
    `SELECT ${columns} FROM logs_blocks WHERE stream_id = ? AND small = 1 ORDER BY first_ms, id LIMIT ?`,
    [streamId, limit],
  )

/** Deletes blocks, at most a hundred. @returns how many there were. */
export const deleteBlocks = (sql: Sql, ids: readonly string[]) =>
  sql.run(`DELETE FROM logs_blocks WHERE id IN (${placeholders})`, filled(ids))

/** Counts which of some blocks, at most a hundred, are there. */
export async function countBlocks(sql: SqlReader, ids: readonly string[]): Promise<number> {
  const [row] = await sql.all<{ count: number }>(
    `SELECT COUNT(*) AS count FROM logs_blocks WHERE id IN (${placeholders})`,
    filled(ids),
  )
  return row?.count ?? 0
}

/** Notes that blocks, at most a hundred, are not merged with others. */
export const settleBlocks = (sql: Sql, ids: readonly string[]) =>
  sql.run(`UPDATE logs_blocks SET small = 0 WHERE id IN (${placeholders})`, filled(ids))

/** Blocks of a group all of whose events are older than a time. */
export const blocksBefore = (sql: SqlReader, groupId: string, timeMs: number, limit: number) =>
  sql.all<BlockRow>(
    `SELECT ${columns} FROM logs_blocks WHERE group_id = ? AND last_ms < ? ORDER BY last_ms, id LIMIT ?`,
    [groupId, timeMs, limit],
  )

/** Any blocks of a stream. */
export const blocksOfStream = (sql: SqlReader, streamId: string, limit: number) =>
  sql.all<BlockRow>(`SELECT ${columns} FROM logs_blocks WHERE stream_id = ? ORDER BY first_ms, id LIMIT ?`, [
    streamId,
    limit,
  ])

/** Any blocks of a group. */
export const blocksOfGroup = (sql: SqlReader, groupId: string, limit: number) =>
  sql.all<BlockRow>(`SELECT ${columns} FROM logs_blocks WHERE group_id = ? ORDER BY first_ms, id LIMIT ?`, [
    groupId,
    limit,
  ])

/** Any streams of a group. */
export const someStreams = (sql: SqlReader, groupId: string, limit: number) =>
  sql.all<{ name: string }>('SELECT name FROM logs_streams WHERE group_id = ? ORDER BY name LIMIT ?', [groupId, limit])
