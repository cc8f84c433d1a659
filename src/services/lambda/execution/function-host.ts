import { availableParallelism, totalmem } from 'node:os'
import type { Clock } from '../../../core/clock.ts'
import { minuteMs, secondMs } from '../../../core/durations.ts'
import type { ServiceMetrics } from '../../../core/services/service-metrics.ts'
import { invocationInterrupted, tooManyInvocations } from '../domain/errors.ts'
import { arnOfFunction, type FunctionVersion } from '../domain/function.ts'
import type { ExecutionEnvironment } from './environment.ts'
import type { FunctionEvent, InvocationResult } from './invocation.ts'
import { measured } from './invocation-metrics.ts'

/** An environment as it was started, with what bounds its life. */
export interface StartedEnvironment {
  environment: ExecutionEnvironment
  /** Of the role's credentials, which the process got once and for all. By the server's clock. */
  credentialsExpireAtMs: number
  /** Removes what was made for it on disk. */
  clean(): Promise<void>
}

export interface FunctionHostOptions {
  clock: Clock
  metrics: ServiceMetrics
  start(version: FunctionVersion): Promise<StartedEnvironment>
  /** Called with the code that is in use, after environments have ended. */
  prune(codeIdsInUse: ReadonlySet<string>): Promise<void>
  onFault(fault: unknown): void
  /** Processes at a time, over all functions. Default: what the machine bears. */
  maxEnvironments?: number
}

/** How many invocations may run at a time. */
export interface ConcurrencyLimits {
  /** Of this function alone; absent when it shares the account's. */
  reserved?: number
  /** For all functions together that have none of their own. */
  unreserved: number
}

/** Idle environments are ended after this time. */
const idleMs = 5 * minuteMs

/** Credentials must outlive the invocation by this much. */
const expiryMarginMs = minuteMs

const megabytesPerEnvironment = 128

/** By memory and processors, between 4 and 64: functions in a test must not bring a machine down. */
const machineLimit = () =>
  Math.max(
    4,
    Math.min(64, availableParallelism() * 16, Math.floor(totalmem() / 2 / (megabytesPerEnvironment * 1024 ** 2))),
  )

/** Runs functions in environments, which it starts, reuses and ends. */
export class FunctionHost {
  readonly #options: FunctionHostOptions
  readonly #maxEnvironments: number
  readonly #entries = new Set<Entry>()
  /** Invocations that run: by function with a limit of its own, else by account and region. */
  readonly #running = new Map<string, number>()
  readonly #starting = new Set<Starting>()
  #stopped = false

  constructor(options: FunctionHostOptions) {
    this.#options = options
    this.#maxEnvironments = options.maxEnvironments ?? machineLimit()
  }

  /**
   * Runs one invocation of a version, in an environment that is warm when there is one.
   * @throws ServiceError TooManyRequestsException; ServiceException when the host stops meanwhile; what `start` throws.
   */
  async run(version: FunctionVersion, limits: ConcurrencyLimits, event: FunctionEvent): Promise<InvocationResult> {
    if (this.#stopped) throw invocationInterrupted()
    return measured(this.#options.metrics, version, event.invokedArn, () => this.#runLimited(version, limits, event))
  }

  async #runLimited(
    version: FunctionVersion,
    limits: ConcurrencyLimits,
    event: FunctionEvent,
  ): Promise<InvocationResult> {
    const leave = this.#enter(version, limits)
    try {
      // An environment may end just when it is taken; a new one does not.
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const result = await this.#runIn(await this.#take(version), event)
        if (this.#stopped) throw invocationInterrupted()
        if (result) return result
      }
      throw new Error(`no environment of ${version.arn} took the invocation`)
    } finally {
      leave()
    }
  }

  /** Ends the environments of a deleted function or version. */
  async discard(arn: string): Promise<void> {
    const gone = [...this.#entries].filter((entry) => entry.functionArn === arn || entry.arn === arn)
    await Promise.all(gone.map((entry) => this.#end(entry)))
  }

  /** Ends every environment, and with them the invocations that run; takes no more. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#entries].map((entry) => this.#end(entry)))
    // What starts ends itself, and would make folders again after they were removed.
    await Promise.allSettled([...this.#starting].map(({ started }) => started))
  }

  /** Ids of the processes that live now. */
  get pids(): number[] {
    return [...this.#entries].flatMap(({ started }) => started.environment.pid ?? [])
  }

  #enter(version: FunctionVersion, { reserved, unreserved }: ConcurrencyLimits): () => void {
    const key = reserved === undefined ? `${version.accountId}/${version.region}` : arnOfFunction(version)
    const running = this.#running.get(key) ?? 0
    if (running >= (reserved ?? unreserved)) throw tooManyInvocations(reserved !== undefined)
    this.#running.set(key, running + 1)
    return () => {
      const left = (this.#running.get(key) ?? 1) - 1
      if (left > 0) this.#running.set(key, left)
      else this.#running.delete(key)
    }
  }

  async #runIn(entry: Entry, event: FunctionEvent): Promise<InvocationResult | undefined> {
    const { environment } = entry.started
    try {
      return await environment.invoke(event)
    } finally {
      if (environment.isEnded || this.#stopped) await this.#end(entry)
      else this.#rest(entry)
    }
  }

  async #take(version: FunctionVersion): Promise<Entry> {
    const key = `${version.arn} ${version.revisionId}`
    const functionArn = arnOfFunction(version)
    const nowMs = this.#options.clock.nowMs()
    const neededUntilMs = nowMs + version.timeoutSeconds * secondMs + expiryMarginMs
    // The one used last is the one most likely to be needed still.
    for (const entry of [...this.#entries].reverse()) {
      if (entry.busy || entry.arn !== version.arn) continue
      const usable = entry.key === key && !entry.started.environment.isEnded
      if (usable && entry.started.credentialsExpireAtMs >= neededUntilMs) return this.#occupy(entry)
      // Of an earlier configuration, ended by itself, or with credentials that are about to expire.
      this.#endBehind(entry)
    }
    return this.#start(version, { key, arn: version.arn, functionArn, codeId: version.code.codeId })
  }

  async #start(version: FunctionVersion, names: EntryNames): Promise<Entry> {
    const starting: Starting = { codeId: names.codeId, started: this.#startNew(version, names) }
    this.#starting.add(starting)
    try {
      return await starting.started
    } finally {
      this.#starting.delete(starting)
    }
  }

  async #startNew(version: FunctionVersion, names: EntryNames): Promise<Entry> {
    if (this.#entries.size + this.#starting.size >= this.#maxEnvironments) await this.#endLongestIdle()
    const entry: Entry = { ...names, started: await this.#options.start(version), busy: true, idle: undefined }
    this.#entries.add(entry)
    if (!this.#stopped) return entry
    await this.#end(entry)
    throw invocationInterrupted()
  }

  /** Ends the environment that has been idle for longest. @throws ServiceError TooManyRequestsException. */
  async #endLongestIdle(): Promise<void> {
    const idle = [...this.#entries].find(({ busy }) => !busy)
    if (!idle) throw tooManyInvocations(false)
    await this.#end(idle)
  }

  #occupy(entry: Entry): Entry {
    clearTimeout(entry.idle)
    entry.busy = true
    return entry
  }

  #rest(entry: Entry): void {
    entry.busy = false
    // Moved to the end: the set is in order of last use.
    this.#entries.delete(entry)
    this.#entries.add(entry)
    entry.idle = setTimeout(() => this.#endBehind(entry), idleMs).unref()
  }

  #endBehind(entry: Entry): void {
    this.#end(entry).catch(this.#options.onFault)
  }

  /** Ends an environment once, however often it is called. */
  #end(entry: Entry): Promise<void> {
    entry.ending ??= this.#endFirst(entry)
    return entry.ending
  }

  async #endFirst(entry: Entry): Promise<void> {
    clearTimeout(entry.idle)
    this.#entries.delete(entry)
    entry.busy = true
    await entry.started.environment.end()
    try {
      await entry.started.clean()
      await this.#options.prune(new Set([...this.#entries, ...this.#starting].map(({ codeId }) => codeId)))
    } catch (fault) {
      // What stays on disk does not fail the invocation that came before; it is removed when the server stops.
      this.#options.onFault(fault)
    }
  }
}

const maxAttempts = 3

interface EntryNames {
  /** Version and revision: what the process was made from. */
  key: string
  arn: string
  functionArn: string
  codeId: string
}

interface Entry extends EntryNames {
  started: StartedEnvironment
  busy: boolean
  idle: NodeJS.Timeout | undefined
  /** Set once it is being ended. */
  ending?: Promise<void>
}

/** An environment on its way. */
interface Starting {
  codeId: string
  started: Promise<Entry>
}
