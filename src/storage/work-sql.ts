import type { Sql, SqlValue } from '../core/sql.ts'

/** The connection as one piece of work sees it: only until the work is over. */
export class WorkSql implements Sql {
  readonly dialect: Sql['dialect']
  readonly #sql: Sql
  #over = false

  constructor(sql: Sql) {
    this.#sql = sql
    this.dialect = sql.dialect
  }

  async all<R extends Record<string, SqlValue>>(statement: string, parameters?: readonly SqlValue[]): Promise<R[]> {
    this.refuseWhenOver()
    return this.#sql.all(statement, parameters)
  }

  async run(statement: string, parameters?: readonly SqlValue[]): Promise<number> {
    this.refuseWhenOver()
    return this.#sql.run(statement, parameters)
  }

  /** Ends the connection: from now on every use throws, since it would land in another transaction. */
  end(): void {
    this.#over = true
  }

  refuseWhenOver(): void {
    if (this.#over) throw new Error('a transaction was used after its function had returned')
  }
}
