import type { GetEventConfigurationResponse } from '@aws-sdk/client-cloudtrail'
import type { Permission } from '../../../core/operation.ts'
import type { CloudTrailContext } from '../cloudtrail-context.ts'
import { eventDataStoreNotFound, trailAndStoreTogether, trailOrStoreNeeded } from '../domain/errors.ts'
import { eventDataStoreArn } from '../domain/resource-names.ts'
import { onNamed } from './permissions.ts'
import { findTrail, onTrail } from './trails/find-trail.ts'

export interface TrailOrStore {
  TrailName?: string
  EventDataStore?: string
}

/** Returns the permissions for what is asked of a trail or of an event data store. */
export async function onTrailOrStore(context: CloudTrailContext, request: TrailOrStore): Promise<Permission[]> {
  const { TrailName, EventDataStore } = request
  if (TrailName !== undefined && EventDataStore !== undefined) throw trailAndStoreTogether()
  if (TrailName !== undefined) return onTrail('TrailName')(context, { TrailName })
  if (EventDataStore === undefined) throw trailOrStoreNeeded()
  return onNamed(eventDataStoreArn)('EventDataStore')(context, { EventDataStore })
}

/** @throws ServiceError TrailNotFoundException, EventDataStoreNotFoundException. */
export async function getEventConfiguration(
  context: CloudTrailContext,
  request: TrailOrStore,
): Promise<GetEventConfigurationResponse> {
  const trail = await findTrail(context, nameOf(context, request))
  return { TrailARN: trail.arn }
}

function nameOf({ call }: CloudTrailContext, { TrailName, EventDataStore = '' }: TrailOrStore): string {
  if (TrailName !== undefined) return TrailName
  throw eventDataStoreNotFound(eventDataStoreArn(call, EventDataStore))
}
