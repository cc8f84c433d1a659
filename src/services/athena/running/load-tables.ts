import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Table } from '@aws-sdk/client-glue'
import type { SourceFile, SourcePartition, SourceTable, Statement } from '../../../kit/sql-queries/sources.ts'
import { SqlError, type SqlPlace } from '../../../kit/sql-queries/sql-error.ts'
import type { SqlQuery } from '../../../kit/sql-queries/sql-queries.ts'
import { folderOf, type Location, printLocation, readLocation } from '../domain/location.ts'
import { isView, readView } from '../domain/presto-view.ts'
import { CutoffError } from '../domain/query-failure.ts'
import { sourceColumns, sourceFormat } from '../domain/table-source.ts'
import type { CallersServices } from './callers-services.ts'
import { partitionsOf } from './find-partitions.ts'

/** How many objects are read at a time. */
const atOnce = 8
const deepestView = 20

export interface LoadOptions {
  /** The tables have no rows: only what columns come out counts. */
  withoutRows?: boolean
  cutoffBytes?: number | undefined
  /** Hears how many bytes were scanned. */
  onScanned(bytes: number): void
}

/** Gives to a query in the engine the tables and views that its statement reads. */
export class TableLoader {
  readonly #query: SqlQuery
  readonly #services: CallersServices
  readonly #options: LoadOptions
  readonly #loaded = new Set<string>()
  #files = 0
  #scannedBytes = 0

  constructor(query: SqlQuery, services: CallersServices, options: LoadOptions) {
    this.#query = query
    this.#services = services
    this.#options = options
  }

  /** @throws SqlError, QueryRefusedError, CutoffError. */
  async load(statement: Statement): Promise<void> {
    const { tables, namesPaths } = await this.#query.analyse(statement)
    if (namesPaths) await this.#query.showPaths()
    for (const table of tables) await this.#loadTable(statement, table, 0)
  }

  async #loadTable(
    statement: Statement,
    { schema, name, place }: { schema: string; name: string; place: SqlPlace | undefined },
    depth: number,
  ): Promise<void> {
    const key = JSON.stringify([schema, name])
    if (this.#loaded.has(key)) return
    if (depth > deepestView) throw new SqlError('GENERIC_USER_ERROR', 'Views are nested too deep', place)
    this.#loaded.add(key)
    const table = await this.#services.findTable(schema, name)
    if (!table)
      throw new SqlError('TABLE_NOT_FOUND', `Table '${statement.catalog}.${schema}.${name}' does not exist`, place)
    if (isView(table.TableType)) await this.#loadView(statement, { schema, name, place }, table, depth)
    else await this.#loadRows(statement, { schema, name }, table)
  }

  async #loadView(
    outer: Statement,
    { schema, name, place }: { schema: string; name: string; place: SqlPlace | undefined },
    table: Table,
    depth: number,
  ): Promise<void> {
    const view = readView(table.ViewOriginalText)
    if (!view) throw new SqlError('NOT_SUPPORTED', `View '${schema}.${name}' is not one of Athena's`, place)
    const statement = { text: view.originalSql, schema: view.schema, nowMs: outer.nowMs, catalog: outer.catalog }
    const { tables } = await this.#query.analyse(statement)
    for (const inner of tables) await this.#loadTable(statement, inner, depth + 1)
    await this.#query.defineView({ kind: 'view', schema, name, statement })
  }

  async #loadRows(
    statement: Statement,
    { schema, name }: { schema: string; name: string },
    table: Table,
  ): Promise<void> {
    const format = sourceFormat(table)
    const columns = sourceColumns(table.StorageDescriptor?.Columns)
    const partitionColumns = sourceColumns(table.PartitionKeys)
    const source: SourceTable = { kind: 'table', schema, name, columns, partitionColumns, format, partitions: [] }
    const partitions: SourcePartition[] = []
    if (!this.#options.withoutRows) {
      const asked = { query: this.#query, services: this.#services, statement, table, source }
      for (const { values, location } of await partitionsOf(asked)) {
        const files = await this.#read(location)
        if (files.length > 0) partitions.push({ values, files })
      }
    }
    await this.#query.defineTable({ ...source, partitions })
  }

  /** Puts the objects below a place into files for the engine. */
  async #read(text: string): Promise<SourceFile[]> {
    const location = readLocation(text)
    if (!location) throw new SqlError('HIVE_INVALID_METADATA', `Invalid location: ${text}`)
    const files: SourceFile[] = []
    const reading = new Set<Promise<void>>()
    const failures: unknown[] = []
    try {
      for await (const { key, bytes } of this.#services.objectsBelow(folderOf(location))) {
        this.#scanned(bytes)
        const place = { bucket: location.bucket, key }
        const name = String(this.#files++)
        files.push({ name, path: printLocation(place) })
        const read = this.#copy(place, name)
          .catch((failure) => void failures.push(failure))
          .finally(() => reading.delete(read))
        reading.add(read)
        if (reading.size >= atOnce) await Promise.race(reading)
        if (failures.length > 0) break
      }
    } finally {
      // Nothing is written any more when the query's folder goes.
      await Promise.all(reading)
    }
    if (failures.length > 0) throw failures[0]
    return files
  }

  async #copy(place: Location, name: string): Promise<void> {
    const body = await this.#services.readObject(place)
    const file = this.#query.inFile(name)
    if (Buffer.isBuffer(body)) await writeFile(file, body, { mode: 0o600 })
    else await pipeline(body, createWriteStream(file, { mode: 0o600 }), { signal: this.#query.signal })
  }

  #scanned(bytes: number): void {
    this.#query.signal.throwIfAborted()
    this.#scannedBytes += bytes
    this.#options.onScanned(this.#scannedBytes)
    const { cutoffBytes } = this.#options
    if (cutoffBytes !== undefined && this.#scannedBytes > cutoffBytes) throw new CutoffError()
  }
}
