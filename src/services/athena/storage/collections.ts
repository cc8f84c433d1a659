import type { Caller } from '../../../core/principal.ts'
import type { CollectionSpec, Scope } from '../../../core/store.ts'
import { clientTokenCollection, type UsedToken } from '../../../kit/client-tokens.ts'
import type { Tag } from '../../../kit/tags.ts'
import type { QueryFailure } from '../domain/query-failure.ts'

export type QueryState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'

/** A column of a result, as it is shown. */
export interface ShownColumn {
  name: string
  type: string
  precision: number
  scale: number
}

export interface ResultEncryption {
  option: 'SSE_S3' | 'SSE_KMS'
  kmsKey?: string
}

/** A query that was started. */
export interface Query extends Scope {
  id: string
  text: string
  parameters: readonly string[]
  database: string
  catalog: string
  workGroup: string
  /** Where its results go: `s3://bucket/folder/`. */
  location: string
  encryption?: ResultEncryption
  expectedBucketOwner?: string
  /** The most that it may scan. */
  cutoffBytes?: number
  /** Who started it: what it does later is done in their name. */
  caller: Caller
  statementType: 'DDL' | 'DML' | 'UTILITY'
  substatementType?: string
  state: QueryState
  submittedAtMs: number
  startedAtMs?: number
  endedAtMs?: number
  failure?: QueryFailure
  /** Object of the result, once there is one. */
  resultKey?: string
  /** Object with the list of what it has written. */
  manifestKey?: string
  columns?: readonly ShownColumn[]
  updateCount?: number
  scannedBytes: number
  engineMs: number
  rows?: { input: number; inputBytes: number; output: number; outputBytes: number }
}

export const hasEnded = ({ state }: Pick<Query, 'state'>): boolean => state !== 'QUEUED' && state !== 'RUNNING'

const timeKey = (ms: number) => String(ms).padStart(15, '0')

/** By id, in the order of their start in a work group; those that have not ended by `open`. */
export const queries: CollectionSpec<Query> = {
  name: 'athena.queries',
  indexes: {
    started: ({ workGroup, submittedAtMs }) => [
      `${encodeURIComponent(workGroup).slice(0, 100)}/${timeKey(submittedAtMs)}`,
    ],
    open: (query) => (hasEnded(query) ? [] : ['open']),
  },
  sealed: ['text', 'parameters', 'caller'],
}

/** How a work group's queries run. Absent members have not been set. */
export interface WorkGroupConfiguration {
  location?: string
  encryption?: ResultEncryption
  expectedBucketOwner?: string
  isEnforced: boolean
  publishesMetrics: boolean
  cutoffBytes?: number
  requesterPays: boolean
}

export interface WorkGroup {
  name: string
  description?: string
  isEnabled: boolean
  configuration: WorkGroupConfiguration
  createdAtMs: number
  tags: readonly Tag[]
}

/** By name. */
export const workGroups: CollectionSpec<WorkGroup> = { name: 'athena.work-groups' }

export interface NamedQuery {
  id: string
  name: string
  description?: string
  database: string
  text: string
  workGroup: string
}

/** By id. */
export const namedQueries: CollectionSpec<NamedQuery> = {
  name: 'athena.named-queries',
  indexes: { workGroup: ({ workGroup }) => [workGroup] },
  sealed: ['text'],
}

export interface PreparedStatement {
  name: string
  workGroup: string
  text: string
  description?: string
  modifiedAtMs: number
}

/** By work group and name. */
export const preparedStatements: CollectionSpec<PreparedStatement> = {
  name: 'athena.prepared-statements',
  sealed: ['text'],
}

export const preparedId = (workGroup: string, name: string): string =>
  `${encodeURIComponent(workGroup)}/${encodeURIComponent(name)}`

export const usedTokens: CollectionSpec<UsedToken> = { name: 'athena.client-tokens', ...clientTokenCollection }
