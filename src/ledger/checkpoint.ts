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

/**
 * What a statement is signed as. The database is full of checkpoints; an anchor says more, that the ledger had come as far as
 * this, so that no checkpoint of an earlier record passes for one.
 */
export type StatementKind = 'checkpoint' | 'anchor'

export const signCheckpoint = (head: ChainHead, timeMs: number, privateKey: KeyObject): Checkpoint =>
  signAs('checkpoint', head, timeMs, privateKey)

export const isSignedBy = (checkpoint: Checkpoint, publicKey: KeyObject): boolean =>
  isSignedAs('checkpoint', checkpoint, publicKey)

export const signAs = (
  kind: StatementKind,
  { seq, hash }: ChainHead,
  timeMs: number,
  privateKey: KeyObject,
): Checkpoint => ({ seq, hash, timeMs, signature: sign(null, signedBytes(kind, seq, hash, timeMs), privateKey) })

export const isSignedAs = (
  kind: StatementKind,
  { seq, hash, timeMs, signature }: Checkpoint,
  publicKey: KeyObject,
): boolean => verify(null, signedBytes(kind, seq, hash, timeMs), publicKey, signature)

// tag ‖ seq ‖ time ‖ hash, numbers as 8 bytes big-endian. No checkpoint with other values was ever signed.
function signedBytes(kind: StatementKind, seq: number, hash: Uint8Array, timeMs: number): Buffer {
  const numbers = Buffer.alloc(16)
  numbers.writeBigInt64BE(BigInt(seq), 0)
  numbers.writeBigInt64BE(BigInt(timeMs), 8)
  return Buffer.concat([Buffer.from(`strongroom ledger ${kind} 1\0`), numbers, hash])
}
