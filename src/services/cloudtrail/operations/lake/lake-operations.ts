import type { Awaitable } from '../../../../core/awaitable.ts'
import type { Operation, Permission } from '../../../../core/operation.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { onAccount } from '../permissions.ts'
import { onTrailOrStore } from '../trail-or-store.ts'
import {
  createChannel,
  deleteChannel,
  getChannel,
  listChannels,
  onChannel,
  onNewChannel,
  updateChannel,
} from './channels.ts'
import { createEventDataStore, onNewStore } from './create-store.ts'
import {
  createDashboard,
  deleteDashboard,
  getDashboard,
  listDashboards,
  onDashboard,
  onNewDashboard,
  startDashboardRefresh,
  updateDashboard,
} from './dashboards.ts'
import { getEventConfiguration, putEventConfiguration } from './event-configuration.ts'
import { onStore } from './find-store.ts'
import { getImport, listImportFailures, listImports, onImport, startImport, stopImport } from './imports.ts'
import { refuseFederation, refuseGeneration } from './not-built.ts'
import { cancelQuery, describeQuery, listQueries, onQuery, onStatement, startQuery } from './queries.ts'
import { getQueryResults } from './query-results.ts'
import { deleteResourcePolicy, getResourcePolicy, onPolicyOwner, putResourcePolicy } from './resource-policies.ts'
import { searchSampleQueries } from './sample-queries.ts'
import {
  deleteEventDataStore,
  getEventDataStore,
  listEventDataStores,
  restoreEventDataStore,
  startEventDataStoreIngestion,
  stopEventDataStoreIngestion,
  updateEventDataStore,
} from './stores.ts'

const read = <I, O>(
  handle: (context: CloudTrailContext, input: I) => Promise<O>,
  permissions: (context: CloudTrailContext, input: NoInfer<I>) => Awaitable<readonly Permission[]>,
): Operation<CloudTrailContext, I, O> => ({ handle, permissions, readOnly: true })

const write = <I, O>(
  handle: (context: CloudTrailContext, input: I) => Promise<O>,
  permissions: (context: CloudTrailContext, input: NoInfer<I>) => Awaitable<readonly Permission[]>,
): Operation<CloudTrailContext, I, O> => ({ handle, permissions, readOnly: false })

const onEventDataStore = onStore('EventDataStore')

/** AWS refuses page sizes with an exception of the operation's own, which the handler throws. */
const ownPageSize = (member: string) => ({ constraints: { [member]: { range: undefined } } })

/** The operations of CloudTrail Lake. */
export const lakeOperations = {
  CreateEventDataStore: write(createEventDataStore, onNewStore),
  GetEventDataStore: read(getEventDataStore, onEventDataStore),
  ListEventDataStores: { ...read(listEventDataStores, onAccount), ...ownPageSize('MaxResults') },
  UpdateEventDataStore: write(updateEventDataStore, onEventDataStore),
  DeleteEventDataStore: write(deleteEventDataStore, onEventDataStore),
  RestoreEventDataStore: write(restoreEventDataStore, onEventDataStore),
  StartEventDataStoreIngestion: write(startEventDataStoreIngestion, onEventDataStore),
  StopEventDataStoreIngestion: write(stopEventDataStoreIngestion, onEventDataStore),
  GetEventConfiguration: read(getEventConfiguration, onTrailOrStore),
  PutEventConfiguration: write(putEventConfiguration, onTrailOrStore),

  StartQuery: write(startQuery, onStatement),
  DescribeQuery: read(describeQuery, onQuery),
  GetQueryResults: { ...read(getQueryResults, onQuery), ...ownPageSize('MaxQueryResults') },
  CancelQuery: write(cancelQuery, onQuery),
  ListQueries: { ...read(listQueries, onEventDataStore), ...ownPageSize('MaxResults') },

  CreateChannel: write(createChannel, onNewChannel),
  GetChannel: read(getChannel, onChannel),
  ListChannels: read(listChannels, onAccount),
  UpdateChannel: write(updateChannel, onChannel),
  DeleteChannel: write(deleteChannel, onChannel),
  StartImport: write(startImport, onImport),
  StopImport: write(stopImport, onAccount),
  GetImport: read(getImport, onAccount),
  ListImports: read(listImports, onAccount),
  ListImportFailures: read(listImportFailures, onAccount),

  CreateDashboard: write(createDashboard, onNewDashboard),
  GetDashboard: read(getDashboard, onDashboard),
  ListDashboards: read(listDashboards, onAccount),
  UpdateDashboard: write(updateDashboard, onDashboard),
  DeleteDashboard: write(deleteDashboard, onDashboard),
  StartDashboardRefresh: write(startDashboardRefresh, onDashboard),

  SearchSampleQueries: read(searchSampleQueries, onAccount),
  EnableFederation: write(refuseFederation, onEventDataStore),
  DisableFederation: write(refuseFederation, onEventDataStore),
  GenerateQuery: write(refuseGeneration, onAccount),

  PutResourcePolicy: write(putResourcePolicy, onPolicyOwner),
  GetResourcePolicy: read(getResourcePolicy, onPolicyOwner),
  DeleteResourcePolicy: write(deleteResourcePolicy, onPolicyOwner),
} satisfies Record<string, Operation<CloudTrailContext, never, unknown>>
