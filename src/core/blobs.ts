import type { KeyObject } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Transaction } from './store.ts'

/** Bytes that are stored and not yet named by a document. */
export interface StoredBlob {
  /** UUID. */
  id: string
  bytes: number
}

/** Part of a blob: both offsets in bytes, `end` exclusive. */
export interface BlobRange {
  start: number
  end: number
}

/** There is no such blob, or no longer. */
export class BlobGoneError extends Error {
  constructor(id: string) {
    super(`there is no blob ${id}`)
    this.name = 'BlobGoneError'
  }
}

/**
 * Bytes of any size beside the documents: sealed, durable, never changed. A document that names a blob commits it in the same
 * transaction, and removes it in the transaction in which it names it no longer.
 */
export interface Blobs {
  /**
   * Stores bytes, durably, ahead of the transaction that commits them. What is not committed within a day, or was not when the
   * process ended, is removed.
   * @throws StoreUnavailableError when they cannot be stored (full disk, lost database); what the content throws. Nothing is
   *   kept then.
   * @param key - a key of the caller's, under which the blob is sealed beside one of its own: it cannot be read without this key,
   *   which is not kept.
   */
  put(content: Uint8Array | AsyncIterable<Uint8Array>, key?: KeyObject): Promise<StoredBlob>
  /** Makes a stored blob last. @throws BlobGoneError when it is not there any more. */
  commit(tx: Transaction, blob: StoredBlob): Promise<void>
  /**
   * Removes a blob: its key with the transaction, its bytes after it: soon where they are in files, and an hour after it in rows
   * of a database, so that a reader that has begun, on any node, comes to the end.
   */
  remove(tx: Transaction, id: string): Promise<void>
  /**
   * Reads a committed blob, or part of one, at the pace of the reader.
   * @param key - the one that the blob was put with.
   * @throws RangeError for what is not within it; BlobGoneError. The stream fails with an error, without having given
   *   any byte of the frame, where bytes were changed, cut off or exchanged.
   */
  read(id: string, range?: BlobRange, key?: KeyObject): Promise<Readable>
}
