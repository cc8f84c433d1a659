import type { ServiceHost } from '../../core/services/service-module.ts'
import type { Transaction } from '../../core/store.ts'
import type { Delivery } from './delivery.ts'
import type { DeliveryFailure } from './failure.ts'

/** What the component needs of the server. */
export type DeliveryHost = Pick<ServiceHost, 'store' | 'clock' | 'calls' | 'credentials' | 'signal' | 'onFault'>

export interface DeliverySource {
  /** The service's name: `sns`. Deliveries that may be slow, such as those to URLs, have an outbox of their own: `sns.http`. */
  name: string
  /** As whom it calls the targets: `sns.amazonaws.com`. A delivery with a role is made as a session of the role. */
  principal: string
  /** The principal for one delivery, where a source has several. */
  principalOf?(delivery: Delivery): string
  /** How long to wait after a delivery has failed for the n-th time, in milliseconds. */
  pauseMs(failures: number, delivery: Delivery): number
  /** How many deliveries are made at a time. Default: 16. */
  atOnce?: number
  /** Reach what is not an operation of a service, by name. They throw DeliveryRefused where the target does not take it. */
  senders?: Readonly<Record<string, DeliverySender>>
  /** Message attributes of a dead letter, beside those of the delivery. */
  deadLetterAttributes?(delivery: Delivery, failure: GivenUp): Readonly<Record<string, string>>
  /** Dead letters are sent as the role of the delivery, as EventBridge Scheduler does. Default: as the service itself. */
  sendsDeadLettersAsRole?: true
  /**
   * Takes part in the transaction that ends a delivery: at the target, or given up. May run again for a delivery whose end was not
   * committed.
   */
  ended?(tx: Transaction, delivery: Delivery, end: DeliveryEnd): Promise<void>
}

/** Sends the input of an `OwnTarget`. @param signal - aborts when the server stops. */
export type DeliverySender = (input: object, delivery: Delivery, signal: AbortSignal) => Promise<void>

/** Why a delivery was given up. */
export interface GivenUp extends DeliveryFailure {
  /** How often it was tried again. */
  retries: number
  /** Which limit was reached; absent for a permanent failure. */
  exhausted?: 'retries' | 'age'
}

export type DeliveryEnd = { outcome: 'delivered' } | { outcome: 'given-up'; failure: GivenUp; hasDeadLetter: boolean }
