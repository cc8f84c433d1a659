import type { WorkSpec } from '../../core/scheduler.ts'
import type { Transaction } from '../../core/store.ts'
import type { Delivery } from './delivery.ts'
import { DeliveryRunner } from './delivery-runner.ts'
import type { DeliveryHost, DeliverySource } from './delivery-source.ts'
import { Outbox } from './outbox.ts'

export interface Deliveries {
  /** Accepts a delivery in the transaction of the change that causes it. It is made at least once, or given up. */
  enqueue(tx: Transaction, delivery: Delivery, nowMs: number): Promise<void>
  /** The due work that makes the deliveries, for `ServiceInstance.work`. */
  work(host: DeliveryHost): Readonly<Record<string, WorkSpec>>
}

/**
 * Hands what one service sends to the target's own operation: authorised for the service principal with aws:SourceArn and
 * aws:SourceAccount (or for a role), encrypted and recorded as any call. What fails is tried again, within its limits, and then goes
 * to its dead-letter queue by the same way.
 */
export function deliveriesOf(source: DeliverySource): Deliveries {
  const outbox = new Outbox(source.name)
  return {
    enqueue: (tx, delivery, nowMs) => outbox.put(tx, delivery, nowMs),
    work: (host) => ({
      [outbox.workKind]: { run: new DeliveryRunner(source, outbox, host).run, atOnce: 1, isPrompt: true },
    }),
  }
}
