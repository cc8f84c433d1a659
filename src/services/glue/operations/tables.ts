import { randomUUID } from 'node:crypto'
import type {
  BatchDeleteTableRequest,
  BatchDeleteTableResponse,
  CreateTableRequest,
  CreateTableResponse,
  DeleteTableRequest,
  DeleteTableResponse,
  GetTableRequest,
  GetTableResponse,
  GetTablesRequest,
  GetTablesResponse,
  Table as ShownTable,
  UpdateTableRequest,
  UpdateTableResponse,
} from '@aws-sdk/client-glue'
import type { Validated } from '../../../core/operation.ts'
import { printedArn } from '../../../core/principal.ts'
import type { DocumentReader, Transaction } from '../../../core/store.ts'
import { catalogName, idOf, keptTable, shownTimes, type Table } from '../domain/catalog.ts'
import { invalidInput, notSupported, tableExists, tableNotFound, versionMismatch } from '../domain/errors.ts'
import { tablePattern } from '../domain/table-pattern.ts'
import type { GlueContext } from '../glue-context.ts'
import { tables, tableVersions, versionText } from '../storage/collections.ts'
import { findDatabase } from './databases.ts'
import { discardWork } from './discard.ts'
import { pageOf } from './pages.ts'
import { scopeOf } from './permissions.ts'

/** @throws ServiceError EntityNotFoundException. */
export async function findTable(
  reader: DocumentReader,
  context: GlueContext,
  database: string,
  name: string,
): Promise<Table> {
  const { id } = await findDatabase(reader, context, database)
  const table = await reader.in(tables).get(scopeOf(context), idOf(id, name.toLowerCase()))
  if (!table) throw tableNotFound(name)
  return table
}

export const shownTable = ({ call }: GlueContext, table: Table): ShownTable => ({
  ...{ Name: table.name, DatabaseName: table.database, ...table.input, ...shownTimes(table) },
  ...{ CreateTime: new Date(table.createdAtMs), UpdateTime: new Date(table.updatedAtMs), CreatedBy: table.createdBy },
  ...{ IsRegisteredWithLakeFormation: false, CatalogId: call.accountId, VersionId: String(table.version) },
})

/**
 * @throws ServiceError AlreadyExistsException, EntityNotFoundException, InvalidInputException.
 * @see https://docs.aws.amazon.com/glue/latest/webapi/API_CreateTable.html
 */
export async function createTable(
  context: GlueContext,
  { DatabaseName, TableInput, PartitionIndexes = [], OpenTableFormatInput }: Validated<CreateTableRequest>,
): Promise<CreateTableResponse> {
  if (!TableInput) throw invalidInput('TableInput is required.')
  if (OpenTableFormatInput) throw notSupported('OpenTableFormatInput')
  if (PartitionIndexes.length > 0) throw notSupported('A partition index')
  const { call } = context
  const scope = scopeOf(context)
  const name = catalogName(TableInput.Name ?? '')
  const nowMs = call.clock.nowMs()
  const made = {
    ...{ id: randomUUID(), name, ...keptTable(TableInput), createdAtMs: nowMs, updatedAtMs: nowMs, version: 0 },
    createdBy: printedArn(call.caller.principal),
  }
  return call.transaction(async (tx) => {
    const database = await findDatabase(tx, context, DatabaseName)
    const table: Table = { ...made, databaseId: database.id, database: database.name }
    if (await tx.in(tables).get(scope, idOf(database.id, name))) throw tableExists()
    await putTable(tx, context, table)
    return {}
  })
}

async function putTable(tx: Transaction, context: GlueContext, table: Table): Promise<void> {
  const scope = scopeOf(context)
  await tx.in(tables).put(scope, idOf(table.databaseId, table.name), table)
  await tx.in(tableVersions).put(scope, idOf(table.id, versionText(table.version)), table)
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetTable.html */
export async function getTable(
  context: GlueContext,
  { DatabaseName, Name }: Validated<GetTableRequest>,
): Promise<GetTableResponse> {
  return { Table: shownTable(context, await findTable(context.call.store, context, DatabaseName, Name)) }
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetTables.html */
export async function getTables(
  context: GlueContext,
  { DatabaseName, Expression, NextToken: token, MaxResults: limit }: Validated<GetTablesRequest>,
): Promise<GetTablesResponse> {
  const { id } = await findDatabase(context.call.store, context, DatabaseName)
  const matches = Expression === undefined ? undefined : tablePattern(Expression)
  const { rows, ...next } = await pageOf<Table>(context, {
    ...{ token, limit, list: [id, Expression] },
    ...(matches && { fits: ({ name }: Table) => matches(name) }),
    read: (afterId, count) => {
      const options = { idPrefix: idOf(id, ''), limit: count, ...(afterId !== undefined && { afterId }) }
      return context.call.store.in(tables).list(scopeOf(context), options)
    },
  })
  return { TableList: rows.map((table) => shownTable(context, table)), ...next }
}

/**
 * Replaces a table, and keeps what it was as a version unless the request says otherwise.
 * @throws ServiceError EntityNotFoundException, VersionMismatchException, InvalidInputException.
 * @see https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html
 */
export async function updateTable(
  context: GlueContext,
  { DatabaseName, Name, TableInput, SkipArchive, VersionId, UpdateOpenTableFormatInput }: Validated<UpdateTableRequest>,
): Promise<UpdateTableResponse> {
  if (!TableInput) throw invalidInput('TableInput is required.')
  if (UpdateOpenTableFormatInput) throw notSupported('UpdateOpenTableFormatInput')
  const { call } = context
  const name = catalogName(Name ?? TableInput.Name ?? '')
  if (catalogName(TableInput.Name ?? '') !== name) throw notSupported('Another name for a table')
  const { input, ...times } = keptTable(TableInput)
  return call.transaction(async (tx) => {
    const present = await findTable(tx, context, DatabaseName, name)
    if (VersionId !== undefined && VersionId !== String(present.version)) throw versionMismatch()
    const { accessedAtMs: _accessed, analyzedAtMs: _analyzed, ...kept } = present
    const changed = { ...kept, input, ...times, updatedAtMs: call.clock.nowMs(), version: present.version + 1 }
    if (SkipArchive) await tx.in(tableVersions).delete(scopeOf(context), idOf(present.id, versionText(present.version)))
    await putTable(tx, context, changed)
    return {}
  })
}

async function removeTable(tx: Transaction, context: GlueContext, database: string, name: string): Promise<void> {
  const table = await findTable(tx, context, database, name)
  await tx.in(tables).delete(scopeOf(context), idOf(table.databaseId, table.name))
  await tx.schedule(discardWork(scopeOf(context), { of: 'table', id: table.id }, context.call.clock.nowMs()))
}

/**
 * Deletes a table with its partitions.
 * @see https://docs.aws.amazon.com/glue/latest/webapi/API_DeleteTable.html
 */
export async function deleteTable(
  context: GlueContext,
  { DatabaseName, Name }: Validated<DeleteTableRequest>,
): Promise<DeleteTableResponse> {
  return context.call.transaction(async (tx) => {
    await removeTable(tx, context, DatabaseName, Name)
    return {}
  })
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_BatchDeleteTable.html */
export async function batchDeleteTable(
  context: GlueContext,
  { DatabaseName, TablesToDelete }: Validated<BatchDeleteTableRequest>,
): Promise<BatchDeleteTableResponse> {
  return context.call.transaction(async (tx) => {
    const { id } = await findDatabase(tx, context, DatabaseName)
    const Errors = []
    for (const name of TablesToDelete) {
      if (await tx.in(tables).get(scopeOf(context), idOf(id, name.toLowerCase()))) {
        await removeTable(tx, context, DatabaseName, name)
      } else {
        const { code: ErrorCode, message: ErrorMessage } = tableNotFound(name)
        Errors.push({ TableName: name, ErrorDetail: { ErrorCode, ErrorMessage } })
      }
    }
    return Errors.length > 0 ? { Errors } : {}
  })
}
