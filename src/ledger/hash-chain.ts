import { hash } from 'node:crypto'

/** A record's place in the chain: its sequence number, from 1 without gaps, and the hash over it and all before it. */
export interface ChainHead {
  seq: number
  /** 32 bytes. */
  hash: Uint8Array
}

/** Where the first record continues from. */
export const chainStart: ChainHead = { seq: 0, hash: new Uint8Array(32) }

/**
 * The place of the record that follows a head.
 * hash = SHA-256(tag ‖ hash before ‖ seq, 8 bytes big-endian ‖ the record's text as UTF-8)
 */
export function following(head: ChainHead, record: string): ChainHead {
  const seq = head.seq + 1
  return { seq, hash: hashAt(seq, head.hash, record) }
}

/** The hash that a record must have at a place, given the hash before it. */
export function hashAt(seq: number, previous: Uint8Array, record: string): Buffer {
  const bytes = Buffer.allocUnsafe(recordOffset + Buffer.byteLength(record))
  tag.copy(bytes)
  bytes.set(previous, tag.length)
  // In halves, and the digest by way of a string: a BigInt and a buffer of its own would cost a third of all this.
  bytes.writeUInt32BE(Math.floor(seq / 2 ** 32), seqOffset)
  bytes.writeUInt32BE(seq >>> 0, seqOffset + 4)
  bytes.write(record, recordOffset)
  return Buffer.from(hash('sha256', bytes, 'latin1'), 'latin1')
}

// Keeps these hashes apart from every other use of SHA-256 over the same bytes.
const tag = Buffer.from('strongroom ledger record 1\0')
const seqOffset = tag.length + chainStart.hash.length
const recordOffset = seqOffset + 8
