import { randomUUID } from 'node:crypto'
import type {
  CreateDatabaseRequest,
  CreateDatabaseResponse,
  DeleteDatabaseRequest,
  DeleteDatabaseResponse,
  GetDatabaseRequest,
  GetDatabaseResponse,
  GetDatabasesRequest,
  GetDatabasesResponse,
  UpdateDatabaseRequest,
  UpdateDatabaseResponse,
} from '@aws-sdk/client-glue'
import type { Validated } from '../../../core/operation.ts'
import type { DocumentReader } from '../../../core/store.ts'
import { tagsOfRecord } from '../../../kit/tags.ts'
import { catalogName, type Database } from '../domain/catalog.ts'
import { databaseExists, databaseNotFound, notSupported } from '../domain/errors.ts'
import type { GlueContext } from '../glue-context.ts'
import { databases } from '../storage/collections.ts'
import { discardWork } from './discard.ts'
import { pageOf } from './pages.ts'
import { scopeOf } from './permissions.ts'
import { glueTags } from './tags.ts'

type DatabaseInput = Validated<CreateDatabaseRequest>['DatabaseInput']

const keptInput = ({ Name: _name, ...input }: DatabaseInput): Database['input'] => {
  if (input.TargetDatabase) throw notSupported('A link to a database')
  if (input.FederatedDatabase) throw notSupported('A federated database')
  return input
}

/** @throws ServiceError EntityNotFoundException. */
export async function findDatabase(reader: DocumentReader, context: GlueContext, name: string): Promise<Database> {
  const database = await reader.in(databases).get(scopeOf(context), name.toLowerCase())
  if (!database) throw databaseNotFound(name)
  return database
}

const shown = ({ call }: GlueContext, { name, input, createdAtMs }: Database) => ({
  ...{ Name: name, ...input, CreateTime: new Date(createdAtMs), CatalogId: call.accountId },
})

/**
 * @throws ServiceError AlreadyExistsException, InvalidInputException.
 * @see https://docs.aws.amazon.com/glue/latest/webapi/API_CreateDatabase.html
 */
export async function createDatabase(
  context: GlueContext,
  { DatabaseInput, Tags = {} }: Validated<CreateDatabaseRequest>,
): Promise<CreateDatabaseResponse> {
  const { call } = context
  const scope = scopeOf(context)
  const database: Database = {
    ...{ id: randomUUID(), name: catalogName(DatabaseInput.Name ?? ''), input: keptInput(DatabaseInput) },
    ...{ createdAtMs: call.clock.nowMs(), tags: glueTags.merge([], tagsOfRecord(Tags)) },
  }
  return call.transaction(async (tx) => {
    if (await tx.in(databases).get(scope, database.name)) throw databaseExists()
    await tx.in(databases).put(scope, database.name, database)
    return {}
  })
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetDatabase.html */
export async function getDatabase(
  context: GlueContext,
  { Name }: Validated<GetDatabaseRequest>,
): Promise<GetDatabaseResponse> {
  return { Database: shown(context, await findDatabase(context.call.store, context, Name)) }
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetDatabases.html */
export async function getDatabases(
  context: GlueContext,
  { NextToken: token, MaxResults: limit }: Validated<GetDatabasesRequest>,
): Promise<GetDatabasesResponse> {
  const { rows, ...next } = await pageOf<Database>(context, {
    ...{ token, limit, list: [] },
    read: (afterId, count) =>
      context.call.store
        .in(databases)
        .list(scopeOf(context), { limit: count, ...(afterId !== undefined && { afterId }) }),
  })
  return { DatabaseList: rows.map((database) => shown(context, database)), ...next }
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateDatabase.html */
export async function updateDatabase(
  context: GlueContext,
  { Name, DatabaseInput }: Validated<UpdateDatabaseRequest>,
): Promise<UpdateDatabaseResponse> {
  const input = keptInput(DatabaseInput)
  const newName = catalogName(DatabaseInput.Name ?? '')
  const scope = scopeOf(context)
  return context.call.transaction(async (tx) => {
    const database = await findDatabase(tx, context, Name)
    if (newName !== database.name) throw notSupported('Another name for a database')
    await tx.in(databases).put(scope, newName, { ...database, input })
    return {}
  })
}

/**
 * Deletes a database with all of its tables.
 * @see https://docs.aws.amazon.com/glue/latest/webapi/API_DeleteDatabase.html
 */
export async function deleteDatabase(
  context: GlueContext,
  { Name }: Validated<DeleteDatabaseRequest>,
): Promise<DeleteDatabaseResponse> {
  const { call } = context
  const scope = scopeOf(context)
  return call.transaction(async (tx) => {
    const { id, name } = await findDatabase(tx, context, Name)
    await tx.in(databases).delete(scope, name)
    await tx.schedule(discardWork(scope, { of: 'database', id }, call.clock.nowMs()))
    return {}
  })
}
