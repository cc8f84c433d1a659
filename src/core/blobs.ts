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
   */
  put(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<StoredBlob>
  /** Makes a stored blob last. @throws Error when it is not there any more. */
  commit(tx: Transaction, blob: StoredBlob): Promise<void>
  /** Removes a blob: its key with the transaction, its bytes soon after it. */
  remove(tx: Transaction, id: string): Promise<void>
  /**
   * Reads a committed blob, or part of one, at the pace of the reader.
   * @throws RangeError for what is not within it; Error when there is none. The stream fails with an error, without having given
   *   any byte of the frame, where bytes were changed, cut off or exchanged.
   */
  read(id: string, range?: BlobRange): Promise<Readable>
}
