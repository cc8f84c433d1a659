import { type KeyObject, randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { readRegularFile, WrongFileKindError } from '../core/files.ts'
import { type Checkpoint, isSignedAs, isSignedBy, signAs } from './checkpoint.ts'
import { type ChainHead, chainStart } from './hash-chain.ts'

/** A signed statement that the ledger has come as far as this. */
export const signAnchor = (head: ChainHead, timeMs: number, privateKey: KeyObject): Checkpoint =>
  signAs('anchor', head, timeMs, privateKey)

/**
 * Writes an anchor to its file, whole or not at all: kept beside the database, or copied elsewhere, it shows when the ledger's
 * end was cut off.
 */
export async function writeAnchor(file: string, { seq, hash, timeMs, signature }: Checkpoint): Promise<void> {
  const anchor: AnchorText = {
    seq,
    hash: Buffer.from(hash).toString('hex'),
    timeMs,
    signature: Buffer.from(signature).toString('base64'),
  }
  const draft = `${file}.${randomUUID()}`
  try {
    await writeDurably(draft, `${JSON.stringify(anchor, null, 2)}\n`)
    await rename(draft, file)
  } catch (failure) {
    await rm(draft, { force: true })
    throw failure
  }
}

/** Returns what the anchor of a ledger without records says. */
export const emptyAnchor = (privateKey: KeyObject): Checkpoint => signAnchor(chainStart, 0, privateKey)

/** Refuses a new ledger beside an anchor that vouches for records of another. @throws UnreadableAnchorError */
export async function refuseOtherAnchor(file: string): Promise<void> {
  const text = textOf(file)
  // One without records is what a first start leaves that got no further.
  if (text !== undefined && parseAnchor(text)?.seq !== 0) throw new UnreadableAnchorError(file)
}

/**
 * @param earlier - whether the ledger is as earlier versions kept it, whose anchors were checkpoints.
 * @returns undefined when there is none.
 * @throws UnreadableAnchorError - it holds no anchor, or none that this key signed.
 */
export async function readAnchor(
  file: string,
  { publicKey, earlier = false }: { publicKey: KeyObject; earlier?: boolean },
): Promise<Checkpoint | undefined> {
  const text = textOf(file)
  if (text === undefined) return undefined
  const anchor = parseAnchor(text)
  if (anchor && (isSignedAs('anchor', anchor, publicKey) || (earlier && isSignedBy(anchor, publicKey)))) return anchor
  throw new UnreadableAnchorError(file)
}

function textOf(file: string): string | undefined {
  try {
    return readRegularFile(file).toString()
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    if (failure instanceof WrongFileKindError) throw new UnreadableAnchorError(file)
    throw failure
  }
}

/** How to go on without what an anchor would prove. */
export const toGoOn = 'To go on with the database as it is: strongroom ledger accept'

/** Every ledger in a file has an anchor from its beginning. */
export class MissingAnchorError extends Error {
  constructor(file: string) {
    super(
      `${file} is missing, which is there from a ledger's beginning: without it, nothing shows whether records were cut ` +
        `off at the end. Put it back if you have a copy. ${toGoOn}`,
    )
    this.name = 'MissingAnchorError'
  }
}

/** The anchor was altered, or belongs to another ledger. */
export class UnreadableAnchorError extends Error {
  constructor(file: string) {
    super(
      `${file} holds no anchor signed by this ledger's key: it was altered, or it belongs to another database. ` +
        `Find out which. ${toGoOn}`,
    )
    this.name = 'UnreadableAnchorError'
  }
}

interface AnchorText {
  seq: number
  hash: string
  timeMs: number
  signature: string
}

function parseAnchor(text: string): Checkpoint | undefined {
  let anchor: Partial<AnchorText> | null
  try {
    anchor = JSON.parse(text)
  } catch {
    return undefined
  }
  const { seq, hash, timeMs, signature } = anchor ?? {}
  if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(timeMs)) return undefined
  if (typeof hash !== 'string' || typeof signature !== 'string') return undefined
  return {
    seq: Number(seq),
    hash: Buffer.from(hash, 'hex'),
    timeMs: Number(timeMs),
    signature: Buffer.from(signature, 'base64'),
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
