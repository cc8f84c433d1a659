import type { Clock } from '../../../core/clock.ts'
import { dayMs } from '../../../core/durations.ts'
import type { WorkRunner, WorkSpec } from '../../../core/scheduler.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { ServiceCalls } from '../../../core/services/service-calls.ts'
import { type DueWork, type Store, StoreUnavailableError } from '../../../core/store.ts'
import { SqlError } from '../../../kit/sql-queries/sql-error.ts'
import {
  EngineMissingError,
  QueryOverdueError,
  QueryProcessEndedError,
  type SqlQueries,
} from '../../../kit/sql-queries/sql-queries.ts'
import { CutoffError, failureOf, type QueryFailure, QueryRefusedError } from '../domain/query-failure.ts'
import { hasEnded, type Query, type QueryState, queries } from '../storage/collections.ts'
import { QueryRun } from './query-run.ts'
import type { Finished } from './run-context.ts'
import { QueryStoppedError, type RunningQueries } from './running-queries.ts'

export const runKind = 'athena.run'
export const forgetKind = 'athena.forget'

/** How long a query is in the history. */
const keptMs = 45 * dayMs

export const runWork = ({ id, accountId, region, submittedAtMs }: Query): DueWork => ({
  ...{ kind: runKind, key: id, dueAtMs: submittedAtMs, scope: { accountId, region }, payload: {} },
})

export const forgetWork = ({ id, accountId, region, submittedAtMs }: Query): DueWork => ({
  ...{ kind: forgetKind, key: id, dueAtMs: submittedAtMs + keptMs, scope: { accountId, region }, payload: {} },
})

interface Dependencies {
  store: Store
  clock: Clock
  calls: ServiceCalls
  /** Aborts when the server stops. */
  signal: AbortSignal
  queries: SqlQueries
  running: RunningQueries
  onFault(fault: unknown): void
}

/** How often it is looked whether another server was asked to stop a query that runs here. */
const lookMs = 2000

interface Outcome {
  state: Exclude<QueryState, 'QUEUED' | 'RUNNING'>
  finished?: Finished
  failure?: QueryFailure
}

export const runSpec = (dependencies: Dependencies): WorkSpec => ({
  atOnce: 8,
  isPrompt: true,
  async run({ key, scope }) {
    const { store, clock, running } = dependencies
    const query = await store.in(queries).get(scope, key)
    if (!query || hasEnded(query)) return async () => undefined
    const startedAtMs = clock.nowMs()
    const begun = performance.now()
    const controller = running.begin(key)
    try {
      await store.transaction(async (tx) => {
        const present = await tx.in(queries).get(scope, key)
        if (!present || hasEnded(present)) return
        await tx.in(queries).put(scope, key, { ...present, state: 'RUNNING', startedAtMs })
      })
      const { outcome, scannedBytes } = await outcomeOf(dependencies, query, controller.signal, () =>
        controller.abort(new QueryStoppedError()),
      )
      const engineMs = Math.round(performance.now() - begun)
      const { state, finished, failure } = outcome
      return async (tx) => {
        const present = await tx.in(queries).get(scope, key)
        // It was stopped, or forgotten.
        if (!present || hasEnded(present)) return
        const ended = { state, ...finished, ...(failure && { failure }), endedAtMs: clock.nowMs(), startedAtMs }
        await tx.in(queries).put(scope, key, { ...present, ...ended, scannedBytes, engineMs })
      }
    } finally {
      running.end(key)
    }
  },
})

/** Statements that may have changed something before the server that ran them ended. */
const isRepeatable = ({ statementType, substatementType }: Query) =>
  statementType === 'UTILITY' || (statementType === 'DML' && substatementType === 'SELECT')

async function outcomeOf(
  dependencies: Dependencies,
  query: Query,
  stopped: AbortSignal,
  stop: () => void,
): Promise<{ outcome: Outcome; scannedBytes: number }> {
  const { store, signal } = dependencies
  // It ran already, in a server that has ended.
  if (query.state === 'RUNNING' && !isRepeatable(query)) {
    return {
      outcome: failed('The server ended while the query ran: what it had changed so far remains.', 100),
      scannedBytes: 0,
    }
  }
  const run = new QueryRun(dependencies, query, AbortSignal.any([stopped, signal]))
  const watch = setInterval(async () => {
    try {
      const present = await store.in(queries).get(query, query.id)
      if (!present || hasEnded(present)) stop()
    } catch (fault) {
      dependencies.onFault(fault)
    }
  }, lookMs)
  watch.unref()
  try {
    return { outcome: { state: 'SUCCEEDED', finished: await run.run() }, scannedBytes: run.scannedBytes }
  } catch (error) {
    // The work is done again when the server is back.
    if (signal.aborted || error instanceof StoreUnavailableError) throw error
    return { outcome: outcomeAfter(error, query, dependencies), scannedBytes: run.scannedBytes }
  } finally {
    clearInterval(watch)
  }
}

function outcomeAfter(error: unknown, query: Query, { onFault }: Dependencies): Outcome {
  if (error instanceof QueryStoppedError) return { state: 'CANCELLED' }
  if (error instanceof CutoffError) {
    const reason = `Bytes scanned limit was exceeded: ${query.cutoffBytes} bytes`
    return { state: 'CANCELLED', failure: { reason, category: 2, type: 1000, retryable: false } }
  }
  if (error instanceof SqlError) return { state: 'FAILED', failure: failureOf(error) }
  if (error instanceof QueryRefusedError) return { state: 'FAILED', failure: error.failure }
  if (error instanceof QueryOverdueError) return failed('Query timeout', 206)
  if (error instanceof EngineMissingError) return failed(error.message, 200)
  // It was killed, for its memory perhaps, or has crashed.
  if (error instanceof QueryProcessEndedError)
    return failed('INTERNAL_ERROR_QUERY_ENGINE: The query process ended.', 200)
  if (error instanceof ServiceError && error.status < 500) {
    return { state: 'FAILED', failure: { reason: error.message, category: 2, type: 1000, retryable: false } }
  }
  onFault(error)
  return failed('GENERIC_INTERNAL_ERROR: Query engine had an internal error', 200)
}

const failed = (reason: string, type: number): Outcome => ({
  state: 'FAILED',
  failure: { reason, category: 1, type, retryable: type !== 206 },
})

export const forgetRunner: WorkRunner =
  async ({ key, scope }) =>
  async (tx) => {
    await tx.in(queries).delete(scope, key)
  }
