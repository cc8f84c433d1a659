import { type KeyObject, sign, verify } from 'node:crypto'
import type { ChainHead } from './hash-chain.ts'

/** Every record whose sequence number is a multiple of this is committed together with a checkpoint. */
export const checkpointInterval = 256

/** A signed statement that the chain had this head: it vouches for every record up to `seq`. */
export interface Checkpoint extends ChainHead {
  timeMs: number
  /** Ed25519, 64 bytes. */
  signature: Uint8Array
}

export const signCheckpoint = ({ seq, hash }: ChainHead, timeMs: number, privateKey: KeyObject): Checkpoint => ({
  seq,
  hash,
  timeMs,
  signature: sign(null, signedBytes(seq, hash, timeMs), privateKey),
})

export const isSignedBy = ({ seq, hash, timeMs, signature }: Checkpoint, publicKey: KeyObject): boolean =>
  verify(null, signedBytes(seq, hash, timeMs), publicKey, signature)

// tag ‖ seq ‖ time ‖ hash, numbers as 8 bytes big-endian. Values that are no such numbers were not signed by anybody.
function signedBytes(seq: number, hash: Uint8Array, timeMs: number): Buffer {
  const numbers = Buffer.alloc(16)
  numbers.writeBigInt64BE(BigInt(seq), 0)
  numbers.writeBigInt64BE(BigInt(timeMs), 8)
  return Buffer.concat([tag, numbers, hash])
}

const tag = Buffer.from('strongroom ledger checkpoint 1\0')
