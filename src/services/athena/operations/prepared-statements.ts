import type {
  BatchGetPreparedStatementInput,
  BatchGetPreparedStatementOutput,
  CreatePreparedStatementInput,
  CreatePreparedStatementOutput,
  DeletePreparedStatementInput,
  DeletePreparedStatementOutput,
  GetPreparedStatementInput,
  GetPreparedStatementOutput,
  ListPreparedStatementsInput,
  ListPreparedStatementsOutput,
  UpdatePreparedStatementInput,
  UpdatePreparedStatementOutput,
} from '@aws-sdk/client-athena'
import type { Validated } from '../../../core/operation.ts'
import type { AthenaContext } from '../athena-context.ts'
import { preparedStatementExists, resourceNotFound } from '../domain/errors.ts'
import { type PreparedStatement, preparedId, preparedStatements } from '../storage/collections.ts'
import { byId, pageOf } from './pages.ts'
import { scopeOf } from './permissions.ts'
import { findWorkGroup } from './work-groups.ts'

const notFound = (name: string) => resourceNotFound(`PreparedStatement ${name} was not found`, name)

const shown = ({ name, workGroup, text, description, modifiedAtMs }: PreparedStatement) => ({
  ...{ StatementName: name, QueryStatement: text, WorkGroupName: workGroup, LastModifiedTime: new Date(modifiedAtMs) },
  ...(description !== undefined && { Description: description }),
})

type Given = Validated<CreatePreparedStatementInput>

async function put(context: AthenaContext, given: Given, isNew: boolean): Promise<Record<string, never>> {
  const { StatementName: name, WorkGroup: workGroup, QueryStatement: text, Description } = given
  const { call } = context
  const id = preparedId(workGroup, name)
  const statement: PreparedStatement = {
    ...{ name, workGroup, text, modifiedAtMs: call.clock.nowMs() },
    ...(Description !== undefined && { description: Description }),
  }
  return call.transaction(async (tx) => {
    await findWorkGroup(tx, context, workGroup)
    const present = await tx.in(preparedStatements).get(scopeOf(context), id)
    if (isNew && present) throw preparedStatementExists(name)
    if (!isNew && !present) throw notFound(name)
    await tx.in(preparedStatements).put(scopeOf(context), id, statement)
    return {}
  })
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_CreatePreparedStatement.html */
export const createPreparedStatement = (context: AthenaContext, given: Given): Promise<CreatePreparedStatementOutput> =>
  put(context, given, true)

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_UpdatePreparedStatement.html */
export const updatePreparedStatement = (
  context: AthenaContext,
  given: Validated<UpdatePreparedStatementInput>,
): Promise<UpdatePreparedStatementOutput> => put(context, given, false)

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_GetPreparedStatement.html */
export async function getPreparedStatement(
  context: AthenaContext,
  { StatementName, WorkGroup }: Validated<GetPreparedStatementInput>,
): Promise<GetPreparedStatementOutput> {
  const id = preparedId(WorkGroup, StatementName)
  const found = await context.call.store.in(preparedStatements).get(scopeOf(context), id)
  if (!found) throw notFound(StatementName)
  return { PreparedStatement: shown(found) }
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetPreparedStatement.html */
export async function batchGetPreparedStatement(
  context: AthenaContext,
  { PreparedStatementNames, WorkGroup }: Validated<BatchGetPreparedStatementInput>,
): Promise<BatchGetPreparedStatementOutput> {
  const PreparedStatements = []
  const UnprocessedPreparedStatementNames = []
  for (const name of PreparedStatementNames) {
    const found = await context.call.store.in(preparedStatements).get(scopeOf(context), preparedId(WorkGroup, name))
    if (found) PreparedStatements.push(shown(found))
    else {
      const { message: ErrorMessage } = notFound(name)
      UnprocessedPreparedStatementNames.push({ StatementName: name, ErrorCode: 'STATEMENT_NOT_FOUND', ErrorMessage })
    }
  }
  return { PreparedStatements, UnprocessedPreparedStatementNames }
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_DeletePreparedStatement.html */
export async function deletePreparedStatement(
  context: AthenaContext,
  { StatementName, WorkGroup }: Validated<DeletePreparedStatementInput>,
): Promise<DeletePreparedStatementOutput> {
  return context.call.transaction(async (tx) => {
    const removed = await tx.in(preparedStatements).delete(scopeOf(context), preparedId(WorkGroup, StatementName))
    if (!removed) throw notFound(StatementName)
    return {}
  })
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_ListPreparedStatements.html */
export async function listPreparedStatements(
  context: AthenaContext,
  { WorkGroup, NextToken: token, MaxResults: limit }: Validated<ListPreparedStatementsInput>,
): Promise<ListPreparedStatementsOutput> {
  const idPrefix = preparedId(WorkGroup, '')
  const page = { token, limit, list: [WorkGroup] }
  const { rows, ...next } = await pageOf<PreparedStatement>(context, page, async (afterId, count) => {
    const options = { idPrefix, limit: count, ...(afterId !== undefined && { afterId }) }
    return byId(await context.call.store.in(preparedStatements).list(scopeOf(context), options))
  })
  return {
    PreparedStatements: rows.map(({ name, modifiedAtMs }) => ({
      ...{ StatementName: name, LastModifiedTime: new Date(modifiedAtMs) },
    })),
    ...next,
  }
}
