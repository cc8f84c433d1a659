import { randomUUID } from 'node:crypto'
import type { CollectionSpec, Scope, Store, Stored, Transaction } from '../../core/store.ts'
import type { Delivery, DeliveryTarget } from './delivery.ts'
import type { DeliveryFailure } from './failure.ts'
import { fromJson, toJson } from './json-bytes.ts'

/** A delivery as it waits. */
export interface Outgoing extends Omit<Delivery, 'target' | 'deadLetter'> {
  id: string
  target: DeliveryTarget
  deadLetter?: Delivery['deadLetter']
  acceptedAtMs: number
  /** How often it was tried. */
  tries: number
  /** It is tried again then. */
  notBeforeMs: number
  /** It was given up for this reason and is on its way to the dead-letter queue. */
  givenUp?: DeliveryFailure
}

/** What is stored: messages are between their sender and their receiver. */
interface StoredDelivery extends Omit<Outgoing, 'id' | 'target' | 'deadLetter'> {
  /** Sealed JSON of the target and the dead-letter queue, bytes included. */
  message: string
}

/** When the work that empties the outbox is due; no document where there is none. */
interface Wake {
  atMs: number
}

const everywhere: Scope = { accountId: '', region: '' }
const wakeId = 'deliver'

/** The deliveries of one source service that are not made yet, and the due work that makes them. */
export class Outbox {
  /** The kind of due work that makes the deliveries. */
  readonly workKind: string
  readonly #deliveries: CollectionSpec<StoredDelivery>
  readonly #wakes: CollectionSpec<Wake>
  /** Orders what this process accepts within one millisecond. */
  #turn = 0

  /** @param name - the service's name, and that of the outbox where it has several: `sns`, `sns.http`. */
  constructor(name: string) {
    this.workKind = `${name}.deliver`
    this.#deliveries = { name: `${name}.deliveries`, sealed: ['message'] }
    this.#wakes = { name: `${name}.delivery-wakes` }
  }

  /** Accepts a delivery: it is made at least once, or given up, if the transaction commits. */
  async put(tx: Transaction, { target, deadLetter, ...delivery }: Delivery, nowMs: number): Promise<void> {
    const notBeforeMs = Math.max(nowMs, delivery.notBeforeMs ?? nowMs)
    const id = this.#idAt(notBeforeMs)
    await this.#write(tx, { ...delivery, target, deadLetter, id, acceptedAtMs: nowMs, tries: 0, notBeforeMs })
    await this.wakeAt(tx, notBeforeMs)
  }

  /** Writes a delivery that is to be tried again. One that has an order keeps its place in it. @returns its id from now on. */
  async putBack(tx: Transaction, outgoing: Outgoing): Promise<string> {
    const id = outgoing.order === undefined ? this.#idAt(outgoing.notBeforeMs) : outgoing.id
    if (id !== outgoing.id) await this.remove(tx, outgoing.id)
    await this.#write(tx, { ...outgoing, id })
    return id
  }

  async remove(tx: Transaction, id: string): Promise<void> {
    await tx.in(this.#deliveries).delete(everywhere, id)
  }

  /** Lists deliveries in the order in which they are to be made. @param afterId - only what comes behind it. */
  async list(reader: Pick<Store, 'in'>, afterId: string | undefined, limit: number): Promise<Outgoing[]> {
    return (await reader.in(this.#deliveries).list(everywhere, { afterId, limit })).map(read)
  }

  /** Makes the work be due at a time, unless it is due earlier. */
  async wakeAt(tx: Transaction, atMs: number): Promise<void> {
    const wake = await tx.in(this.#wakes).get(everywhere, wakeId)
    if (wake && wake.atMs <= atMs) return
    await tx.in(this.#wakes).put(everywhere, wakeId, { atMs })
    // Another key each time: work that comes back under one key at one time counts as endless.
    await tx.schedule({ kind: this.workKind, key: randomUUID(), dueAtMs: atMs, scope: everywhere, payload: null })
  }

  /** Notes that the work has begun: what is accepted from here on makes it due again. */
  async begin(tx: Transaction): Promise<void> {
    await tx.in(this.#wakes).delete(everywhere, wakeId)
  }

  /** Ids are in the order of time, so that no delivery that waits for its time is read before it. */
  #idAt(timeMs: number): string {
    this.#turn++
    return [padded(Math.floor(timeMs)), padded(this.#turn), randomUUID()].join(' ')
  }

  async #write(tx: Transaction, { id, target, deadLetter, ...outgoing }: Outgoing): Promise<void> {
    await tx.in(this.#deliveries).put(everywhere, id, { ...outgoing, message: toJson({ target, deadLetter }) })
  }
}

const padded = (value: number) => String(value).padStart(15, '0')

function read({ id, document: { message, ...outgoing } }: Stored<StoredDelivery>): Outgoing {
  return { id, ...outgoing, ...(fromJson(message) as Pick<Outgoing, 'target' | 'deadLetter'>) }
}
