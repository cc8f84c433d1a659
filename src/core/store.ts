import type { AuditRecord } from './audit.ts'
import type { Awaitable } from './awaitable.ts'
import type { ApartReader, Sql, SqlReader } from './sql.ts'

/** The partition of a document: what belongs to one account in one region. `region` is `''` for what is global. */
export interface Scope {
  accountId: string
  region: string
}

/** A thing to be done at a time: persistent, run at least once, in order of due time. */
export interface DueWork {
  /** Names the runner: `kms.delete-key`. */
  kind: string
  /** Unique within the kind; scheduling the same key again moves the work. */
  key: string
  dueAtMs: number
  scope: Scope
  /** JSON; never holds a secret. */
  payload: unknown
}

/**
 * A service's documents of one kind.
 * Documents are JSON values; times are epoch milliseconds, bytes are base64.
 */
export interface CollectionSpec<T> {
  /** Unique over all services, `<service>.<plural>`: `kms.keys`. Part of the stored data; never renamed without a migration. */
  name: string
  /** Index name → the values under which a document is found; strings of at most 2,048 characters. Pure. */
  indexes?: Record<string, (document: T) => readonly string[]>
  /** Top-level members that are stored sealed under the storage key, bound to the document's identity. */
  sealed?: readonly (keyof T & string)[]
}

export interface ListOptions {
  /** Restrict to documents with this value in this index; without it, all of the scope. */
  index?: { name: string; value: string }
  /** Only ids greater than this one: the last id of the page before. */
  afterId?: string
  /** Only ids that begin with this. */
  idPrefix?: string
  limit?: number
}

/** A list in another order than that of the ids. */
export interface OrderedListOptions {
  /**
   * The index whose values give the order, compared as UTF-8 bytes; documents with the same value are in order of their ids,
   * and a document comes once for each of its values. Values in such an index have at most 120 ASCII characters.
   * Absent: the order of the ids.
   */
  index?: string
  descending?: boolean
  /** Only what comes behind this place in that order. `value` is that of the index, `''` without one. */
  after?: Place
  /** Only ids that begin with this; without `index`. */
  idPrefix?: string
  limit: number
}

/** The place of a document in an order. */
export interface Place {
  /** Of the index that gives the order; `''` in the order of the ids. */
  value: string
  id: string
}

/** Options of a search for documents by a prefix of their id or of an indexed value. */
export interface PrefixOptions {
  /** The index that has a value beginning with `prefix`; absent: the id begins with it. Its values come from `indexedPrefix`. */
  index?: string
  prefix: string
  /** The index whose values give their places, one for each document; absent: the ids do. */
  order?: string
  limit: number
}

/**
 * Returns the part of a text that an index for prefix searches holds: at most 120 bytes. A caller therefore compares what is
 * found with the whole text.
 */
export function indexedPrefix(text: string): string {
  const bytes = Buffer.from(text.toWellFormed().replaceAll('\0', '\ufffd'))
  let end = Math.min(bytes.length, maxPrefixBytes)
  // No character is cut in two.
  while (end < bytes.length && isContinuation(bytes[end])) end--
  return bytes.toString('utf8', 0, end)
}

const isContinuation = (byte = 0) => (byte & 0xc0) === 0x80

const maxPrefixBytes = 120

export interface Stored<T> {
  id: string
  document: T
}

/**
 * Reads. Outside a transaction they see the last commit; inside, the transaction's own writes too.
 * Documents may be shared with a cache and are frozen: a change is a new object that is put.
 */
export interface CollectionReader<T> {
  get(scope: Scope, id: string): Awaitable<T | undefined>
  /** In ascending order of id, compared as UTF-8 bytes. */
  list(scope: Scope, options?: ListOptions): Promise<Stored<T>[]>
  /** Costs what it returns, wherever in the order that is. */
  listOrdered(scope: Scope, options: OrderedListOptions): Promise<Stored<T>[]>
  /**
   * The places of documents, in no order and without reading them: the cheap way to learn whether a filter leaves few. A
   * document comes once for each of its values that begins so.
   */
  listPlaces(scope: Scope, options: PrefixOptions): Promise<Place[]>
  /** How many documents match; costs their number, so callers bound it with `limit`. */
  count(scope: Scope, options?: ListOptions): Promise<number>
}

export interface CollectionWriter<T> extends CollectionReader<T> {
  /** Writes the document whole, creating it or replacing the one under the same id. */
  put(scope: Scope, id: string, document: T): Promise<void>
  /** Deletes the document; true when there was one. */
  delete(scope: Scope, id: string): Promise<boolean>
}

/**
 * One atomic change. Its function may run more than once (a conflict with another node), so it touches nothing but the
 * transaction; it awaits nothing but the transaction's own methods.
 */
export interface Transaction {
  in<T>(spec: CollectionSpec<T>): CollectionWriter<T>
  /**
   * The tables that a service's own migrations make, `<service>_…`: read, with what the transaction has written, and changed
   * with the rest of it. Statements read, insert, update and delete. Their texts are constants, without quoted names.
   * @throws Error for a statement that names another table.
   */
  sql(service: string): Sql
  /** Appends to the ledger; the record gets its place in the hash chain when the transaction commits. */
  record(record: AuditRecord): void
  /** Adds due work, replacing the one with the same kind and key. */
  schedule(work: DueWork): Promise<void>
  /** Removes due work; nothing happens when it is not there. */
  unschedule(kind: string, key: string): Promise<void>
}

/** Reads documents as they were committed last. */
export interface DocumentReader {
  in<T>(spec: CollectionSpec<T>): CollectionReader<T>
}

export interface Store extends DocumentReader {
  /** Reads a service's own tables as `Transaction.sql` does. Each statement sees the last commit. */
  sql(service: string): SqlReader
  /**
   * The same beside the serving thread, for what reads much.
   * @param signal - ends what is being read; the statement throws its reason.
   */
  sqlApart(service: string, signal?: AbortSignal): ApartReader
  /**
   * Runs the work atomically and resolves once it is durable. Concurrent transactions are committed together.
   * What the work throws rolls back this work alone and is rethrown.
   * @throws StoreUnavailableError when nothing can be written (full disk, lost database); nothing was changed.
   */
  transaction<R>(work: (tx: Transaction) => Promise<R>): Promise<R>
  /** Appends records and resolves once they are durable: the cheap way for calls that change nothing else. */
  record(records: readonly AuditRecord[]): Promise<void>
}

/** The store cannot write or read now. The caller gets an error that asks it to try again later. */
export class StoreUnavailableError extends Error {
  /** True where a change may have been made all the same: a commit whose answer did not arrive. */
  readonly outcomeUnknown: boolean

  constructor(
    message: string,
    { outcomeUnknown = false, ...options }: ErrorOptions & { outcomeUnknown?: boolean } = {},
  ) {
    super(message, options)
    this.name = 'StoreUnavailableError'
    this.outcomeUnknown = outcomeUnknown
  }
}
