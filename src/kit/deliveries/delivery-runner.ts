import { dayMs, secondMs } from '../../core/durations.ts'
import { servicePrincipal } from '../../core/services/service-calls.ts'
import type { Transaction } from '../../core/store.ts'
import { RoleSessions } from '../role-sessions.ts'
import { deadLetterOf } from './dead-letter.ts'
import { isCall } from './delivery.ts'
import type { DeliveryHost, DeliverySource, GivenUp } from './delivery-source.ts'
import { failureOf } from './failure.ts'
import type { Outbox, Outgoing } from './outbox.ts'
import { dueAtMs, isWithin, Paused, PausedBeginning, type PausedLanes, SilentTargets } from './paused-deliveries.ts'
import { TargetPlaces } from './target-places.ts'

/** How many deliveries end in one transaction, at most: what a killed server makes twice. */
const pageSize = 64

const defaultAtOnce = 16

/** A dead letter that cannot be delivered is tried for as long as a message is kept by default. */
const deadLetterLimits = { retries: 10_000, maxAgeMs: 4 * dayMs }

/** How long others wait for what goes to an address outside. What takes longer is waited for beside the run. */
const patienceMs = secondMs

/** What is waited for beside the run is not made again for so long, if the server is killed meanwhile. */
const heldMs = 30 * secondMs

/** How much is waited for beside runs at most; beyond that, a run waits itself. */
const mostBeside = 256

/** @param id - of the delivery as it is in the outbox. */
type Change = (tx: Transaction, id: string) => Promise<void>

/** What becomes of a delivery that was tried. */
interface Outcome {
  change: Change
  /** What waits in its place. */
  next?: Outgoing
}

/** Keeps a delivery under another id. */
interface Hold extends Outcome {
  next: Outgoing
  /** Since the change was made. */
  id: string
}

type Ended = (outgoing: Outgoing, outcome: Outcome) => void

/** Empties the outbox of one source. */
export class DeliveryRunner {
  readonly #source: DeliverySource
  readonly #outbox: Outbox
  readonly #host: DeliveryHost
  readonly #roles: RoleSessions
  readonly #silent = new SilentTargets()
  readonly #atOnce: number
  readonly #places: TargetPlaces
  /** Ids of deliveries that are waited for beside runs. */
  readonly #beside = new Set<string>()
  #pausedLanes: PausedLanes | undefined
  /** The latest time that was seen when the clock was moved, or a run began. */
  #latestMs = Number.NEGATIVE_INFINITY

  constructor(source: DeliverySource, outbox: Outbox, host: DeliveryHost) {
    this.#source = source
    this.#outbox = outbox
    this.#host = host
    this.#roles = new RoleSessions(host)
    this.#atOnce = source.atOnce ?? defaultAtOnce
    this.#places = new TargetPlaces(Math.ceil(this.#atOnce / 2))
    const end = host.clock.onMoved(() => this.#lookAfterMove())
    host.signal.addEventListener('abort', end, { once: true })
  }

  /** Has what waits looked at, where the clock was set back: it would wait for the time that the clock had shown. */
  #lookAfterMove(): void {
    const nowMs = this.#host.clock.nowMs()
    const wasAhead = nowMs < this.#latestMs
    this.#latestMs = nowMs
    if (!wasAhead) return
    const { store, onFault, signal } = this.#host
    store
      .transaction((tx) => this.#outbox.wakeAt(tx, nowMs))
      .catch((fault) => {
        if (!signal.aborted) onFault(fault)
      })
  }

  /** Makes all deliveries that may be made now, and arranges for those that are to be tried again. */
  readonly run = async (): Promise<(tx: Transaction) => Promise<void>> => {
    const { store, signal, clock } = this.#host
    await store.transaction((tx) => this.#outbox.begin(tx))
    this.#latestMs = Math.max(this.#latestMs, clock.nowMs())
    this.#silent.forgetPast(clock.nowMs())
    const paused = new Paused()
    const nowMs = clock.nowMs()
    if (this.#pausedLanes && !isWithin(this.#pausedLanes, nowMs)) this.#pausedLanes = undefined
    if (this.#pausedLanes) paused.addLanes(this.#pausedLanes)
    const beginning = this.#pausedLanes ? undefined : new PausedBeginning(nowMs)
    let afterId = this.#pausedLanes?.afterId
    while (!signal.aborted) {
      const page = await this.#outbox.list(store, afterId, pageSize)
      const isUntouched = await this.#deliver(page, paused)
      beginning?.note(page, paused, isUntouched)
      const last = page.at(-1)
      // Behind one that waits for its time and has no order, all others wait as well.
      if (!last || (last.order === undefined && dueAtMs(last, clock.nowMs()) > clock.nowMs())) break
      afterId = last.id
    }
    this.#pausedLanes ??= beginning?.lanes
    // Where the server stops, what is left is for the next one, or for another node.
    const nextMs = signal.aborted ? clock.nowMs() + secondMs : paused.nextMs
    return async (tx) => {
      if (nextMs !== undefined) await this.#outbox.wakeAt(tx, nextMs)
    }
  }

  /** @returns whether none of a page was tried. */
  async #deliver(page: readonly Outgoing[], paused: Paused): Promise<boolean> {
    const lanes = new Map<string, Outgoing[]>()
    for (const outgoing of page) {
      const lane = outgoing.order ?? outgoing.id
      lanes.set(lane, [...(lanes.get(lane) ?? []), outgoing])
    }
    const changes: ((tx: Transaction) => Promise<void>)[] = []
    const { promise: committed, resolve } = Promise.withResolvers<void>()
    const ended: Ended = (outgoing, { change, next }) => {
      changes.push((tx) => change(tx, outgoing.id))
      if (next) paused.add(next)
    }
    const waiting = [...lanes.values()]
    const worker = async () => {
      for (let lane = waiting.shift(); lane; lane = waiting.shift()) {
        for (const outgoing of lane) await this.#deliverOne(outgoing, paused, ended, committed)
      }
    }
    try {
      await Promise.all(Array.from({ length: this.#atOnce }, worker))
      if (changes.length === 0) return true
      await this.#host.store.transaction(async (tx) => {
        for (const change of changes) await change(tx)
      })
      return false
    } finally {
      resolve()
    }
  }

  async #deliverOne(outgoing: Outgoing, paused: Paused, ended: Ended, committed: Promise<void>): Promise<void> {
    const { signal, clock } = this.#host
    if (signal.aborted) return
    const nowMs = clock.nowMs()
    // Another server looks at it then, if this one is killed.
    if (this.#beside.has(outgoing.id)) return paused.add({ notBeforeMs: nowMs + heldMs })
    if (!paused.admits(outgoing, nowMs)) return
    if (isCall(outgoing.target)) {
      const outcome = await this.#try(outgoing)
      if (outcome) ended(outgoing, outcome)
      return
    }
    await this.#deliverOutside(outgoing, ended, committed)
  }

  /** Makes a delivery to an address outside. One that is slow does not hold up the others. */
  async #deliverOutside(outgoing: Outgoing, ended: Ended, committed: Promise<void>): Promise<void> {
    const { arn } = outgoing.target
    if (!(await this.#places.take(arn, patienceMs))) {
      const turnMs = this.#host.clock.nowMs() + this.#places.turnInMs(arn, patienceMs)
      return ended(outgoing, this.#postponed(outgoing, turnMs))
    }
    // Others for it may have found out meanwhile.
    const silentUntilMs = this.#silent.until(arn, this.#host.clock.nowMs())
    if (silentUntilMs !== undefined) {
      this.#places.giveBack(arn, { tookMs: 0, isSlow: false })
      return ended(outgoing, this.#postponed(outgoing, silentUntilMs))
    }
    const begunMs = performance.now()
    let isSlow = false
    const trying = this.#try(outgoing).finally(() =>
      this.#places.giveBack(arn, { tookMs: performance.now() - begunMs, isSlow }),
    )
    const mayLeave = outgoing.order === undefined && this.#beside.size < mostBeside
    if (!mayLeave || (await isOver(trying, patienceMs))) {
      const outcome = await trying
      if (outcome) ended(outgoing, outcome)
      return
    }
    isSlow = true
    this.#places.noteSlow(arn)
    this.#beside.add(outgoing.id)
    const hold = this.#hold(outgoing)
    ended(outgoing, hold)
    void this.#finishBeside(trying, hold, committed).finally(() => this.#beside.delete(outgoing.id))
  }

  /** Keeps a delivery from being made again for a time. */
  #hold(outgoing: Outgoing): Hold {
    const next = { ...outgoing, notBeforeMs: this.#host.clock.nowMs() + heldMs }
    const hold: Hold = {
      id: outgoing.id,
      next,
      change: async (tx, id) => {
        hold.id = await this.#outbox.putBack(tx, { ...next, id })
      },
    }
    return hold
  }

  /** Commits what becomes of a delivery that a run did not wait for. Never rejects. */
  async #finishBeside(trying: Promise<Outcome | undefined>, first: Hold, committed: Promise<void>): Promise<void> {
    const { signal, onFault } = this.#host
    await committed
    let held = first
    try {
      for (;;) {
        // A clock that was moved may let it come up while it is under way.
        this.#beside.add(held.id)
        if (await isOver(trying, heldMs / 2, { keepsAlive: false })) break
        if (signal.aborted) return
        const { id } = held
        held = this.#hold({ ...held.next, id })
        await this.#commit(held, id)
        this.#beside.delete(id)
      }
      const outcome = await trying
      if (outcome) await this.#commit(outcome, held.id)
    } catch (fault) {
      // It is made once more when it is held no longer.
      if (!signal.aborted) onFault(fault)
    } finally {
      this.#beside.delete(held.id)
    }
  }

  #commit({ change, next }: Outcome, id: string): Promise<void> {
    return this.#host.store.transaction(async (tx) => {
      await change(tx, id)
      if (next) await this.#outbox.wakeAt(tx, next.notBeforeMs)
    })
  }

  /** Leaves a delivery for later that was not tried; one with an order keeps its place in it. */
  #postponed(outgoing: Outgoing, notBeforeMs: number): Outcome {
    const later = { ...outgoing, notBeforeMs }
    return { change: (tx, id) => this.#putBack(tx, { ...later, id }), next: later }
  }

  /** Makes a delivery once. Never rejects. @returns what becomes of it; nothing where the server stopped meanwhile. */
  async #try(outgoing: Outgoing): Promise<Outcome | undefined> {
    try {
      await this.#send(outgoing)
    } catch (thrown) {
      // What ended with the server says nothing of the target.
      return this.#host.signal.aborted ? undefined : this.#failed(outgoing, thrown)
    }
    return {
      change: async (tx, id) => {
        await this.#outbox.remove(tx, id)
        if (!outgoing.givenUp) await this.#source.ended?.(tx, outgoing, { outcome: 'delivered' })
      },
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

  #failed(outgoing: Outgoing, thrown: unknown): Outcome {
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
    if (known.status === 0 && !known.isPermanent && !isCall(outgoing.target))
      this.#silent.add(outgoing.target.arn, nowMs, retryAtMs)
    if (!known.isPermanent && !exhausted) {
      const again = { ...outgoing, tries, notBeforeMs: retryAtMs }
      return { change: (tx, id) => this.#putBack(tx, { ...again, id }), next: again }
    }
    return this.#giveUp(outgoing, { ...known, retries: tries - 1, exhausted })
  }

  #giveUp(outgoing: Outgoing, failure: GivenUp): Outcome {
    const letter = outgoing.givenUp
      ? undefined
      : deadLetterOf(
          outgoing,
          this.#source.deadLetterAttributes?.(outgoing, failure) ?? {},
          failure,
          this.#host.clock.nowMs(),
        )
    const change: Change = async (tx, id) => {
      if (letter) await this.#putBack(tx, { ...letter, id })
      else await this.#outbox.remove(tx, id)
      if (outgoing.givenUp) return
      await this.#source.ended?.(tx, outgoing, { outcome: 'given-up', failure, hasDeadLetter: letter !== undefined })
    }
    return { change, ...(letter && { next: letter }) }
  }

  async #putBack(tx: Transaction, outgoing: Outgoing): Promise<void> {
    await this.#outbox.putBack(tx, outgoing)
  }
}

const exhaustedLimit = (isPermanent: boolean, reached: { retries: boolean; age: boolean }) => {
  if (isPermanent) return undefined
  if (reached.retries) return 'retries'
  return reached.age ? 'age' : undefined
}

/** @returns false where a promise is not settled after a time. */
async function isOver(promise: Promise<unknown>, ms: number, { keepsAlive = true } = {}): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), ms)
  if (!keepsAlive) timer.unref()
  try {
    return await Promise.race([promise.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
