import type { Sql } from '../core/sql.ts'
import { checkpointInterval, signCheckpoint } from './checkpoint.ts'
import { type ChainHead, following } from './hash-chain.ts'
import { sealHead } from './head.ts'
import type { LedgerKey } from './ledger-key.ts'
import { deleteCheckpointsBetween, insertCheckpoint, insertEntries, type LedgerEntry, moveHead } from './tables.ts'

/** Records to append, in order. */
export interface AppendBatch {
  /** What they come behind. */
  head: ChainHead
  /** Each record's JSON. */
  texts: readonly string[]
  /** The server's time, for checkpoints. */
  timeMs: number
  key: Pick<LedgerKey, 'privateKey' | 'headKey'>
}

/**
 * Writes records to the chain, with a checkpoint at each milestone, and moves the sealed head, inside an open transaction.
 * @returns the new head.
 */
export async function appendBehind(sql: Sql, { head, texts, timeMs, key }: AppendBatch): Promise<ChainHead> {
  let last = head
  const entries: LedgerEntry[] = []
  for (const record of texts) {
    last = following(last, record)
    entries.push({ seq: last.seq, hash: last.hash, record })
  }
  await insertEntries(sql, entries)
  for (const entry of entries) {
    if (entry.seq % checkpointInterval !== 0) continue
    await insertCheckpoint(sql, signCheckpoint(entry, timeMs, key.privateKey))
    await deleteCheckpointsBetween(sql, entry.seq - checkpointInterval, entry.seq)
  }
  await moveHead(sql, sealHead(last, key.headKey))
  return last
}
