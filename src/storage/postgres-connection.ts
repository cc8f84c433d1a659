import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { StoreUnavailableError } from '../core/store.ts'
import type { WriteConnection } from './connection.ts'
import { failureOf, PostgresSql, postgresConfig } from './postgres-client.ts'

const groupIdBytes = 8
/** As many groups as the other nodes can commit while a lost commit is asked after, and more. */
const keptGroupIds = 256

/** Any number that no other program uses on the same database. */
const bootstrapLock = 7_265_781_433

const selectDatabaseId = "SELECT value FROM meta WHERE key = 'database'"

/** SQLSTATE */
const undefinedTable = '42P01'

const lostCommitAttempts = 5
const lostCommitPauseMs = 1000

/**
 * The connection of one node's groups, made again when it is lost.
 *
 * The groups of all nodes take turns: each begins by adding its id to the row `writer` of `meta`, and so waits for the one
 * that holds the row. Every record extends one hash chain, so they could not run side by side anyway; and a group that runs
 * alone sees all that was committed before it, without conflicts and retries. The ids left in the row tell, when a
 * connection was lost in the middle of COMMIT, whether the commit happened.
 */
export class PostgresConnection implements WriteConnection {
  readonly sql: PostgresSql
  failure: Error | undefined
  readonly #url: string
  #client: pg.Client | undefined
  #groupId: string | undefined
  /** Identifies the database that the server was started with, against one that was made anew in its place. */
  #databaseId: string | undefined

  constructor(url: string) {
    this.#url = url
    this.sql = new PostgresSql(
      () => this.#openClient(),
      (failure) => this.#fail(failure),
    )
  }

  async begin(): Promise<void> {
    const groupId = randomBytes(groupIdBytes).toString('hex')
    await this.#begin(
      `UPDATE meta SET value = substr('${groupId}' || value, 1, ${keptGroupIds * groupId.length}) WHERE key = 'writer'`,
    )
    this.#groupId = groupId
  }

  /** Before there is a row to wait for, nodes that start together wait for each other at a lock. */
  async beginBootstrap(): Promise<void> {
    await this.#begin(`SELECT pg_advisory_xact_lock(${bootstrapLock})`)
  }

  async createWriterRow(): Promise<void> {
    await this.sql.run("INSERT INTO meta (key, value) VALUES ('writer', '') ON CONFLICT (key) DO NOTHING")
    await this.sql.run("INSERT INTO meta (key, value) VALUES ('database', ?) ON CONFLICT (key) DO NOTHING", [
      randomBytes(16).toString('hex'),
    ])
    const [row] = await this.sql.all<{ value: string }>(selectDatabaseId)
    this.#databaseId = row?.value
  }

  async savepoint(): Promise<void> {
    await this.sql.execute('SAVEPOINT work')
  }

  async releaseSavepoint(): Promise<void> {
    await this.sql.execute('RELEASE SAVEPOINT work')
  }

  async rollbackToSavepoint(): Promise<void> {
    await this.sql.execute('ROLLBACK TO SAVEPOINT work; RELEASE SAVEPOINT work')
  }

  async commit(): Promise<void> {
    try {
      // After a statement has failed, PostgreSQL answers COMMIT without an error, and with ROLLBACK.
      if ((await this.sql.execute('COMMIT')) !== 'COMMIT') throw new Error('a statement of the group had failed')
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || !(await this.#wasCommitted())) throw error
      this.failure = undefined
    }
  }

  async rollback(): Promise<void> {
    // A lost connection is rolled back by the server.
    if (this.#client) await this.sql.execute('ROLLBACK').catch(() => this.#drop())
  }

  async close(): Promise<void> {
    await this.#client?.end().catch(() => {})
  }

  async #begin(first: string): Promise<void> {
    this.failure = undefined
    this.#groupId = undefined
    await this.#connect()
    // Each statement of a group must see what the group before it committed, whatever the database's default is.
    await this.sql.execute(`BEGIN ISOLATION LEVEL READ COMMITTED; ${first}`)
  }

  /** Asks a new connection, which waits for the lost one's transaction to end. */
  async #wasCommitted(): Promise<boolean> {
    const groupId = this.#groupId
    if (groupId === undefined) return false
    for (let attempt = 1; attempt <= lostCommitAttempts; attempt++) {
      try {
        await this.#connect()
        await this.sql.execute('BEGIN')
        const [row] = await this.sql.all<{ value: string }>("SELECT value FROM meta WHERE key = 'writer' FOR UPDATE")
        await this.sql.execute('ROLLBACK')
        return row?.value.includes(groupId) ?? false
      } catch {
        this.#drop()
        await pause(lostCommitPauseMs)
      }
    }
    throw new StoreUnavailableError('The database was lost during a commit, and whether it happened is not known.', {
      outcomeUnknown: true,
    })
  }

  /** Never a new connection: a statement would run there outside the transaction it belongs to. */
  #openClient(): pg.Client {
    if (this.#client) return this.#client
    throw new StoreUnavailableError('The connection to the database is lost.')
  }

  async #connect(): Promise<void> {
    if (this.#client) return
    // Statements that are issued together go out together.
    const client = new pg.Client({ ...postgresConfig(this.#url), pipeline: true })
    // Without a listener the loss of an idle connection would end the process.
    client.on('error', () => {
      if (this.#client === client) this.#client = undefined
    })
    try {
      await client.connect()
      await this.#refuseOther(client)
    } catch (error) {
      client.end().catch(() => {})
      throw failureOf(error) ?? error
    }
    this.#client = client
  }

  /** Refuses another database. What this server wrote to it, under its own keys, no server could open. */
  async #refuseOther(client: pg.Client): Promise<void> {
    if (this.#databaseId === undefined) return
    const [row] = await client.query<{ value: string }>(selectDatabaseId).then(
      ({ rows }) => rows,
      (error: unknown) => {
        // No server has been started with it yet.
        if (error instanceof pg.DatabaseError && error.code === undefinedTable) return []
        throw error
      },
    )
    if (row?.value === this.#databaseId) return
    throw new StoreUnavailableError(
      'The database is not the one that this server was started with: it was made anew. Start the server again.',
    )
  }

  #fail(failure: Error): void {
    this.failure ??= failure
    if (failure instanceof StoreUnavailableError) this.#drop()
  }

  #drop(): void {
    const client = this.#client
    this.#client = undefined
    client?.end().catch(() => {})
  }
}
