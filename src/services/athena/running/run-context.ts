import type { Clock } from '../../../core/clock.ts'
import type { ResultColumn, Statement } from '../../../kit/sql-queries/sources.ts'
import type { SqlQuery } from '../../../kit/sql-queries/sql-queries.ts'
import type { Query, ShownColumn } from '../storage/collections.ts'
import type { CallersServices } from './callers-services.ts'

/** What the parts of a query's run share. */
export interface RunContext {
  readonly query: Query
  readonly services: CallersServices
  readonly clock: Clock
  /** A query within the statement, as the engine takes it. */
  statementOf(text: string, parameters?: readonly string[]): Statement
  /** Runs work in the engine. */
  inEngine<R>(work: (engine: SqlQuery) => Promise<R>): Promise<R>
  /** Gives the engine what a statement reads. */
  load(engine: SqlQuery, statement: Statement, options?: { withoutRows?: boolean }): Promise<void>
  /** The columns that a statement gives, without its rows. */
  columnsOf(engine: SqlQuery, statement: Statement): Promise<ResultColumn[]>
}

/** What a query has come to, as far as its document says it. */
export interface Finished {
  resultKey: string
  columns: readonly ShownColumn[]
  updateCount?: number
  manifestKey?: string
  rows?: Query['rows']
}
