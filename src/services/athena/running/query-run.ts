import type { Clock } from '../../../core/clock.ts'
import type { ServiceCalls } from '../../../core/services/service-calls.ts'
import type { Store } from '../../../core/store.ts'
import type { ResultColumn, Statement } from '../../../kit/sql-queries/sources.ts'
import { SqlError } from '../../../kit/sql-queries/sql-error.ts'
import type { SqlQueries, SqlQuery } from '../../../kit/sql-queries/sql-queries.ts'
import { type AthenaStatement, readStatement } from '../domain/statement.ts'
import { type PreparedStatement, preparedId, preparedStatements, type Query } from '../storage/collections.ts'
import { CallersServices } from './callers-services.ts'
import { runDdl } from './ddl/run-ddl.ts'
import { TableLoader } from './load-tables.ts'
import { fileBody, metadataOf, resultFolder, resultKey, shownColumn, textColumns } from './results.ts'
import type { Finished, RunContext } from './run-context.ts'
import { createTableAs, createView, insertInto, unload } from './writes.ts'

export const catalogName = 'awsdatacatalog'

export interface RunDependencies {
  store: Store
  clock: Clock
  calls: ServiceCalls
  queries: SqlQueries
}

/** One run of a query, for its caller. */
export class QueryRun implements RunContext {
  readonly query: Query
  readonly services: CallersServices
  readonly clock: Clock
  readonly #dependencies: RunDependencies
  readonly #signal: AbortSignal
  /** Known while it runs. */
  scannedBytes = 0

  constructor(dependencies: RunDependencies, query: Query, signal: AbortSignal) {
    this.#dependencies = dependencies
    this.query = query
    this.clock = dependencies.clock
    this.#signal = signal
    this.services = new CallersServices(dependencies.calls, query)
  }

  /** @throws SqlError, QueryRefusedError, CutoffError, what the engine throws. */
  async run(): Promise<Finished> {
    return this.#runStatement(readStatement(this.query.text), this.query.parameters)
  }

  async #runStatement(statement: AthenaStatement, parameters: readonly string[]): Promise<Finished> {
    switch (statement.kind) {
      case 'select':
        return this.#select(statement.text, parameters)
      case 'ddl':
        return this.writeLines(await runDdl(this, statement.ddl))
      case 'createView':
        await createView(this, statement)
        return this.writeLines({ columns: [], lines: [] })
      case 'createTableAs':
        return createTableAs(this, statement, parameters)
      case 'insert':
        return insertInto(this, statement, parameters)
      case 'unload':
        return unload(this, statement, parameters)
      case 'prepare':
        return this.#prepare(statement.name, statement.text)
      case 'deallocate':
        return this.#deallocate(statement.name)
      case 'execute':
        return this.#execute(statement.name, statement.parameters.length > 0 ? statement.parameters : parameters)
    }
  }

  /** A query within the statement, as the engine takes it. */
  statementOf(text: string, parameters: readonly string[] = []): Statement {
    const { database } = this.query
    return { text, parameters, schema: database.toLowerCase(), nowMs: this.clock.nowMs(), catalog: catalogName }
  }

  /** Runs work in the engine. */
  inEngine<R>(work: (engine: SqlQuery) => Promise<R>): Promise<R> {
    return this.#dependencies.queries.run(this.#signal, work)
  }

  /** Gives the engine what a statement reads. */
  async load(engine: SqlQuery, statement: Statement, { withoutRows = false } = {}): Promise<void> {
    const loader = new TableLoader(engine, this.services, {
      withoutRows,
      cutoffBytes: this.query.cutoffBytes,
      onScanned: (bytes) => {
        this.scannedBytes = bytes
      },
    })
    await loader.load(statement)
  }

  /** The columns that a statement gives, without its rows. */
  async columnsOf(engine: SqlQuery, statement: Statement): Promise<ResultColumn[]> {
    await this.load(engine, statement, { withoutRows: true })
    return engine.start(statement)
  }

  async #select(text: string, parameters: readonly string[]): Promise<Finished> {
    const { bucket } = resultFolder(this.query)
    const statement = this.statementOf(text, parameters)
    return this.inEngine(async (engine) => {
      await this.load(engine, statement)
      const columns = (await engine.start(statement)).map(shownColumn)
      const file = engine.outFile('result.csv')
      const { rows, bytes } = await engine.writeCsv(file)
      const key = resultKey(this.query, '.csv')
      await this.services.putResult({ bucket, key }, await fileBody(file), 'application/octet-stream')
      await this.services.putResult({ bucket, key: `${key}.metadata` }, metadataOf(columns), 'binary/octet-stream')
      const counted = { input: 0, inputBytes: this.scannedBytes, output: rows, outputBytes: bytes }
      return { resultKey: key, columns, updateCount: 0, rows: counted }
    })
  }

  /** Writes the lines that a statement about the catalogue gives. */
  async writeLines({ columns, lines }: { columns: readonly string[]; lines: readonly string[] }): Promise<Finished> {
    const { bucket } = resultFolder(this.query)
    const key = resultKey(this.query, '.txt')
    const shown = textColumns(...columns)
    await this.services.putResult({ bucket, key }, Buffer.from(lines.map((line) => `${line}\n`).join('')), 'text/plain')
    await this.services.putResult({ bucket, key: `${key}.metadata` }, metadataOf(shown), 'binary/octet-stream')
    return { resultKey: key, columns: shown, updateCount: 0 }
  }

  async #prepare(name: string, text: string): Promise<Finished> {
    const { workGroup } = this.query
    readStatement(text)
    const prepared: PreparedStatement = { name, workGroup, text, modifiedAtMs: this.clock.nowMs() }
    const id = preparedId(workGroup, name)
    const isNew = await this.#dependencies.store.transaction(async (tx) => {
      if (await tx.in(preparedStatements).get(this.query, id)) return false
      await tx.in(preparedStatements).put(this.query, id, prepared)
      return true
    })
    if (!isNew)
      throw new SqlError('GENERIC_USER_ERROR', `PreparedStatement ${name} already exists in WorkGroup ${workGroup}`)
    return this.writeLines({ columns: [], lines: [] })
  }

  async #deallocate(name: string): Promise<Finished> {
    const { workGroup } = this.query
    const removed = await this.#dependencies.store.transaction((tx) =>
      tx.in(preparedStatements).delete(this.query, preparedId(workGroup, name)),
    )
    if (!removed) throw this.#notPrepared(name)
    return this.writeLines({ columns: [], lines: [] })
  }

  async #execute(name: string, parameters: readonly string[]): Promise<Finished> {
    const { workGroup } = this.query
    const { accountId, region } = this.query
    const prepared = await this.#dependencies.store
      .in(preparedStatements)
      .get({ accountId, region }, preparedId(workGroup, name))
    if (!prepared) throw this.#notPrepared(name)
    const statement = readStatement(prepared.text)
    if (statement.kind === 'execute')
      throw new SqlError('SYNTAX_ERROR', 'A prepared statement cannot execute another one')
    return this.#runStatement(statement, parameters)
  }

  #notPrepared = (name: string) =>
    new SqlError('GENERIC_USER_ERROR', `PreparedStatement ${name} was not found in workGroup ${this.query.workGroup}`)
}
