import { randomUUID } from 'node:crypto'
import type {
  PutEventsRequest,
  PutEventsRequestEntry,
  PutEventsResponse,
  PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge'
import type { Permission, Validated } from '../../../core/operation.ts'
import { type BusEvent, newEvent } from '../domain/bus-event.ts'
import { busPolicies } from '../domain/bus-policies.ts'
import { notSupported } from '../domain/errors.ts'
import { forwardedIn } from '../domain/forwarded-entry.ts'
import { type BusPlace, busArn, busPlaceOf } from '../domain/names.ts'
import { checkSize, refusalOf } from '../domain/put-events.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { busIfAt } from './find-bus.ts'

/** The permission to put each kind of event on its bus. */
export async function putEventsPermissions(
  context: EventBridgeContext,
  { Entries }: Validated<PutEventsRequest>,
): Promise<Permission[]> {
  const asked = new Map<string, Permission>()
  for (const entry of Entries) {
    const { EventBusName, Source = '', DetailType = '' } = entry
    const place = busPlaceOf(EventBusName, context.call)
    const resource = busArn(place)
    const key = JSON.stringify([resource, Source, DetailType])
    if (asked.has(key)) continue
    const policy = (await busIfAt(context, EventBusName))?.policy
    asked.set(key, {
      action: 'events:PutEvents',
      resource,
      resourceAccountId: place.accountId,
      ...(policy && { policy: await busPolicies.inForce(context.identity, policy) }),
      context: {
        'events:source': Source,
        'events:detail-type': DetailType,
        'events:eventBusInvocation': String(forwardedIn(entry) !== undefined),
      },
    })
  }
  return [...asked.values()]
}

/**
 * Puts events on buses. Each is delivered at least once to the targets of the rules that it fits, or given up there; what is answered with
 * an id is durable.
 * @throws ServiceError ValidationException.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export async function putEvents(
  context: EventBridgeContext,
  { Entries, EndpointId }: Validated<PutEventsRequest>,
): Promise<PutEventsResponse> {
  if (EndpointId !== undefined) throw notSupported('EndpointId')
  checkSize(Entries)
  const accepted: { bus: BusPlace; event: BusEvent }[] = []
  const results: PutEventsResultEntry[] = []
  for (const entry of Entries) {
    const forwarded = forwardedIn(entry)
    const refusal = refusalOf(entry, forwarded !== undefined)
    if (refusal) {
      results.push(refusal)
      continue
    }
    const event = forwarded ?? eventOf(context, entry)
    results.push({ EventId: event.envelope.id })
    // An event for a bus that does not exist is accepted, and gets nowhere.
    const bus = await busIfAt(context, entry.EventBusName)
    if (bus) accepted.push({ bus, event })
  }
  const FailedEntryCount = results.filter(({ ErrorCode }) => ErrorCode !== undefined).length
  const answer = { FailedEntryCount, Entries: results }
  if (accepted.length === 0) return answer
  return context.call.transaction(async (tx) => {
    for (const { bus, event } of accepted) await context.router.route(tx, bus, event)
    return answer
  })
}

function eventOf(
  { call }: EventBridgeContext,
  { Source = '', DetailType = '', Detail = '', Resources = [], Time, EventBusName }: PutEventsRequestEntry,
): BusEvent {
  const nowMs = call.clock.nowMs()
  return newEvent({
    ...{ id: randomUUID(), detailType: DetailType, source: Source, account: call.accountId },
    ...{ timeMs: Time?.getTime() ?? nowMs, region: busPlaceOf(EventBusName, call).region },
    ...{ resources: Resources, detail: Detail.trim(), ingestedAtMs: nowMs },
  })
}
