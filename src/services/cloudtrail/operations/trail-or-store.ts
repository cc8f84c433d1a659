import type { Permission } from '../../../core/operation.ts'
import type { CloudTrailContext } from '../cloudtrail-context.ts'
import { trailAndStoreTogether, trailOrStoreNeeded } from '../domain/errors.ts'
import { onStore } from './lake/find-store.ts'
import { onTrail } from './trails/find-trail.ts'

interface TrailOrStore {
  TrailName?: string
  EventDataStore?: string
}

/** Returns the permissions for what is asked of a trail or of an event data store. */
export async function onTrailOrStore(context: CloudTrailContext, request: TrailOrStore): Promise<Permission[]> {
  const { TrailName, EventDataStore } = request
  if (TrailName !== undefined && EventDataStore !== undefined) throw trailAndStoreTogether()
  if (TrailName !== undefined) return onTrail('TrailName')(context, { TrailName })
  if (EventDataStore === undefined) throw trailOrStoreNeeded()
  return onStore('EventDataStore')(context, { EventDataStore })
}
