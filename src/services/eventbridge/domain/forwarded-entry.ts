import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import type { BusEvent } from './bus-event.ts'

/**
 * Carries an event that one bus sends to another through PutEvents: it keeps its id, its account and its source. No request from outside
 * can have the member, because its name is not a text.
 */
const forwarded = Symbol('forwarded event')

interface ForwardedEntry extends PutEventsRequestEntry {
  [forwarded]?: BusEvent
}

export function entryOf(event: BusEvent, busArn: string): PutEventsRequestEntry {
  const { source, 'detail-type': DetailType } = event.envelope
  const entry: ForwardedEntry = { Source: source, DetailType, Detail: event.detail, EventBusName: busArn }
  entry[forwarded] = event
  return entry
}

export const forwardedIn = (entry: PutEventsRequestEntry): BusEvent | undefined => (entry as ForwardedEntry)[forwarded]
