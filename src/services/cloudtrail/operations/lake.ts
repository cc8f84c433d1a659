import type {
  GetChannelRequest,
  GetChannelResponse,
  GetDashboardRequest,
  GetDashboardResponse,
  GetEventDataStoreResponse,
  GetImportRequest,
  GetImportResponse,
  ListImportsRequest,
  ListImportsResponse,
  ListQueriesResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Validated } from '../../../core/operation.ts'
import type { CloudTrailContext } from '../cloudtrail-context.ts'
import { channelNotFound, eventDataStoreNotFound, importNotFound, resourceNotFound } from '../domain/errors.ts'
import { channelArn, dashboardArn, eventDataStoreArn } from '../domain/resource-names.ts'
import { checkNoToken, onNamed } from './permissions.ts'

// No account has an event data store, a channel, a dashboard or an import: none can be created. These operations answer what
// CloudTrail answers for such an account.

export const onEventDataStore = onNamed(eventDataStoreArn)('EventDataStore')
export const onChannel = onNamed(channelArn)('Channel')
export const onDashboard = onNamed(dashboardArn)('DashboardId')

/**
 * ListEventDataStores, ListChannels, ListDashboards.
 * @param member - of the answer: `Channels`.
 * @throws ServiceError InvalidNextTokenException.
 */
export const listNone =
  <Member extends string>(member: Member) =>
  async (_context: CloudTrailContext, request: { NextToken?: string }) => {
    checkNoToken(request)
    return { [member]: [] } as { [M in Member]: [] }
  }

/** @throws ServiceError EventDataStoreARNInvalidException, InvalidNextTokenException. */
export async function listImports(
  { call }: CloudTrailContext,
  { Destination, ...page }: Validated<ListImportsRequest>,
): Promise<ListImportsResponse> {
  if (Destination !== undefined) eventDataStoreArn(call, Destination)
  checkNoToken(page)
  return { Imports: [] }
}

/** @throws ServiceError EventDataStoreNotFoundException. */
export const getEventDataStore = async (
  context: CloudTrailContext,
  request: { EventDataStore: string },
): Promise<GetEventDataStoreResponse> => refuseEventDataStore(context, request)

/** @throws ServiceError EventDataStoreNotFoundException. */
export const listQueries = async (
  context: CloudTrailContext,
  request: { EventDataStore: string },
): Promise<ListQueriesResponse> => refuseEventDataStore(context, request)

function refuseEventDataStore({ call }: CloudTrailContext, { EventDataStore }: { EventDataStore: string }): never {
  throw eventDataStoreNotFound(eventDataStoreArn(call, EventDataStore))
}

/** @throws ServiceError ChannelNotFoundException. */
export async function getChannel(
  { call }: CloudTrailContext,
  { Channel }: Validated<GetChannelRequest>,
): Promise<GetChannelResponse> {
  throw channelNotFound(channelArn(call, Channel))
}

/** @throws ServiceError ResourceNotFoundException. */
export async function getDashboard(
  { call }: CloudTrailContext,
  { DashboardId }: Validated<GetDashboardRequest>,
): Promise<GetDashboardResponse> {
  throw resourceNotFound(dashboardArn(call, DashboardId))
}

/** @throws ServiceError ImportNotFoundException. */
export async function getImport(
  _context: CloudTrailContext,
  { ImportId }: Validated<GetImportRequest>,
): Promise<GetImportResponse> {
  throw importNotFound(ImportId)
}
