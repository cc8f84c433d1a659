import { randomUUID } from 'node:crypto'
import type {
  BatchGetQueryExecutionInput,
  BatchGetQueryExecutionOutput,
  GetQueryExecutionInput,
  GetQueryExecutionOutput,
  GetQueryRuntimeStatisticsInput,
  GetQueryRuntimeStatisticsOutput,
  ListQueryExecutionsInput,
  ListQueryExecutionsOutput,
  QueryExecution,
  ResultConfiguration,
  StartQueryExecutionInput,
  StartQueryExecutionOutput,
  StopQueryExecutionOutput,
} from '@aws-sdk/client-athena'
import { dayMs } from '../../../core/durations.ts'
import type { Permission, Validated } from '../../../core/operation.ts'
import type { Place } from '../../../core/store.ts'
import { clientTokens } from '../../../kit/client-tokens.ts'
import type { AthenaContext } from '../athena-context.ts'
import {
  catalogNotFound,
  invalidLocation,
  noOutputLocation,
  notSupported,
  queryNotFound,
  tokenMismatch,
  tooManyQueries,
  workGroupDisabled,
} from '../domain/errors.ts'
import { printLocation, readLocation } from '../domain/location.ts'
import { statementTypeOf } from '../domain/statement.ts'
import { forgetWork, runWork } from '../running/run-work.ts'
import { hasEnded, type Query, queries, usedTokens, type WorkGroupConfiguration } from '../storage/collections.ts'
import { pageOf } from './pages.ts'
import { findQuery, primaryName, scopeOf, workGroupPermission } from './permissions.ts'
import { encryptionOf, engineVersion, findWorkGroup, shownEncryption } from './work-groups.ts'

/** How many queries of an account may wait or run. */
const mostOpen = 200

const tokens = clientTokens({ collection: usedTokens, windowMs: dayMs, mismatch: tokenMismatch })

/**
 * Starts a query, which runs behind the request, in the name of the caller.
 * @throws ServiceError InvalidRequestException, TooManyRequestsException.
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
 */
export async function startQueryExecution(
  context: AthenaContext,
  request: Validated<StartQueryExecutionInput>,
): Promise<StartQueryExecutionOutput> {
  const { call } = context
  const {
    QueryString,
    ClientRequestToken,
    WorkGroup = primaryName,
    QueryExecutionContext,
    ExecutionParameters,
  } = request
  const group = await findWorkGroup(call.store, context, WorkGroup)
  if (!group.isEnabled) throw workGroupDisabled(WorkGroup)
  const catalog = QueryExecutionContext?.Catalog ?? 'AwsDataCatalog'
  if (catalog.toLowerCase() !== 'awsdatacatalog') throw catalogNotFound(catalog)
  const statement = statementTypeOf(QueryString)
  const { cutoffBytes } = group.configuration
  const query: Query = {
    ...{ id: randomUUID(), accountId: call.accountId, region: call.region, text: QueryString, workGroup: WorkGroup },
    ...{ parameters: ExecutionParameters ?? [], database: QueryExecutionContext?.Database ?? 'default', catalog },
    ...resultsOf(request.ResultConfiguration, group.configuration),
    ...(cutoffBytes !== undefined && { cutoffBytes }),
    ...{ caller: call.caller, statementType: statement.type, state: 'QUEUED', submittedAtMs: call.clock.nowMs() },
    ...(statement.substatement !== undefined && { substatementType: statement.substatement }),
    ...{ scannedBytes: 0, engineMs: 0 },
  }
  const { ClientRequestToken: _token, ...input } = request
  return call.transaction((tx) =>
    tokens.once(tx, call, { token: ClientRequestToken, input }, async () => {
      const index = { name: 'open', value: 'open' }
      const open = await tx.in(queries).count(scopeOf(context), { index, limit: mostOpen })
      if (open >= mostOpen) throw tooManyQueries()
      await tx.in(queries).put(scopeOf(context), query.id, query)
      await tx.schedule(runWork(query))
      await tx.schedule(forgetWork(query))
      return { QueryExecutionId: query.id }
    }),
  )
}

/** Where results go: the work group decides where it is enforced, or where the request does not say. */
function resultsOf(
  given: ResultConfiguration | undefined,
  group: WorkGroupConfiguration,
): Pick<Query, 'location' | 'encryption' | 'expectedBucketOwner'> {
  const own = group.isEnforced ? undefined : given
  if (own?.AclConfiguration) throw notSupported('AclConfiguration')
  const location = own?.OutputLocation ?? group.location
  if (!location) throw noOutputLocation()
  if (!readLocation(location)) throw invalidLocation(location)
  const encryption = own?.OutputLocation
    ? encryptionOf(own.EncryptionConfiguration)
    : (encryptionOf(own?.EncryptionConfiguration) ?? group.encryption)
  const expectedBucketOwner = own?.ExpectedBucketOwner ?? group.expectedBucketOwner
  return {
    location,
    ...(encryption && { encryption }),
    ...(expectedBucketOwner !== undefined && { expectedBucketOwner }),
  }
}

/**
 * Stops a query that has not ended; one that has stays as it is.
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/API_StopQueryExecution.html
 */
export async function stopQueryExecution(
  context: AthenaContext,
  { QueryExecutionId: id }: { QueryExecutionId: string },
): Promise<StopQueryExecutionOutput> {
  const { call, running } = context
  const result = await call.transaction(async (tx) => {
    const query = await tx.in(queries).get(scopeOf(context), id)
    if (!query) throw queryNotFound(id)
    if (!hasEnded(query)) {
      await tx.in(queries).put(scopeOf(context), id, { ...query, state: 'CANCELLED', endedAtMs: call.clock.nowMs() })
    }
    return {}
  })
  running.stop(id)
  return result
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryExecution.html */
export async function getQueryExecution(
  context: AthenaContext,
  { QueryExecutionId }: Validated<GetQueryExecutionInput>,
): Promise<GetQueryExecutionOutput> {
  return { QueryExecution: shownQuery(context, await findQuery(context, QueryExecutionId)) }
}

export async function onQueries(
  context: AthenaContext,
  { QueryExecutionIds }: { QueryExecutionIds: string[] },
): Promise<Permission[]> {
  const found = await Promise.all(
    QueryExecutionIds.map((id) => context.call.store.in(queries).get(scopeOf(context), id)),
  )
  const groups = new Set(found.flatMap((query) => query?.workGroup ?? []))
  return Promise.all([...(groups.size > 0 ? groups : [primaryName])].map((name) => workGroupPermission(context, name)))
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetQueryExecution.html */
export async function batchGetQueryExecution(
  context: AthenaContext,
  { QueryExecutionIds }: Validated<BatchGetQueryExecutionInput>,
): Promise<BatchGetQueryExecutionOutput> {
  const found: Query[] = []
  const missing: string[] = []
  for (const id of QueryExecutionIds as string[]) {
    const query = await context.call.store.in(queries).get(scopeOf(context), id)
    if (query) found.push(query)
    else missing.push(id)
  }
  return {
    QueryExecutions: found.map((query) => shownQuery(context, query)),
    UnprocessedQueryExecutionIds: missing.map((QueryExecutionId) => ({
      ...{
        QueryExecutionId,
        ErrorCode: 'INVALID_QUERY_EXECUTION_ID',
        ErrorMessage: queryNotFound(QueryExecutionId).message,
      },
    })),
  }
}

/**
 * Lists the queries of a work group, latest first.
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/API_ListQueryExecutions.html
 */
export async function listQueryExecutions(
  context: AthenaContext,
  { WorkGroup = primaryName, NextToken: token, MaxResults: limit }: Validated<ListQueryExecutionsInput>,
): Promise<ListQueryExecutionsOutput> {
  await findWorkGroup(context.call.store, context, WorkGroup)
  const prefix = `${encodeURIComponent(WorkGroup).slice(0, 100)}/`
  // The order of all is by work group; behind this place come those of the group, latest first.
  const begin: Place = { value: `${prefix}~`, id: '' }
  const { rows, ...next } = await pageOf<Query | undefined, Place>(
    context,
    { token, limit, list: [WorkGroup] },
    async (after = begin, count) => {
      const options = { index: 'started', descending: true, limit: count, after }
      const found = await context.call.store.in(queries).listOrdered(scopeOf(context), options)
      return found
        .filter(({ document }) => document.workGroup === WorkGroup)
        .map(({ id, document }) => ({
          place: { value: `${prefix}${String(document.submittedAtMs).padStart(15, '0')}`, id },
          row: document,
        }))
    },
  )
  return { QueryExecutionIds: rows.flatMap((query) => query?.id ?? []), ...next }
}

/** How long the parts of a query took. */
function timesOf({ call }: AthenaContext, query: Query) {
  const endMs = query.endedAtMs ?? call.clock.nowMs()
  return {
    QueryQueueTimeInMillis: Math.max(0, (query.startedAtMs ?? endMs) - query.submittedAtMs),
    EngineExecutionTimeInMillis: query.engineMs,
    TotalExecutionTimeInMillis: Math.max(query.engineMs, endMs - query.submittedAtMs),
    ...{ ServicePreProcessingTimeInMillis: 0, QueryPlanningTimeInMillis: 0, ServiceProcessingTimeInMillis: 0 },
  }
}

function shownQuery(context: AthenaContext, query: Query): QueryExecution {
  const { bucket } = readLocation(query.location) ?? { bucket: '' }
  const at = (key: string) => printLocation({ bucket, key })
  const { failure, endedAtMs } = query
  return {
    ...{
      QueryExecutionId: query.id,
      Query: query.text,
      StatementType: query.statementType,
      WorkGroup: query.workGroup,
    },
    ...(query.substatementType !== undefined && { SubstatementType: query.substatementType }),
    ResultConfiguration: {
      OutputLocation: query.resultKey === undefined ? query.location : at(query.resultKey),
      ...(query.encryption && { EncryptionConfiguration: shownEncryption(query.encryption) }),
      ...(query.expectedBucketOwner !== undefined && { ExpectedBucketOwner: query.expectedBucketOwner }),
    },
    ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: false } },
    QueryExecutionContext: { Database: query.database, Catalog: query.catalog.toLowerCase() },
    Status: {
      ...{ State: query.state, SubmissionDateTime: new Date(query.submittedAtMs) },
      ...(endedAtMs !== undefined && { CompletionDateTime: new Date(endedAtMs) }),
      ...(failure && {
        StateChangeReason: failure.reason,
        AthenaError: {
          ...{ ErrorCategory: failure.category, ErrorType: failure.type, Retryable: failure.retryable },
          ErrorMessage: failure.reason,
        },
      }),
    },
    Statistics: {
      ...{ ...timesOf(context, query), DataScannedInBytes: query.scannedBytes },
      ...(query.manifestKey !== undefined && { DataManifestLocation: at(query.manifestKey) }),
      ResultReuseInformation: { ReusedPreviousResult: false },
    },
    EngineVersion: engineVersion,
    ...(query.parameters.length > 0 && { ExecutionParameters: [...query.parameters] }),
  }
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryRuntimeStatistics.html */
export async function getQueryRuntimeStatistics(
  context: AthenaContext,
  { QueryExecutionId }: Validated<GetQueryRuntimeStatisticsInput>,
): Promise<GetQueryRuntimeStatisticsOutput> {
  const query = await findQuery(context, QueryExecutionId)
  const { rows } = query
  return {
    QueryRuntimeStatistics: {
      Timeline: timesOf(context, query),
      ...(rows && {
        Rows: { InputBytes: query.scannedBytes, OutputRows: rows.output, OutputBytes: rows.outputBytes },
      }),
    },
  }
}
