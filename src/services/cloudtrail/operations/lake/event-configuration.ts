import type {
  GetEventConfigurationRequest,
  GetEventConfigurationResponse,
  PutEventConfigurationRequest,
  PutEventConfigurationResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Validated } from '../../../../core/operation.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { invalidParameter, trailAndStoreTogether, trailOrStoreNeeded } from '../../domain/errors.ts'
import { configurationNotFitting, invalidStoreCategory } from '../../domain/lake/errors.ts'
import { type EventConfiguration, takesRecords } from '../../domain/lake/event-data-store.ts'
import type { EventAggregation, Trail } from '../../domain/trail.ts'
import { changeTrail } from '../trails/change-trail.ts'
import { findTrail, findTrailAtHome } from '../trails/find-trail.ts'
import { changeStore } from './change-store.ts'
import { findActiveStore, findStore } from './find-store.ts'

/** Shows what is added to the events of a store, or put together of those of a trail. */
export async function getEventConfiguration(
  context: CloudTrailContext,
  { TrailName, EventDataStore }: Validated<GetEventConfigurationRequest>,
): Promise<GetEventConfigurationResponse> {
  if (TrailName !== undefined) return trailConfiguration(await findTrail(context, TrailName))
  const store = await findStore(context, EventDataStore ?? '')
  if (!takesRecords(store)) throw invalidStoreCategory('The event data store does not take CloudTrail events.')
  return storeConfiguration(store.arn, store.configuration)
}

const trailConfiguration = ({ arn, aggregations = [] }: Trail) => ({
  TrailARN: arn,
  ...(aggregations.length > 0 && {
    AggregationConfigurations: aggregations.map(({ Templates }) => ({
      EventCategory: 'Data' as const,
      Templates: [...Templates],
    })),
  }),
})

const storeConfiguration = (EventDataStoreArn: string, configuration: EventConfiguration | undefined) => ({
  EventDataStoreArn,
  MaxEventSize: configuration?.maxEventSize ?? ('Standard' as const),
  ContextKeySelectors: (configuration?.contextKeys ?? []).map(({ Type, Equals }) => ({ Type, Equals: [...Equals] })),
})

/**
 * Sets what is added to the events of a store, or put together of those of a trail.
 * @throws ServiceError as the documentation lists.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventConfiguration.html
 */
export async function putEventConfiguration(
  context: CloudTrailContext,
  request: Validated<PutEventConfigurationRequest>,
): Promise<PutEventConfigurationResponse> {
  const { TrailName, EventDataStore, MaxEventSize, ContextKeySelectors, AggregationConfigurations } = request
  if (TrailName !== undefined && EventDataStore !== undefined) throw trailAndStoreTogether()
  if (TrailName !== undefined) {
    if (MaxEventSize !== undefined || ContextKeySelectors !== undefined)
      throw configurationNotFitting('MaxEventSize and ContextKeySelectors are for event data stores.')
    const aggregations = checkAggregations(AggregationConfigurations ?? [])
    const trail = await findTrailAtHome(context, TrailName)
    return changeTrail(context, trail, (present) => ({ ...present, aggregations }), trailConfiguration)
  }
  if (EventDataStore === undefined) throw trailOrStoreNeeded()
  if (AggregationConfigurations !== undefined)
    throw configurationNotFitting('AggregationConfigurations are for trails.')
  const configuration = checkConfiguration(MaxEventSize, ContextKeySelectors ?? [])
  const store = await findActiveStore(context, EventDataStore)
  if (!takesRecords(store)) throw invalidStoreCategory('The event data store does not take CloudTrail events.')
  return changeStore(
    context,
    store,
    (present) => ({ ...present, configuration }),
    (changed) => storeConfiguration(changed.arn, changed.configuration),
  )
}

type GivenAggregations = NonNullable<PutEventConfigurationRequest['AggregationConfigurations']>

function checkAggregations(given: GivenAggregations): EventAggregation[] {
  if (given.length > 1) throw invalidParameter('There can be one aggregation configuration.')
  return given.map(({ Templates = [] }) => {
    if (new Set(Templates).size < Templates.length) throw invalidParameter('A template is given twice.')
    return { Templates }
  })
}

type GivenKeys = NonNullable<PutEventConfigurationRequest['ContextKeySelectors']>

function checkConfiguration(maxEventSize: 'Standard' | 'Large' | undefined, given: GivenKeys): EventConfiguration {
  const contextKeys = given.map(({ Type = 'TagContext', Equals = [] }) => ({ Type, Equals }))
  if (contextKeys.length > 2 || new Set(contextKeys.map(({ Type }) => Type)).size < contextKeys.length)
    throw invalidParameter('There can be one context key selector of each type.')
  for (const { Equals } of contextKeys) {
    if (Equals.length < 1 || Equals.length > 50) throw invalidParameter('A context key selector has 1 to 50 keys.')
    if (Equals.some((key) => key.length < 1 || key.length > 128))
      throw invalidParameter('A context key has 1 to 128 characters.')
  }
  if (contextKeys.length > 0 && maxEventSize !== 'Large')
    throw configurationNotFitting('Context key selectors need the event size Large.')
  return { maxEventSize: maxEventSize ?? 'Standard', contextKeys }
}
