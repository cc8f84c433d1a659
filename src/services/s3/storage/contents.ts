import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { BlobGoneError, type BlobRange, type Blobs, type StoredBlob } from '../../../core/blobs.ts'
import type { Clock } from '../../../core/clock.ts'
import { hourMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Sealer } from '../../../core/sealer.ts'
import type { SqlReader } from '../../../core/sql.ts'
import { type Store, StoreUnavailableError, type Transaction } from '../../../core/store.ts'
import type { ContentRef } from '../domain/object.ts'
import { decryptedLayer, encryptedLayer, newLayer } from './inner-layer.ts'

/** A content of at most so many bytes is a row: a file, with a commit of its own, would cost four times as much. */
const inlineBytes = 32 * 1024

/** A data key of an object, under which its bytes are sealed beside the server's own keys. */
export interface SealingKey {
  key: KeyObject
  /** The bytes are encrypted once more under it, on their own. */
  hasTwoLayers?: boolean
}

/** A content that is stored and not yet named by an object. */
export interface NewContent {
  ref: ContentRef
  sealed?: Buffer
  blob?: StoredBlob
}

/** A part of a content that is made of parts. */
export interface ContentPart {
  number: number
  content: ContentRef
  /** Base64. */
  checksum?: string
}

/** The kind of due work that removes the contents of parts; its key is the id of the content that they make up. */
const removePartsWork = 's3.remove-parts'
const sliceParts = 200

/** Parts stay so long for those who read what they make up: they are opened one after the other. */
const partsStayMs = hourMs

/** The bytes of objects and parts: small ones sealed in rows, others as blobs; of an object uploaded in parts, a list of theirs. */
export class Contents {
  readonly #blobs: Blobs
  readonly #sealer: Sealer
  readonly #store: Store
  readonly #clock: Clock

  constructor({ blobs, sealer, store, clock }: { blobs: Blobs; sealer: Sealer; store: Store; clock: Clock }) {
    this.#blobs = blobs
    this.#sealer = sealer
    this.#store = store
    this.#clock = clock
  }

  /**
   * Stores bytes ahead of the transaction that keeps them.
   * @throws what `pieces` throws; StoreUnavailableError. Nothing is kept then.
   */
  async put(pieces: AsyncIterable<Uint8Array>, { key, hasTwoLayers }: Partial<SealingKey> = {}): Promise<NewContent> {
    if (!key || !hasTwoLayers) return this.#put(pieces, key)
    const layer = newLayer()
    const { ref, ...stored } = await this.#put(encryptedLayer(pieces, key, layer), key)
    return { ...stored, ref: { ...ref, layer: layer.toString('base64') } }
  }

  async #put(pieces: AsyncIterable<Uint8Array>, key: KeyObject | undefined): Promise<NewContent> {
    const iterator = pieces[Symbol.asyncIterator]()
    const held: Uint8Array[] = []
    let bytes = 0
    for (;;) {
      const { value, done } = await iterator.next()
      if (done) return this.#inline(Buffer.concat(held), key)
      held.push(value)
      bytes += value.length
      if (bytes > inlineBytes) break
    }
    const blob = await this.#blobs.put(joined(held, iterator), key)
    return { ref: { kind: 'blob', id: blob.id, bytes: blob.bytes }, blob }
  }

  /** Makes a content last, with the row that names it. */
  async keep(tx: Transaction, { ref, sealed, blob }: NewContent): Promise<void> {
    if (blob) await this.#blobs.commit(tx, blob)
    if (sealed) await tx.sql('s3').run('INSERT INTO s3_contents (id, bytes) VALUES (?, ?)', [ref.id, sealed])
  }

  /**
   * Does what ends in the transaction that keeps a content, and removes the content where that fails. It stays where the
   * transaction may have been committed all the same: the row would name bytes that are gone. What no row names is removed as
   * abandoned.
   */
  async keepOrDiscard<Result>(content: NewContent, keeping: () => Promise<Result>): Promise<Result> {
    try {
      return await keeping()
    } catch (failure) {
      if (!(failure instanceof StoreUnavailableError && failure.outcomeUnknown)) await this.#discard(content)
      throw failure
    }
  }

  /** What fails here is removed as abandoned. */
  async #discard({ blob }: NewContent): Promise<void> {
    if (blob) await this.#store.transaction((tx) => this.#blobs.remove(tx, blob.id)).catch(() => {})
  }

  /** Makes contents that are kept one content, without copying them. */
  async join(tx: Transaction, parts: readonly ContentPart[]): Promise<ContentRef> {
    const id = randomUUID()
    await tx
      .sql('s3')
      .run('INSERT INTO s3_contents (id, bytes) VALUES (?, ?)', [id, Buffer.from(JSON.stringify(parts))])
    return { kind: 'parts', id, bytes: parts.reduce((sum, { content }) => sum + content.bytes, 0) }
  }

  /** Removes a content with the row that named it. Of one made of parts, the bytes go an hour later. */
  async remove(tx: Transaction, { kind, id }: Pick<ContentRef, 'kind' | 'id'>): Promise<void> {
    if (kind === 'blob') await this.#blobs.remove(tx, id)
    else if (kind === 'inline') await tx.sql('s3').run('DELETE FROM s3_contents WHERE id = ?', [id])
    else {
      const scope = { accountId: '', region: '' }
      const dueAtMs = this.#clock.nowMs() + partsStayMs
      await tx.schedule({ kind: removePartsWork, key: id, dueAtMs, scope, payload: null })
    }
  }

  /**
   * Reads a content, or part of it.
   * @param key - the one that it was put with.
   * @returns undefined when it is gone: its object was replaced since.
   */
  async open(ref: ContentRef, range: BlobRange, sealing?: SealingKey): Promise<Buffer | Readable | undefined> {
    const bytes = await this.#open(ref, range, sealing)
    if (!bytes || !sealing || ref.layer === undefined) return bytes
    const pieces = Buffer.isBuffer(bytes) ? Readable.from([bytes]) : bytes
    const layer = decryptedLayer(pieces, sealing.key, Buffer.from(ref.layer, 'base64'), range.start)
    return Readable.from(layer, { objectMode: false })
  }

  async #open(
    ref: ContentRef,
    range: BlobRange,
    sealing: SealingKey | undefined,
  ): Promise<Buffer | Readable | undefined> {
    const key = sealing?.key
    if (ref.kind === 'inline') return (await this.#openInline(ref, key))?.subarray(range.start, range.end)
    if (ref.kind === 'blob') return this.#openBlob(ref, range, key)
    const parts = await this.parts(ref)
    return parts && Readable.from(this.#joined(parts, range, sealing), { objectMode: false })
  }

  /** The parts of a content that is made of such; undefined when it is gone. */
  async parts({ id }: Pick<ContentRef, 'id'>): Promise<ContentPart[] | undefined> {
    const row = await rowOf(this.#store.sql('s3'), id)
    return row && JSON.parse(row.toString())
  }

  get work(): Record<string, WorkRunner> {
    return { [removePartsWork]: ({ key }) => this.#removeParts(key) }
  }

  async #removeParts(id: string): Promise<(tx: Transaction) => Promise<void>> {
    const parts = (await this.parts({ id })) ?? []
    for (let from = 0; from < parts.length; from += sliceParts) {
      const slice = parts.slice(from, from + sliceParts)
      await this.#store.transaction(async (tx) => {
        for (const { content } of slice) await this.remove(tx, content)
      })
    }
    return (tx) => this.remove(tx, { kind: 'inline', id })
  }

  #inline(plaintext: Buffer, key: KeyObject | undefined): NewContent {
    const id = randomUUID()
    const sealed = this.#sealer.seal(key ? encrypted(key, id, plaintext) : plaintext, contextOf(id))
    return { ref: { kind: 'inline', id, bytes: plaintext.length }, sealed }
  }

  async #openInline({ id }: ContentRef, key: KeyObject | undefined): Promise<Buffer | undefined> {
    const sealed = await rowOf(this.#store.sql('s3'), id)
    if (!sealed) return undefined
    const opened = this.#sealer.open(sealed, contextOf(id))
    return key ? decrypted(key, id, opened) : opened
  }

  async #openBlob({ id }: ContentRef, range: BlobRange, key: KeyObject | undefined): Promise<Readable | undefined> {
    try {
      return await this.#blobs.read(id, range, key)
    } catch (error) {
      if (error instanceof BlobGoneError) return undefined
      throw error
    }
  }

  async *#joined(
    parts: readonly ContentPart[],
    { start, end }: BlobRange,
    key: SealingKey | undefined,
  ): AsyncGenerator<Uint8Array> {
    let before = 0
    for (const { content } of parts) {
      const within = { start: Math.max(start - before, 0), end: Math.min(end - before, content.bytes) }
      before += content.bytes
      if (within.start >= within.end) continue
      const bytes = await this.open(content, within, key)
      if (!bytes) throw new Error('an object was removed while it was read')
      if (Buffer.isBuffer(bytes)) yield bytes
      else yield* bytes
    }
  }
}

async function rowOf(sql: SqlReader, id: string): Promise<Buffer | undefined> {
  const [row] = await sql.all<{ bytes: Uint8Array }>('SELECT bytes FROM s3_contents WHERE id = ?', [id])
  return row && Buffer.from(row.bytes.buffer, row.bytes.byteOffset, row.bytes.byteLength)
}

async function* joined(held: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* held
  for (;;) {
    const { value, done } = await rest.next()
    if (done) return
    yield value
  }
}

const contextOf = (id: string) => `s3-content:${id}`

const tagBytes = 16

/** The key of one content under an object's data key: no other has it, so that a nonce is used once. */
const keyOf = (dataKey: KeyObject, id: string) =>
  Buffer.from(hkdfSync('sha256', dataKey, id, 'strongroom s3 content', 32))

const nonce = Buffer.alloc(12)

function encrypted(dataKey: KeyObject, id: string, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', keyOf(dataKey, id), nonce, { authTagLength: tagBytes })
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function decrypted(dataKey: KeyObject, id: string, sealed: Buffer): Buffer {
  const end = sealed.length - tagBytes
  const decipher = createDecipheriv('aes-256-gcm', keyOf(dataKey, id), nonce, { authTagLength: tagBytes })
  decipher.setAuthTag(sealed.subarray(end))
  return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()])
}
