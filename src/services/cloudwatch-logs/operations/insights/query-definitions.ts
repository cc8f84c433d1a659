import { randomUUID } from 'node:crypto'
import type {
  DeleteQueryDefinitionRequest,
  DeleteQueryDefinitionResponse,
  DescribeQueryDefinitionsRequest,
  DescribeQueryDefinitionsResponse,
  PutQueryDefinitionRequest,
  PutQueryDefinitionResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Validated } from '../../../../core/operation.ts'
import { readList } from '../../../../kit/bounded-list.ts'
import { sealPageToken } from '../../../../kit/page-token.ts'
import { definitionNotFound, languageNotBuilt, limitExceeded, notSupportedMember } from '../../domain/errors.ts'
import type { LogsContext } from '../../logs-context.ts'
import { type QueryDefinition, queryDefinitions } from '../../storage/queries.ts'
import { placeOfToken } from '../describe.ts'

const most = 1000

/**
 * Keeps a query under a name, or changes one that is kept.
 * @throws ServiceError ResourceNotFoundException, LimitExceededException, InvalidParameterException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
 */
export async function putQueryDefinition(
  { call }: LogsContext,
  {
    name,
    queryDefinitionId,
    queryString,
    logGroupNames = [],
    queryLanguage = 'CWLI',
    parameters,
  }: Validated<PutQueryDefinitionRequest>,
): Promise<PutQueryDefinitionResponse> {
  if (queryLanguage !== 'CWLI') throw languageNotBuilt(queryLanguage)
  if (parameters && parameters.length > 0) throw notSupportedMember('parameters')
  const scope = { accountId: call.accountId, region: call.region }
  const id = queryDefinitionId ?? randomUUID()
  const definition = { id, name, text: queryString, groupNames: logGroupNames, modifiedAtMs: call.clock.nowMs() }
  return call.transaction(async (tx) => {
    const kept = tx.in(queryDefinitions)
    if (queryDefinitionId !== undefined && !(await kept.get(scope, id))) throw definitionNotFound()
    if (queryDefinitionId === undefined && (await kept.count(scope, { limit: most })) >= most) throw limitExceeded()
    await kept.put(scope, id, definition)
    return { queryDefinitionId: id }
  })
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteQueryDefinition.html */
export async function deleteQueryDefinition(
  { call }: LogsContext,
  { queryDefinitionId }: Validated<DeleteQueryDefinitionRequest>,
): Promise<DeleteQueryDefinitionResponse> {
  const scope = { accountId: call.accountId, region: call.region }
  return call.transaction(async (tx) => {
    if (!(await tx.in(queryDefinitions).delete(scope, queryDefinitionId))) throw definitionNotFound()
    return { success: true }
  })
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueryDefinitions.html */
export async function describeQueryDefinitions(
  context: LogsContext,
  { queryDefinitionNamePrefix: prefix = '', maxResults = most, nextToken }: Validated<DescribeQueryDefinitionsRequest>,
): Promise<DescribeQueryDefinitionsResponse> {
  const { call } = context
  const after = placeOfToken(context, [prefix], nextToken) as string | undefined
  const source = {
    fits: ({ name }: QueryDefinition) => name.startsWith(prefix),
    read: async (afterId: string | undefined, limit: number) => {
      const scope = { accountId: call.accountId, region: call.region }
      const found = await call.store
        .in(queryDefinitions)
        .list(scope, { limit, ...(afterId !== undefined && { afterId }) })
      return found.map(({ id, document }) => ({ place: id, row: document }))
    },
  }
  const { rows, place, more } = await readList(source, after, maxResults)
  return {
    queryDefinitions: rows.map(({ row }) => ({
      queryLanguage: 'CWLI',
      queryDefinitionId: row.id,
      name: row.name,
      queryString: row.text,
      lastModified: row.modifiedAtMs,
      logGroupNames: [...row.groupNames],
    })),
    ...(more && { nextToken: sealPageToken(context, [prefix], place) }),
  }
}
