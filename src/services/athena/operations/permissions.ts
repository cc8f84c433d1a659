import type { ContextValue, Permission } from '../../../core/operation.ts'
import { resourceTagKeys } from '../../../kit/tag-keys.ts'
import type { AthenaContext } from '../athena-context.ts'
import { namedQueryNotFound, queryNotFound } from '../domain/errors.ts'
import { namedQueries, type Query, queries, workGroups } from '../storage/collections.ts'

// What each operation asks for, as the Service Authorization Reference, "Amazon Athena", lists it.

export const primaryName = 'primary'

/** The account and Region of a call. */
export const scopeOf = ({ call: { accountId, region } }: AthenaContext) => ({ accountId, region })

export const workGroupArn = ({ call: { accountId, region } }: AthenaContext, name: string): string =>
  `arn:aws:athena:${region}:${accountId}:workgroup/${name}`

export const catalogArn = ({ call: { accountId, region } }: AthenaContext, name: string): string =>
  `arn:aws:athena:${region}:${accountId}:datacatalog/${name}`

const actionOf = ({ call }: AthenaContext) => `athena:${call.operation}`

export async function workGroupPermission(
  context: AthenaContext,
  name: string,
  more: Record<string, ContextValue> = {},
): Promise<Permission> {
  const group = await context.call.store.in(workGroups).get(scopeOf(context), name)
  return {
    ...{ action: actionOf(context), resource: workGroupArn(context, name) },
    context: { ...resourceTagKeys(group?.tags ?? []), ...more },
  }
}

export const onAll = (context: AthenaContext): Permission[] => [{ action: actionOf(context), resource: '*' }]

/** @param name - the member of the input that names the work group. */
export const onWorkGroup =
  <I extends object>(name: (input: I) => string | undefined) =>
  async (context: AthenaContext, input: I): Promise<Permission[]> => [
    await workGroupPermission(context, name(input) ?? primaryName),
  ]

export const onCatalog =
  <I extends object>(name: (input: I) => string | undefined) =>
  (context: AthenaContext, input: I): Permission[] => [
    { action: actionOf(context), resource: catalogArn(context, name(input) ?? '') },
  ]

/** @throws ServiceError InvalidRequestException. */
export async function findQuery(context: AthenaContext, id: string): Promise<Query> {
  const query = await context.found.find(id, () => context.call.store.in(queries).get(scopeOf(context), id))
  if (!query) throw queryNotFound(id)
  return query
}

export const onQuery = async (context: AthenaContext, input: { QueryExecutionId: string }): Promise<Permission[]> => [
  await workGroupPermission(context, (await findQuery(context, input.QueryExecutionId)).workGroup),
]

export async function onNamedQuery(context: AthenaContext, input: { NamedQueryId: string }): Promise<Permission[]> {
  const query = await context.call.store.in(namedQueries).get(scopeOf(context), input.NamedQueryId)
  if (!query) throw namedQueryNotFound(input.NamedQueryId)
  return [await workGroupPermission(context, query.workGroup)]
}
