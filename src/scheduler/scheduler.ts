import type { Clock } from '../core/clock.ts'
import { hourMs, minuteMs, secondMs } from '../core/durations.ts'
import type { WorkLeft, WorkRunner, WorkSpec } from '../core/scheduler.ts'
import { StoppedError } from '../core/stopped-error.ts'
import type { DueWork } from '../core/store.ts'
import type { DueWorkStore, LeasedWork } from './due-work-store.ts'

export interface SchedulerOptions {
  store: DueWorkStore
  clock: Clock
  /** By the kind of work they do. @throws Error for a limit that is not a whole number of 1 or more. */
  runners: Readonly<Record<string, WorkSpec>>
  /**
   * Resolves when those who schedule work behind what is committed have come up to it. Awaited while the clock is moved, so that such
   * work runs at its time.
   */
  settled?(): Promise<void>
  /** Called with every failure, and with the work that failed and will be tried again. */
  onError(error: unknown, work?: DueWork): void
}

export interface Scheduler {
  /**
   * Runs work as it falls due, at most a second late, until it is stopped. Prompt work that is due as this process commits it runs
   * at once. Does not keep the process alive.
   */
  start(): void
  /** Starts nothing new, for good, and resolves when what is running has ended; a move of the clock ends where it is. */
  stop(): Promise<void>
  /** Runs all that is due now, one after another in order of time. @throws StoppedError, StoreUnavailableError */
  runDue(): Promise<void>
  /**
   * Moves the clock forward to a time, stopping wherever work falls due on the way, so that each runs at its own time; also
   * what is scheduled on the way. A time in the past is set as it is.
   * @throws Error when work makes itself due again without end at one and the same time; StoppedError: the clock stands where the
   *   work does; StoreUnavailableError.
   */
  advanceTo(targetMs: number, setClock: (timeMs: number) => void): Promise<void>
}

export const createScheduler = (options: SchedulerOptions): Scheduler => new StoredWorkScheduler(options)

/** Work is late by no more than this, also when another node or a moved clock brought it forward. */
const maxPauseMs = secondMs

/** Kept alive while the work runs: it is how long another node waits after this one has died. */
const leaseMs = minuteMs

/** How many run at a time of the kinds without a limit of their own: slow work (a rotation function) must not hold up the rest. */
const sharedPlaces = 4

const firstRetryMs = secondMs
const lastRetryMs = hourMs

/** No lease and no pause ends later than this, unless it began before the clock was set back. */
const longestPostponementMs = lastRetryMs + leaseMs

/** How often work may come back at one due time, before that counts as a mistake. */
const maxRepeats = 10

class StoredWorkScheduler implements Scheduler {
  readonly #options: SchedulerOptions
  readonly #kinds: readonly string[]
  readonly #runners: ReadonlyMap<string, WorkRunner>
  /** Where each kind's work takes its place. */
  readonly #places: ReadonlyMap<string, Places>
  /** Kinds whose work does not wait for the next look. */
  readonly #prompt: ReadonlySet<string>
  readonly #running = new Set<Promise<void>>()
  /** The latest time that was seen; a clock that stands before it was set back. */
  #latestMs = Number.POSITIVE_INFINITY
  /** Work ended or was scheduled during this look for due work, which may have missed it. */
  #lookAgain = false
  #started = false
  #stopped = false
  #timer: NodeJS.Timeout | undefined
  #turn: Promise<void> | undefined
  /** The last of those who want to run work alone, in their order. */
  #alone: Promise<unknown> | undefined

  constructor(options: SchedulerOptions) {
    this.#options = options
    const kinds = Object.entries(options.runners)
    const shared = new Places(sharedPlaces)
    this.#kinds = kinds.map(([kind]) => kind)
    this.#runners = new Map(kinds.map(([kind, spec]) => [kind, typeof spec === 'function' ? spec : spec.run]))
    this.#prompt = new Set(
      kinds.filter(([, spec]) => typeof spec !== 'function' && spec.isPrompt).map(([kind]) => kind),
    )
    this.#places = new Map(
      kinds.map(([kind, spec]) => [kind, typeof spec === 'function' ? shared : new Places(spec.atOnce)]),
    )
  }

  start(): void {
    if (this.#started) return
    this.#started = true
    this.#options.store.onWorkScheduled((scheduled) => {
      const nowMs = this.#options.clock.nowMs()
      if (![...scheduled].some(([kind, dueAtMs]) => dueAtMs <= nowMs && this.#prompt.has(kind))) return
      this.#lookAgain = true
      this.#wake()
    })
    this.#wake()
    this.#reportOtherKinds()
  }

  async stop(): Promise<void> {
    this.#started = false
    this.#stopped = true
    await this.#settled()
    await this.#alone
  }

  runDue(): Promise<void> {
    return this.#runAlone(() => this.#runAllDue())
  }

  advanceTo(targetMs: number, setClock: (timeMs: number) => void): Promise<void> {
    return this.#runAlone(async () => {
      const { store, clock } = this.#options
      await this.#runAllDue()
      for (;;) {
        const nextMs = await store.nextDueAtMs(this.#kinds)
        if (nextMs === undefined || nextMs > targetMs) break
        if (nextMs > clock.nowMs()) setClock(nextMs)
        await this.#runAllDue()
      }
      setClock(targetMs)
      await this.#runAllDue()
    })
  }

  /** Nothing else runs meanwhile: what runs in the background would break the order. */
  #runAlone(work: () => Promise<void>): Promise<void> {
    const before = this.#alone
    const result = (async () => {
      await before
      await this.#settled()
      await work()
    })()
    const ended = result
      .catch(() => {})
      .then(() => {
        if (this.#alone === ended) this.#alone = undefined
        this.#wake()
      })
    this.#alone = ended
    return result
  }

  async #settled(): Promise<void> {
    clearTimeout(this.#timer)
    while (this.#turn || this.#running.size > 0) await Promise.all([this.#turn, ...this.#running])
  }

  async #runAllDue(): Promise<void> {
    const runs = new Map<string, { dueAtMs: number; repeats: number }>()
    await this.#recallPostponed()
    let isSettled = false
    for (;;) {
      this.#refuseWhenStopped()
      const leased = await this.#lease(this.#kinds)
      if (!leased && isSettled) return
      if (!leased) await this.#options.settled?.()
      isSettled = !leased
      if (!leased) continue
      refuseEndlessRepeats(runs, leased.work)
      if (await this.#run(leased)) runs.delete(nameOf(leased.work))
    }
  }

  #refuseWhenStopped(): void {
    if (!this.#stopped) return
    const stands = this.#options.clock.now().toISOString()
    throw new StoppedError(`The server was stopped, or reset, while its clock was moved; it had come to ${stands}.`)
  }

  /** Looks for due work, now and then again. */
  #wake(): void {
    if (!this.#started || this.#turn || this.#alone) return
    clearTimeout(this.#timer)
    this.#lookAgain = false
    this.#turn = this.#startDue().then((pauseMs) => {
      this.#turn = undefined
      if (this.#started) this.#timer = setTimeout(() => this.#wake(), this.#lookAgain ? 0 : pauseMs).unref()
    })
  }

  /** @returns how long to wait before looking again; never rejects. */
  async #startDue(): Promise<number> {
    const { store, clock, onError } = this.#options
    try {
      await this.#recallPostponed()
      while (this.#started && !this.#alone) {
        const kinds = this.#kinds.filter((kind) => this.#places.get(kind)?.isFree)
        if (kinds.length === 0) break
        const nextMs = (await store.nextDueAtMs(kinds)) ?? Number.POSITIVE_INFINITY
        if (nextMs > clock.nowMs()) return Math.min(nextMs - clock.nowMs(), maxPauseMs)
        const leased = await this.#lease(kinds)
        if (leased) this.#runBeside(leased)
      }
    } catch (error) {
      onError(error)
    }
    return maxPauseMs
  }

  #runBeside(leased: LeasedWork): void {
    const places = this.#places.get(leased.work.kind)
    places?.take()
    const run = this.#run(leased).then(() => {
      places?.giveBack()
      this.#lookAgain = true
      this.#running.delete(run)
      this.#wake()
    })
    this.#running.add(run)
  }

  /** Recalls work that a clock which was ahead postponed, here or on a node that has died: it would wait until that time. */
  async #recallPostponed(): Promise<void> {
    const nowMs = this.#options.clock.nowMs()
    if (nowMs < this.#latestMs) await this.#options.store.recallPostponed(nowMs + longestPostponementMs)
    this.#latestMs = nowMs
  }

  #lease(kinds: readonly string[]): Promise<LeasedWork | undefined> {
    const nowMs = this.#options.clock.nowMs()
    return this.#options.store.leaseDue(kinds, nowMs, nowMs + leaseMs)
  }

  /** @returns whether it was a slice of the work, and more of it is left; never rejects. */
  async #run(leased: LeasedWork): Promise<boolean> {
    const { store, clock, onError } = this.#options
    const { work } = leased
    let left: WorkLeft | undefined
    const renewal = setInterval(() => this.#renew(leased), leaseMs / 3).unref()
    try {
      const runner = this.#runners.get(work.kind)
      if (!runner) throw new Error(`there is no runner for due work of kind ${work.kind}`)
      // When the lease was lost, the work was moved, removed or done by another: then there is nothing left to do here.
      const change = await runner(work)
      await store.completeDue(leased, async (tx) => {
        left = (await change(tx)) || undefined
        if (left) await tx.schedule({ ...work, dueAtMs: clock.nowMs(), payload: left.payload })
      })
      return left !== undefined
    } catch (error) {
      onError(error, work)
      await this.#return(leased)
      return false
    } finally {
      clearInterval(renewal)
    }
  }

  async #renew(leased: LeasedWork): Promise<void> {
    const { store, clock, onError } = this.#options
    await store.extendLease(leased, clock.nowMs() + leaseMs).catch((error) => onError(error, leased.work))
  }

  async #return(leased: LeasedWork): Promise<void> {
    const { store, clock, onError } = this.#options
    const backOffMs = Math.min(firstRetryMs * 2 ** leased.failures, lastRetryMs)
    // If that fails too, the work is tried again when the lease is over.
    await store.returnDue(leased, clock.nowMs() + backOffMs).catch((error) => onError(error, leased.work))
  }

  async #reportOtherKinds(): Promise<void> {
    const { store, onError } = this.#options
    try {
      const kinds = await store.kindsDueBeside(this.#kinds)
      if (kinds.length > 0) onError(new Error(`there is due work that nothing here can do: ${kinds.join(', ')}`))
    } catch (error) {
      onError(error)
    }
  }
}

/** How many may run at a time, and how many do. */
class Places {
  readonly #limit: number
  #taken = 0

  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 1) throw new Error(`work cannot run ${limit} at once: 1 or more`)
    this.#limit = limit
  }

  get isFree(): boolean {
    return this.#taken < this.#limit
  }

  take(): void {
    this.#taken++
  }

  giveBack(): void {
    this.#taken--
  }
}

const nameOf = ({ kind, key }: DueWork) => JSON.stringify([kind, key])

/** Work that comes back later than before is catching up and will end; work that comes back at the same time will not. */
function refuseEndlessRepeats(runs: Map<string, { dueAtMs: number; repeats: number }>, work: DueWork) {
  const { kind, key, dueAtMs } = work
  const id = nameOf(work)
  const before = runs.get(id)
  const repeats = before && dueAtMs <= before.dueAtMs ? before.repeats + 1 : 0
  if (repeats > maxRepeats) throw new Error(`due work makes itself due again without end: ${kind} ${key}`)
  runs.set(id, { dueAtMs, repeats })
}
