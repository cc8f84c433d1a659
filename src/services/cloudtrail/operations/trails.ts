import type {
  DescribeTrailsRequest,
  DescribeTrailsResponse,
  GetEventConfigurationResponse,
  GetEventSelectorsRequest,
  GetEventSelectorsResponse,
  GetInsightSelectorsResponse,
  GetTrailRequest,
  GetTrailResponse,
  GetTrailStatusRequest,
  GetTrailStatusResponse,
  ListTrailsRequest,
  ListTrailsResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Permission, Validated } from '../../../core/operation.ts'
import type { CloudTrailContext } from '../cloudtrail-context.ts'
import { eventDataStoreNotFound, trailAndStoreTogether, trailNotFound, trailOrStoreNeeded } from '../domain/errors.ts'
import { eventDataStoreArn, trailArn } from '../domain/resource-names.ts'
import { checkNoToken, onNamed } from './permissions.ts'

// No account has a trail: none can be created. These operations answer what CloudTrail answers for such an account; names and
// ARNs are checked first.

export const onTrail = onNamed(trailArn)

/** @throws ServiceError InvalidTrailNameException, CloudTrailARNInvalidException. */
export async function describeTrails(
  { call }: CloudTrailContext,
  { trailNameList = [] }: Validated<DescribeTrailsRequest>,
): Promise<DescribeTrailsResponse> {
  // Trails that are not there are left out.
  for (const name of trailNameList) trailArn(call, name)
  return { trailList: [] }
}

/** @throws ServiceError InvalidNextTokenException. */
export async function listTrails(
  _context: CloudTrailContext,
  request: Validated<ListTrailsRequest>,
): Promise<ListTrailsResponse> {
  checkNoToken(request)
  return { Trails: [] }
}

/** @throws ServiceError TrailNotFoundException. */
export async function getTrail(
  { call }: CloudTrailContext,
  { Name }: Validated<GetTrailRequest>,
): Promise<GetTrailResponse> {
  throw trailNotFound(Name, call.accountId)
}

/** @throws ServiceError TrailNotFoundException. */
export async function getTrailStatus(
  { call }: CloudTrailContext,
  { Name }: Validated<GetTrailStatusRequest>,
): Promise<GetTrailStatusResponse> {
  throw trailNotFound(trailArn(call, Name), call.accountId)
}

/** @throws ServiceError TrailNotFoundException. */
export async function getEventSelectors(
  { call }: CloudTrailContext,
  { TrailName }: Validated<GetEventSelectorsRequest>,
): Promise<GetEventSelectorsResponse> {
  throw trailNotFound(TrailName, call.accountId)
}

export interface TrailOrStore {
  TrailName?: string
  EventDataStore?: string
}

/** Returns the permissions for what is asked of a trail or of an event data store. */
export function onTrailOrStore(context: CloudTrailContext, request: TrailOrStore): Permission[] {
  const { TrailName, EventDataStore } = request
  if (TrailName !== undefined && EventDataStore !== undefined) throw trailAndStoreTogether()
  if (TrailName !== undefined) return onTrail('TrailName')(context, { TrailName })
  if (EventDataStore === undefined) throw trailOrStoreNeeded()
  return onNamed(eventDataStoreArn)('EventDataStore')(context, { EventDataStore })
}

/** @throws ServiceError TrailNotFoundException, EventDataStoreNotFoundException. */
export const getInsightSelectors = async (
  context: CloudTrailContext,
  request: TrailOrStore,
): Promise<GetInsightSelectorsResponse> => refuseTrailOrStore(context, request)

/** @throws ServiceError TrailNotFoundException, EventDataStoreNotFoundException. */
export const getEventConfiguration = async (
  context: CloudTrailContext,
  request: TrailOrStore,
): Promise<GetEventConfigurationResponse> => refuseTrailOrStore(context, request)

function refuseTrailOrStore({ call }: CloudTrailContext, { TrailName, EventDataStore = '' }: TrailOrStore): never {
  if (TrailName !== undefined) throw trailNotFound(TrailName, call.accountId)
  throw eventDataStoreNotFound(eventDataStoreArn(call, EventDataStore))
}
