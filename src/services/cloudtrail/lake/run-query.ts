import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { StoredBlob } from '../../../core/blobs.ts'
import { dayMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import { ServiceError } from '../../../core/service-error.ts'
import { StoreUnavailableError, type Transaction } from '../../../core/store.ts'
import type { ResultColumn, ResultRow } from '../../../kit/sql-queries/sources.ts'
import { SqlError } from '../../../kit/sql-queries/sql-error.ts'
import { EngineMissingError, QueryOverdueError, QueryProcessEndedError } from '../../../kit/sql-queries/sql-queries.ts'
import type { SigningKeys } from '../delivery/signing-keys.ts'
import { lakeColumns } from '../domain/lake/columns.ts'
import { engineMissing } from '../domain/lake/errors.ts'
import { type EventDataStore, keptSinceMs, takesActivity } from '../domain/lake/event-data-store.ts'
import { readLakeStatement } from '../domain/lake/statement.ts'
import { batchesUnder, firstBatches } from '../storage/lake-batches.ts'
import {
  countQuery,
  hasEnded,
  type LakeQuery,
  lakeQueries,
  type QueryStatus,
  resultPartId,
  resultParts,
} from '../storage/lake-queries.ts'
import { storeById } from '../storage/lake-stores.ts'
import { readBatch } from './batches.ts'
import { type CsvResult, deliverResults } from './deliver-results.ts'
import { forgetQueryWork, queryWork } from './kinds.ts'
import type { LakeEngine, LakeTable } from './lake-engine.ts'
import { QueryCancelledError, type RunningQueries } from './running-queries.ts'
import type { LakeHost } from './write-events.ts'

const unzip = promisify(gunzip)

/** Rows of one blob of a result: a page reads two of them at most. */
export const rowsOfPart = 1000

/** How long results are kept. */
const keptMs = 7 * dayMs
const batchesAtOnce = 200
/** How often it is looked whether another server was asked to cancel a query that runs here. */
const lookMs = 2000

export interface QueryHost extends LakeHost {
  engine: LakeEngine
  running: RunningQueries
  signingKeys: SigningKeys
  /** Aborts when the server stops. */
  signal: AbortSignal
  onFault(fault: unknown): void
}

/** Has a query run, and forgotten in time. */
export async function scheduleQuery(tx: Transaction, query: LakeQuery): Promise<void> {
  const work = { key: query.id, scope: { accountId: query.accountId, region: query.region }, payload: {} }
  await tx.schedule({ ...work, kind: queryWork, dueAtMs: query.createdAtMs })
  await tx.schedule({ ...work, kind: forgetQueryWork, dueAtMs: query.createdAtMs + keptMs })
}

interface Outcome {
  status: QueryStatus
  error?: string
  parts: readonly StoredBlob[]
  rows: number
  scannedBytes: number
  scannedEvents: number
  delivery?: LakeQuery['delivery']
}

/** Runs a query. What a killed server had begun is run again: its results were not committed. */
export const queryRunner =
  (host: QueryHost): WorkRunner =>
  async ({ key, scope }) => {
    const { store, running } = host
    const query = await store.in(lakeQueries).get(scope, key)
    if (!query || hasEnded(query)) return async () => undefined
    const begun = performance.now()
    const controller = running.begin(key)
    const watch = setInterval(async () => {
      const present = await store.in(lakeQueries).get(scope, key)
      if (!present || hasEnded(present)) controller.abort(new QueryCancelledError())
    }, lookMs)
    watch.unref()
    try {
      await store.transaction(async (tx) => {
        const present = await tx.in(lakeQueries).get(scope, key)
        if (present?.status === 'QUEUED') await tx.in(lakeQueries).put(scope, key, { ...present, status: 'RUNNING' })
      })
      const { parts, ...outcome } = await outcomeOf(host, query, AbortSignal.any([controller.signal, host.signal]))
      return async (tx) => {
        const present = await tx.in(lakeQueries).get(scope, key)
        // It was cancelled, or forgotten. What was stored for it is never committed.
        if (!present || hasEnded(present)) return
        for (const [index, blob] of parts.entries()) {
          await host.blobs.commit(tx, blob)
          const from = index * rowsOfPart
          const rows = Math.min(rowsOfPart, outcome.rows - from)
          await tx.in(resultParts).put(scope, resultPartId(key, index), { blobId: blob.id, from, rows })
        }
        const executionMs = Math.round(performance.now() - begun)
        await tx.in(lakeQueries).put(scope, key, { ...present, ...outcome, executionMs })
        await countQuery(tx, present, -1)
      }
    } finally {
      clearInterval(watch)
      running.end(key)
    }
  }

async function outcomeOf(host: QueryHost, query: LakeQuery, signal: AbortSignal): Promise<Outcome> {
  const scanned = { scannedBytes: 0, scannedEvents: 0 }
  const results = new Results(host)
  try {
    const statement = readLakeStatement(query.statement)
    const stores = (await Promise.all(query.storeIds.map((id) => storeById(host.store, id)))).filter((found) => !!found)
    const tables = stores.map((store) => tableOf(host, store, scanned))
    const csv = query.delivery && (await deliverResults(host, stores[0], query))
    await host.engine.run(signal, statement, tables, {
      nowMs: host.clock.nowMs(),
      take: async (columns, rows) => results.take(columns, rows, csv),
    })
    const parts = await results.end()
    const delivery = csv && query.delivery && { ...query.delivery, status: await csv.end() }
    return { status: 'FINISHED', parts, rows: results.rows, ...scanned, ...(delivery && { delivery }) }
  } catch (error) {
    // The work is done again when the server is back.
    if (host.signal.aborted || error instanceof StoreUnavailableError) throw error
    const delivery = query.delivery && { ...query.delivery, status: 'CANCELLED' as const }
    return { ...failureOf(host, error), parts: [], rows: 0, ...scanned, ...(delivery && { delivery }) }
  }
}

function failureOf({ onFault }: QueryHost, error: unknown): { status: QueryStatus; error?: string } {
  if (error instanceof QueryCancelledError) return { status: 'CANCELLED' }
  if (error instanceof QueryOverdueError) return { status: 'TIMED_OUT', error: 'The query ran for more than an hour.' }
  if (error instanceof SqlError) return { status: 'FAILED', error: error.text }
  if (error instanceof EngineMissingError) return { status: 'FAILED', error: engineMissing().message }
  if (error instanceof QueryProcessEndedError) return { status: 'FAILED', error: 'The query needs too many resources.' }
  if (error instanceof ServiceError && error.status < 500) return { status: 'FAILED', error: error.message }
  onFault(error)
  return { status: 'FAILED', error: 'The query failed with an internal error.' }
}

/** The rows of a store that are not too old, batch by batch. */
function tableOf(
  host: QueryHost,
  store: EventDataStore,
  scanned: { scannedBytes: number; scannedEvents: number },
): LakeTable {
  return {
    id: store.id,
    columns: lakeColumns(takesActivity(store)),
    async *files() {
      const sinceMs = keptSinceMs(store, host.clock.nowMs())
      for (let afterId: string | undefined; ; ) {
        const found = await firstBatches(host.store, batchesUnder(store.id), batchesAtOnce, afterId)
        for (const { document } of found) {
          if (document.newestMs < sinceMs) continue
          const content = await readBatch(host, store, document)
          scanned.scannedBytes += content.length
          scanned.scannedEvents += document.events
          yield document.oldestMs < sinceMs ? withoutExpired(await unzip(content), sinceMs) : content
        }
        afterId = found.at(-1)?.id
        if (found.length < batchesAtOnce || afterId === undefined) return
      }
    },
  }
}

const timeOfRow = /"eventtime":"([^"]{19})/

/** Leaves out rows that are older than they are kept. */
function withoutExpired(lines: Buffer, sinceMs: number): Buffer {
  const since = new Date(sinceMs).toISOString().replace('T', ' ').slice(0, 19)
  const kept = lines
    .toString()
    .split('\n')
    .filter((line) => line !== '' && (timeOfRow.exec(line)?.[1] ?? '~') >= since)
  return Buffer.from(kept.map((line) => `${line}\n`).join(''))
}

/** Stores rows as they come. */
class Results {
  readonly #host: QueryHost
  readonly #parts: StoredBlob[] = []
  #waiting: Record<string, string>[][] = []
  rows = 0

  constructor(host: QueryHost) {
    this.#host = host
  }

  async take(columns: readonly ResultColumn[], rows: readonly ResultRow[], csv: CsvResult | undefined): Promise<void> {
    this.rows += rows.length
    await csv?.take(columns, rows)
    for (const row of rows) {
      this.#waiting.push(columns.map(({ name }, index) => ({ [name]: row[index] ?? '' })))
      if (this.#waiting.length === rowsOfPart) await this.#store()
    }
  }

  async #store(): Promise<void> {
    this.#parts.push(await this.#host.blobs.put(Buffer.from(JSON.stringify(this.#waiting))))
    this.#waiting = []
  }

  async end(): Promise<readonly StoredBlob[]> {
    if (this.#waiting.length > 0) await this.#store()
    return this.#parts
  }
}

const partsAtOnce = 200

/** Forgets a query after seven days, with its results. */
export const forgetQueryRunner =
  (host: Pick<LakeHost, 'store' | 'blobs'>): WorkRunner =>
  async ({ key, scope }) => {
    const idPrefix = `${key}:`
    const found = await host.store.in(resultParts).list(scope, { idPrefix, limit: partsAtOnce })
    return async (tx) => {
      for (const { id, document } of found) {
        if (await tx.in(resultParts).delete(scope, id)) await host.blobs.remove(tx, document.blobId)
      }
      if (found.length === partsAtOnce) return { payload: {} }
      const query = await tx.in(lakeQueries).get(scope, key)
      if (query && !hasEnded(query)) await countQuery(tx, query, -1)
      await tx.in(lakeQueries).delete(scope, key)
      return undefined
    }
  }
