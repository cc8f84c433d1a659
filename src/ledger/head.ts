import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { ChainHead } from './hash-chain.ts'

/**
 * The end of the chain as the server left it: a row of the database that moves with every commit of records. Its tag needs a
 * key that opens under the root key alone, so that records behind the last signature are the server's own or show it.
 */
export interface Head extends ChainHead {
  /** HMAC-SHA-256, 32 bytes. */
  tag: Uint8Array
}

/** tag = HMAC-SHA-256(head key, "strongroom ledger head 1\0" ‖ seq, 8 bytes big-endian ‖ hash) */
export const sealHead = ({ seq, hash }: ChainHead, headKey: KeyObject): Head => ({
  seq,
  hash,
  tag: tagOf(seq, hash, headKey),
})

export function isSealedBy({ seq, hash, tag }: Head, headKey: KeyObject): boolean {
  const expected = tagOf(seq, hash, headKey)
  return tag.length === expected.length && timingSafeEqual(tag, expected)
}

function tagOf(seq: number, hash: Uint8Array, headKey: KeyObject): Buffer {
  const number = Buffer.alloc(8)
  number.writeBigInt64BE(BigInt(seq))
  return createHmac('sha256', headKey).update(label).update(number).update(hash).digest()
}

const label = 'strongroom ledger head 1\0'
