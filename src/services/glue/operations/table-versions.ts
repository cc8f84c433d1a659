import type {
  BatchDeleteTableVersionRequest,
  BatchDeleteTableVersionResponse,
  DeleteTableVersionRequest,
  DeleteTableVersionResponse,
  GetTableVersionRequest,
  GetTableVersionResponse,
  GetTableVersionsRequest,
  GetTableVersionsResponse,
} from '@aws-sdk/client-glue'
import type { Validated } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { Transaction } from '../../../core/store.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import { idOf, type Table } from '../domain/catalog.ts'
import { invalidToken, lastVersion, versionNotFound } from '../domain/errors.ts'
import type { GlueContext } from '../glue-context.ts'
import { tableVersions, versionText } from '../storage/collections.ts'
import { scopeOf } from './permissions.ts'
import { findTable, shownTable } from './tables.ts'

const shown = (context: GlueContext, table: Table) => ({
  ...{ Table: shownTable(context, table), VersionId: String(table.version) },
})

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetTableVersion.html */
export async function getTableVersion(
  context: GlueContext,
  { DatabaseName, TableName, VersionId }: Validated<GetTableVersionRequest>,
): Promise<GetTableVersionResponse> {
  const { store } = context.call
  const table = await findTable(store, context, DatabaseName, TableName)
  const version = VersionId === undefined ? table.version : Number(VersionId)
  const found = await store.in(tableVersions).get(scopeOf(context), idOf(table.id, versionText(version)))
  if (!found) throw versionNotFound()
  return { TableVersion: shown(context, found) }
}

/**
 * Lists the versions of a table, latest first.
 * @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetTableVersions.html
 */
export async function getTableVersions(
  context: GlueContext,
  { DatabaseName, TableName, NextToken, MaxResults = 100 }: Validated<GetTableVersionsRequest>,
): Promise<GetTableVersionsResponse> {
  const { store } = context.call
  const { id } = await findTable(store, context, DatabaseName, TableName)
  const after = NextToken ? openPageToken(context, [id], NextToken) : undefined
  if (NextToken && typeof after !== 'string') throw invalidToken()
  const found = await store.in(tableVersions).listOrdered(scopeOf(context), {
    ...{ descending: true, idPrefix: idOf(id, ''), limit: MaxResults + 1 },
    ...(typeof after === 'string' && { after: { value: '', id: after } }),
  })
  const page = found.slice(0, MaxResults)
  const last = page.at(-1)
  return {
    TableVersions: page.map(({ document }) => shown(context, document)),
    ...(found.length > MaxResults && last && { NextToken: sealPageToken(context, [id], last.id) }),
  }
}

async function removeVersion(tx: Transaction, context: GlueContext, database: string, name: string, versionId: string) {
  const table = await findTable(tx, context, database, name)
  if (versionId === String(table.version)) throw lastVersion()
  const removed = await tx.in(tableVersions).delete(scopeOf(context), idOf(table.id, versionText(Number(versionId))))
  if (!removed) throw versionNotFound()
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_DeleteTableVersion.html */
export async function deleteTableVersion(
  context: GlueContext,
  { DatabaseName, TableName, VersionId }: Validated<DeleteTableVersionRequest>,
): Promise<DeleteTableVersionResponse> {
  return context.call.transaction(async (tx) => {
    await removeVersion(tx, context, DatabaseName, TableName, VersionId)
    return {}
  })
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_BatchDeleteTableVersion.html */
export async function batchDeleteTableVersion(
  context: GlueContext,
  { DatabaseName, TableName, VersionIds }: Validated<BatchDeleteTableVersionRequest>,
): Promise<BatchDeleteTableVersionResponse> {
  return context.call.transaction(async (tx) => {
    await findTable(tx, context, DatabaseName, TableName)
    const Errors = []
    for (const VersionId of VersionIds) {
      try {
        await removeVersion(tx, context, DatabaseName, TableName, VersionId)
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        Errors.push({ TableName, VersionId, ErrorDetail: { ErrorCode: error.code, ErrorMessage: error.message } })
      }
    }
    return Errors.length > 0 ? { Errors } : {}
  })
}
