import { randomUUID } from 'node:crypto'
import type {
  BatchGetNamedQueryInput,
  BatchGetNamedQueryOutput,
  CreateNamedQueryInput,
  CreateNamedQueryOutput,
  DeleteNamedQueryOutput,
  GetNamedQueryInput,
  GetNamedQueryOutput,
  ListNamedQueriesInput,
  ListNamedQueriesOutput,
  UpdateNamedQueryInput,
  UpdateNamedQueryOutput,
} from '@aws-sdk/client-athena'
import { dayMs } from '../../../core/durations.ts'
import type { Validated } from '../../../core/operation.ts'
import type { DocumentReader } from '../../../core/store.ts'
import { clientTokens } from '../../../kit/client-tokens.ts'
import type { AthenaContext } from '../athena-context.ts'
import { namedQueryNotFound, tokenMismatch } from '../domain/errors.ts'
import { type NamedQuery, namedQueries, usedTokens } from '../storage/collections.ts'
import { byId, pageOf } from './pages.ts'
import { primaryName, scopeOf } from './permissions.ts'
import { findWorkGroup } from './work-groups.ts'

const tokens = clientTokens({ collection: usedTokens, windowMs: dayMs, mismatch: tokenMismatch })

const shown = ({ id, name, description, database, text, workGroup }: NamedQuery) => ({
  ...{ NamedQueryId: id, Name: name, Database: database, QueryString: text, WorkGroup: workGroup },
  ...(description !== undefined && { Description: description }),
})

async function find(reader: DocumentReader, context: AthenaContext, id: string): Promise<NamedQuery> {
  const query = await reader.in(namedQueries).get(scopeOf(context), id)
  if (!query) throw namedQueryNotFound(id)
  return query
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateNamedQuery.html */
export async function createNamedQuery(
  context: AthenaContext,
  request: Validated<CreateNamedQueryInput>,
): Promise<CreateNamedQueryOutput> {
  const { call } = context
  const { ClientRequestToken: token, ...input } = request
  const { Name, Database, QueryString, Description, WorkGroup = primaryName } = input
  const query: NamedQuery = {
    ...{ id: randomUUID(), name: Name, database: Database, text: QueryString, workGroup: WorkGroup },
    ...(Description !== undefined && { description: Description }),
  }
  return call.transaction((tx) =>
    tokens.once(tx, call, { token, input }, async () => {
      await findWorkGroup(tx, context, WorkGroup)
      await tx.in(namedQueries).put(scopeOf(context), query.id, query)
      return { NamedQueryId: query.id }
    }),
  )
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_GetNamedQuery.html */
export async function getNamedQuery(
  context: AthenaContext,
  { NamedQueryId }: Validated<GetNamedQueryInput>,
): Promise<GetNamedQueryOutput> {
  return { NamedQuery: shown(await find(context.call.store, context, NamedQueryId)) }
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetNamedQuery.html */
export async function batchGetNamedQuery(
  context: AthenaContext,
  { NamedQueryIds }: Validated<BatchGetNamedQueryInput>,
): Promise<BatchGetNamedQueryOutput> {
  const NamedQueries = []
  const UnprocessedNamedQueryIds = []
  for (const id of NamedQueryIds as string[]) {
    const query = await context.call.store.in(namedQueries).get(scopeOf(context), id)
    if (query) NamedQueries.push(shown(query))
    else {
      const { message: ErrorMessage } = namedQueryNotFound(id)
      UnprocessedNamedQueryIds.push({ NamedQueryId: id, ErrorCode: 'INVALID_INPUT', ErrorMessage })
    }
  }
  return { NamedQueries, UnprocessedNamedQueryIds }
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_UpdateNamedQuery.html */
export async function updateNamedQuery(
  context: AthenaContext,
  { NamedQueryId, Name, Description, QueryString }: Validated<UpdateNamedQueryInput>,
): Promise<UpdateNamedQueryOutput> {
  return context.call.transaction(async (tx) => {
    const { description: _description, ...present } = await find(tx, context, NamedQueryId)
    const changed = {
      ...present,
      name: Name,
      text: QueryString,
      ...(Description !== undefined && { description: Description }),
    }
    await tx.in(namedQueries).put(scopeOf(context), NamedQueryId, changed)
    return {}
  })
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_DeleteNamedQuery.html */
export async function deleteNamedQuery(
  context: AthenaContext,
  { NamedQueryId }: { NamedQueryId: string },
): Promise<DeleteNamedQueryOutput> {
  return context.call.transaction(async (tx) => {
    if (!(await tx.in(namedQueries).delete(scopeOf(context), NamedQueryId))) throw namedQueryNotFound(NamedQueryId)
    return {}
  })
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_ListNamedQueries.html */
export async function listNamedQueries(
  context: AthenaContext,
  { WorkGroup = primaryName, NextToken: token, MaxResults: limit }: Validated<ListNamedQueriesInput>,
): Promise<ListNamedQueriesOutput> {
  const index = { name: 'workGroup', value: WorkGroup }
  const { rows, ...next } = await pageOf<NamedQuery>(
    context,
    { token, limit, list: [WorkGroup] },
    async (afterId, count) => {
      const options = { index, limit: count, ...(afterId !== undefined && { afterId }) }
      return byId(await context.call.store.in(namedQueries).list(scopeOf(context), options))
    },
  )
  return { NamedQueryIds: rows.map(({ id }) => id), ...next }
}
