import type {
  GetDatabaseInput,
  GetDatabaseOutput,
  GetDataCatalogInput,
  GetDataCatalogOutput,
  GetTableMetadataInput,
  GetTableMetadataOutput,
  ListDatabasesInput,
  ListDatabasesOutput,
  ListDataCatalogsOutput,
  ListTableMetadataInput,
  ListTableMetadataOutput,
  TableMetadata,
} from '@aws-sdk/client-athena'
import type { Table } from '@aws-sdk/client-glue'
import type { Validated } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { AthenaContext } from '../athena-context.ts'
import { catalogNotFound, metadataError } from '../domain/errors.ts'

// What Athena shows of the catalogue, it reads from Glue as the caller.

const theCatalog = 'AwsDataCatalog'

/** @throws ServiceError InvalidRequestException. */
function checkCatalog(name: string): void {
  if (name.toLowerCase() !== theCatalog.toLowerCase()) throw catalogNotFound(name)
}

/** What Glue refuses is a MetadataException. */
async function fromGlue<R>(read: Promise<R>): Promise<R> {
  try {
    return await read
  } catch (error) {
    if (!(error instanceof ServiceError) || error.status >= 500) throw error
    throw metadataError(error.message)
  }
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_ListDataCatalogs.html */
export const listDataCatalogs = async (): Promise<ListDataCatalogsOutput> => ({
  DataCatalogsSummary: [{ CatalogName: theCatalog, Type: 'GLUE' }],
})

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_GetDataCatalog.html */
export async function getDataCatalog(
  { call }: AthenaContext,
  { Name }: Validated<GetDataCatalogInput>,
): Promise<GetDataCatalogOutput> {
  checkCatalog(Name)
  return { DataCatalog: { Name: theCatalog, Type: 'GLUE', Parameters: { 'catalog-id': call.accountId } } }
}

const shownDatabase = ({
  Name = '',
  Description,
  Parameters,
}: {
  Name?: string | undefined
  Description?: string | undefined
  Parameters?: Record<string, string> | undefined
}) => ({
  ...{ Name, ...(Description !== undefined && { Description }), ...(Parameters && { Parameters }) },
})

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_ListDatabases.html */
export async function listDatabases(
  { call }: AthenaContext,
  { CatalogName, NextToken, MaxResults }: Validated<ListDatabasesInput>,
): Promise<ListDatabasesOutput> {
  checkCatalog(CatalogName)
  const page = { ...(NextToken !== undefined && { NextToken }), ...(MaxResults !== undefined && { MaxResults }) }
  const found = await fromGlue(call.invoke('glue', 'GetDatabases', page))
  return {
    DatabaseList: found.DatabaseList.map(shownDatabase),
    ...(found.NextToken !== undefined && { NextToken: found.NextToken }),
  }
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_GetDatabase.html */
export async function getDatabase(
  { call }: AthenaContext,
  { CatalogName, DatabaseName }: Validated<GetDatabaseInput>,
): Promise<GetDatabaseOutput> {
  checkCatalog(CatalogName)
  const { Database } = await fromGlue(call.invoke('glue', 'GetDatabase', { Name: DatabaseName }))
  return { Database: shownDatabase(Database) }
}

function shownTable({
  Name = '',
  CreateTime,
  LastAccessTime,
  TableType,
  StorageDescriptor: storage,
  PartitionKeys = [],
  Parameters,
}: Table): TableMetadata {
  const serde = storage?.SerdeInfo
  const parameters = {
    ...Parameters,
    ...(storage?.Location && { location: storage.Location }),
    ...(storage?.InputFormat && { inputformat: storage.InputFormat }),
    ...(storage?.OutputFormat && { outputformat: storage.OutputFormat }),
    ...(serde?.SerializationLibrary && { 'serde.serialization.lib': serde.SerializationLibrary }),
    ...Object.fromEntries(
      Object.entries(serde?.Parameters ?? {}).map(([name, value]) => [`serde.param.${name}`, value]),
    ),
  }
  return {
    ...{ Name, Columns: storage?.Columns ?? [], PartitionKeys, Parameters: parameters },
    ...(CreateTime && { CreateTime }),
    ...(LastAccessTime && { LastAccessTime }),
    ...(TableType !== undefined && { TableType }),
  }
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_GetTableMetadata.html */
export async function getTableMetadata(
  { call }: AthenaContext,
  { CatalogName, DatabaseName, TableName }: Validated<GetTableMetadataInput>,
): Promise<GetTableMetadataOutput> {
  checkCatalog(CatalogName)
  const { Table: table } = await fromGlue(call.invoke('glue', 'GetTable', { DatabaseName, Name: TableName }))
  return { TableMetadata: shownTable(table) }
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_ListTableMetadata.html */
export async function listTableMetadata(
  { call }: AthenaContext,
  { CatalogName, DatabaseName, Expression, NextToken, MaxResults }: Validated<ListTableMetadataInput>,
): Promise<ListTableMetadataOutput> {
  checkCatalog(CatalogName)
  const page = {
    ...(Expression !== undefined && { Expression }),
    ...(NextToken !== undefined && { NextToken }),
    ...(MaxResults !== undefined && { MaxResults }),
  }
  const found = await fromGlue(call.invoke('glue', 'GetTables', { DatabaseName, ...page }))
  return {
    TableMetadataList: found.TableList.map(shownTable),
    ...(found.NextToken !== undefined && { NextToken: found.NextToken }),
  }
}
