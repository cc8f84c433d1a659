import { dialects, type Migration, type Sql, type SqlReader, type SqlValue } from '../core/sql.ts'
import { storedBase } from './base.ts'
import type { Checkpoint } from './checkpoint.ts'
import { type ChainHead, chainStart } from './hash-chain.ts'
import type { Head } from './head.ts'
import { chunked, insertRows } from './rows.ts'

/** The ledger's way to its database: the store's own `read` and `write`. */
export interface LedgerIo {
  read<R>(work: (sql: Sql) => Promise<R>): Promise<R>
  /** Reads much, beside the thread that calls where the database can. */
  readApart<R>(work: (sql: SqlReader) => Promise<R>): Promise<R>
  /** Atomic and durable; the work may run again and awaits nothing but the connection. */
  write<R>(work: (sql: Sql) => Promise<R>): Promise<R>
}

/** A record as it stands in the ledger. */
export interface LedgerEntry extends ChainHead {
  /** The record's JSON text, exactly as it was hashed. */
  record: string
}

export const ledgerMigrations: readonly Migration[] = [
  {
    name: '0010-ledger',
    async up(sql) {
      const { integer, bytes, rowid } = dialects[sql.dialect]
      await sql.run(
        `CREATE TABLE ledger_records (
          seq ${integer} PRIMARY KEY, record TEXT NOT NULL, hash ${bytes} NOT NULL
        ) ${rowid}`,
      )
      await sql.run(
        `CREATE TABLE ledger_checkpoints (
          seq ${integer} PRIMARY KEY, hash ${bytes} NOT NULL, time_ms ${integer} NOT NULL, signature ${bytes} NOT NULL
        ) ${rowid}`,
      )
      await sql.run(
        `CREATE TABLE ledger_key (
          id ${integer} PRIMARY KEY, public_key ${bytes} NOT NULL, sealed_private_key ${bytes} NOT NULL
        ) ${rowid}`,
      )
      await createPositions(sql)
      if (sql.dialect === 'postgres') await createHead(sql)
    },
  },
  {
    name: '0011-ledger-head',
    async up(sql) {
      if (sql.dialect === 'postgres') {
        await sql.run("ALTER TABLE ledger_head ADD COLUMN tag BYTEA NOT NULL DEFAULT ''")
      } else {
        await sql.run(
          `CREATE TABLE ledger_head (
            id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL, tag BLOB NOT NULL
          ) STRICT`,
        )
      }
    },
  },
  {
    name: '0013-ledger-base',
    async up(sql) {
      const { integer, bytes, rowid } = dialects[sql.dialect]
      await sql.run(
        `CREATE TABLE ledger_base (
          id ${integer} PRIMARY KEY, seq ${integer} NOT NULL, hash ${bytes} NOT NULL, time_ms ${integer} NOT NULL,
          reason TEXT NOT NULL, signature ${bytes} NOT NULL
        ) ${rowid}`,
      )
    },
  },
]

/** Creates the table of where each consumer of the ledger stands: the last record it has taken, and that record's hash. */
export async function createPositions(sql: Sql): Promise<void> {
  const { text, integer, bytes, clustered } = dialects[sql.dialect]
  await sql.run(
    `CREATE TABLE ledger_positions (
      name ${text} NOT NULL PRIMARY KEY, seq ${integer} NOT NULL, hash ${bytes} NOT NULL
    ) ${clustered}`,
  )
}

/** Several nodes append to one PostgreSQL database: they take turns at this row. */
async function createHead(sql: Sql): Promise<void> {
  await sql.run('CREATE TABLE ledger_head (id BIGINT PRIMARY KEY, seq BIGINT NOT NULL, hash BYTEA NOT NULL)')
  await sql.run('INSERT INTO ledger_head (id, seq, hash) VALUES (1, ?, ?)', [chainStart.seq, chainStart.hash])
}

/*
 * Who can write the database can put rows into it whose numbers JavaScript cannot hold. They are left out of what is read, and
 * `strayRows` finds them.
 */

/** The head as the records themselves show it; where there are none, where the ledger would go on. */
export async function lastEntry(sql: SqlReader): Promise<ChainHead> {
  const [row] = await sql.all<Row<ChainHead>>(
    'SELECT seq, hash FROM ledger_records WHERE seq <= 9007199254740991 ORDER BY seq DESC LIMIT 1',
  )
  return row ?? (await storedBase(sql)) ?? chainStart
}

/** Numbers, as text, of records and checkpoints that are past anything that can be counted. */
export async function strayRows(sql: Sql): Promise<string[]> {
  const rows = await sql.all<{ seq: string }>(
    `SELECT CAST(seq AS TEXT) AS seq FROM ledger_records WHERE seq < -9007199254740991 OR seq > 9007199254740991
      UNION SELECT CAST(seq AS TEXT) FROM ledger_checkpoints WHERE seq < -9007199254740991 OR seq > 9007199254740991
      ORDER BY 1 LIMIT 1`,
  )
  return rows.map(({ seq }) => seq)
}

/** Where the ledger ends, at one moment: as its records show it, and as the server left it. */
export interface LedgerEnd {
  last: ChainHead
  /** Absent where there is none; without a tag where an earlier version kept it. */
  head: Head | undefined
}

export async function ledgerEnd(sql: Sql): Promise<LedgerEnd> {
  // In one statement: a server may append meanwhile.
  const [row] = await sql.all<EndRow>(
    `SELECT last.seq AS last_seq, last.hash AS last_hash, head.seq, head.hash, head.tag
      FROM (SELECT 1 AS id) AS one
      LEFT JOIN (
        SELECT seq, hash FROM ledger_records WHERE seq <= 9007199254740991 ORDER BY seq DESC LIMIT 1
      ) AS last ON TRUE
      LEFT JOIN ledger_head AS head ON head.id = one.id AND head.seq BETWEEN 0 AND 9007199254740991`,
  )
  return {
    last:
      row && row.last_seq !== null && row.last_hash
        ? { seq: row.last_seq, hash: row.last_hash }
        : // Retention leaves the last record, so that nothing moves a base meanwhile.
          ((await storedBase(sql)) ?? chainStart),
    head: row && row.seq !== null && row.hash && row.tag ? { seq: row.seq, hash: row.hash, tag: row.tag } : undefined,
  }
}

/** Returns whether the database has a place for a sealed head. One of an earlier version that was not started since has none. */
export async function knowsHeads(sql: Sql): Promise<boolean> {
  const columns =
    sql.dialect === 'sqlite'
      ? await sql.all("SELECT 1 AS found FROM pragma_table_info('ledger_head') WHERE name = 'tag'")
      : await sql.all(
          `SELECT 1 AS found FROM information_schema.columns
            WHERE table_schema = current_schema() AND table_name = 'ledger_head' AND column_name = 'tag'`,
        )
  return columns.length > 0
}

/** Several nodes append to one database: waits until no other one does, and keeps them waiting until the transaction ends. */
export async function lockHead(sql: Sql): Promise<Head | undefined> {
  const [row] = await sql.all<Row<Head>>('SELECT seq, hash, tag FROM ledger_head WHERE id = 1 FOR UPDATE')
  return row
}

/** @throws Error when the row is gone, which is there from the ledger's beginning. */
export async function moveHead(sql: Sql, { seq, hash, tag }: Head): Promise<void> {
  const moved = await sql.run('UPDATE ledger_head SET seq = ?, hash = ?, tag = ? WHERE id = 1', [seq, hash, tag])
  if (moved !== 1) throw new Error('the table ledger_head has lost its row')
}

/** Sets the head of a ledger that has none yet, or whose head is not to be believed. */
export async function putHead(sql: Sql, head: Head): Promise<void> {
  await sql.run('DELETE FROM ledger_head', [])
  await sql.run('INSERT INTO ledger_head (id, seq, hash, tag) VALUES (1, ?, ?, ?)', [head.seq, head.hash, head.tag])
}

/** Reads entries in ascending order, without gaps. */
export function entriesAfter(sql: SqlReader, seq: number, limit: number): Promise<LedgerEntry[]> {
  return sql.all<Row<LedgerEntry>>(
    'SELECT seq, record, hash FROM ledger_records WHERE seq > ? AND seq <= 9007199254740991 ORDER BY seq LIMIT ?',
    [seq, limit],
  )
}

/** The hash of one record, or of the last one that was removed; undefined when there is no such record. */
export async function hashOf(sql: SqlReader, seq: number): Promise<Uint8Array | undefined> {
  const [row] = await sql.all<{ hash: Uint8Array }>('SELECT hash FROM ledger_records WHERE seq = ?', [seq])
  if (row) return row.hash
  const base = await storedBase(sql)
  return base?.seq === seq ? base.hash : undefined
}

/** Reads records in the order asked for; those that are not there are left out. */
export async function recordsAt(
  sql: SqlReader,
  seqs: readonly number[],
): Promise<Pick<LedgerEntry, 'seq' | 'record'>[]> {
  const found = new Map<number, string>()
  for (const chunk of chunked(seqs)) {
    const marks = chunk.map(() => '?').join(', ')
    const statement = `SELECT seq, record FROM ledger_records WHERE seq IN (${marks})`
    for (const { seq, record } of await sql.all<{ seq: number; record: string }>(statement, chunk)) {
      found.set(seq, record)
    }
  }
  return seqs.flatMap((seq) => {
    const record = found.get(seq)
    return record === undefined ? [] : [{ seq, record }]
  })
}

export const insertEntries = (sql: Sql, entries: readonly LedgerEntry[]): Promise<void> =>
  insertRows(
    sql,
    'ledger_records (seq, record, hash)',
    entries.map(({ seq, record, hash }) => [seq, record, hash]),
  )

/** Removes entries after a sequence number up to another, and the checkpoints for them. @returns how many entries there were. */
export async function deleteEntries(sql: Sql, afterSeq: number, throughSeq: number): Promise<number> {
  await sql.run('DELETE FROM ledger_checkpoints WHERE seq > ? AND seq <= ?', [afterSeq, throughSeq])
  return sql.run('DELETE FROM ledger_records WHERE seq > ? AND seq <= ?', [afterSeq, throughSeq])
}

/** Leaves a checkpoint that is already there as it is. */
export async function insertCheckpoint(sql: Sql, { seq, hash, timeMs, signature }: Checkpoint): Promise<void> {
  await sql.run(
    `INSERT INTO ledger_checkpoints (seq, hash, time_ms, signature) VALUES (?, ?, ?, ?) ON CONFLICT (seq) DO NOTHING`,
    [seq, hash, timeMs, signature],
  )
}

/** Removes the checkpoints strictly between two sequence numbers: the later one vouches for all they did. */
export async function deleteCheckpointsBetween(sql: Sql, seq: number, laterSeq: number): Promise<void> {
  await sql.run('DELETE FROM ledger_checkpoints WHERE seq > ? AND seq < ?', [seq, laterSeq])
}

/** After one sequence number up to another, in ascending order. */
export async function checkpointsBetween(
  sql: SqlReader,
  afterSeq: number,
  throughSeq: number,
  limit = Number.MAX_SAFE_INTEGER,
): Promise<Checkpoint[]> {
  const rows = await sql.all<CheckpointRow>(`${selectCheckpoints} WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`, [
    afterSeq,
    throughSeq,
    limit,
  ])
  return rows.map(checkpointOf)
}

export async function lastCheckpoint(sql: Sql): Promise<Checkpoint | undefined> {
  const [row] = await sql.all<CheckpointRow>(
    `${selectCheckpoints} WHERE seq <= 9007199254740991 ORDER BY seq DESC LIMIT 1`,
  )
  return row && checkpointOf(row)
}

// A time that is none becomes another that was not signed either.
const selectCheckpoints = `SELECT seq, hash, signature,
  CASE WHEN time_ms BETWEEN 0 AND 9007199254740991 THEN time_ms ELSE -1 END AS time_ms FROM ledger_checkpoints`

const checkpointOf = ({ seq, hash, time_ms, signature }: CheckpointRow): Checkpoint => ({
  seq,
  hash,
  timeMs: time_ms,
  signature,
})

type Row<T> = { [K in keyof T]: Extract<T[K], SqlValue> }

type EndRow = {
  last_seq: number | null
  last_hash: Uint8Array | null
  seq: number | null
  hash: Uint8Array | null
  tag: Uint8Array | null
}

type CheckpointRow = { seq: number; hash: Uint8Array; time_ms: number; signature: Uint8Array }
