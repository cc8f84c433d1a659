import type {
  DescribeTrailsRequest,
  DescribeTrailsResponse,
  GetTrailRequest,
  GetTrailResponse,
  GetTrailStatusRequest,
  GetTrailStatusResponse,
  ListTrailsRequest,
  ListTrailsResponse,
} from '@aws-sdk/client-cloudtrail'
import { isoSeconds } from '../../../../core/iso-seconds.ts'
import type { Validated } from '../../../../core/operation.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { trailArn } from '../../domain/resource-names.ts'
import { coversRegion, type Trail } from '../../domain/trail.ts'
import { describedTrail } from '../../domain/trail-view.ts'
import { type Destination, readStatus, type TrailStatus } from '../../storage/statuses.ts'
import { checkNoToken } from '../permissions.ts'
import { findTrail, trailIfAt, visibleTrails } from './find-trail.ts'

/**
 * Describes the trails of the Region, with those of all Regions. Trails that are not there are left out.
 * @throws ServiceError InvalidTrailNameException, CloudTrailARNInvalidException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
 */
export async function describeTrails(
  context: CloudTrailContext,
  { trailNameList = [], includeShadowTrails = true }: Validated<DescribeTrailsRequest>,
): Promise<DescribeTrailsResponse> {
  const { call } = context
  const arns = trailNameList.map((name) => trailArn(call, name))
  const found =
    arns.length > 0
      ? await Promise.all([...new Set(arns)].map((arn) => trailIfAt(context, arn)))
      : (await visibleTrails(context)).filter((trail) => coversRegion(trail, call.region))
  const trailList = found
    .filter((trail) => trail !== undefined)
    .filter(
      ({ homeRegion, accountId }) =>
        includeShadowTrails || (homeRegion === call.region && accountId === call.accountId),
    )
  return { trailList: trailList.map(describedTrail) }
}

/**
 * Lists the trails of the account, of all Regions.
 * @throws ServiceError InvalidNextTokenException.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTrails.html
 */
export async function listTrails(
  context: CloudTrailContext,
  request: Validated<ListTrailsRequest>,
): Promise<ListTrailsResponse> {
  // An account has some hundred trails at most: five for each Region.
  checkNoToken(request)
  const found = await visibleTrails(context)
  return { Trails: found.map(({ arn, name, homeRegion }) => ({ TrailARN: arn, Name: name, HomeRegion: homeRegion })) }
}

/** @throws ServiceError TrailNotFoundException. @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrail.html */
export async function getTrail(
  context: CloudTrailContext,
  { Name }: Validated<GetTrailRequest>,
): Promise<GetTrailResponse> {
  return { Trail: describedTrail(await findTrail(context, Name)) }
}

/**
 * Tells how a trail's deliveries of this Region's events went.
 * @throws ServiceError TrailNotFoundException.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
 */
export async function getTrailStatus(
  context: CloudTrailContext,
  { Name }: Validated<GetTrailStatusRequest>,
): Promise<GetTrailStatusResponse> {
  const trail = await findTrail(context, Name, (arn) => arn)
  return statusView(trail, await readStatus(context.call.store, trail, context.call.region))
}

function statusView(trail: Trail, status: TrailStatus): GetTrailStatusResponse {
  const { startedAtMs, stoppedAtMs, isLogging } = trail
  return {
    IsLogging: isLogging,
    ...(startedAtMs !== undefined && { StartLoggingTime: new Date(startedAtMs) }),
    ...(stoppedAtMs !== undefined && { StopLoggingTime: new Date(stoppedAtMs) }),
    ...destinationView(status, 'files', 'LatestDeliveryTime', 'LatestDeliveryError'),
    ...destinationView(status, 'notices', 'LatestNotificationTime', 'LatestNotificationError'),
    ...destinationView(status, 'digests', 'LatestDigestDeliveryTime', 'LatestDigestDeliveryError'),
    ...destinationView(status, 'logs', 'LatestCloudWatchLogsDeliveryTime', 'LatestCloudWatchLogsDeliveryError'),
    LatestDeliveryAttemptTime: timeText(status.files?.attemptedAtMs),
    LatestDeliveryAttemptSucceeded: successText(status, 'files'),
    LatestNotificationAttemptTime: timeText(status.notices?.attemptedAtMs),
    LatestNotificationAttemptSucceeded: successText(status, 'notices'),
    TimeLoggingStarted: timeText(startedAtMs),
    TimeLoggingStopped: timeText(stoppedAtMs),
  }
}

function destinationView(status: TrailStatus, destination: Destination, time: string, error: string) {
  const { deliveredAtMs, error: code } = status[destination] ?? {}
  return {
    ...(deliveredAtMs !== undefined && { [time]: new Date(deliveredAtMs) }),
    ...(code !== undefined && { [error]: code }),
  }
}

const timeText = (timeMs: number | undefined): string => (timeMs === undefined ? '' : isoSeconds(timeMs))

/** The time of the last attempt, if it succeeded. */
const successText = (status: TrailStatus, destination: Destination): string => {
  const { deliveredAtMs, attemptedAtMs } = status[destination] ?? {}
  return deliveredAtMs === attemptedAtMs ? timeText(deliveredAtMs) : ''
}
