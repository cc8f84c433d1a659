import { randomUUID } from 'node:crypto'
import { isoSeconds } from './iso-seconds.ts'
import type { Scope, Transaction } from './store.ts'

/**
 * An event as services publish it and EventBridge delivers it.
 * @see https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */
export interface AwsEvent {
  version: '0'
  id: string
  /** `Parameter Store Change` */
  'detail-type': string
  /** `aws.ssm` */
  source: string
  account: string
  /** Whole seconds, `YYYY-MM-DDTHH:MM:SSZ`. */
  time: string
  region: string
  /** ARNs. */
  resources: readonly string[]
  /** Never holds a secret. */
  detail: Readonly<Record<string, unknown>>
}

/** What a service says of an event; the rest follows from where and when. */
export interface PublishedEvent {
  source: string
  detailType: string
  scope: Scope
  timeMs: number
  resources: readonly string[]
  detail: Readonly<Record<string, unknown>>
}

/** The kind of due work that is an event on its way to the bus. */
export const deliverEventWork = 'events.deliver'

let publishedHere = 0

/**
 * Publishes an event together with the change it tells of: it is delivered at least once if the transaction commits, and
 * never if it does not.
 */
export async function publishEvent(tx: Transaction, published: PublishedEvent): Promise<void> {
  const { source, detailType, scope, timeMs, resources, detail } = published
  const event: AwsEvent = {
    version: '0',
    id: randomUUID(),
    'detail-type': detailType,
    source,
    account: scope.accountId,
    time: isoSeconds(timeMs),
    region: scope.region,
    resources,
    detail,
  }
  // Due work of one time is done in order of its key: events of one millisecond are delivered as they were published here.
  publishedHere++
  const key = `${String(publishedHere).padStart(12, '0')} ${event.id}`
  await tx.schedule({ kind: deliverEventWork, key, dueAtMs: timeMs, scope, payload: event })
}
