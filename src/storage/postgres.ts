import pg from 'pg'
import type { Sql } from '../core/sql.ts'
import type { Database } from './connection.ts'
import { PostgresSql, postgresConfig } from './postgres-client.ts'
import { PostgresConnection } from './postgres-connection.ts'

const maxReadConnections = 10

/** A PostgreSQL database, shared with other nodes. */
export class PostgresDatabase implements Database {
  readonly soleWriter = false
  readonly writer: PostgresConnection
  readonly reader: Sql
  readonly #pool: pg.Pool

  constructor(url: string) {
    this.writer = new PostgresConnection(url)
    this.#pool = new pg.Pool({ ...postgresConfig(url), max: maxReadConnections })
    // The pool drops the connection by itself; without a listener its loss would end the process.
    this.#pool.on('error', () => {})
    this.reader = new PostgresSql(
      () => this.#pool,
      () => {},
    )
  }

  async bootstrap<R>(work: (sql: Sql) => Promise<R>): Promise<R> {
    await this.writer.beginBootstrap()
    try {
      const result = await work(this.writer.sql)
      await this.writer.createWriterRow()
      await this.writer.commit()
      return result
    } catch (error) {
      await this.writer.rollback()
      throw error
    }
  }

  /** The server's own business. */
  checkpoint(): void {}

  async backup(): Promise<void> {
    throw new Error('backup copies SQLite databases; for PostgreSQL use pg_dump or its base backups')
  }

  async close(): Promise<void> {
    await Promise.all([this.writer.close(), this.#pool.end()])
  }
}
