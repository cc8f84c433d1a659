import { randomUUID } from 'node:crypto'
import type {
  CancelQueryRequest,
  CancelQueryResponse,
  DescribeQueryRequest,
  DescribeQueryResponse,
  ListQueriesRequest,
  ListQueriesResponse,
  StartQueryRequest,
  StartQueryResponse,
} from '@aws-sdk/client-cloudtrail'
import { dayMs } from '../../../../core/durations.ts'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { readList } from '../../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../../kit/page-token.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { invalidMaxResults, invalidParameter, noSuchToken } from '../../domain/errors.ts'
import { lakeColumns } from '../../domain/lake/columns.ts'
import {
  invalidDateRange,
  invalidQueryStatement,
  queryInactive,
  queryNotFound,
  storeInactive,
} from '../../domain/lake/errors.ts'
import { type EventDataStore, takesActivity } from '../../domain/lake/event-data-store.ts'
import { type LakeStatement, readLakeStatement } from '../../domain/lake/statement.ts'
import { eventDataStoreArn } from '../../domain/resource-names.ts'
import { checkResultBucket } from '../../lake/deliver-results.ts'
import { scheduleQuery } from '../../lake/run-query.ts'
import { countQuery, hasEnded, type LakeQuery, lakeQueries, queryTime } from '../../storage/lake-queries.ts'
import { storeById } from '../../storage/lake-stores.ts'
import { findActiveStore, onStore, storePermission } from './find-store.ts'

const keptMs = 7 * dayMs

/** Returns the permissions to query the stores that a statement names. @throws ServiceError InvalidQueryStatementException */
export async function onStatement(
  context: CloudTrailContext,
  request: Validated<StartQueryRequest>,
): Promise<Permission[]> {
  const { stores } = statementOf(request)
  const found = await Promise.all(
    stores.map((id) => context.foundStores.find(id, () => storeById(context.call.store, id))),
  )
  return Promise.all(
    stores.map((id, index) => {
      const store = found[index]
      return storePermission(context, store?.arn ?? eventDataStoreArn(context.call, id), store)
    }),
  )
}

function statementOf({ QueryStatement, QueryAlias }: Validated<StartQueryRequest>): LakeStatement {
  if (QueryStatement === undefined) {
    throw invalidParameter(
      QueryAlias === undefined
        ? 'Specify QueryStatement.'
        : 'Queries of dashboards are started by StartDashboardRefresh.',
    )
  }
  if (QueryAlias !== undefined) throw invalidParameter('Specify QueryStatement or QueryAlias, not both.')
  return readLakeStatement(QueryStatement)
}

/**
 * Starts a query.
 * @throws ServiceError as the documentation lists.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartQuery.html
 */
export async function startQuery(
  context: CloudTrailContext,
  request: Validated<StartQueryRequest>,
): Promise<StartQueryResponse> {
  const { call, calls } = context
  const statement = statementOf(request)
  const stores = await storesNamed(context, statement)
  const [owner] = stores
  if (!owner) throw new Error('a statement names no store')
  const { accountId, region } = owner
  const { EventDataStoreOwnerAccountId: ownerId, DeliveryS3Uri: uri } = request
  if (stores.some((store) => store.accountId !== (ownerId ?? accountId)))
    throw invalidQueryStatement('The event data stores of a statement must belong to one account.')
  await checkStatement(context, statement, stores)
  const bucketRegion = uri === undefined ? undefined : await checkResultBucket(calls, owner, uri)
  const query: LakeQuery = {
    ...{ id: randomUUID(), accountId, region, statement: request.QueryStatement ?? '', status: 'QUEUED' },
    ...{ storeIds: stores.map(({ id }) => id), createdAtMs: call.clock.nowMs() },
    ...(uri !== undefined && bucketRegion !== undefined && { delivery: { uri, bucketRegion, status: 'PENDING' } }),
  }
  return call.transaction(async (tx) => {
    await countQuery(tx, query, 1)
    await tx.in(lakeQueries).put({ accountId, region }, query.id, query)
    await scheduleQuery(tx, query)
    return { QueryId: query.id, ...(ownerId !== undefined && { EventDataStoreOwnerAccountId: ownerId }) }
  })
}

/** @throws ServiceError InvalidQueryStatementException, InactiveEventDataStoreException */
async function storesNamed(context: CloudTrailContext, { stores }: LakeStatement): Promise<EventDataStore[]> {
  const found: EventDataStore[] = []
  for (const id of stores) {
    const store = await context.foundStores.find(id, () => storeById(context.call.store, id))
    if (!store || store.region !== context.call.region)
      throw invalidQueryStatement(`${id} is not the ID of an event data store.`)
    if (store.status === 'PENDING_DELETION') throw storeInactive(store.arn)
    found.push(store)
  }
  return found
}

/** Has the engine check a statement. @throws ServiceError InvalidQueryStatementException, UnsupportedOperationException */
export const checkStatement = (
  { call, lake }: CloudTrailContext,
  statement: LakeStatement,
  stores: readonly EventDataStore[],
): Promise<void> =>
  lake.engine.check(
    call.signal,
    statement,
    stores.map((store) => ({ id: store.id, columns: lakeColumns(takesActivity(store)) })),
    call.clock.nowMs(),
  )

interface NamedQuery {
  QueryId?: string
  EventDataStore?: string
  EventDataStoreOwnerAccountId?: string
}

/** Returns the permissions for what is done with a query: on its stores. */
export async function onQuery(context: CloudTrailContext, request: NamedQuery): Promise<Permission[]> {
  if (request.EventDataStore !== undefined)
    return onStore('EventDataStore')(context, { EventDataStore: request.EventDataStore })
  const query = await queryIfAt(context, request)
  const [id] = query?.storeIds ?? []
  const store =
    id === undefined ? undefined : await context.foundStores.find(id, () => storeById(context.call.store, id))
  if (!store) return [{ action: `cloudtrail:${context.call.operation}`, resource: '*' }]
  return [await storePermission(context, store.arn, store)]
}

async function queryIfAt(
  { call }: CloudTrailContext,
  request: NamedQuery & { QueryAlias?: string; RefreshId?: string },
) {
  const scope = { accountId: request.EventDataStoreOwnerAccountId ?? call.accountId, region: call.region }
  if (request.QueryId !== undefined) return call.store.in(lakeQueries).get(scope, request.QueryId)
  const { QueryAlias: value, RefreshId } = request
  if (value === undefined) throw invalidParameter('Specify QueryId or QueryAlias.')
  const found = await call.store.in(lakeQueries).list(scope, { index: { name: 'alias', value }, limit: 1000 })
  return found
    .map(({ document }) => document)
    .filter(({ refreshId }) => RefreshId === undefined || refreshId === RefreshId)
    .sort((a, b) => b.createdAtMs - a.createdAtMs)[0]
}

/** @throws ServiceError QueryIdNotFoundException, and those of a store that is named */
export async function findQuery(
  context: CloudTrailContext,
  request: NamedQuery & { QueryAlias?: string; RefreshId?: string },
): Promise<LakeQuery> {
  const store =
    request.EventDataStore === undefined ? undefined : await findActiveStore(context, request.EventDataStore)
  const query = await queryIfAt(context, request)
  if (!query || (store && !query.storeIds.includes(store.id)))
    throw queryNotFound(request.QueryId ?? request.QueryAlias ?? '')
  return query
}

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeQuery.html */
export async function describeQuery(
  context: CloudTrailContext,
  request: Validated<DescribeQueryRequest>,
): Promise<DescribeQueryResponse> {
  const query = await findQuery(context, request)
  return {
    ...{ QueryId: query.id, QueryString: query.statement, QueryStatus: query.status },
    QueryStatistics: {
      EventsMatched: query.rows ?? 0,
      EventsScanned: query.scannedEvents ?? 0,
      BytesScanned: query.scannedBytes ?? 0,
      ExecutionTimeInMillis: query.executionMs ?? 0,
      CreationTime: new Date(query.createdAtMs),
    },
    ...(query.error !== undefined && { ErrorMessage: query.error }),
    ...(query.delivery && { DeliveryS3Uri: query.delivery.uri, DeliveryStatus: query.delivery.status }),
    ...(request.EventDataStoreOwnerAccountId !== undefined && { EventDataStoreOwnerAccountId: query.accountId }),
  }
}

/** Ends a query that has not ended. @throws ServiceError QueryIdNotFoundException, InactiveQueryException */
export async function cancelQuery(
  context: CloudTrailContext,
  request: Validated<CancelQueryRequest>,
): Promise<CancelQueryResponse> {
  const { call, lake } = context
  const { id, accountId, region } = await findQuery(context, request)
  const answer = await call.transaction(async (tx) => {
    const present = await tx.in(lakeQueries).get({ accountId, region }, id)
    if (!present) throw queryNotFound(id)
    if (hasEnded(present)) throw queryInactive(id)
    const cancelled: LakeQuery = {
      ...{ ...present, status: 'CANCELLED' },
      ...(present.delivery && { delivery: { ...present.delivery, status: 'CANCELLED' } }),
    }
    await tx.in(lakeQueries).put({ accountId, region }, id, cancelled)
    await countQuery(tx, present, -1)
    return { QueryId: id, QueryStatus: 'CANCELLED' as const }
  })
  lake.running.cancel(id)
  return answer
}

/** Lists the queries of a store of the last seven days, newest first. */
export async function listQueries(
  context: CloudTrailContext,
  request: Validated<ListQueriesRequest>,
): Promise<ListQueriesResponse> {
  const { call } = context
  const { MaxResults = 1000, NextToken, StartTime, EndTime, QueryStatus } = request
  if (MaxResults < 1 || MaxResults > 1000) throw invalidMaxResults(1000)
  const store = await findActiveStore(context, request.EventDataStore)
  const nowMs = call.clock.nowMs()
  const fromMs = Math.max(nowMs - keptMs, StartTime?.getTime() ?? 0)
  const untilMs = EndTime?.getTime() ?? Number.MAX_SAFE_INTEGER - 1
  if (StartTime && EndTime && StartTime > EndTime) throw invalidDateRange()
  const list = [store.id, StartTime?.getTime(), EndTime?.getTime(), QueryStatus]
  const { accountId, region, id } = store
  const source = {
    read: async (after: { value: string; id: string } | undefined, limit: number) => {
      const from = after ?? { value: queryTime(id, untilMs + 1), id: '' }
      const found = await call.store
        .in(lakeQueries)
        .listOrdered({ accountId, region }, { index: 'time', descending: true, after: from, limit })
      return found
        .filter(({ document }) => document.storeIds.includes(id) && document.createdAtMs >= fromMs)
        .map(({ document }) => ({
          place: { value: queryTime(id, document.createdAtMs), id: document.id },
          row: document,
        }))
    },
    ...(QueryStatus !== undefined && { fits: ({ status }: LakeQuery) => status === QueryStatus }),
  }
  const opened = NextToken === undefined ? undefined : openPageToken(context, list, NextToken)
  if (NextToken !== undefined && opened === undefined) throw noSuchToken()
  const { rows, place, more } = await readList(source, opened as { value: string; id: string } | undefined, MaxResults)
  return {
    Queries: rows.map(({ row }) => ({
      QueryId: row.id,
      QueryStatus: row.status,
      CreationTime: new Date(row.createdAtMs),
    })),
    ...(more && { NextToken: sealPageToken(context, list, place) }),
  }
}
