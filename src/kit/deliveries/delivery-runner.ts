import { parseArn } from '../../core/arn.ts'
import { dayMs } from '../../core/durations.ts'
import { servicePrincipal } from '../../core/services/service-calls.ts'
import type { Transaction } from '../../core/store.ts'
import { RoleSessions } from '../role-sessions.ts'
import { bodyOf, isCall } from './delivery.ts'
import type { DeliveryHost, DeliverySource, GivenUp } from './delivery-source.ts'
import { failureOf } from './failure.ts'
import type { Outbox, Outgoing } from './outbox.ts'
import { toQueue } from './targets.ts'

/** How many deliveries end in one transaction, at most: what a killed server makes twice. */
const pageSize = 64

const defaultAtOnce = 16

/** A dead letter that cannot be delivered is tried for as long as a message is kept by default. */
const deadLetterLimits = { retries: 10_000, maxAgeMs: 4 * dayMs }

type Change = (tx: Transaction) => Promise<void>

/** Empties the outbox of one source. */
export class DeliveryRunner {
  readonly #source: DeliverySource
  readonly #outbox: Outbox
  readonly #host: DeliveryHost
  readonly #roles: RoleSessions
  /** Addresses that did not answer, and when they are asked again. */
  readonly #silentTargets = new Map<string, number>()

  constructor(source: DeliverySource, outbox: Outbox, host: DeliveryHost) {
    this.#source = source
    this.#outbox = outbox
    this.#host = host
    this.#roles = new RoleSessions(host)
  }

  /** Makes all deliveries that may be made now, and arranges for those that are to be tried again. */
  readonly run = async (): Promise<Change> => {
    const { store, signal } = this.#host
    await store.transaction((tx) => this.#outbox.begin(tx))
    const paused = new Paused(this.#silentTargets)
    paused.forgetPast(this.#host.clock.nowMs())
    let afterId: string | undefined
    while (!signal.aborted) {
      const page = await this.#outbox.list(store, afterId, pageSize)
      await this.#deliver(page, paused)
      const last = page.at(-1)
      // Behind one that waits for its time and has no order, all others wait as well.
      if (!last || (last.order === undefined && last.notBeforeMs > this.#host.clock.nowMs())) break
      afterId = last.id
    }
    const nextMs = signal.aborted ? this.#host.clock.nowMs() : paused.nextMs
    return async (tx) => {
      if (nextMs !== undefined) await this.#outbox.wakeAt(tx, nextMs)
    }
  }

  async #deliver(page: readonly Outgoing[], paused: Paused): Promise<void> {
    const nowMs = this.#host.clock.nowMs()
    const lanes = new Map<string, Outgoing[]>()
    for (const outgoing of page) {
      if (!paused.admits(outgoing, nowMs)) continue
      const lane = outgoing.order ?? outgoing.id
      lanes.set(lane, [...(lanes.get(lane) ?? []), outgoing])
    }
    const changes: Change[] = []
    const waiting = [...lanes.values()]
    const worker = async () => {
      for (let lane = waiting.shift(); lane; lane = waiting.shift()) await this.#deliverInOrder(lane, changes, paused)
    }
    await Promise.all(Array.from({ length: this.#source.atOnce ?? defaultAtOnce }, worker))
    if (changes.length === 0) return
    await this.#host.store.transaction(async (tx) => {
      for (const change of changes) await change(tx)
    })
  }

  async #deliverInOrder(lane: readonly Outgoing[], changes: Change[], paused: Paused): Promise<void> {
    for (const outgoing of lane) {
      if (this.#host.signal.aborted || !paused.admits(outgoing, this.#host.clock.nowMs())) return
      changes.push(await this.#try(outgoing, paused))
    }
  }

  /** Makes a delivery once. Never rejects. @returns what becomes of it. */
  async #try(outgoing: Outgoing, paused: Paused): Promise<Change> {
    try {
      await this.#send(outgoing)
    } catch (thrown) {
      return this.#failed(outgoing, thrown, paused)
    }
    return async (tx) => {
      await this.#outbox.remove(tx, outgoing.id)
      if (!outgoing.givenUp) await this.#source.ended?.(tx, outgoing, { outcome: 'delivered' })
    }
  }

  async #send(outgoing: Outgoing): Promise<void> {
    const { target } = outgoing
    const { calls, signal } = this.#host
    if (isCall(target)) {
      const { region, service, operation, input } = target
      const call = { caller: await this.#caller(outgoing), region, service, operation: operation as never }
      await calls.invoke({ ...call, input: input as never })
      return
    }
    const sender = this.#source.senders?.[target.sender]
    if (!sender) throw new Error(`${this.#source.name} has no sender named ${target.sender}`)
    await sender(target.input, outgoing, signal)
  }

  async #caller({ roleArn, sourceArn, scope: { accountId, region }, ...outgoing }: Outgoing) {
    const delivery = { roleArn, sourceArn, scope: { accountId, region }, ...outgoing }
    const principal = this.#source.principalOf?.(delivery) ?? this.#source.principal
    const source = { arn: sourceArn, accountId }
    // Most services send dead letters themselves, also where the target was called as a role.
    const isOwn = outgoing.givenUp && !this.#source.sendsDeadLettersAsRole
    if (!roleArn || isOwn) return servicePrincipal(principal, source)
    const [sessionName = ''] = principal.split('.')
    return this.#roles.caller({ roleArn, sessionName, principal, source, region })
  }

  #failed(outgoing: Outgoing, thrown: unknown, paused: Paused): Change {
    const failure = failureOf(thrown)
    if (!failure) this.#host.onFault(thrown)
    const known = failure ?? { code: 'InternalFailure', message: 'The server failed.', status: 500, isPermanent: false }
    const nowMs = this.#host.clock.nowMs()
    const tries = outgoing.tries + 1
    const retryAtMs = nowMs + this.#source.pauseMs(tries, outgoing)
    const { retries, maxAgeMs } = outgoing.givenUp ? deadLetterLimits : outgoing.retry
    const exhausted = exhaustedLimit(known.isPermanent, {
      retries: tries > retries,
      age: retryAtMs - outgoing.acceptedAtMs > maxAgeMs,
    })
    // An address that does not answer keeps the sender waiting: what else is for it waits as long as this one.
    if (known.status === 0 && !isCall(outgoing.target)) paused.addTarget(outgoing.target.arn, retryAtMs)
    if (!known.isPermanent && !exhausted) {
      const again = { ...outgoing, tries, notBeforeMs: retryAtMs }
      paused.add(again)
      return (tx) => this.#outbox.putBack(tx, again)
    }
    return this.#giveUp(outgoing, { ...known, retries: tries - 1, exhausted }, paused)
  }

  #giveUp(outgoing: Outgoing, failure: GivenUp, paused: Paused): Change {
    const letter = outgoing.givenUp ? undefined : this.#deadLetterOf(outgoing, failure)
    if (letter) paused.add(letter)
    return async (tx) => {
      if (letter) await this.#outbox.putBack(tx, letter)
      else await this.#outbox.remove(tx, outgoing.id)
      if (outgoing.givenUp) return
      await this.#source.ended?.(tx, outgoing, { outcome: 'given-up', failure, hasDeadLetter: letter !== undefined })
    }
  }

  /** Returns what takes the delivery's place in the outbox: the way to its dead-letter queue. */
  #deadLetterOf(outgoing: Outgoing, failure: GivenUp): Outgoing | undefined {
    const { deadLetter } = outgoing
    if (!deadLetter || !parseArn(deadLetter.queueArn)) return undefined
    const attributes = { ...deadLetter.attributes, ...this.#source.deadLetterAttributes?.(outgoing, failure) }
    const target = toQueue(deadLetter.queueArn, {
      MessageBody: deadLetter.body ?? bodyOf(outgoing),
      MessageGroupId: deadLetter.groupId,
      MessageDeduplicationId: deadLetter.deduplicationId,
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
      ),
    })
    const nowMs = this.#host.clock.nowMs()
    return {
      ...outgoing,
      target,
      deadLetter: undefined,
      givenUp: failure,
      tries: 0,
      acceptedAtMs: nowMs,
      notBeforeMs: nowMs,
    }
  }
}

const exhaustedLimit = (isPermanent: boolean, reached: { retries: boolean; age: boolean }) => {
  if (isPermanent) return undefined
  if (reached.retries) return 'retries'
  return reached.age ? 'age' : undefined
}

/** What waits for another try, during one run; what follows it in its order waits with it. */
class Paused {
  readonly #orders = new Set<string>()
  readonly #silentTargets: Map<string, number>
  /** When the first of it is tried again. */
  nextMs: number | undefined

  constructor(silentTargets: Map<string, number>) {
    this.#silentTargets = silentTargets
  }

  add({ order, notBeforeMs }: Pick<Outgoing, 'order' | 'notBeforeMs'>): void {
    if (order !== undefined) this.#orders.add(order)
    this.nextMs = Math.min(this.nextMs ?? notBeforeMs, notBeforeMs)
  }

  /** Leaves a target alone until a time. */
  addTarget(arn: string, againAtMs: number): void {
    this.#silentTargets.set(arn, againAtMs)
  }

  forgetPast(nowMs: number): void {
    for (const [arn, atMs] of this.#silentTargets) if (atMs <= nowMs) this.#silentTargets.delete(arn)
  }

  /** Returns true when a delivery may be made now; notes it as paused when it waits for its time. */
  admits(outgoing: Outgoing, nowMs: number): boolean {
    if (outgoing.order !== undefined && this.#orders.has(outgoing.order)) return false
    const silentUntilMs = isCall(outgoing.target) ? undefined : this.#silentTargets.get(outgoing.target.arn)
    if (silentUntilMs !== undefined && silentUntilMs > nowMs) {
      this.add({ order: outgoing.order, notBeforeMs: silentUntilMs })
      return false
    }
    if (outgoing.notBeforeMs <= nowMs) return true
    this.add(outgoing)
    return false
  }
}
