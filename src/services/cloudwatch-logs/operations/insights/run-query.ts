import type { Blobs } from '../../../../core/blobs.ts'
import type { Clock } from '../../../../core/clock.ts'
import { dayMs, minuteMs } from '../../../../core/durations.ts'
import type { WorkSpec } from '../../../../core/scheduler.ts'
import { ServiceError } from '../../../../core/service-error.ts'
import { type DueWork, type Store, StoreUnavailableError } from '../../../../core/store.ts'
import { OverdueError } from '../../../../core/threads.ts'
import type { QueryResults } from '../../domain/insights/query-engine.ts'
import type { LogGroup } from '../../domain/log-group.ts'
import { readableRange } from '../../domain/readable-range.ts'
import { type BlockRow, blocksForward, readBlocks } from '../../storage/blocks.ts'
import { groups } from '../../storage/collections.ts'
import { isRunning, type QueryStatus, queries, type StartedQuery } from '../../storage/queries.ts'
import { batchesOf } from '../../storage/read-events.ts'
import { streamNames } from '../../storage/streams.ts'
import type { QueryAnswer, QueryTask } from '../../threads/query-tasks.ts'
import { queryThread } from '../../threads/query-thread.ts'
import type { GroupKeys } from '../group-keys.ts'
import type { QueryProgress } from './query-progress.ts'

export const queryKind = 'logs.query'
export const forgetQueryKind = 'logs.forget-query'

const keptMs = 7 * dayMs
const mostRunningMs = 15 * minuteMs
/** Each has a thread of its own. */
const queriesAtOnce = 2

export const queryWork = ({ id, accountId, region, createdAtMs }: StartedQuery): DueWork => ({
  ...{ kind: queryKind, key: id, dueAtMs: createdAtMs, scope: { accountId, region }, payload: {} },
})

/** Removes a query with its results. */
export const forgetQueryWork = ({ id, accountId, region, createdAtMs }: StartedQuery): DueWork => ({
  ...{ kind: forgetQueryKind, key: id, dueAtMs: createdAtMs + keptMs, scope: { accountId, region }, payload: {} },
})

interface Dependencies {
  store: Store
  blobs: Blobs
  clock: Clock
  keys: GroupKeys
  progress: QueryProgress
  signal: AbortSignal
  onFault(fault: unknown): void
}

/** How a query ended. */
type Outcome = { status: Exclude<QueryStatus, 'Scheduled' | 'Running'>; results?: QueryResults }

export const querySpec = (dependencies: Dependencies): WorkSpec => ({
  atOnce: queriesAtOnce,
  isPrompt: true,
  async run({ key, scope }) {
    const { store, blobs, clock } = dependencies
    const query = await store.in(queries).get(scope, key)
    if (!query || !isRunning(query)) return async () => undefined
    await store.transaction((tx) => tx.in(queries).put(scope, key, { ...query, status: 'Running' }))
    const { status, results } = await outcomeOf(dependencies, query)
    const blob = results && (await blobs.put(Buffer.from(JSON.stringify(results.rows))))
    return async (tx) => {
      const present = await tx.in(queries).get(scope, key)
      // It was stopped, or forgotten.
      if (!present || !isRunning(present)) return
      if (blob) await blobs.commit(tx, blob)
      const statistics = results?.statistics ?? dependencies.progress.of(key) ?? present.statistics
      const ended = { status, statistics, endedAtMs: clock.nowMs(), ...(blob && { results: blob }) }
      await tx.in(queries).put(scope, key, { ...present, ...ended })
    }
  },
})

export const forgetQuerySpec =
  ({ blobs }: Pick<Dependencies, 'blobs'>): WorkSpec =>
  async ({ key, scope }) =>
  async (tx) => {
    const query = await tx.in(queries).get(scope, key)
    if (query?.results) await blobs.remove(tx, query.results.id)
    await tx.in(queries).delete(scope, key)
  }

async function outcomeOf(dependencies: Dependencies, query: StartedQuery): Promise<Outcome> {
  try {
    return await new QueryRun(dependencies, query).run()
  } catch (error) {
    if (error instanceof StoreUnavailableError || dependencies.signal.aborted) throw error
    if (error instanceof OverdueError) return { status: 'Timeout' }
    // A key that cannot be used is the account's; everything else is reported, and a query that kills its thread is not repeated.
    if (!(error instanceof ServiceError)) dependencies.onFault(error)
    return { status: 'Failed' }
  }
}

/** One run of a query, in a thread of its own. */
class QueryRun {
  readonly #dependencies: Dependencies
  readonly #query: StartedQuery
  readonly #thread = queryThread()
  readonly #endMs = performance.now() + mostRunningMs

  constructor(dependencies: Dependencies, query: StartedQuery) {
    this.#dependencies = dependencies
    this.#query = query
  }

  async run(): Promise<Outcome> {
    const { text, limit, groupNames, accountId, region } = this.#query
    try {
      let end = await this.#ask({ kind: 'begin', text, limit })
      for (const name of groupNames) {
        const group = await this.#dependencies.store.in(groups).get({ accountId, region }, name)
        end ??= group && (await this.#readGroup(group))
      }
      if (end) return end
      const answer = await this.#thread.ask({ kind: 'finish' })
      return answer.kind === 'results' ? { status: 'Complete', results: answer.results } : { status: 'Failed' }
    } finally {
      await this.#thread.close()
    }
  }

  /** @returns how the query ended, if it did. */
  async #readGroup(group: LogGroup): Promise<Outcome | undefined> {
    const { store, clock } = this.#dependencies
    const sql = store.sqlApart('logs', this.#dependencies.signal)
    const { fromMs, toMs } = readableRange(group, clock.nowMs(), this.#query.fromMs, this.#query.toMs)
    for (let last: BlockRow | undefined; ; ) {
      const scope = { kind: 'group', groupId: group.id } as const
      const rows = await blocksForward(sql, scope, { fromMs, toMs }, last, sql.pageRows)
      for (const batch of batchesOf(rows)) {
        const end = (await this.#interruption()) ?? (await this.#readBatch(group, batch, { fromMs, toMs }))
        if (end) return end
      }
      last = rows.at(-1)
      if (!last || rows.length < sql.pageRows) return undefined
    }
  }

  async #interruption(): Promise<Outcome | undefined> {
    const { store, signal } = this.#dependencies
    signal.throwIfAborted()
    if (performance.now() > this.#endMs) return { status: 'Timeout' }
    const { id, accountId, region } = this.#query
    const present = await store.in(queries).get({ accountId, region }, id)
    return present && isRunning(present) ? undefined : { status: 'Cancelled' }
  }

  async #readBatch(
    group: LogGroup,
    batch: readonly BlockRow[],
    range: { fromMs: number; toMs: number },
  ): Promise<Outcome | undefined> {
    const { store, keys } = this.#dependencies
    const ids = batch.map(({ id }) => id)
    const found = await readBlocks(store.sqlApart('logs'), ids)
    const names = await streamNames(store.sql('logs'), [...new Set(batch.map(({ stream_id }) => stream_id))])
    const blocks = []
    for (const { id, stream_id: streamId, data_key } of batch) {
      const data = found.get(id)
      const logStream = names.get(streamId)
      // What expires or is deleted meanwhile is left out. Blocks are not merged while a query runs.
      if (!data || logStream === undefined) continue
      blocks.push({ id, streamId, logStream, data, key: await keys.forReading(group, data_key) })
    }
    const log = `${group.accountId}:${group.name}`
    return this.#ask({ kind: 'blocks', groupId: group.id, groupName: group.name, log, ...range, blocks })
  }

  async #ask(task: QueryTask): Promise<Outcome | undefined> {
    const answer: QueryAnswer = await this.#thread.ask(task)
    if (answer.kind === 'too-large') return { status: 'Failed' }
    if (answer.kind === 'progress') this.#dependencies.progress.note(this.#query.id, answer.statistics)
    return undefined
  }
}
