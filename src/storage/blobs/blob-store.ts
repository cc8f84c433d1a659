import { createSecretKey, hkdfSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { BlobGoneError, type BlobRange, type Blobs, type StoredBlob } from '../../core/blobs.ts'
import type { Clock } from '../../core/clock.ts'
import { dayMs } from '../../core/durations.ts'
import type { WorkRunner } from '../../core/scheduler.ts'
import type { CollectionSpec, Store, Transaction } from '../../core/store.ts'
import { type BlobContent, framesPerPart, partBytes } from './blob-content.ts'
import { frameBytes, framesOf, inFrames, openFrame, sealedFrameBytes, sealFrame } from './frames.ts'

interface Blob {
  /** The data key, of this blob alone; base64. */
  key: string
  /** Set when it is committed. */
  bytes?: number
}

/** The truth about what blobs there are. One that is not committed is in the index. */
export const blobs: CollectionSpec<Blob> = {
  name: 'storage.blobs',
  indexes: { uncommitted: ({ bytes }) => (bytes === undefined ? ['yes'] : []) },
  sealed: ['key'],
}

/** Blobs belong to what names them, whichever account that is in. */
const scope = { accountId: '', region: '' }

/** The kind of due work that removes contents, and blobs that were never committed. */
const removeWork = 'storage.remove-blob'

/** By then, the call that stored bytes has committed them, or failed. */
const abandonedAfterMs = dayMs

const keyBytes = 32

/**
 * Blobs: a document each, with the data key, and the sealed bytes elsewhere. The document comes before the bytes and goes before
 * them, and with it, in the same transaction, the due work that removes the bytes; so that a crash leaves nothing unknown.
 */
export class BlobStore implements Blobs {
  readonly #store: Store
  readonly #content: BlobContent
  readonly #clock: Clock

  constructor(store: Store, content: BlobContent, clock: Clock) {
    this.#store = store
    this.#content = content
    this.#clock = clock
  }

  async put(content: Uint8Array | AsyncIterable<Uint8Array>, given?: KeyObject): Promise<StoredBlob> {
    const id = randomUUID()
    const key = randomBytes(keyBytes)
    await this.#store.transaction(async (tx) => {
      await tx.in(blobs).put(scope, id, { key: key.toString('base64') })
      await this.#scheduleRemoval(tx, id, abandonedAfterMs)
    })
    const sealed = new SealedParts(keyOf(id, key, given), content instanceof Uint8Array ? [content] : content)
    try {
      await this.#content.write(id, sealed.parts(this.#content.partsTogether))
      // Removed as abandoned while it came, by a clock that was moved: then its bytes must not stay.
      if (!(await this.#store.in(blobs).get(scope, id))) throw new BlobGoneError(id)
    } catch (failure) {
      // If that fails too, it is removed as one that was abandoned.
      await this.#store.transaction((tx) => this.#removeUnread(tx, id)).catch(() => {})
      throw failure
    }
    return { id, bytes: sealed.bytes }
  }

  async commit(tx: Transaction, { id, bytes }: StoredBlob): Promise<void> {
    const blob = await tx.in(blobs).get(scope, id)
    if (!blob) throw new BlobGoneError(id)
    await tx.in(blobs).put(scope, id, { ...blob, bytes })
    await tx.unschedule(removeWork, id)
  }

  async remove(tx: Transaction, id: string): Promise<void> {
    const blob = await tx.in(blobs).get(scope, id)
    if (blob && blob.bytes === undefined) return this.#removeUnread(tx, id)
    await tx.in(blobs).delete(scope, id)
    await this.#scheduleRemoval(tx, id, this.#content.staysForReadersMs)
  }

  async read(id: string, range?: BlobRange, given?: KeyObject): Promise<Readable> {
    const blob = await this.#store.in(blobs).get(scope, id)
    if (blob?.bytes === undefined) throw new BlobGoneError(id)
    const { start, end } = range ?? { start: 0, end: blob.bytes }
    if (start < 0 || end > blob.bytes || start > end) {
      throw new RangeError(`bytes ${start} to ${end} are not within the ${blob.bytes} of blob ${id}`)
    }
    const key = keyOf(id, Buffer.from(blob.key, 'base64'), given)
    return Readable.from(this.#frames(id, key, blob.bytes, { start, end }), { objectMode: false })
  }

  /** Removes what was not committed when this process began. Only where no other process puts blobs in the same database. */
  async removeAbandoned(): Promise<void> {
    for (;;) {
      const index = { name: 'uncommitted', value: 'yes' }
      const found = await this.#store.in(blobs).list(scope, { index, limit: 100 })
      if (found.length === 0) return
      await this.#store.transaction(async (tx) => {
        for (const { id } of found) await this.#removeUnread(tx, id)
      })
    }
  }

  /** What the store does when a time has come, by kind of work. */
  get work(): Record<string, WorkRunner> {
    return { [removeWork]: ({ key: id }) => this.#removeDue(id) }
  }

  async #removeDue(id: string): Promise<(tx: Transaction) => Promise<void>> {
    if (!(await this.#store.in(blobs).get(scope, id))) {
      await this.#content.delete(id)
      return async () => {}
    }
    // First its document, which may be committed at this moment; its bytes when that is gone.
    return async (tx) => {
      const blob = await tx.in(blobs).get(scope, id)
      if (blob?.bytes === undefined) await this.#removeUnread(tx, id)
    }
  }

  /** Removes a blob that was never committed, and so is not being read. */
  async #removeUnread(tx: Transaction, id: string): Promise<void> {
    await tx.in(blobs).delete(scope, id)
    await this.#scheduleRemoval(tx, id, 0)
  }

  /** Lets the bytes of a blob that is being read stay for longer, if it was removed meanwhile. */
  async #stayForReader(id: string): Promise<void> {
    await this.#store.transaction(async (tx) => {
      if (!(await tx.in(blobs).get(scope, id))) await this.#scheduleRemoval(tx, id, this.#content.staysForReadersMs)
    })
  }

  #scheduleRemoval(tx: Transaction, id: string, inMs: number): Promise<void> {
    return tx.schedule({ kind: removeWork, key: id, dueAtMs: this.#clock.nowMs() + inMs, scope, payload: null })
  }

  async *#frames(id: string, key: KeyObject, bytes: number, { start, end }: BlobRange): AsyncGenerator<Buffer> {
    const count = framesOf(bytes)
    const first = Math.min(Math.floor(start / frameBytes), count - 1)
    const last = Math.max(first, Math.ceil(end / frameBytes) - 1)
    const content = await this.#content.open(id)
    // Twice as often as needed, since a part may be long in coming and going.
    const askAfterMs = this.#content.staysForReadersMs / 2
    let askedAtMs = this.#clock.nowMs()
    try {
      let part: Buffer | undefined
      for (let number = first; number <= last; number++) {
        const within = number % framesPerPart
        if (askAfterMs > 0 && this.#clock.nowMs() - askedAtMs >= askAfterMs) {
          askedAtMs = this.#clock.nowMs()
          await this.#stayForReader(id)
        }
        if (!part || within === 0) part = await content.part((number - within) / framesPerPart)
        const sealed = part.subarray(within * sealedFrameBytes, (within + 1) * sealedFrameBytes)
        const isLast = number === count - 1
        const frame = openFrame(key, number, isLast, sealed)
        const before = number * frameBytes
        if (frame?.length !== Math.min(bytes - before, frameBytes)) throw damaged(id, number)
        const wanted = frame.subarray(Math.max(start - before, 0), Math.min(end - before, frameBytes))
        if (wanted.length > 0) yield wanted
      }
    } finally {
      await content.close()
    }
  }
}

/** The key that frames are sealed under: the blob's own, or one that needs the caller's too. */
function keyOf(id: string, own: Buffer, given: KeyObject | undefined): KeyObject {
  if (!given) return createSecretKey(own)
  const both = Buffer.concat([own, given.export()])
  return createSecretKey(Buffer.from(hkdfSync('sha256', both, id, 'strongroom blob under two keys', keyBytes)))
}

/** A content on its way to where it is kept. */
class SealedParts {
  /** How many have come. */
  bytes = 0
  readonly #key: KeyObject
  readonly #content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>

  constructor(key: KeyObject, content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
    this.#key = key
    this.#content = content
  }

  /** The sealed bytes, in buffers that are used again: each stays as it is until the one behind the next is asked for. */
  async *parts(together: number): AsyncGenerator<Buffer> {
    const buffers: Buffer[] = []
    let count = 0
    let end = 0
    let number = 0
    for await (const frame of inFrames(this.#content)) {
      this.bytes += frame.bytes
      // What is small does not take a large buffer.
      const isLarge = count >= 2
      const place = (isLarge ? 2 : 0) + (count % 2)
      const parts = isLarge ? together : 1
      // One for what is small is as large as it.
      buffers[place] ??= Buffer.allocUnsafe(frame.isLast ? end + frame.bytes + sealedFrameBytes : parts * partBytes)
      end = sealFrame(this.#key, number++, frame, buffers[place], end)
      if (end < parts * partBytes && !frame.isLast) continue
      yield buffers[place].subarray(0, end)
      count++
      end = 0
    }
  }
}

const damaged = (id: string, number: number) => new Error(`frame ${number} of blob ${id} was altered, moved or cut off`)
