import { type KeyObject, randomUUID } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { type Checkpoint, isSignedBy } from './checkpoint.ts'

/**
 * Writes a checkpoint to a file of its own, whole or not at all: kept beside the database, or copied elsewhere, it shows
 * when the ledger's end was cut off.
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

/**
 * @returns undefined when there is no such file.
 * @throws UnreadableAnchorError when it holds no checkpoint, or none that this key signed.
 */
export async function readAnchor(file: string, publicKey: KeyObject): Promise<Checkpoint | undefined> {
  const text = await readFile(file, 'utf8').catch((failure: NodeJS.ErrnoException) => {
    if (failure.code === 'ENOENT') return undefined
    throw failure
  })
  if (text === undefined) return undefined
  const checkpoint = parseAnchor(text)
  if (!checkpoint || !isSignedBy(checkpoint, publicKey)) throw new UnreadableAnchorError(file)
  return checkpoint
}

/** The anchor was altered, or belongs to another ledger. */
export class UnreadableAnchorError extends Error {
  constructor(file: string) {
    super(
      `${file} holds no checkpoint signed by this ledger's key: it was altered, or it belongs to another database. ` +
        'Find out which; to go on with the database as it is, move the file away.',
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
