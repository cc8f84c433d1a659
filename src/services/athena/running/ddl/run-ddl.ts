import type { Table, TableInput } from '@aws-sdk/client-glue'
import type { Ddl, TableName } from '../../domain/ddl-statements.ts'
import { readLocation } from '../../domain/location.ts'
import { isView } from '../../domain/presto-view.ts'
import { ddlFailure } from '../../domain/query-failure.ts'
import { defaultFormat } from '../../domain/stored-as.ts'
import { catalogRefusal, isNotFound } from '../callers-services.ts'
import type { RunContext } from '../run-context.ts'
import { createGlueTable, type DdlResult, databaseOf, existingTable, inputOf, isTaken, nothing } from './catalog.ts'
import { addPartitions, dropPartitions, repairTable } from './partitions.ts'
import { showStatement } from './show.ts'

/** Runs a statement about the catalogue, as the caller. @throws QueryRefusedError, SqlError. */
export async function runDdl(run: RunContext, ddl: Ddl): Promise<DdlResult> {
  try {
    return await runStatement(run, ddl)
  } catch (error) {
    throw catalogRefusal(error)
  }
}

async function runStatement(run: RunContext, ddl: Ddl): Promise<DdlResult> {
  switch (ddl.kind) {
    case 'createDatabase':
      return createDatabase(run, ddl)
    case 'dropDatabase':
      return dropDatabase(run, ddl)
    case 'createTable':
      return createTable(run, ddl)
    case 'dropTable':
      return dropTable(run, ddl)
    case 'addPartitions':
      return addPartitions(run, ddl)
    case 'dropPartitions':
      return dropPartitions(run, ddl)
    case 'repairTable':
      return repairTable(run, ddl)
    case 'setProperties':
      return changeTable(run, ddl.table, (table) => ({ Parameters: { ...table.Parameters, ...ddl.properties } }))
    case 'setLocation':
      return changeTable(run, ddl.table, (table) => ({
        StorageDescriptor: { ...table.StorageDescriptor, Location: checkedLocation(ddl.location) },
      }))
    case 'addColumns':
      return changeTable(run, ddl.table, (table) => ({
        StorageDescriptor: {
          ...table.StorageDescriptor,
          Columns: [...(table.StorageDescriptor?.Columns ?? []), ...ddl.columns.map(glueColumn)],
        },
      }))
    default:
      return showStatement(run, ddl)
  }
}

function checkedLocation(location: string): string {
  if (!readLocation(location)) throw ddlFailure(`Invalid location: ${location}`)
  return location
}

const glueColumn = ({ name, type, comment }: { name: string; type: string; comment?: string }) => ({
  ...{ Name: name, Type: type, ...(comment !== undefined && { Comment: comment }) },
})

async function createDatabase(run: RunContext, ddl: Extract<Ddl, { kind: 'createDatabase' }>): Promise<DdlResult> {
  const { name, comment, location, properties, ifNotExists } = ddl
  try {
    await run.services.glue('CreateDatabase', {
      DatabaseInput: {
        ...{ Name: name, Parameters: { ...properties } },
        ...(comment !== undefined && { Description: comment }),
        ...(location !== undefined && { LocationUri: location }),
      },
    })
  } catch (error) {
    if (!isTaken(error)) throw error
    if (!ifNotExists) throw ddlFailure(`Database ${name} already exists`)
  }
  return nothing
}

async function dropDatabase(run: RunContext, ddl: Extract<Ddl, { kind: 'dropDatabase' }>): Promise<DdlResult> {
  const { name, ifExists, cascade } = ddl
  try {
    const { TableList } = await run.services.glue('GetTables', { DatabaseName: name, MaxResults: 1 })
    if (TableList.length > 0 && !cascade) {
      throw ddlFailure(`InvalidOperationException(message:Database ${name} is not empty. One or more tables exist.)`)
    }
    await run.services.glue('DeleteDatabase', { Name: name })
  } catch (error) {
    if (!isNotFound(error)) throw error
    if (!ifExists) throw ddlFailure(`SemanticException Database does not exist: ${name}`)
  }
  return nothing
}

async function createTable(run: RunContext, ddl: Extract<Ddl, { kind: 'createTable' }>): Promise<DdlResult> {
  const { table, comment, columns, partitionColumns, properties, serdeProperties, location } = ddl
  const serde = ddl.serde ?? defaultFormat.serde
  const input: TableInput = {
    ...{ Name: table.name, TableType: 'EXTERNAL_TABLE', Owner: 'hadoop', Retention: 0 },
    PartitionKeys: partitionColumns.map(glueColumn),
    Parameters: { EXTERNAL: 'TRUE', ...properties, ...(comment !== undefined && { comment }) },
    StorageDescriptor: {
      ...{
        Columns: columns.map(glueColumn),
        Location: checkedLocation(location),
        Compressed: false,
        NumberOfBuckets: -1,
      },
      InputFormat: ddl.inputFormat ?? defaultFormat.inputFormat,
      OutputFormat: ddl.outputFormat ?? defaultFormat.outputFormat,
      SerdeInfo: { SerializationLibrary: serde, Parameters: { 'serialization.format': '1', ...serdeProperties } },
      ...{ BucketColumns: [], SortColumns: [], Parameters: {}, StoredAsSubDirectories: false },
    },
  }
  await createGlueTable(run, databaseOf(run, table), input, ddl.ifNotExists)
  return nothing
}

async function dropTable(
  run: RunContext,
  { table: name, ifExists, isView: wantsView }: Extract<Ddl, { kind: 'dropTable' }>,
) {
  const database = databaseOf(run, name)
  const table = await run.services.findTable(database, name.name)
  if (!table) {
    if (ifExists) return nothing
    throw ddlFailure(`SemanticException [Error 10001]: Table not found ${database}.${name.name}`)
  }
  if (isView(table.TableType) !== wantsView) {
    throw ddlFailure(
      `${database}.${name.name} is ${wantsView ? 'not a view: use DROP TABLE' : 'a view: use DROP VIEW'}`,
    )
  }
  await run.services.glue('DeleteTable', { DatabaseName: database, Name: name.name })
  return nothing
}

async function changeTable(
  run: RunContext,
  name: TableName,
  change: (table: Table) => Partial<TableInput>,
): Promise<DdlResult> {
  const table = await existingTable(run, name)
  const changed = { ...inputOf(table), ...change(table) }
  const version = table.VersionId === undefined ? {} : { VersionId: table.VersionId }
  await run.services.glue('UpdateTable', { DatabaseName: databaseOf(run, name), TableInput: changed, ...version })
  return nothing
}
