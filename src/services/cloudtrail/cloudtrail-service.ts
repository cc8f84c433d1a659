import type { LookupEventsRequest, LookupEventsResponse } from '@aws-sdk/client-cloudtrail'
import type { Awaitable } from '../../core/awaitable.ts'
import type { Operation, Permission } from '../../core/operation.ts'
import type { CloudTrailContext } from './cloudtrail-context.ts'
import { listInsightsData, onInsightSource } from './operations/insights/insight-events.ts'
import { listInsightsMetricData } from './operations/insights/insight-metrics.ts'
import { getInsightSelectors, putInsightSelectors } from './operations/insights/insight-selectors.ts'
import { lakeOperations } from './operations/lake/lake-operations.ts'
import { lookupEvents } from './operations/lookup-events.ts'
import { onAccount } from './operations/permissions.ts'
import { addTags, listTags, onListedTags, onTagged, removeTags } from './operations/tags.ts'
import { onTrailOrStore } from './operations/trail-or-store.ts'
import { createTrail, onNewTrail } from './operations/trails/create-trail.ts'
import { onTrail } from './operations/trails/find-trail.ts'
import { deleteTrail, startLogging, stopLogging } from './operations/trails/logging.ts'
import { deregisterDelegatedAdmin, registerDelegatedAdmin } from './operations/trails/organization-trails.ts'
import { listPublicKeys } from './operations/trails/public-keys.ts'
import { describeTrails, getTrail, getTrailStatus, listTrails } from './operations/trails/read-trails.ts'
import { getEventSelectors, putEventSelectors } from './operations/trails/selectors.ts'
import { onUpdatedTrail, updateTrail } from './operations/trails/update-trail.ts'

const lookup: Operation<CloudTrailContext, LookupEventsRequest, LookupEventsResponse> = {
  handle: lookupEvents,
  permissions: () => [{ action: 'cloudtrail:LookupEvents', resource: '*' }],
  readOnly: true,
  // AWS refuses these with exceptions of the operation's own, which the handler throws.
  constraints: {
    EventCategory: { enum: undefined },
    LookupAttributes: { length: undefined },
    'LookupAttributes.member.AttributeKey': { enum: undefined },
    'LookupAttributes.member.AttributeValue': { length: undefined },
    MaxResults: { range: undefined },
  },
}

const read = <I, O>(
  handle: (context: CloudTrailContext, input: I) => Promise<O>,
  permissions: (context: CloudTrailContext, input: NoInfer<I>) => Awaitable<readonly Permission[]>,
): Operation<CloudTrailContext, I, O> => ({ handle, permissions, readOnly: true })

const write = <I, O>(
  handle: (context: CloudTrailContext, input: I) => Promise<O>,
  permissions: (context: CloudTrailContext, input: NoInfer<I>) => Awaitable<readonly Permission[]>,
): Operation<CloudTrailContext, I, O> => ({ handle, permissions, readOnly: false })

/** Everything CloudTrail can do; what is missing here answers that it is not built. */
export const cloudtrailOperations = {
  LookupEvents: lookup,

  CreateTrail: write(createTrail, onNewTrail),
  UpdateTrail: write(updateTrail, onUpdatedTrail),
  DeleteTrail: write(deleteTrail, onTrail('Name')),
  StartLogging: write(startLogging, onTrail('Name')),
  StopLogging: write(stopLogging, onTrail('Name')),
  PutEventSelectors: write(putEventSelectors, onTrail('TrailName')),
  RegisterOrganizationDelegatedAdmin: write(registerDelegatedAdmin, onAccount),
  DeregisterOrganizationDelegatedAdmin: write(deregisterDelegatedAdmin, onAccount),
  ListPublicKeys: read(listPublicKeys, onAccount),
  AddTags: write(addTags, onTagged('ResourceId')),
  RemoveTags: write(removeTags, onTagged('ResourceId')),
  ListTags: read(listTags, onListedTags),

  DescribeTrails: read(describeTrails, onAccount),
  ListTrails: read(listTrails, onAccount),
  GetTrail: read(getTrail, onTrail('Name')),
  GetTrailStatus: read(getTrailStatus, onTrail('Name')),
  GetEventSelectors: read(getEventSelectors, onTrail('TrailName')),
  PutInsightSelectors: write(putInsightSelectors, onTrailOrStore),
  ListInsightsData: read(listInsightsData, onInsightSource),
  ListInsightsMetricData: read(listInsightsMetricData, onAccount),
  GetInsightSelectors: read(getInsightSelectors, onTrailOrStore),

  ...lakeOperations,
} satisfies Record<string, Operation<CloudTrailContext, never, unknown>>
