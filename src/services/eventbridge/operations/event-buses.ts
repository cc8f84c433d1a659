import type {
  CreateEventBusRequest,
  CreateEventBusResponse,
  DeleteEventBusRequest,
  DescribeEventBusRequest,
  DescribeEventBusResponse,
  ListEventBusesRequest,
  ListEventBusesResponse,
  UpdateEventBusRequest,
  UpdateEventBusResponse,
} from '@aws-sdk/client-eventbridge'
import type { Validated } from '../../../core/operation.ts'
import { type Counters, counters } from '../../../kit/counters.ts'
import { type Bus, untouchedBus } from '../domain/bus.ts'
import { busPolicies } from '../domain/bus-policies.ts'
import {
  busExists,
  busHasRules,
  busNameWithSlash,
  defaultBusCannotBeMade,
  defaultBusStays,
  limitExceeded,
  notSupported,
} from '../domain/errors.ts'
import { type BusPlace, busArn, defaultBusName } from '../domain/names.ts'
import { eventTags } from '../domain/tags.ts'
import { checkDeadLetterQueue } from '../domain/target-checks.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { archives, busCounts, buses, rules, ruleVersions } from '../storage/collections.ts'
import { findBus, presentBus, readBus } from './find-bus.ts'
import { pageOf } from './pages.ts'

const countOfBuses: Counters<'buses'> = counters({
  collection: busCounts,
  none: { buses: 0 },
  quotas: { buses: { most: 100, exceeded: limitExceeded } },
})

/** What can be said about a bus, and has no effect here, is refused. @throws ServiceError ValidationException. */
function checkBus(
  given: Pick<CreateEventBusRequest, 'EventSourceName' | 'KmsKeyIdentifier' | 'LogConfig' | 'DeadLetterConfig'>,
  place: Pick<BusPlace, 'region'>,
): void {
  if (given.EventSourceName !== undefined) throw notSupported('EventSourceName')
  if (given.KmsKeyIdentifier) throw notSupported('KmsKeyIdentifier')
  if (given.LogConfig?.Level !== undefined && given.LogConfig.Level !== 'OFF') throw notSupported('LogConfig')
  checkDeadLetterQueue(given.DeadLetterConfig?.Arn, place)
}

/**
 * Makes an event bus.
 * @throws ServiceError ResourceAlreadyExistsException, LimitExceededException, ValidationException.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
 */
export async function createEventBus(
  { call }: EventBridgeContext,
  { Name, Description, Tags = [], ...more }: Validated<CreateEventBusRequest>,
): Promise<CreateEventBusResponse> {
  if (Name === defaultBusName) throw defaultBusCannotBeMade()
  if (Name.includes('/')) throw busNameWithSlash()
  checkBus(more, call)
  const { accountId, region, clock } = call
  const deadLetterArn = more.DeadLetterConfig?.Arn
  const scope = { accountId, region }
  const place: BusPlace = { ...scope, name: Name }
  const nowMs = clock.nowMs()
  const bus: Bus = {
    ...untouchedBus(place),
    ...(Description !== undefined && { description: Description }),
    ...(deadLetterArn !== undefined && { deadLetterArn }),
    ...{ tags: eventTags.merge([], Tags), createdAtMs: nowMs, modifiedAtMs: nowMs },
  }
  return call.transaction(async (tx) => {
    if (await tx.in(buses).get(scope, Name)) throw busExists(Name)
    await countOfBuses.change(tx, scope, 'all', { buses: 1 })
    await tx.in(buses).put(scope, Name, bus)
    return { EventBusArn: busArn(place), ...shownSettings(bus) }
  })
}

/**
 * Deletes a bus; one that does not exist is deleted already.
 * @throws ServiceError ValidationException - it is the default bus, or has rules.
 */
export async function deleteEventBus(
  { call }: EventBridgeContext,
  { Name }: Validated<DeleteEventBusRequest>,
): Promise<undefined> {
  if (Name === defaultBusName) throw defaultBusStays()
  const { accountId, region } = call
  const scope = { accountId, region }
  return call.transaction(async (tx) => {
    if (!(await tx.in(buses).get(scope, Name))) return undefined
    const left = await tx.in(rules).list(scope, { idPrefix: `${Name}/`, limit: 1 })
    if (left.length > 0) throw busHasRules()
    await tx.in(buses).delete(scope, Name)
    const archived = await tx.in(archives).list(scope, { index: { name: 'bus', value: Name }, limit: 1 })
    if (archived.length === 0) await tx.in(ruleVersions).delete(scope, Name)
    await countOfBuses.change(tx, scope, 'all', { buses: -1 })
    return undefined
  })
}

/** @throws ServiceError ResourceNotFoundException. */
export async function describeEventBus(
  context: EventBridgeContext,
  { Name }: Validated<DescribeEventBusRequest>,
): Promise<DescribeEventBusResponse> {
  return shown(context, await findBus(context, Name))
}

/** What answers show of the settings of a bus. */
const shownSettings = ({ description, deadLetterArn }: Bus) => ({
  ...(description !== undefined && { Description: description }),
  ...(deadLetterArn !== undefined && { DeadLetterConfig: { Arn: deadLetterArn } }),
})

async function shown({ identity }: EventBridgeContext, bus: Bus): Promise<DescribeEventBusResponse> {
  const { policy, createdAtMs, modifiedAtMs, name } = bus
  return {
    Name: name,
    Arn: busArn(bus),
    ...shownSettings(bus),
    ...(policy && { Policy: await busPolicies.shown(identity, policy) }),
    ...(createdAtMs !== undefined && { CreationTime: new Date(createdAtMs) }),
    ...(modifiedAtMs !== undefined && { LastModifiedTime: new Date(modifiedAtMs) }),
  }
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListEventBuses.html */
export async function listEventBuses(
  context: EventBridgeContext,
  { NamePrefix = '', NextToken, Limit }: Validated<ListEventBusesRequest>,
): Promise<ListEventBusesResponse> {
  const { call } = context
  const scope = { accountId: call.accountId, region: call.region }
  const untouched = await untouchedDefault(context, NamePrefix)
  const { rows, next } = await pageOf(context, [NamePrefix], NextToken, Limit, async (after, limit) => {
    const found = await call.store.in(buses).list(scope, { idPrefix: NamePrefix, afterId: after, limit })
    if (untouched && (after === undefined || after < defaultBusName))
      found.push({ id: defaultBusName, document: untouched })
    return found.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit)
  })
  const EventBuses = await Promise.all(rows.map((bus) => shown(context, bus)))
  return { EventBuses, ...(next !== undefined && { NextToken: next }) }
}

/** The default bus, where it has no document yet. */
async function untouchedDefault({ call }: EventBridgeContext, prefix: string): Promise<Bus | undefined> {
  if (!defaultBusName.startsWith(prefix)) return undefined
  const { accountId, region } = call
  const bus = await readBus(call.store, { accountId, region, name: defaultBusName })
  return bus?.createdAtMs === undefined ? bus : undefined
}

/** @throws ServiceError ResourceNotFoundException, ValidationException. */
export async function updateEventBus(
  context: EventBridgeContext,
  { Name, Description, ...more }: Validated<UpdateEventBusRequest>,
): Promise<UpdateEventBusResponse> {
  const { call } = context
  checkBus(more, call)
  const bus = await findBus(context, Name)
  const { accountId, region, name } = bus
  return call.transaction(async (tx) => {
    const { deadLetterArn, ...present } = await presentBus(tx, bus)
    const nowMs = call.clock.nowMs()
    const description = Description ?? present.description
    const queueArn = more.DeadLetterConfig ? more.DeadLetterConfig.Arn : deadLetterArn
    const changed: Bus = {
      ...{ createdAtMs: nowMs, ...present, modifiedAtMs: nowMs },
      ...(description !== undefined && { description }),
      ...(queueArn !== undefined && { deadLetterArn: queueArn }),
    }
    await tx.in(buses).put({ accountId, region }, name, changed)
    return { Arn: busArn(bus), Name: name, ...shownSettings(changed) }
  })
}
