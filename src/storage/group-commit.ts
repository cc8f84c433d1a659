import type { AuditRecord } from '../core/audit.ts'
import type { RecordAppender } from '../core/sql.ts'
import { StoreUnavailableError } from '../core/store.ts'
import { ConflictError, type WriteConnection } from './connection.ts'
import { WorkSql } from './work-sql.ts'

/** A caller's change: uses the connection until it returns, and adds the records that belong to it. */
export type Work<R> = (sql: WorkSql, records: AuditRecord[]) => Promise<R>

interface Member {
  /** Absent where there are only records to append. */
  work: Work<unknown> | undefined
  records: readonly AuditRecord[]
  resolve(result: unknown): void
  reject(error: unknown): void
}

type Outcome = { result: unknown } | { error: unknown }

/** Bounds how long one group keeps the thread. */
const maxMembers = 256
const maxAttempts = 20

/** Works wait for the store alone, so only a mistake takes this long; without a limit it would stop every caller. */
const workLimitMs = 10_000

/**
 * Commits the changes of concurrent callers together. A group takes all that is queued when it starts; while it commits,
 * the next one gathers. Members run one after another, each in a savepoint, so that one that throws is undone alone; their
 * records go to the ledger together, in order, inside the same transaction; callers hear back once it is durable.
 */
export class GroupCommit {
  readonly #connection: WriteConnection
  readonly #appender: RecordAppender<AuditRecord>
  readonly #ended: (committed: boolean) => void
  /** Why nothing may be committed now; while it is set, everything that comes is refused. */
  refusal: string | undefined
  #queue: Member[] = []
  #gathering = false
  #inFlight: Promise<void> | undefined
  #usesConnection = false
  #closed = false

  /** @param ended - called when a group's transaction has ended, before any caller hears of it. */
  constructor(connection: WriteConnection, appender: RecordAppender<AuditRecord>, ended: (committed: boolean) => void) {
    this.#connection = connection
    this.#appender = appender
    this.#ended = ended
  }

  /** The end of the group that is being committed, if there is one. */
  get inFlight(): Promise<void> | undefined {
    return this.#inFlight
  }

  /** The same; undefined while the connection holds no open transaction. */
  get inTransaction(): Promise<void> | undefined {
    return this.#usesConnection ? this.#inFlight : undefined
  }

  /** @throws what the work throws, or StoreUnavailableError. */
  change<R>(work: Work<R>): Promise<R> {
    return this.#enqueue(work, []) as Promise<R>
  }

  append(records: readonly AuditRecord[]): Promise<void> {
    return records.length > 0 ? (this.#enqueue(undefined, records) as Promise<void>) : Promise.resolve()
  }

  /** Refuses what comes from now on, and resolves when what came before is done. */
  async close(): Promise<void> {
    this.#closed = true
    while (this.#gathering || this.#inFlight) {
      await (this.#inFlight ?? new Promise<void>((resolve) => setImmediate(resolve)))
    }
  }

  #enqueue(work: Member['work'], records: readonly AuditRecord[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const refusal = this.#closed ? 'The store is closed.' : this.refusal
      if (refusal !== undefined) return reject(new StoreUnavailableError(refusal))
      this.#queue.push({ work, records, resolve, reject })
      this.#gather()
    })
  }

  #gather(): void {
    if (this.#gathering || this.#inFlight || this.#queue.length === 0) return
    this.#gathering = true
    // After the poll phase: every request that arrived in this turn of the event loop is in the queue by then.
    setImmediate(() => {
      this.#gathering = false
      this.#inFlight = this.#runGroup(this.#queue.splice(0, maxMembers))
    })
  }

  async #runGroup(members: readonly Member[]): Promise<void> {
    const outcomes = await (this.#apart(members) ?? this.#together(members))
    this.#inFlight = undefined
    for (const [i, outcome] of outcomes.entries()) {
      if ('error' in outcome) members[i]?.reject(outcome.error)
      else members[i]?.resolve(outcome.result)
    }
    this.#gather()
  }

  /** A group of records alone may be written elsewhere. @returns undefined when it is not. */
  #apart(members: readonly Member[]): Promise<Outcome[]> | undefined {
    if (!this.#appender.appendApart || members.some(({ work }) => work)) return undefined
    return this.#appender.appendApart(members.flatMap(({ records }) => records))?.then(
      () => members.map(() => ({ result: undefined })),
      (error) => members.map(() => ({ error: asUnavailable(error) })),
    )
  }

  async #together(members: readonly Member[]): Promise<Outcome[]> {
    this.#usesConnection = true
    try {
      return await this.#outcomes(members)
    } finally {
      this.#usesConnection = false
    }
  }

  /** Never rejects: when the group cannot be committed, each member's outcome is the error. */
  async #outcomes(members: readonly Member[]): Promise<Outcome[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(members)
      } catch (error) {
        if (error instanceof ConflictError && attempt < maxAttempts) {
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 2 ** Math.min(attempt, 8)))
          continue
        }
        const unavailable = asUnavailable(error)
        return members.map(() => ({ error: unavailable }))
      }
    }
  }

  async #attempt(members: readonly Member[]): Promise<Outcome[]> {
    const records: AuditRecord[] = []
    const outcomes: Outcome[] = []
    let appended = false
    try {
      await this.#connection.begin()
      for (const member of members) outcomes.push(await this.#run(member, records))
      if (records.length > 0) {
        appended = true
        await this.#appender.append(this.#connection.sql, records)
      }
      await this.#connection.commit()
    } catch (error) {
      await this.#connection.rollback()
      this.#ended(false)
      if (appended) this.#appender.rolledBack()
      throw this.#connection.failure ?? error
    }
    this.#ended(true)
    if (appended) this.#appender.committed()
    return outcomes
  }

  async #run(member: Member, records: AuditRecord[]): Promise<Outcome> {
    if (!member.work) {
      records.push(...member.records)
      return { result: undefined }
    }
    const own: AuditRecord[] = []
    await this.#connection.savepoint()
    let outcome = await this.#outcomeOf(member.work, own)
    if (!('error' in outcome)) outcome = await this.#released(outcome)
    // The engine's failure ends the whole group, whatever the work made of it.
    if (this.#connection.failure) throw this.#connection.failure
    if ('error' in outcome) await this.#connection.rollbackToSavepoint()
    else records.push(...own)
    return outcome
  }

  // PostgreSQL refuses what follows a failed statement, even when the work caught its error: that fails this work alone.
  async #released(outcome: Outcome): Promise<Outcome> {
    try {
      await this.#connection.releaseSavepoint()
      return outcome
    } catch (error) {
      return { error }
    }
  }

  async #outcomeOf(work: Work<unknown>, records: AuditRecord[]): Promise<Outcome> {
    const sql = new WorkSql(this.#connection.sql)
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error('a transaction waited for something other than the store')),
        workLimitMs,
      )
    })
    try {
      return { result: await Promise.race([work(sql, records), limit]) }
    } catch (error) {
      return { error }
    } finally {
      clearTimeout(timer)
      sql.end()
    }
  }
}

const asUnavailable = (error: unknown) =>
  error instanceof StoreUnavailableError
    ? error
    : new StoreUnavailableError('The change could not be committed; nothing was changed.', { cause: error })
