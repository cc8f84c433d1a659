import type { KeyObject } from 'node:crypto'
import type { AuditRecord } from '../core/audit.ts'
import type { SqlReader } from '../core/sql.ts'
import { storedBase } from './base.ts'
import { type Checkpoint, checkpointInterval, isSignedBy } from './checkpoint.ts'
import { hashAt } from './hash-chain.ts'
import { checkpointsBetween, entriesAfter, hashOf, lastEntry } from './tables.ts'

/** A proof that one record is in the ledger, for anyone who knows the ledger's public key. Its form is docs/ledger.md's. */
export interface EventProof {
  format: typeof proofFormat
  eventId: string
  /** The record's number. */
  seq: number
  /** The hash before the record, in hex. */
  previousHash: string
  /** The record's JSON text and those that follow it up to the checkpoint, each with its hash in hex. */
  records: { record: string; hash: string }[]
  checkpoint: {
    seq: number
    timeMs: number
    /** Hex. */
    hash: string
    /** Ed25519, base64. */
    signature: string
  }
  /** PEM. */
  publicKey: string
}

const proofFormat = 'strongroom ledger proof 1'

/** A record cannot be proven, with a message that says why and what to do. */
export class NoProofError extends Error {
  override name = 'NoProofError'
  readonly reason: 'unknown' | 'removed' | 'unsigned' | 'unsound'

  constructor(reason: NoProofError['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

/**
 * Makes the proof of one event's record, and checks the proof first.
 * @throws NoProofError - `unsigned` for a record behind the last checkpoint.
 */
export async function proveEvent(sql: SqlReader, eventId: string, publicKey: KeyObject): Promise<EventProof> {
  const seq = await seqOfEvent(sql, eventId)
  if (seq === undefined) throw await noRecord(sql, eventId)
  const [checkpoint] = await checkpointsBetween(sql, seq - 1, seq - 1 + checkpointInterval, 1)
  if (!checkpoint) {
    if ((await lastEntry(sql)).seq >= seq - 1 + checkpointInterval) throw unsound(seq)
    throw new NoProofError(
      'unsigned',
      `No checkpoint vouches for the record of event ${eventId} yet. A running server signs one within a second, and a server ` +
        'that was killed signs at its next start: start it, and ask again.',
    )
  }
  const entries = await entriesAfter(sql, seq - 1, checkpoint.seq - seq + 1)
  let previous = await hashOf(sql, seq - 1)
  if (seq > 1 && !previous) throw unsound(seq)
  previous ??= new Uint8Array(32)
  const previousHash = hex(previous)
  for (const [index, entry] of entries.entries()) {
    if (entry.seq !== seq + index || !hashAt(entry.seq, previous, entry.record).equals(entry.hash)) throw unsound(seq)
    previous = entry.hash
  }
  if (!isProven(checkpoint, entries.at(-1)?.seq, previous, publicKey)) throw unsound(seq)
  const { timeMs, hash, signature } = checkpoint
  return {
    format: proofFormat,
    eventId,
    seq,
    previousHash,
    records: entries.map((entry) => ({ record: entry.record, hash: hex(entry.hash) })),
    checkpoint: {
      seq: checkpoint.seq,
      timeMs,
      hash: hex(hash),
      signature: Buffer.from(signature).toString('base64'),
    },
    publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })),
  }
}

const isProven = (checkpoint: Checkpoint, lastSeq: number | undefined, hash: Uint8Array, publicKey: KeyObject) =>
  checkpoint.seq === lastSeq && Buffer.compare(checkpoint.hash, hash) === 0 && isSignedBy(checkpoint, publicKey)

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Records searched in one statement: a few milliseconds. */
const sliceSize = 2048

/** Around the time in an event's id, its record is looked for first. */
const nearMs = 60_000

/** The number of the record with this event id. The records around the time in the id come first, then all from the latest on. */
async function seqOfEvent(sql: SqlReader, eventId: string): Promise<number | undefined> {
  const last = (await lastEntry(sql)).seq
  const [first] = await sql.all<{ seq: number }>(
    'SELECT seq FROM ledger_records WHERE seq BETWEEN 0 AND 9007199254740991 ORDER BY seq LIMIT 1',
  )
  if (!first) return undefined
  const near = await seqsNear(sql, timeOf(eventId), { from: first.seq, through: last })
  return (
    (await searched(sql, eventId, near)) ??
    (await searched(sql, eventId, { from: near.through + 1, through: last })) ??
    (await searched(sql, eventId, { from: first.seq, through: near.from - 1 }))
  )
}

interface Range {
  from: number
  through: number
}

async function seqsNear(sql: SqlReader, timeMs: number | undefined, all: Range): Promise<Range> {
  if (timeMs === undefined) return all
  const [row] = await sql.all<{ low: number | null; high: number | null }>(
    `SELECT (SELECT MAX(seq) FROM ledger_checkpoints WHERE time_ms < ? AND seq BETWEEN ? AND ?) AS low,
      (SELECT MIN(seq) FROM ledger_checkpoints WHERE time_ms > ? AND seq BETWEEN ? AND ?) AS high`,
    [timeMs - nearMs, all.from, all.through, timeMs + nearMs, all.from, all.through],
  )
  const near = { from: row?.low ?? all.from, through: row?.high ?? all.through }
  // The clock was moved back in between.
  return near.from <= near.through ? near : all
}

async function searched(sql: SqlReader, eventId: string, { from, through }: Range): Promise<number | undefined> {
  const find = sql.dialect === 'sqlite' ? 'instr(record, ?)' : 'strpos(record, CAST(? AS TEXT))'
  for (let end = through; end >= from; end -= sliceSize) {
    const rows = await sql.all<{ seq: number; record: string }>(
      `SELECT seq, record FROM ledger_records WHERE seq BETWEEN ? AND ? AND ${find} > 0 ORDER BY seq`,
      [Math.max(from, end - sliceSize + 1), end, `"eventID":${JSON.stringify(eventId)}`],
    )
    const found = rows.find(({ record }) => parsed(record)?.eventID === eventId)
    if (found) return found.seq
  }
  return undefined
}

/** Undefined for a text that is not JSON: a writer of the database may have put it there. */
function parsed(record: string): Partial<AuditRecord> | undefined {
  try {
    return JSON.parse(record) ?? undefined
  } catch {
    return undefined
  }
}

/** Event ids are UUIDs of version 7, which begin with their time. */
const timeOf = (eventId: string): number | undefined =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(eventId) ? Number.parseInt(eventId.replace('-', '').slice(0, 12), 16) : undefined

async function noRecord(sql: SqlReader, eventId: string): Promise<NoProofError> {
  const base = await storedBase(sql)
  const removed = base && `retention has removed records 1 to ${base.seq} (${base.reason})`
  const [first] = base ? await entriesAfter(sql, base.seq, 1) : []
  const timeMs = timeOf(eventId)
  if (removed && first && timeMs !== undefined && timeMs < endOfSecond(first.record)) {
    return new NoProofError(
      'removed',
      `The ledger has no event ${eventId} any more: ${removed}, and it is of their time. A backup from before may prove it.`,
    )
  }
  return new NoProofError(
    'unknown',
    `The ledger has no event ${eventId}: check the id, which is the eventID of the record${removed ? `; ${removed}` : ''}.`,
  )
}

/** When the second of a record ends; NaN, which nothing is before, for a text without a time. */
function endOfSecond(record: string): number {
  return Date.parse(parsed(record)?.eventTime ?? '') + 1000
}

const unsound = (seq: number) =>
  new NoProofError('unsound', `The chain does not hold around record ${seq}: run "strongroom ledger verify".`)
