import { type ChildProcess, fork } from 'node:child_process'
import { tmpdir } from 'node:os'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { receivedSqlError } from '../sql-error.ts'
import type { QueryQuestions, QueryRequest, QueryResponse, QuestionKind } from './messages.ts'

/** The query process ended while it was asked: it was killed, or it crashed. */
export class QueryProcessEndedError extends Error {
  constructor() {
    super('the query process ended')
  }
}

/** The optional dependency that runs queries is not installed. */
export class EngineMissingError extends Error {
  constructor() {
    super(
      'The query engine is not installed: run `npm install @duckdb/node-api` where the server is installed, and start the query again.',
    )
  }
}

// The same module runs from source and as built.
const entry = fileURLToPath(new URL(`./query-program${extname(import.meta.filename)}`, import.meta.url))

/** A process that runs one query at a time. */
export class QueryProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  #waiting: PromiseWithResolvers<QueryResponse> | undefined
  #isAlive = true

  constructor() {
    this.#child = fork(entry, {
      cwd: tmpdir(),
      // Nothing of the server's environment is there to be read.
      env: { PATH: process.env.PATH ?? '', TZ: 'UTC' },
      execArgv: ['--max-old-space-size=1024', '--disable-warning=ExperimentalWarning'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.#child.on('message', (response: QueryResponse) => {
      const waiting = this.#waiting
      this.#waiting = undefined
      waiting?.resolve(response)
    })
    this.#ended = new Promise((resolve) => {
      const end = () => {
        this.#isAlive = false
        this.#waiting?.reject(new QueryProcessEndedError())
        this.#waiting = undefined
        resolve()
      }
      this.#child.on('exit', end)
      this.#child.on('error', end)
    })
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** @throws SqlError, EngineMissingError, QueryProcessEndedError; a fault of the program. */
  async ask<Kind extends QuestionKind>(
    kind: Kind,
    question: QueryQuestions[Kind]['question'],
  ): Promise<QueryQuestions[Kind]['answer']> {
    if (!this.#isAlive) throw new QueryProcessEndedError()
    if (this.#waiting) throw new Error('the query process was asked twice at a time')
    const waiting = Promise.withResolvers<QueryResponse>()
    this.#waiting = waiting
    this.#child.send({ kind, question } as QueryRequest)
    const response = await waiting.promise
    if ('error' in response) throw receivedSqlError(response.error)
    if ('missing' in response) throw new EngineMissingError()
    if ('fault' in response) throw new Error(response.fault)
    return response.answer as QueryQuestions[Kind]['answer']
  }

  /** Lets the server end while the process is idle. */
  unref(): void {
    this.#child.unref()
    this.#child.channel?.unref()
  }

  ref(): void {
    this.#child.ref()
    this.#child.channel?.ref()
  }

  /** Ends it at once, and resolves when it is gone. */
  async kill(): Promise<void> {
    // Its end is heard of, even where nothing else is waited for.
    this.ref()
    if (this.#isAlive) this.#child.kill('SIGKILL')
    await this.#ended
  }
}
