import type { AwsEvent } from '../../../core/aws-event.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Transaction } from '../../../core/store.ts'
import type { Deliveries } from '../../../kit/deliveries/deliveries.ts'
import { type BusEvent, eventValue } from '../domain/bus-event.ts'
import { type BusPlace, defaultBusName } from '../domain/names.ts'
import type { Rule } from '../domain/rule.ts'
import { archiveEvent } from '../storage/archive.ts'
import { BusRules } from './bus-rules.ts'
import { deliveryTo } from './delivery-to.ts'
import { fanOut } from './fan-out.ts'

export interface RouteOptions {
  /** Only these rules get the event. Absent: all that it fits. */
  onlyRules?: readonly string[]
}

/** The outboxes of targets. */
export interface TargetOutboxes {
  /** Of targets that are operations of services. */
  services: Deliveries
  /** Of API destinations, which may be slow. */
  http: Deliveries
}

/** Compares events with the rules of their bus, and accepts a delivery for each target of those that they fit. */
export class Router {
  readonly #outboxes: TargetOutboxes
  readonly #clock: Clock
  readonly #rules = new BusRules()

  constructor(outboxes: TargetOutboxes, clock: Clock) {
    this.#outboxes = outboxes
    this.#clock = clock
  }

  /** Brings an event to a bus, in the transaction that accepts it. */
  async route(tx: Transaction, bus: BusPlace, event: BusEvent, { onlyRules }: RouteOptions = {}): Promise<void> {
    const index = await this.#rules.of(tx, bus)
    if (!index || index.size === 0) return
    const fitting: Rule[] = []
    for (const { rule, archive } of index.match(eventValue(event))) {
      const isReplayed = event.envelope['replay-name'] !== undefined
      if (archive && !isReplayed)
        await archiveEvent(tx, { accountId: bus.accountId, region: bus.region }, archive, event)
      if (!rule || (onlyRules && !onlyRules.includes(rule.arn))) continue
      if (event.isReadOnlyManagement && rule.state === 'ENABLED') continue
      fitting.push(rule)
    }
    await fanOut(tx, bus, event, fitting, { send: this.send, nowMs: this.#clock.nowMs() })
  }

  /** Accepts a delivery for each target of a rule. */
  readonly send = async (tx: Transaction, bus: BusPlace, rule: Rule, event: BusEvent): Promise<void> => {
    const nowMs = this.#clock.nowMs()
    for (const target of rule.targets) {
      const { isHttp, ...delivery } = deliveryTo(bus, rule, target, event)
      await this.#outboxes[isHttp ? 'http' : 'services'].enqueue(tx, delivery, nowMs)
    }
  }

  /** Brings what services publish to the default bus of its account and Region. */
  async routePublished(tx: Transaction, { detail, ...envelope }: AwsEvent): Promise<void> {
    const bus = { accountId: envelope.account, region: envelope.region, name: defaultBusName }
    const event = { envelope, detail: JSON.stringify(detail), ingestedAtMs: this.#clock.nowMs() }
    await this.route(tx, bus, event)
  }
}
