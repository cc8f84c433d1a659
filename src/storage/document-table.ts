import { createHash } from 'node:crypto'
import type { Sealer } from '../core/sealer.ts'
import type { Sql, SqlValue } from '../core/sql.ts'
import type { CollectionSpec, ListOptions, OrderedListOptions, Scope, Stored } from '../core/store.ts'
import { decodeDocument, encodeDocument } from './document-codec.ts'

/** With the rest of the primary key, below what one entry of a PostgreSQL index holds (2,704 bytes). */
const maxIdBytes = 2048
const maxIndexValueCharacters = 2048
const maxLiteralIndexValueBytes = 128

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
    const [row] = await sql.all<{ document: string }>(selectOne, this.#key(scope, id))
    return row?.document
  }

  decode(scope: Scope, id: string, text: string): T {
    return decodeDocument(this.spec, this.#sealer, scope, id, text)
  }

  async list(sql: Sql, scope: Scope, options: ListOptions = {}): Promise<Stored<T>[]> {
    const query = this.#query(scope, options)
    const statement = query.indexed ? selectIndexed : selectScope
    return this.#rows(sql, scope, statement, query.parameters)
  }

  async listOrdered(sql: Sql, scope: Scope, options: OrderedListOptions): Promise<Stored<T>[]> {
    const { index, descending = false, after, limit } = options
    const partition = [this.spec.name, scope.accountId, scope.region]
    if (index === undefined) {
      const statement = descending ? (after ? selectScopeBefore : selectScopeBackwards) : selectScope
      const from = after ? [after.id] : descending ? [] : ['']
      return this.#rows(sql, scope, statement, [...partition, ...from, limit])
    }
    this.#checkIndex(index)
    const statement = descending ? selectBackwards : selectForwards
    const from = after ? [storedIndexValue(after.value), after.id] : [descending ? behindAllValues : '', '']
    return this.#rows(sql, scope, statement, [...partition, index, ...from, limit])
  }

  async #rows(sql: Sql, scope: Scope, statement: string, parameters: readonly SqlValue[]): Promise<Stored<T>[]> {
    const rows = await sql.all<{ id: string; document: string }>(statement, parameters)
    return rows.map(({ id, document }) => ({ id, document: this.decode(scope, id, document) }))
  }

  async count(sql: Sql, scope: Scope, options: ListOptions = {}): Promise<number> {
    const query = this.#query(scope, options)
    const [row] = await sql.all<{ total: number }>(query.indexed ? countIndexed : countScope, query.parameters)
    return row?.total ?? 0
  }

  async put(sql: Sql, scope: Scope, id: string, document: T): Promise<void> {
    if (!isStorableId(id)) throw new RangeError(`a document id of ${this.spec.name} is empty, too long or not text`)
    const text = encodeDocument(this.spec, this.#sealer, scope, id, document)
    await sql.run(upsert, [...this.#key(scope, id), text])
    if (this.spec.indexes) await this.#index(sql, scope, id, this.#entries(document))
  }

  async delete(sql: Sql, scope: Scope, id: string): Promise<boolean> {
    if (!isStorableId(id)) return false
    const deleted = await sql.run(deleteOne, this.#key(scope, id))
    if (deleted > 0 && this.spec.indexes) await this.#index(sql, scope, id, [])
    return deleted > 0
  }

  #key(scope: Scope, id: string): string[] {
    return [this.spec.name, scope.accountId, scope.region, id]
  }

  #entries(document: T): IndexEntry[] {
    return Object.entries(this.spec.indexes ?? {}).flatMap(([name, valuesOf]) =>
      [...new Set(valuesOf(document))].map((value) => ({ name, value: storedIndexValue(value) })),
    )
  }

  async #index(sql: Sql, scope: Scope, id: string, entries: readonly IndexEntry[]): Promise<void> {
    const stored = await sql.all<IndexEntry & Record<string, SqlValue>>(selectEntries, this.#key(scope, id))
    for (const { name, value } of stored.filter((entry) => !holds(entries, entry))) {
      await sql.run(deleteEntry, [this.spec.name, scope.accountId, scope.region, name, value, id])
    }
    for (const { name, value } of entries.filter((entry) => !holds(stored, entry))) {
      await sql.run(insertEntry, [this.spec.name, scope.accountId, scope.region, name, value, id])
    }
  }

  #query(scope: Scope, { index, afterId = '', limit = Number.MAX_SAFE_INTEGER }: ListOptions) {
    const partition = [this.spec.name, scope.accountId, scope.region]
    if (!index) return { indexed: false, parameters: [...partition, afterId, limit] }
    this.#checkIndex(index.name)
    return { indexed: true, parameters: [...partition, index.name, storedIndexValue(index.value), afterId, limit] }
  }

  #checkIndex(name: string): void {
    if (!this.spec.indexes || !Object.hasOwn(this.spec.indexes, name)) {
      throw new Error(`${this.spec.name} has no index ${name}`)
    }
  }
}

interface IndexEntry {
  name: string
  value: string
}

const holds = (entries: readonly IndexEntry[], { name, value }: IndexEntry) =>
  entries.some((entry) => entry.name === name && entry.value === value)

/** PostgreSQL stores no NUL in text, and neither database keeps a lone surrogate as it was. */
const isStorableText = (text: string) => text.isWellFormed() && !text.includes('\0')

const isStorableId = (id: string) => id !== '' && Buffer.byteLength(id) <= maxIdBytes && isStorableText(id)

/** Values are only ever compared for equality, so long ones stand as their hash; the first character tells them apart. */
function storedIndexValue(value: string): string {
  if (value.length > maxIndexValueCharacters) throw new RangeError('an index value has more than 2,048 characters')
  if (Buffer.byteLength(value) <= maxLiteralIndexValueBytes && isStorableText(value)) return `=${value}`
  return `#${createHash('sha256').update(JSON.stringify(value)).digest('base64')}`
}

/** Stored values begin with `=`, or with `#`, which comes before it. */
const behindAllValues = '>'

const selectOne = 'SELECT document FROM documents WHERE collection = ? AND account = ? AND region = ? AND id = ?'

const upsert = `INSERT INTO documents (collection, account, region, id, document) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (collection, account, region, id) DO UPDATE SET document = excluded.document`

const deleteOne = 'DELETE FROM documents WHERE collection = ? AND account = ? AND region = ? AND id = ?'

const fromScope = 'FROM documents WHERE collection = ? AND account = ? AND region = ? AND id > ?'

const selectScope = `SELECT id, document ${fromScope} ORDER BY id LIMIT ?`

const selectScopeBackwards = `SELECT id, document FROM documents
  WHERE collection = ? AND account = ? AND region = ? ORDER BY id DESC LIMIT ?`

const selectScopeBefore = `SELECT id, document FROM documents
  WHERE collection = ? AND account = ? AND region = ? AND id < ? ORDER BY id DESC LIMIT ?`

const countScope = `SELECT COUNT(*) AS total FROM (SELECT id ${fromScope} LIMIT ?) AS matched`

const matchIndex = 'i.collection = ? AND i.account = ? AND i.region = ? AND i.name = ? AND i.value = ? AND i.id > ?'

const joinIndexed = `FROM document_index i JOIN documents d
  ON d.collection = i.collection AND d.account = i.account AND d.region = i.region AND d.id = i.id`

const selectIndexed = `SELECT d.id, d.document ${joinIndexed}
  WHERE ${matchIndex} ORDER BY i.id LIMIT ?`

const fromIndex = `SELECT d.id, d.document ${joinIndexed}
  WHERE i.collection = ? AND i.account = ? AND i.region = ? AND i.name = ?`

const selectForwards = `${fromIndex} AND (i.value, i.id) > (?, ?) ORDER BY i.value, i.id LIMIT ?`

const selectBackwards = `${fromIndex} AND (i.value, i.id) < (?, ?) ORDER BY i.value DESC, i.id DESC LIMIT ?`

const countIndexed = `SELECT COUNT(*) AS total FROM
  (SELECT i.id FROM document_index i WHERE ${matchIndex} LIMIT ?) AS matched`

const selectEntries =
  'SELECT name, value FROM document_index WHERE collection = ? AND account = ? AND region = ? AND id = ?'

const deleteEntry = `DELETE FROM document_index
  WHERE collection = ? AND account = ? AND region = ? AND name = ? AND value = ? AND id = ?`

const insertEntry =
  'INSERT INTO document_index (collection, account, region, name, value, id) VALUES (?, ?, ?, ?, ?, ?)'
