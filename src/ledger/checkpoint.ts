import { type KeyObject, sign, verify } from 'node:crypto'
import { type ChainHead, chainStart } from './hash-chain.ts'

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
 * this, and a base, that the records up to it were removed, so that no checkpoint passes for one of these.
 */
export type StatementKind = 'checkpoint' | 'anchor' | 'base'

export const signCheckpoint = (head: ChainHead, timeMs: number, privateKey: KeyObject): Checkpoint =>
  signAs('checkpoint', head, timeMs, privateKey)

export const isSignedBy = (checkpoint: Checkpoint, publicKey: KeyObject): boolean =>
  isSignedAs('checkpoint', checkpoint, publicKey)

/** @param text - what the statement says besides. */
export const signAs = (
  kind: StatementKind,
  { seq, hash }: ChainHead,
  timeMs: number,
  privateKey: KeyObject,
  text = '',
): Checkpoint => ({
  seq,
  hash,
  timeMs,
  signature: sign(null, signedBytes(kind, { seq, hash, timeMs }, text), privateKey),
})

export const isSignedAs = (
  kind: StatementKind,
  { signature, ...statement }: Checkpoint,
  publicKey: KeyObject,
  text = '',
): boolean =>
  // The hash is the one part before the text whose length the database could change.
  statement.hash.length === hashBytes && verify(null, signedBytes(kind, statement, text), publicKey, signature)

const hashBytes = chainStart.hash.length

// tag ‖ seq ‖ time ‖ hash ‖ text, numbers as 8 bytes big-endian. Other values were never signed.
function signedBytes(kind: StatementKind, { seq, hash, timeMs }: Omit<Checkpoint, 'signature'>, text: string): Buffer {
  const numbers = Buffer.alloc(16)
  numbers.writeBigInt64BE(BigInt(seq), 0)
  numbers.writeBigInt64BE(BigInt(timeMs), 8)
  return Buffer.concat([Buffer.from(`strongroom ledger ${kind} 1\0`), numbers, hash, Buffer.from(text)])
}
