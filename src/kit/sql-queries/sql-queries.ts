import { join } from 'node:path'
import type { Analysis, EngineLimits, EqualValues, PartitionQuestion } from './process/engine.ts'
import { EngineMissingError, QueryProcess, QueryProcessEndedError } from './process/query-process.ts'
import { makeQueryFolder, removeLeftQueryFolders, removeQueryFolder } from './process/scratch.ts'
import type { ResultColumn, ResultRow, SourceTable, SourceView, Statement } from './sources.ts'
import { SqlError } from './sql-error.ts'

export { EngineMissingError, QueryProcessEndedError }

export interface SqlQueriesOptions {
  /** How many queries run at a time; each has a process. More wait. */
  most: number
  limits: EngineLimits
  /** How long a query may take. */
  mostMs: number
  /** How long a process without a query is kept. */
  idleMs?: number
}

/** The time of a query is up. */
export class QueryOverdueError extends Error {
  constructor() {
    super('the query took too long')
  }
}

/**
 * Runs statements in Trino's dialect over rows that a service has, in processes beside the server's: DuckDB reads what the service puts
 * into the folder of a query and nothing else, and a query that does not end is killed with its process.
 *
 * A service begins a query, learns which tables the statement reads, gives them (`defineTable`, `defineView`) with files in `inFile`,
 * runs the statement, and takes rows (`rows`, `writeCsv`).
 */
export class SqlQueries {
  readonly #options: SqlQueriesOptions
  readonly #idle: { process: QueryProcess; timer: NodeJS.Timeout }[] = []
  readonly #waiting: (() => void)[] = []
  readonly #open = new Set<SqlQuery>()
  #running = 0
  #swept: Promise<void> | undefined
  #isClosed = false

  constructor(options: SqlQueriesOptions) {
    this.#options = options
  }

  /**
   * Runs a query's work, with a process and a folder that are its own for as long.
   * @param signal - ends the query at once; the work's next question throws the reason.
   * @throws what the work throws; EngineMissingError, QueryOverdueError, QueryProcessEndedError.
   */
  async run<R>(signal: AbortSignal, work: (query: SqlQuery) => Promise<R>): Promise<R> {
    await this.#place(signal)
    try {
      // What killed servers have left is gone before there is more.
      this.#swept ??= removeLeftQueryFolders()
      await this.#swept
      return await this.#runIn(await makeQueryFolder(), signal, work)
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  async #runIn<R>(folder: string, signal: AbortSignal, work: (query: SqlQuery) => Promise<R>): Promise<R> {
    const { limits, mostMs } = this.#options
    const process = this.#takeProcess()
    const deadline = AbortSignal.timeout(mostMs)
    const ending = AbortSignal.any([signal, deadline])
    const query = new SqlQuery(process, folder, ending, () =>
      deadline.aborted ? new QueryOverdueError() : signal.reason,
    )
    this.#open.add(query)
    let isClean = false
    try {
      await query.ask('open', { folder, limits })
      const result = await work(query)
      await query.ask('close', undefined)
      isClean = true
      return result
    } catch (failure) {
      // A statement that is refused, or fails, has ended nothing but itself.
      isClean = failure instanceof SqlError && !ending.aborted
      throw failure
    } finally {
      this.#open.delete(query)
      query.end()
      if (isClean && process.isAlive && !this.#isClosed) this.#keep(process)
      else await process.kill()
      await removeQueryFolder(folder)
    }
  }

  async #place(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#running >= this.#options.most) {
      const turn = Promise.withResolvers<void>()
      const stop = () => turn.reject(signal.reason)
      this.#waiting.push(turn.resolve)
      signal.addEventListener('abort', stop, { once: true })
      try {
        await turn.promise
      } catch (reason) {
        const place = this.#waiting.indexOf(turn.resolve)
        if (place >= 0) this.#waiting.splice(place, 1)
        // The turn had come already.
        else this.#waiting.shift()?.()
        throw reason
      } finally {
        signal.removeEventListener('abort', stop)
      }
    }
    this.#running++
  }

  #takeProcess(): QueryProcess {
    for (let kept = this.#idle.pop(); kept; kept = this.#idle.pop()) {
      clearTimeout(kept.timer)
      if (!kept.process.isAlive) continue
      kept.process.ref()
      return kept.process
    }
    return new QueryProcess()
  }

  #keep(process: QueryProcess): void {
    const kept = {
      process,
      timer: setTimeout(() => {
        this.#idle.splice(this.#idle.indexOf(kept), 1)
        void process.kill()
      }, this.#options.idleMs ?? 30_000),
    }
    kept.timer.unref()
    process.unref()
    this.#idle.push(kept)
  }

  /** Ends all processes. Queries that run fail. */
  async close(): Promise<void> {
    this.#isClosed = true
    const idle = this.#idle.splice(0)
    for (const { timer } of idle) clearTimeout(timer)
    await Promise.all([...idle.map(({ process }) => process.kill()), ...[...this.#open].map((query) => query.kill())])
  }
}

/** One query, while its work runs. */
export class SqlQuery {
  readonly #process: QueryProcess
  readonly #folder: string
  readonly #ending: AbortSignal
  readonly #reason: () => unknown
  readonly #stop = () => void this.#process.kill()

  constructor(process: QueryProcess, folder: string, ending: AbortSignal, reason: () => unknown) {
    this.#process = process
    this.#folder = folder
    this.#ending = ending
    this.#reason = reason
    ending.addEventListener('abort', this.#stop, { once: true })
  }

  /** Aborts with the query: for what the work itself waits for. */
  get signal(): AbortSignal {
    return this.#ending
  }

  /** Of the process. */
  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Where a file of a table goes. @param name - a number. */
  inFile(name: string): string {
    return join(this.#folder, 'in', name)
  }

  /** Where something goes that the statement writes. */
  outFile(name: string): string {
    return join(this.#folder, name)
  }

  /** @throws SqlError; the reason of the signal, QueryOverdueError, QueryProcessEndedError. */
  ask: QueryProcess['ask'] = async (kind, question) => {
    if (this.#ending.aborted) throw this.#reason()
    try {
      return await this.#process.ask(kind, question)
    } catch (failure) {
      if (this.#ending.aborted) throw this.#reason()
      throw failure
    }
  }

  /** @throws SqlError for a statement that is not one SELECT that can be run. */
  analyse = (statement: Statement): Promise<Analysis> => this.ask('analyse', { statement })

  /** The values that partition columns must have for rows of a table to count. */
  equalValues = (question: Omit<PartitionQuestion, 'values'>): Promise<EqualValues> => this.ask('equalValues', question)

  /** The indexes of partitions that may have rows that count. */
  keepPartitions = (question: PartitionQuestion): Promise<number[]> => this.ask('keepPartitions', question)

  /** Gives "$path" to rows of the tables that are defined from now on. */
  showPaths = (): Promise<void> => this.ask('showPaths', undefined)

  /** @returns how many bytes of rows the table has. */
  defineTable = (table: SourceTable): Promise<number> => this.ask('defineTable', { table })
  defineView = (view: SourceView): Promise<void> => this.ask('defineView', { view })

  /** Begins a statement. */
  start = (statement: Statement): Promise<ResultColumn[]> => this.ask('run', { statement })
  /** The next rows of the statement that was begun, some thousands at most; none at the end. */
  rows = (): Promise<ResultRow[]> => this.ask('rows', undefined)
  writeCsv = (path: string): Promise<{ rows: number; bytes: number }> => this.ask('writeCsv', { path })
  copy = (statement: Statement, path: string, options: string): Promise<number> =>
    this.ask('copy', { statement, path, options })

  end(): void {
    this.#ending.removeEventListener('abort', this.#stop)
  }

  async kill(): Promise<void> {
    await this.#process.kill()
  }
}
