import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { type DuckDBConnection, DuckDBInstance, type DuckDBResult } from '@duckdb/node-api'
import { quotedName, quotedText } from '../hive-types.ts'
import { pathColumn } from '../reading/source-view.ts'
import type { ResultColumn, ResultRow, SourceTable, SourceView, Statement } from '../sources.ts'
import { SqlError } from '../sql-error.ts'
import { macros } from '../trino/macros.ts'
import { namelessColumn, outputNames } from '../trino/output-names.ts'
import { equalValues, type PartitionCondition, partitionConditions } from '../trino/partition-predicates.ts'
import { type NamedTable, type Rewritten, rewrite, type TableName, type Variant } from '../trino/rewrite.ts'
import { statementText } from '../trino/statement-text.ts'
import { isNode, nodesOf, readTree, type Tree } from '../trino/tree.ts'
import { csvLine } from './csv.ts'
import { defineTable } from './define-table.ts'
import { engineError, engineMessage, parseError } from './engine-errors.ts'
import { exhausted } from './limits.ts'
import { describeColumn, printValue } from './print-value.ts'

/** What a session may use. */
export interface EngineLimits {
  /** As DuckDB writes it: `1GB`. */
  memory: string
  threads: number
  /** Of rows that are expanded into the folder of the query. */
  scratchBytes: number
}

/** What a statement reads. */
export interface Analysis {
  tables: NamedTable[]
  /** Whether it asks for the paths of files. */
  namesPaths: boolean
}

/** Which partitions of a table a statement asks for. */
export interface PartitionQuestion {
  statement: Statement
  table: TableName
  keys: readonly { name: string; type: string }[]
  /** One row a partition, in the order of the keys; null is NULL. */
  values: readonly (readonly (string | null)[])[]
}

/** The values that partitions must have, by column; a column is absent where others are possible. */
export type EqualValues = Readonly<Record<string, readonly string[]>>

/** One query in DuckDB, which sees the files of one folder and nothing else. */
export class QueryEngine {
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  readonly #folder: string
  readonly #limits: EngineLimits
  readonly #schemas = new Set<string>()
  /** The tables that statements may read. */
  readonly #defined = new Set<string>()
  #tables = 0
  #result: DuckDBResult | undefined
  #columns: ResultColumn[] = []
  #withPath = false

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, folder: string, limits: EngineLimits) {
    this.#instance = instance
    this.#connection = connection
    this.#folder = folder
    this.#limits = limits
  }

  /** @param folder - of the query, where its files are. */
  static async open(folder: string, limits: EngineLimits): Promise<QueryEngine> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: limits.memory,
      threads: String(limits.threads),
      // What does not fit into memory would be written to a disk as it is.
      temp_directory: '',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    })
    const connection = await instance.connect()
    const settings = ["TimeZone = 'UTC'", 'integer_division = true', 'errors_as_json = true']
    const locks = [`allowed_directories = [${quotedText(`${folder}/`)}]`, 'enable_external_access = false']
    for (const setting of [...settings, ...locks]) await connection.run(`SET ${setting}`)
    for (const macro of macros) await connection.run(`CREATE MACRO ${macro}`)
    await connection.run('SET lock_configuration = true')
    return new QueryEngine(instance, connection, folder, limits)
  }

  close(): void {
    this.#connection.closeSync()
    this.#instance.closeSync()
  }

  /** @throws SqlError for a statement that cannot be run, as far as that is known without its tables. */
  async analyse(statement: Statement): Promise<Analysis> {
    const { tree, tables } = await this.#rewritten(statement)
    const namesPaths = [...nodesOf(tree.statements)].some(
      ({ class: kind, column_names: names }) =>
        kind === 'COLUMN_REF' && Array.isArray(names) && String(names.at(-1)).toLowerCase() === pathColumn,
    )
    return { tables, namesPaths }
  }

  /** Says from now on that rows of tables have paths. */
  showPaths(): void {
    this.#withPath = true
  }

  /** @returns the values that each partition column must have, where a statement says so wherever it reads the table. */
  async equalValues({ statement, table, keys }: Omit<PartitionQuestion, 'values'>): Promise<EqualValues> {
    const lists = await this.#conditions(statement, table, keys)
    const found = keys.map(({ name }): [string, string[]] | undefined => {
      const values = lists.map((conditions) => equalValues(conditions, name))
      return lists.length > 0 && values.every((list) => list !== undefined)
        ? [name, [...new Set(values.flat())]]
        : undefined
    })
    return Object.fromEntries(found.filter((entry) => entry !== undefined))
  }

  /** @returns the indexes of the partitions that have rows for a statement; conditions on other columns than the keys are left out. */
  async keepPartitions({ statement, table, keys, values }: PartitionQuestion): Promise<number[]> {
    const names = new Set(keys.map(({ name }) => name))
    const lists = (await this.#conditions(statement, table, keys)).map((conditions) =>
      conditions.filter(({ columns }) => [...columns].every((column) => names.has(column))),
    )
    if (lists.length === 0 || lists.some((conditions) => conditions.length === 0))
      return values.map((_, index) => index)
    const kept = new Set<number>()
    await this.#fillPartitions(keys, values)
    try {
      for (const conditions of lists) for (const index of await this.#partitionsWith(conditions)) kept.add(index)
    } catch (failure) {
      // A condition that fails here, such as by a cast, fails for rows, too, if there are any: the statement will say so.
      if (!(failure instanceof Error)) throw failure
      return values.map((_, index) => index)
    } finally {
      await this.#connection.run('DROP TABLE "main"."__partitions"')
    }
    return [...kept].sort((a, b) => a - b)
  }

  async #conditions(
    statement: Statement,
    table: TableName,
    keys: readonly { name: string }[],
  ): Promise<PartitionCondition[][]> {
    const { tree } = await this.#rewritten(statement)
    return partitionConditions(tree, table, new Set(keys.map(({ name }) => name)))
  }

  async #fillPartitions(keys: PartitionQuestion['keys'], values: PartitionQuestion['values']): Promise<void> {
    const columns = keys.map(({ name, type }) => `${quotedName(name)} ${type}`)
    await this.#connection.run(`CREATE TABLE "main"."__partitions" ("__index" INTEGER, ${columns.join(', ')})`)
    const literal = (value: string | null | undefined) => (value == null ? 'NULL' : quotedText(value))
    for (let from = 0; from < values.length; from += 2000) {
      const rows = values.slice(from, from + 2000).map((row, index) => {
        const cast = keys.map(({ type }, column) => `TRY_CAST(${literal(row[column])} AS ${type})`)
        return `(${[from + index, ...cast].join(', ')})`
      })
      await this.#connection.run(`INSERT INTO "main"."__partitions" VALUES ${rows.join(', ')}`)
    }
  }

  async #partitionsWith(conditions: readonly PartitionCondition[]): Promise<number[]> {
    const tree = await this.#parse('SELECT "__index" FROM "main"."__partitions"')
    const [statement] = tree.statements
    if (!statement || !isNode(statement.node)) throw new Error('the statement over partitions has no tree')
    const [first] = conditions
    const children = conditions.map(({ expression }) => expression)
    const all = { class: 'CONJUNCTION', type: 'CONJUNCTION_AND', alias: '', query_location: 0, children }
    statement.node.where_clause = children.length === 1 ? first?.expression : all
    const rows = await this.#connection.runAndReadAll(await this.#textOf(tree))
    return rows.getRows().map(([index]) => Number(index))
  }

  /** Makes a table of files: expanded, one row a line, behind a view. @returns how many bytes that are. @throws SqlError */
  async defineTable(table: SourceTable): Promise<number> {
    await this.#addSchema(table.schema)
    const place = { folder: this.#folder, index: this.#tables++, leftBytes: this.#limits.scratchBytes }
    const bytes = await defineTable(this.#connection, table, { ...place, withPath: this.#withPath }).catch(
      (failure) => {
        throw engineError(failure, this.#folder)
      },
    )
    this.#limits.scratchBytes -= bytes
    this.#defined.add(keyOf(table))
    return bytes
  }

  /** @throws SqlError */
  async defineView({ schema, name, statement }: SourceView): Promise<void> {
    await this.#addSchema(schema)
    await this.#inEachVariant(statement, async (text) => {
      await this.#connection.run(`CREATE VIEW ${quotedName(schema)}.${quotedName(name)} AS ${text}`)
      // Views are bound when they are read; this says now what is wrong.
      await this.#connection.run(`SELECT * FROM ${quotedName(schema)}.${quotedName(name)} LIMIT 0`)
    })
    this.#defined.add(keyOf({ schema, name }))
  }

  async #addSchema(schema: string): Promise<void> {
    if (this.#schemas.has(schema)) return
    await this.#connection.run(`CREATE SCHEMA IF NOT EXISTS ${quotedName(schema)}`)
    this.#schemas.add(schema)
  }

  /** Begins a statement over the tables that were defined. @throws SqlError */
  async run(statement: Statement): Promise<ResultColumn[]> {
    this.#result = await this.#inEachVariant(statement, (text) => this.#connection.stream(text))
    const names = outputNames(this.#result.columnNames())
    const types = this.#result.columnTypes()
    this.#columns = names.map((name, index) => {
      const type = types[index]
      if (!type) throw new Error('a column has no type')
      return describeColumn(name, type)
    })
    return this.#columns
  }

  /** The next rows of the statement that was begun; none at its end. @throws SqlError */
  async rows(): Promise<ResultRow[]> {
    if (!this.#result) throw new Error('no statement was begun')
    const types = this.#result.columnTypes()
    try {
      const chunk = await this.#result.fetchChunk()
      if (!chunk || chunk.rowCount === 0) return []
      return chunk.getRows().map((row) => row.map((value, index) => printValue(value, types[index] as never)))
    } catch (failure) {
      throw engineError(failure, this.#folder)
    }
  }

  /**
   * Writes the rows of a statement that was begun as Athena writes CSV: all values quoted, NULL empty.
   * @returns how many rows and bytes there are.
   */
  async writeCsv(path: string): Promise<{ rows: number; bytes: number }> {
    const file = createWriteStream(path, { mode: 0o600 })
    let bytes = 0
    let rows = 0
    const write = async (text: string) => {
      bytes += Buffer.byteLength(text)
      if (bytes > this.#limits.scratchBytes) throw new SqlError('EXCEEDED_RESOURCES', exhausted)
      if (!file.write(text)) await new Promise((resolve) => file.once('drain', resolve))
    }
    await write(csvLine(this.#columns.map(({ name }) => name)))
    for (let page = await this.rows(); page.length > 0; page = await this.rows()) {
      rows += page.length
      await write(page.map(csvLine).join(''))
    }
    file.end()
    await finished(file)
    return { rows, bytes }
  }

  /**
   * Writes what a statement gives into files of a folder, in another form.
   * @param options - of DuckDB's COPY.
   * @returns how many rows there are.
   */
  async copy(statement: Statement, path: string, options: string): Promise<number> {
    const columns = await this.#inEachVariant(statement, (text) =>
      this.#connection.run(`SELECT * FROM (${text}) LIMIT 0`),
    )
    const names = columns.columnNames()
    const nameless = names.indexOf(namelessColumn)
    if (nameless >= 0) throw new SqlError('SYNTAX_ERROR', `Column name not specified at position ${nameless + 1}`)
    return this.#inEachVariant(statement, async (text) => {
      const copied = await this.#connection.runAndReadAll(`COPY (${text}) TO ${quotedText(path)} (${options})`)
      return Number(copied.getRows()[0]?.[0] ?? 0)
    })
  }

  /** Tries the readings of functions that stand for lists as well as for maps, until one has the right types. */
  async #inEachVariant<R>(statement: Statement, work: (text: string) => Promise<R>): Promise<R> {
    const variant: Variant = { countsMaps: false, unnestsMaps: false, isUntyped: false }
    for (;;) {
      const { tree, tables, placesOf } = await this.#rewritten(statement, variant)
      // DuckDB has tables of its own, of settings among others.
      const unknown = tables.find((table) => !this.#defined.has(keyOf(table)))
      if (unknown) throw tableNotFound(statement.catalog, unknown)
      try {
        return await work(await this.#textOf(tree))
      } catch (failure) {
        const message = engineMessage(failure)
        const countsMaps = !variant.countsMaps && /'len\(MAP\(/.test(message)
        const unnestsMaps =
          !variant.unnestsMaps && /UNNEST[\s\S]*(single list|can only be applied to lists)/i.test(message)
        const isUntyped = !variant.isUntyped && /has multiple overloads/.test(message)
        if (!countsMaps && !unnestsMaps && !isUntyped) throw engineError(failure, this.#folder, placesOf)
        if (countsMaps) variant.countsMaps = true
        if (unnestsMaps) variant.unnestsMaps = true
        if (isUntyped) variant.isUntyped = true
      }
    }
  }

  async #rewritten(
    { text, parameters, schema, nowMs, catalog }: Statement,
    variant: Variant = { countsMaps: false, unnestsMaps: false, isUntyped: false },
  ): Promise<Rewritten & { placesOf: Parameters<typeof engineError>[2] }> {
    const written = statementText(text, parameters)
    const parsed = readTree(await this.#serialised(written.text))
    if (parsed.error) throw parseError(parsed, written)
    const rewritten = rewrite(parsed, { schema, nowMs, catalog, variant, placeAt: (offset) => written.placeAt(offset) })
    return { ...rewritten, placesOf: { tree: parsed, placeAt: (offset) => written.placeAt(offset) } }
  }

  async #serialised(text: string): Promise<string> {
    const rows = await this.#connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [text])
    return String(rows.getRows()[0]?.[0])
  }

  async #parse(text: string): Promise<Tree> {
    const tree = readTree(await this.#serialised(text))
    if (tree.error) throw new Error(tree.error_message)
    return tree
  }

  async #textOf(tree: Tree): Promise<string> {
    const rows = await this.#connection.runAndReadAll('SELECT json_deserialize_sql($1::JSON)', [JSON.stringify(tree)])
    return String(rows.getRows()[0]?.[0])
  }
}

const keyOf = ({ schema, name }: TableName) => JSON.stringify([schema, name])

const tableNotFound = (catalog: string, { schema, name, place }: NamedTable): SqlError =>
  new SqlError('TABLE_NOT_FOUND', `Table '${catalog}.${schema}.${name}' does not exist`, place)
