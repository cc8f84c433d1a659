import { randomUUID } from 'node:crypto'
import { isoSeconds } from './iso-seconds.ts'
import type { CollectionSpec, Scope, Store, Stored, Transaction } from './store.ts'

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

/** The members of an event that a service gives; the rest follows from its place and time. */
export interface PublishedEvent {
  source: string
  detailType: string
  scope: Scope
  timeMs: number
  resources: readonly string[]
  detail: Readonly<Record<string, unknown>>
}

/** The kind of due work that takes events out of the outbox. */
export const deliverEventsWork = 'events.deliver'

const everywhere: Scope = { accountId: '', region: '' }

/** Events on their way to the bus, in order of time; those of one millisecond as they were published by this process. */
const outbox: CollectionSpec<AwsEvent> = { name: 'events.outbox' }

let publishedHere = 0

/**
 * Publishes an event together with the change that it reports: it is delivered at least once if the transaction commits, and
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
  publishedHere++
  const [time, turn] = [String(Math.floor(timeMs)), String(publishedHere)].map((text) => text.padStart(15, '0'))
  // One piece of work for all that is there: one for each event would cost more than the change that it reports.
  if (!(await firstInOutbox(tx))) {
    await tx.schedule({ kind: deliverEventsWork, key: event.id, dueAtMs: timeMs, scope: everywhere, payload: null })
  }
  await tx.in(outbox).put(everywhere, `${time} ${turn} ${event.id}`, event)
}

/** The oldest events that have not been delivered. */
export const eventsInOutbox = (reader: Pick<Store, 'in'>, limit: number): Promise<Stored<AwsEvent>[]> =>
  reader.in(outbox).list(everywhere, { limit })

/** Takes delivered events out of the outbox, short of the last: as long as one is left, the work to deliver it is there. */
export async function removeFromOutbox(tx: Transaction, delivered: readonly Stored<AwsEvent>[]): Promise<void> {
  for (const { id } of delivered) await tx.in(outbox).delete(everywhere, id)
}

/** Does what `removeFromOutbox` does, at the end of the work to deliver them. @returns whether there are more. */
export async function finishDelivery(tx: Transaction, delivered: readonly Stored<AwsEvent>[]): Promise<boolean> {
  await removeFromOutbox(tx, delivered)
  return (await firstInOutbox(tx)) !== undefined
}

const firstInOutbox = async (tx: Transaction) => (await eventsInOutbox(tx, 1))[0]
