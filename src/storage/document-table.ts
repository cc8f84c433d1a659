import type { Sealer } from '../core/sealer.ts'
import type { Sql, SqlValue } from '../core/sql.ts'
import {
  type CollectionSpec,
  indexedPrefix,
  type ListOptions,
  type OrderedListOptions,
  type Place,
  type PrefixOptions,
  type Scope,
  type Stored,
} from '../core/store.ts'
import type { BatchedReads } from './batched-reads.ts'
import { decodeDocument, encodeDocument } from './document-codec.ts'
import {
  behindAllValues,
  entriesOf,
  isStorableText,
  orderValue,
  storedIndexValue,
  writeEntries,
} from './document-index.ts'
import * as queries from './document-queries.ts'
import { behind, rangeOfPrefix, upTo } from './text-ranges.ts'

/** With the rest of the primary key, below what one entry of a PostgreSQL index holds (2,704 bytes). */
const maxIdBytes = 2048

/** The documents of one collection in the tables `documents` and `document_index`, over whichever connection is passed. */
export class DocumentTable<T> {
  readonly spec: CollectionSpec<T>
  readonly #sealer: Sealer

  constructor(spec: CollectionSpec<T>, sealer: Sealer) {
    this.spec = spec
    this.#sealer = sealer
  }

  get sealed(): boolean {
    return (this.spec.sealed?.length ?? 0) > 0
  }

  /** @returns the document's JSON text as stored; undefined when there is none. */
  async read(sql: Sql, scope: Scope, id: string): Promise<string | undefined> {
    if (!isStorableId(id)) return undefined
    const [row] = await sql.all<{ document: string }>(queries.selectOne, this.#key(scope, id))
    return row?.document
  }

  /** Does the same with a statement that reads others, too. */
  async readWithOthers(reads: BatchedReads, { accountId, region }: Scope, id: string): Promise<string | undefined> {
    // What the database refuses would be refused to the others, too; a caller may have made up any of these.
    const isStorable = isStorableId(id) && isStorableText(accountId) && isStorableText(region)
    return isStorable ? reads.read([this.spec.name, accountId, region, id]) : undefined
  }

  decode(scope: Scope, id: string, text: string): T {
    return decodeDocument(this.spec, this.#sealer, scope, id, text)
  }

  async list(sql: Sql, scope: Scope, options: ListOptions = {}): Promise<Stored<T>[]> {
    const { indexed, range, parameters } = this.#query(scope, options)
    const statements = indexed ? queries.selectIndexed : queries.selectScope
    return this.#rows(sql, scope, statements[range], parameters)
  }

  async listOrdered(sql: Sql, scope: Scope, options: OrderedListOptions): Promise<Stored<T>[]> {
    const { index, descending = false, after, idPrefix, limit } = options
    if (index !== undefined) {
      if (idPrefix) throw new Error('a list in the order of an index has no prefix of ids')
      this.#checkIndex(index)
      const statement = descending ? queries.selectBackwards : queries.selectForwards
      const from = after ? [storedIndexValue(after.value), after.id] : [descending ? behindAllValues : '', '']
      return this.#rows(sql, scope, statement, [...this.#partition(scope), index, ...from, limit])
    }
    if (descending) return this.#listBackwards(sql, scope, { beforeId: after?.id, idPrefix, limit })
    return this.list(sql, scope, { afterId: after?.id, idPrefix, limit })
  }

  #listBackwards(
    sql: Sql,
    scope: Scope,
    { beforeId, idPrefix, limit }: { beforeId?: string; idPrefix?: string; limit: number },
  ): Promise<Stored<T>[]> {
    const rows = (statement: string, ids: string[]) =>
      this.#rows(sql, scope, statement, [...this.#partition(scope), ...ids, limit])
    if (idPrefix) {
      const all = rangeOfPrefix(idPrefix)
      const { from, before } = beforeId === undefined ? all : upTo(all, beforeId)
      return rows(queries.selectScopeWithinBackwards, [from, before])
    }
    return beforeId === undefined ? rows(queries.selectScopeBackwards, []) : rows(queries.selectScopeBefore, [beforeId])
  }

  async listPlaces(sql: Sql, scope: Scope, { index, prefix, order, limit }: PrefixOptions): Promise<Place[]> {
    for (const name of [index, order]) if (name !== undefined) this.#checkIndex(name)
    const partition = this.#partition(scope)
    const { from, before } = rangeOfPrefix(index === undefined ? prefix : storedIndexValue(indexedPrefix(prefix)))
    const matched = [...partition, ...(index === undefined ? [] : [index]), from, before, limit]
    const by = index === undefined ? 'id' : 'index'
    if (order === undefined) {
      const rows = await sql.all<{ id: string }>(queries.selectIds[by], matched)
      return rows.map(({ id }) => ({ value: '', id }))
    }
    const rows = await sql.all<{ id: string; value: string }>(queries.selectPlaces[by], [
      ...matched,
      ...partition,
      order,
    ])
    return rows.map(({ id, value }) => ({ value: orderValue(value), id }))
  }

  async #rows(sql: Sql, scope: Scope, statement: string, parameters: readonly SqlValue[]): Promise<Stored<T>[]> {
    const rows = await sql.all<{ id: string; document: string }>(statement, parameters)
    return rows.map(({ id, document }) => ({ id, document: this.decode(scope, id, document) }))
  }

  async count(sql: Sql, scope: Scope, options: ListOptions = {}): Promise<number> {
    const { indexed, range, parameters } = this.#query(scope, options)
    const statements = indexed ? queries.countIndexed : queries.countScope
    const [row] = await sql.all<{ total: number }>(statements[range], parameters)
    return row?.total ?? 0
  }

  async put(sql: Sql, scope: Scope, id: string, document: T): Promise<void> {
    if (!isStorableId(id)) throw new RangeError(`a document id of ${this.spec.name} is empty, too long or not text`)
    const text = encodeDocument(this.spec, this.#sealer, scope, id, document)
    await sql.run(queries.upsert, [...this.#key(scope, id), text])
    if (this.spec.indexes) await writeEntries(sql, this.spec, scope, id, entriesOf(this.spec, document))
  }

  async delete(sql: Sql, scope: Scope, id: string): Promise<boolean> {
    if (!isStorableId(id)) return false
    const deleted = await sql.run(queries.deleteOne, this.#key(scope, id))
    if (deleted > 0 && this.spec.indexes) await writeEntries(sql, this.spec, scope, id, [])
    return deleted > 0
  }

  #key(scope: Scope, id: string): string[] {
    return [...this.#partition(scope), id]
  }

  #query(scope: Scope, { index, afterId = '', idPrefix, limit = Number.MAX_SAFE_INTEGER }: ListOptions) {
    if (index) this.#checkIndex(index.name)
    const indexed = index !== undefined
    const where = [...this.#partition(scope), ...(index ? [index.name, storedIndexValue(index.value)] : [])]
    if (!idPrefix) return { indexed, range: 'behind', parameters: [...where, afterId, limit] } as const
    const { from, before } = behind(rangeOfPrefix(idPrefix), afterId)
    return { indexed, range: 'within', parameters: [...where, from, before, limit] } as const
  }

  #partition({ accountId, region }: Scope): string[] {
    return [this.spec.name, accountId, region]
  }

  #checkIndex(name: string): void {
    if (!this.spec.indexes || !Object.hasOwn(this.spec.indexes, name)) {
      throw new Error(`${this.spec.name} has no index ${name}`)
    }
  }
}

const isStorableId = (id: string) => id !== '' && Buffer.byteLength(id) <= maxIdBytes && isStorableText(id)
