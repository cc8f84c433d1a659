import type { Awaitable } from '../core/awaitable.ts'
import type { Sealer } from '../core/sealer.ts'
import type { Sql } from '../core/sql.ts'
import type {
  CollectionReader,
  CollectionSpec,
  CollectionWriter,
  ListOptions,
  OrderedListOptions,
  Place,
  PrefixOptions,
  Scope,
  Stored,
} from '../core/store.ts'
import { BatchedReads } from './batched-reads.ts'
import type { DocumentCache } from './document-cache.ts'
import { DocumentTable } from './document-table.ts'

export interface CollectionsOptions {
  sealer: Sealer
  /** Sees the last commit. */
  committed: Sql
  /** Where the database has one writer. */
  cache: DocumentCache | undefined
  /** Called when a transaction writes or deletes a document that has sealed members. */
  sealedChanged(): void
}

/** Readers and writers of typed documents, sharing one cache where the database has one writer. */
export class Collections {
  readonly #options: CollectionsOptions
  readonly #tables = new WeakMap<object, unknown>()
  readonly #readers = new WeakMap<object, unknown>()
  /** Where documents are not cached. */
  readonly #reads: BatchedReads | undefined

  constructor(options: CollectionsOptions) {
    this.#options = options
    this.#reads = options.cache ? undefined : new BatchedReads(options.committed)
  }

  reader<T>(spec: CollectionSpec<T>): CollectionReader<T> {
    return once(this.#readers, spec, () => {
      const { committed, cache } = this.#options
      return new CommittedReader(this.#table(spec), committed, cache, this.#reads)
    })
  }

  writer<T>(spec: CollectionSpec<T>, transaction: Sql): CollectionWriter<T> {
    const { cache, sealedChanged } = this.#options
    return new TransactionWriter(this.#table(spec), transaction, cache, sealedChanged)
  }

  #table<T>(spec: CollectionSpec<T>): DocumentTable<T> {
    return once(this.#tables, spec, () => new DocumentTable(spec, this.#options.sealer))
  }
}

// What is kept for a spec has the spec's own document type; a map of many specs cannot say so.
function once<V>(made: WeakMap<object, unknown>, spec: object, make: () => V): V {
  const found = made.get(spec)
  if (found) return found as V
  const value = make()
  made.set(spec, value)
  return value
}

class CommittedReader<T> implements CollectionReader<T> {
  protected readonly table: DocumentTable<T>
  protected readonly sql: Sql
  protected readonly cache: DocumentCache | undefined
  readonly #reads: BatchedReads | undefined
  // How keys of the scope that was last read begin: it is nearly always the next one's too.
  #begun: (Scope & { key: string }) | undefined

  constructor(table: DocumentTable<T>, sql: Sql, cache: DocumentCache | undefined, reads?: BatchedReads) {
    this.table = table
    this.sql = sql
    this.cache = cache
    this.#reads = reads
  }

  get(scope: Scope, id: string): Awaitable<T | undefined> {
    const key = this.cacheKey(scope, id)
    const hit = this.cache?.get(key)
    return hit ? (hit.document as T | undefined) : this.load(scope, id, key)
  }

  list(scope: Scope, options?: ListOptions): Promise<Stored<T>[]> {
    return this.table.list(this.sql, scope, options)
  }

  listOrdered(scope: Scope, options: OrderedListOptions): Promise<Stored<T>[]> {
    return this.table.listOrdered(this.sql, scope, options)
  }

  listPlaces(scope: Scope, options: PrefixOptions): Promise<Place[]> {
    return this.table.listPlaces(this.sql, scope, options)
  }

  count(scope: Scope, options?: ListOptions): Promise<number> {
    return this.table.count(this.sql, scope, options)
  }

  protected cacheKey({ accountId, region }: Scope, id: string): string {
    if (this.#begun?.accountId !== accountId || this.#begun.region !== region) {
      this.#begun = { accountId, region, key: `${this.table.spec.name}/${accountId}/${region}/` }
    }
    return this.#begun.key + id
  }

  protected async load(scope: Scope, id: string, key: string): Promise<T | undefined> {
    const epoch = this.cache?.epoch ?? 0
    const text = await (this.#reads
      ? this.table.readWithOthers(this.#reads, scope, id)
      : this.table.read(this.sql, scope, id))
    const document = text === undefined ? undefined : this.table.decode(scope, id, text)
    this.cache?.fill(key, document, text?.length ?? 0, epoch)
    return document
  }
}

class TransactionWriter<T> extends CommittedReader<T> implements CollectionWriter<T> {
  readonly #sealedChanged: () => void

  constructor(table: DocumentTable<T>, sql: Sql, cache: DocumentCache | undefined, sealedChanged: () => void) {
    super(table, sql, cache)
    this.#sealedChanged = sealedChanged
  }

  override get(scope: Scope, id: string): Awaitable<T | undefined> {
    const key = this.cacheKey(scope, id)
    const hit = this.cache?.isChanged(key) ? undefined : this.cache?.get(key)
    return hit ? (hit.document as T | undefined) : this.load(scope, id, key)
  }

  async put(scope: Scope, id: string, document: T): Promise<void> {
    this.#change(scope, id)
    await this.table.put(this.sql, scope, id, document)
  }

  async delete(scope: Scope, id: string): Promise<boolean> {
    this.#change(scope, id)
    return this.table.delete(this.sql, scope, id)
  }

  #change(scope: Scope, id: string): void {
    this.cache?.change(this.cacheKey(scope, id))
    if (this.table.sealed) this.#sealedChanged()
  }
}
