import type { Operation } from '../../core/operation.ts'
import { createdTagKeys } from '../../kit/tag-keys.ts'
import type { AthenaContext } from './athena-context.ts'
import {
  getDatabase,
  getDataCatalog,
  getTableMetadata,
  listDatabases,
  listDataCatalogs,
  listTableMetadata,
} from './operations/catalogs.ts'
import {
  batchGetNamedQuery,
  createNamedQuery,
  deleteNamedQuery,
  getNamedQuery,
  listNamedQueries,
  updateNamedQuery,
} from './operations/named-queries.ts'
import { onAll, onCatalog, onNamedQuery, onQuery, onWorkGroup, workGroupPermission } from './operations/permissions.ts'
import {
  batchGetPreparedStatement,
  createPreparedStatement,
  deletePreparedStatement,
  getPreparedStatement,
  listPreparedStatements,
  updatePreparedStatement,
} from './operations/prepared-statements.ts'
import {
  batchGetQueryExecution,
  getQueryExecution,
  getQueryRuntimeStatistics,
  listQueryExecutions,
  onQueries,
  startQueryExecution,
  stopQueryExecution,
} from './operations/query-executions.ts'
import { getQueryResults } from './operations/query-results.ts'
import { listTagsForResource, onTagged, tagResource, untagResource } from './operations/tags.ts'
import {
  createWorkGroup,
  deleteWorkGroup,
  getWorkGroup,
  listEngineVersions,
  listWorkGroups,
  updateWorkGroup,
} from './operations/work-groups.ts'

type Own<I, O> = Pick<Operation<AthenaContext, I, O>, 'handle' | 'permissions'>

const read = <I, O>(
  handle: Own<I, O>['handle'],
  permissions: Own<I, O>['permissions'],
): Operation<AthenaContext, I, O> => ({
  ...{ handle, permissions, readOnly: true },
})

const write = <I, O>(
  handle: Own<I, O>['handle'],
  permissions: Own<I, O>['permissions'],
): Operation<AthenaContext, I, O> => ({
  ...{ handle, permissions, readOnly: false },
})

interface InWorkGroup {
  WorkGroup?: string | undefined
}
interface InCatalog {
  CatalogName?: string | undefined
}
const inWorkGroup = onWorkGroup<InWorkGroup>(({ WorkGroup }) => WorkGroup)
const inCatalog = onCatalog<InCatalog>(({ CatalogName }) => CatalogName)

/** Everything Athena can do here; what is missing answers that it is not built. */
export const athenaOperations = {
  StartQueryExecution: write(startQueryExecution, inWorkGroup),
  StopQueryExecution: write(stopQueryExecution, onQuery),
  GetQueryExecution: read(getQueryExecution, onQuery),
  BatchGetQueryExecution: read(batchGetQueryExecution, onQueries),
  ListQueryExecutions: read(listQueryExecutions, inWorkGroup),
  GetQueryResults: read(getQueryResults, onQuery),
  GetQueryRuntimeStatistics: read(getQueryRuntimeStatistics, onQuery),

  CreateWorkGroup: write(createWorkGroup, async (context, { Name, Tags = [] }) => [
    await workGroupPermission(context, Name, createdTagKeys(Tags)),
  ]),
  GetWorkGroup: read(getWorkGroup, inWorkGroup),
  ListWorkGroups: read(listWorkGroups, onAll),
  UpdateWorkGroup: write(updateWorkGroup, inWorkGroup),
  DeleteWorkGroup: write(deleteWorkGroup, inWorkGroup),
  ListEngineVersions: read(listEngineVersions, onAll),

  CreateNamedQuery: write(createNamedQuery, inWorkGroup),
  GetNamedQuery: read(getNamedQuery, onNamedQuery),
  BatchGetNamedQuery: read(
    batchGetNamedQuery,
    onWorkGroup(() => undefined),
  ),
  ListNamedQueries: read(listNamedQueries, inWorkGroup),
  UpdateNamedQuery: write(updateNamedQuery, onNamedQuery),
  DeleteNamedQuery: write(deleteNamedQuery, onNamedQuery),

  CreatePreparedStatement: write(createPreparedStatement, inWorkGroup),
  GetPreparedStatement: read(getPreparedStatement, inWorkGroup),
  BatchGetPreparedStatement: read(batchGetPreparedStatement, inWorkGroup),
  ListPreparedStatements: read(listPreparedStatements, inWorkGroup),
  UpdatePreparedStatement: write(updatePreparedStatement, inWorkGroup),
  DeletePreparedStatement: write(deletePreparedStatement, inWorkGroup),

  ListDataCatalogs: read(listDataCatalogs, onAll),
  GetDataCatalog: read(
    getDataCatalog,
    onCatalog(({ Name }) => Name),
  ),
  ListDatabases: read(listDatabases, inCatalog),
  GetDatabase: read(getDatabase, inCatalog),
  ListTableMetadata: read(listTableMetadata, inCatalog),
  GetTableMetadata: read(getTableMetadata, inCatalog),

  TagResource: write(tagResource, onTagged),
  UntagResource: write(untagResource, onTagged),
  ListTagsForResource: read(listTagsForResource, onTagged),
} satisfies Record<string, Operation<AthenaContext, never, unknown>>
