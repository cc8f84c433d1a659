import type {
  DeleteTrailRequest,
  DeleteTrailResponse,
  StartLoggingRequest,
  StartLoggingResponse,
  StopLoggingRequest,
  StopLoggingResponse,
} from '@aws-sdk/client-cloudtrail'
import { dayMs } from '../../../../core/durations.ts'
import type { Validated } from '../../../../core/operation.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { forgetWork } from '../../delivery/kinds.ts'
import type { Trail } from '../../domain/trail.ts'
import { everywhere, putTrail } from '../../storage/trails.ts'
import { changeTrail } from './change-trail.ts'
import { findTrailAtHome, presentTrail } from './find-trail.ts'

/** A deleted trail is forgotten when nothing of it is delivered any more. */
const keptMs = 31 * dayMs

const theArn = (arn: string) => arn

/**
 * Starts the delivery of events. Those before the call are not delivered.
 * @throws ServiceError TrailNotFoundException, InvalidHomeRegionException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartLogging.html
 */
export async function startLogging(
  context: CloudTrailContext,
  { Name }: Validated<StartLoggingRequest>,
): Promise<StartLoggingResponse> {
  const { call, follower } = context
  const trail = await findTrailAtHome(context, Name, theArn)
  await follower.begin()
  const nowMs = call.clock.nowMs()
  return changeTrail(
    context,
    trail,
    (present) => ({ ...switched(present, { requestId: call.requestId, on: true, atMs: nowMs }), startedAtMs: nowMs }),
    () => ({}),
  )
}

/**
 * Stops the delivery of events behind the call, which is itself delivered.
 * @throws ServiceError TrailNotFoundException, InvalidHomeRegionException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html
 */
export async function stopLogging(
  context: CloudTrailContext,
  { Name }: Validated<StopLoggingRequest>,
): Promise<StopLoggingResponse> {
  const { call } = context
  const trail = await findTrailAtHome(context, Name, theArn)
  const nowMs = call.clock.nowMs()
  return changeTrail(
    context,
    trail,
    (present) => ({ ...switched(present, { requestId: call.requestId, on: false, atMs: nowMs }), stoppedAtMs: nowMs }),
    () => ({}),
  )
}

/**
 * Deletes a trail. Its last events, and its last digests, are still delivered; what it has delivered stays.
 * @throws ServiceError TrailNotFoundException, InvalidHomeRegionException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteTrail.html
 */
export async function deleteTrail(
  context: CloudTrailContext,
  { Name }: Validated<DeleteTrailRequest>,
): Promise<DeleteTrailResponse> {
  const { call, directory } = context
  const trail = await findTrailAtHome(context, Name)
  const nowMs = call.clock.nowMs()
  const answer = await call.transaction(async (tx) => {
    const present = await presentTrail(tx, trail)
    const ended = switched(present, { requestId: call.requestId, on: false, atMs: nowMs })
    await putTrail(tx, ended, { ended: true })
    const payload = { trailId: trail.id }
    await tx.schedule({ kind: forgetWork, key: trail.id, dueAtMs: nowMs + keptMs, scope: everywhere, payload })
    return {}
  })
  await directory.refresh()
  return answer
}

/** Logging that goes on, or has stopped already, is left as it is. */
function switched(trail: Trail, change: Trail['switches'][number]): Trail {
  if (trail.isLogging === change.on) return trail
  return { ...trail, isLogging: change.on, switches: [...trail.switches, change] }
}
