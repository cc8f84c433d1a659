import type { Operation } from '../../core/operation.ts'
import type { GlueContext } from './glue-context.ts'
import { createDatabase, deleteDatabase, getDatabase, getDatabases, updateDatabase } from './operations/databases.ts'
import { getDataCatalogEncryptionSettings, putDataCatalogEncryptionSettings } from './operations/encryption.ts'
import {
  batchCreatePartition,
  batchDeletePartition,
  batchGetPartition,
  batchUpdatePartition,
  createPartition,
  deletePartition,
  getPartition,
  getPartitions,
  updatePartition,
} from './operations/partitions.ts'
import { onCatalog, onDatabase, onTables } from './operations/permissions.ts'
import {
  deleteResourcePolicy,
  getResourcePolicies,
  getResourcePolicy,
  putResourcePolicy,
} from './operations/resource-policy.ts'
import {
  batchDeleteTableVersion,
  deleteTableVersion,
  getTableVersion,
  getTableVersions,
} from './operations/table-versions.ts'
import { batchDeleteTable, createTable, deleteTable, getTable, getTables, updateTable } from './operations/tables.ts'
import { getTags, onTagged, tagResource, untagResource } from './operations/tags.ts'

type Own<I, O> = Pick<Operation<GlueContext, I, O>, 'handle' | 'permissions'>

const read = <I, O>(
  handle: Own<I, O>['handle'],
  permissions: Own<I, O>['permissions'],
): Operation<GlueContext, I, O> => ({
  ...{ handle, permissions, readOnly: true },
})

const write = <I, O>(
  handle: Own<I, O>['handle'],
  permissions: Own<I, O>['permissions'],
): Operation<GlueContext, I, O> => ({
  ...{ handle, permissions, readOnly: false },
})

interface InTable {
  CatalogId?: string | undefined
  DatabaseName?: string | undefined
  TableName?: string | undefined
}
interface Named {
  CatalogId?: string | undefined
  DatabaseName?: string | undefined
  Name?: string | undefined
}
const inTable = onTables<InTable>(({ TableName }) => [TableName])
const named = onTables<Named>(({ Name }) => [Name])
const namedDatabase = onDatabase<Named>(({ Name }) => Name)

/** Everything Glue can do here: the data catalogue. What is missing answers that it is not built. */
export const glueOperations = {
  CreateDatabase: write(
    createDatabase,
    onDatabase(({ DatabaseInput }) => DatabaseInput.Name),
  ),
  GetDatabase: read(getDatabase, namedDatabase),
  GetDatabases: read(getDatabases, onCatalog),
  UpdateDatabase: write(updateDatabase, namedDatabase),
  DeleteDatabase: write(deleteDatabase, namedDatabase),

  CreateTable: write(
    createTable,
    onTables(({ TableInput }) => [TableInput?.Name]),
  ),
  GetTable: read(getTable, named),
  GetTables: read(
    getTables,
    onTables(() => ['*']),
  ),
  UpdateTable: write(
    updateTable,
    onTables(({ Name, TableInput }) => [Name ?? TableInput?.Name]),
  ),
  DeleteTable: write(deleteTable, named),
  BatchDeleteTable: write(
    batchDeleteTable,
    onTables(({ TablesToDelete }) => TablesToDelete),
  ),
  GetTableVersion: read(getTableVersion, inTable),
  GetTableVersions: read(getTableVersions, inTable),
  DeleteTableVersion: write(deleteTableVersion, inTable),
  BatchDeleteTableVersion: write(batchDeleteTableVersion, inTable),

  CreatePartition: write(createPartition, inTable),
  BatchCreatePartition: write(batchCreatePartition, inTable),
  GetPartition: read(getPartition, inTable),
  GetPartitions: read(getPartitions, inTable),
  BatchGetPartition: read(batchGetPartition, inTable),
  UpdatePartition: write(updatePartition, inTable),
  BatchUpdatePartition: write(batchUpdatePartition, inTable),
  DeletePartition: write(deletePartition, inTable),
  BatchDeletePartition: write(batchDeletePartition, inTable),

  GetDataCatalogEncryptionSettings: read(getDataCatalogEncryptionSettings, onCatalog),
  PutDataCatalogEncryptionSettings: write(putDataCatalogEncryptionSettings, onCatalog),
  PutResourcePolicy: write(putResourcePolicy, onCatalog),
  GetResourcePolicy: read(getResourcePolicy, onCatalog),
  GetResourcePolicies: read(getResourcePolicies, onCatalog),
  DeleteResourcePolicy: write(deleteResourcePolicy, onCatalog),

  TagResource: write(tagResource, onTagged),
  UntagResource: write(untagResource, onTagged),
  GetTags: read(getTags, onTagged),
} satisfies Record<string, Operation<GlueContext, never, unknown>>
