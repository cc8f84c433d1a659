import type { CollectionSpec, Transaction } from '../../../core/store.ts'
import { counters } from '../../../kit/counters.ts'
import { tooManyQueries } from '../domain/lake/errors.ts'
import { inOrder } from './pending.ts'

export type QueryStatus = 'QUEUED' | 'RUNNING' | 'FINISHED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT'

export type DeliveryStatus =
  | 'PENDING'
  | 'SUCCESS'
  | 'FAILED'
  | 'FAILED_SIGNING_FILE'
  | 'ACCESS_DENIED'
  | 'ACCESS_DENIED_SIGNING_FILE'
  | 'CANCELLED'
  | 'UNKNOWN'
  | 'RESOURCE_NOT_FOUND'

/** A query, in the account and Region of its stores. */
export interface LakeQuery {
  id: string
  accountId: string
  region: string
  statement: string
  /** ARNs of the stores, with the one first that operations name. */
  storeIds: readonly string[]
  status: QueryStatus
  createdAtMs: number
  executionMs?: number
  scannedBytes?: number
  scannedEvents?: number
  rows?: number
  error?: string
  delivery?: { uri: string; bucketRegion: string; status: DeliveryStatus }
  /** Of a widget, and of the refresh of its dashboard. */
  alias?: string
  refreshId?: string
}

/** By id, in the scope of account and Region. */
export const lakeQueries: CollectionSpec<LakeQuery> = {
  name: 'cloudtrail.queries',
  indexes: {
    time: ({ createdAtMs, storeIds }) => storeIds.map((id) => queryTime(id, createdAtMs)),
    alias: ({ alias }) => (alias === undefined ? [] : [alias]),
    refresh: ({ refreshId }) => (refreshId === undefined ? [] : [refreshId]),
  },
}

/** Returns a text that is in the order of the times of one store's queries. */
export const queryTime = (storeId: string, atMs: number): string => `${storeId}:${inOrder(atMs)}`

/** Rows of a result that are together in one blob, as JSON. */
export interface ResultPart {
  blobId: string
  /** The number of the first. */
  from: number
  rows: number
}

/** By query and number. */
export const resultParts: CollectionSpec<ResultPart> = { name: 'cloudtrail.query-results' }

export const resultPartId = (queryId: string, part: number): string => `${queryId}:${inOrder(part)}`

const mostRunning = 10

/** How many queries of an account in a Region have not ended. */
const runningCounts = counters({
  collection: { name: 'cloudtrail.running-queries' },
  none: { queries: 0 },
  quotas: { queries: { most: mostRunning, exceeded: () => tooManyQueries(mostRunning) } },
})

/** Counts a query that begins or ends. Those of dashboards are not counted: each has a refresh at a time. */
export async function countQuery(tx: Transaction, query: LakeQuery, by: 1 | -1): Promise<void> {
  if (query.refreshId === undefined) await runningCounts.change(tx, query, 'all', { queries: by })
}

export const hasEnded = ({ status }: LakeQuery): boolean => status !== 'QUEUED' && status !== 'RUNNING'
