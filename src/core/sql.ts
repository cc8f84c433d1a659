/** The value of a statement's parameter or of a row's member. Integers stay below 2^53. */
export type SqlValue = string | number | Uint8Array | null

/**
 * One database connection, as modules with tables of their own use it. Statements are written with `?` placeholders in the SQL that
 * SQLite and PostgreSQL share; statement texts are constants, so that they are prepared once.
 */
export interface Sql {
  readonly dialect: 'sqlite' | 'postgres'
  all<R extends Record<string, SqlValue>>(statement: string, parameters?: readonly SqlValue[]): Promise<R[]>
  /** Runs a statement that returns nothing; resolves to the number of rows changed. */
  run(statement: string, parameters?: readonly SqlValue[]): Promise<number>
}

/** A connection that reads alone. */
export type SqlReader = Pick<Sql, 'dialect' | 'all'>

/**
 * A connection for what reads much: a statement runs beside the serving thread, which only receives the rows. Each statement sees
 * the last commit, and two of them may see different ones. One gives 10,000 rows at most (RangeError).
 */
export interface ApartReader extends SqlReader {
  /** How many rows to ask for at a time, so that receiving them takes the serving thread a few milliseconds. */
  readonly pageRows: number
}

/**
 * Words of the schema in each dialect. Text compares by its UTF-8 bytes in both. `rowid` and `clustered` end the statement that
 * makes a table: rows in order of insertion, or small ones in order of their key.
 */
export const dialects = {
  sqlite: { text: 'TEXT', integer: 'INTEGER', bytes: 'BLOB', rowid: 'STRICT', clustered: 'STRICT, WITHOUT ROWID' },
  postgres: { text: 'TEXT COLLATE "C"', integer: 'BIGINT', bytes: 'BYTEA', rowid: '', clustered: '' },
}

/** A numbered step of the schema, run once in its own transaction, in order of its name. */
export interface Migration {
  /** `0001-documents`: sorts after every earlier one; never renamed once released. */
  name: string
  up(sql: Sql): Promise<void>
}

/**
 * What the store hands records to when it commits a group of transactions, so that state and records commit together.
 * The ledger implements it.
 */
export interface RecordAppender<R> {
  /** Writes the records, in order, inside the store's open transaction. */
  append(sql: Sql, records: readonly R[]): Promise<void>
  /** The transaction that held the last append is durable. */
  committed(): void
  /** The transaction that held the last append is undone. */
  rolledBack(): void
  /**
   * Writes records that come with no change, in a transaction and on a connection of its own, so that the store's thread does
   * other things meanwhile. Called while the store has no transaction open, which opens none before the answer.
   * @returns when they are durable; undefined when the store is to append them as usual.
   * @throws StoreUnavailableError - they could not be written, or it is unknown whether they were.
   */
  appendApart?(records: readonly R[]): Promise<void> | undefined
}
