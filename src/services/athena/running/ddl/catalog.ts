import type { Table, TableInput } from '@aws-sdk/client-glue'
import type { TableName } from '../../domain/ddl-statements.ts'
import { ddlFailure } from '../../domain/query-failure.ts'
import { isNotFound } from '../callers-services.ts'
import type { RunContext } from '../run-context.ts'

/** What a statement about the catalogue gives: lines, whose columns stand between tabs. */
export interface DdlResult {
  columns: readonly string[]
  lines: readonly string[]
}

export const nothing: DdlResult = { columns: [], lines: [] }

export const databaseOf = ({ query }: RunContext, { database }: TableName): string =>
  (database ?? query.database).toLowerCase()

/** @throws QueryRefusedError */
export async function existingTable(run: RunContext, name: TableName): Promise<Table> {
  const database = databaseOf(run, name)
  const table = await run.services.findTable(database, name.name)
  if (!table) throw ddlFailure(`Table not found ${database}.${name.name}`)
  return table
}

export const isTaken = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'AlreadyExistsException'

/** Makes a table, and the database `default` where there is none yet. @returns whether it is new. */
export async function createGlueTable(
  run: RunContext,
  database: string,
  input: TableInput,
  ifNotExists: boolean,
): Promise<boolean> {
  try {
    await run.services.glue('CreateTable', { DatabaseName: database, TableInput: input })
    return true
  } catch (error) {
    if (isNotFound(error) && database === 'default') {
      const DatabaseInput = { Name: database, Description: 'Default Hive database' }
      await run.services.glue('CreateDatabase', { DatabaseInput }).catch((failure) => {
        if (!isTaken(failure)) throw failure
      })
      await run.services.glue('CreateTable', { DatabaseName: database, TableInput: input })
      return true
    }
    if (isNotFound(error)) throw ddlFailure(`SemanticException [Error 10072]: Database does not exist: ${database}`)
    if (!isTaken(error)) throw error
    if (!ifNotExists) throw ddlFailure(`AlreadyExistsException(message:Table ${input.Name} already exists)`)
    return false
  }
}

/** The members of a table that an update takes. */
export const inputOf = (table: Table): TableInput => ({
  Name: table.Name,
  ...(table.Description !== undefined && { Description: table.Description }),
  ...(table.Owner !== undefined && { Owner: table.Owner }),
  ...(table.Retention !== undefined && { Retention: table.Retention }),
  ...(table.StorageDescriptor && { StorageDescriptor: table.StorageDescriptor }),
  ...(table.PartitionKeys && { PartitionKeys: table.PartitionKeys }),
  ...(table.ViewOriginalText !== undefined && { ViewOriginalText: table.ViewOriginalText }),
  ...(table.ViewExpandedText !== undefined && { ViewExpandedText: table.ViewExpandedText }),
  ...(table.TableType !== undefined && { TableType: table.TableType }),
  ...(table.Parameters && { Parameters: table.Parameters }),
})
