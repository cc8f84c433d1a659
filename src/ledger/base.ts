import type { KeyObject } from 'node:crypto'
import type { Sql, SqlReader } from '../core/sql.ts'
import { type Checkpoint, isSignedAs, signAs } from './checkpoint.ts'
import type { ChainHead } from './hash-chain.ts'

/**
 * Where the ledger begins after retention has removed its oldest records: a signed statement that the server itself removed
 * every record up to `seq`, whose place in the chain was `hash`.
 */
export interface Base extends Checkpoint {
  /** Which records were to be removed, in a few words: `older than 90d`. */
  reason: string
}

export const signBase = (head: ChainHead, timeMs: number, reason: string, privateKey: KeyObject): Base => ({
  ...signAs('base', head, timeMs, privateKey, reason),
  reason,
})

export const isBaseSignedBy = (base: Base, publicKey: KeyObject): boolean =>
  isSignedAs('base', base, publicKey, base.reason)

/**
 * The base as it stands in the database, and only as trustworthy as that until its signature is checked.
 * @returns undefined where nothing was removed, and in databases of earlier versions, which have no table for it.
 */
export async function storedBase(sql: SqlReader): Promise<Base | undefined> {
  const [table] = await sql.all(sql.dialect === 'sqlite' ? findTableInSqlite : findTableInPostgres)
  return table && baseOf(sql)
}

/** The base, where there is one that this ledger's key has signed. */
export async function provenBase(sql: Sql, publicKey: KeyObject): Promise<Base | undefined> {
  const base = await storedBase(sql)
  return base && isBaseSignedBy(base, publicKey) ? base : undefined
}

/** The base as it stands in a database of this version. */
export async function baseOf(sql: SqlReader): Promise<Base | undefined> {
  const [row] = await sql.all<BaseRow>(selectBase)
  if (!row) return undefined
  const { seq, hash, time_ms: timeMs, reason, signature } = row
  return { seq, hash, timeMs, reason, signature }
}

export async function putBase(sql: Sql, { seq, hash, timeMs, reason, signature }: Base): Promise<void> {
  await sql.run('DELETE FROM ledger_base', [])
  await sql.run('INSERT INTO ledger_base (id, seq, hash, time_ms, reason, signature) VALUES (1, ?, ?, ?, ?, ?)', [
    seq,
    hash,
    timeMs,
    reason,
    signature,
  ])
}

const findTableInSqlite = "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = 'ledger_base'"

const findTableInPostgres = `SELECT 1 AS found FROM information_schema.tables
  WHERE table_schema = current_schema() AND table_name = 'ledger_base'`

// Numbers that JavaScript cannot hold were not signed by any server.
const selectBase = `SELECT seq, hash, reason, signature, time_ms FROM ledger_base
  WHERE id = 1 AND seq BETWEEN 0 AND 9007199254740991 AND time_ms BETWEEN 0 AND 9007199254740991`

type BaseRow = { seq: number; hash: Uint8Array; reason: string; signature: Uint8Array; time_ms: number }
