import type { StoredBlob } from '../../../core/blobs.ts'
import type { CollectionSpec, Scope } from '../../../core/store.ts'
import type { QueryStatistics } from '../domain/insights/query-engine.ts'

export type QueryStatus = 'Scheduled' | 'Running' | 'Complete' | 'Failed' | 'Cancelled' | 'Timeout'

/** A query that was started. */
export interface StartedQuery extends Scope {
  id: string
  text: string
  groupNames: readonly string[]
  /** Inclusive. */
  fromMs: number
  toMs: number
  limit?: number
  status: QueryStatus
  createdAtMs: number
  endedAtMs?: number
  /** ARN of the caller. */
  startedBy: string
  statistics: QueryStatistics
  /** JSON of the rows. */
  results?: StoredBlob
}

/** What queries that run are found by, beside the names of their groups: no group has this one. */
export const anyGroup = ':'

/** By id, in the order in which they were started, and by groups while they run. */
export const queries: CollectionSpec<StartedQuery> = {
  name: 'logs.queries',
  indexes: {
    started: ({ createdAtMs }) => [String(createdAtMs).padStart(15, '0')],
    running: (query) => (isRunning(query) ? [anyGroup, ...query.groupNames] : []),
  },
  sealed: ['text'],
}

/** A query that is kept under a name. */
export interface QueryDefinition {
  id: string
  name: string
  text: string
  groupNames: readonly string[]
  modifiedAtMs: number
}

export const queryDefinitions: CollectionSpec<QueryDefinition> = { name: 'logs.query-definitions' }

/** Returns whether a query has not come to an end. */
export const isRunning = ({ status }: Pick<StartedQuery, 'status'>): boolean =>
  status === 'Scheduled' || status === 'Running'
