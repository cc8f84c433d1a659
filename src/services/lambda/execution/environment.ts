import { randomBytes } from 'node:crypto'
import { secondMs } from '../../../core/durations.ts'
import { quotas } from '../domain/quotas.ts'
import { exitText, type FunctionEvent, type InvocationResult, sandboxError } from './invocation.ts'
import { LogBuffer } from './log-buffer.ts'
import { machineTimeMs } from './machine-time.ts'
import { MemoryWatch } from './memory-watch.ts'
import { ProcessGroup, type ProcessOptions } from './process-group.ts'
import { RuntimeApi } from './runtime-api.ts'

/** What an environment is made for. */
export interface EnvironmentOptions {
  version: string
  memoryMegabytes: number
  timeoutSeconds: number
  /** First line of the log of the first invocation. */
  initLine: string
  /** Where Lambda writes the log of the environment. */
  logStream?: string
  /** Whether the runtime carries the token that keeps others from its API. */
  ownRuntime: boolean
  /** Number of the user that the process has to itself, where it has one. */
  user?: number
  /** What to start, given where its Runtime API answers. */
  process(runtimeApi: { address: string; token: string }): ProcessOptions
}

/** Beyond this, loading a handler counts against the first invocation's time. */
const initMs = 10 * secondMs

const maxLogBytes = 256 * 1024

/**
 * One process that runs one version of a function, one invocation at a time, for as long as it is kept.
 * Times are those of the machine: what runs in the process lives by them.
 */
export class ExecutionEnvironment {
  readonly #options: EnvironmentOptions
  readonly #api: RuntimeApi
  readonly #token = randomBytes(24).toString('hex')
  readonly #log = new LogBuffer(maxLogBytes)
  #process: ProcessGroup | undefined
  #memory: MemoryWatch | undefined
  #running: Running | undefined
  #initStartedMs = 0
  #initMs: number | undefined
  #ready = newSignal<boolean>()
  #initError: Buffer | undefined
  /** Set once the process has ended or is about to. */
  #ended: { text: string } | undefined

  private constructor(options: EnvironmentOptions) {
    this.#options = options
    this.#api = new RuntimeApi(
      {
        onReady: () => this.#onReady(),
        onResult: (requestId, payload, failed) => this.#finish(requestId, { payload, failed }),
        onResultTooLarge: (requestId) => this.#finish(requestId, { payload: tooLargeError, failed: true }),
        onInitError: (payload) => this.#onInitError(payload),
      },
      options.ownRuntime ? this.#token : undefined,
      options.user,
    )
  }

  /** Starts the process; it need not be ready when this resolves. */
  static async start(options: EnvironmentOptions): Promise<ExecutionEnvironment> {
    const environment = new ExecutionEnvironment(options)
    try {
      await environment.#start()
      return environment
    } catch (failure) {
      environment.#api.close()
      throw failure
    }
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** True when it can take no further invocation. */
  get isEnded(): boolean {
    return this.#ended !== undefined
  }

  /** Resolves when an invocation can be delivered at once: to false when that will never be. */
  get ready(): Promise<boolean> {
    return this.#ready.settled
  }

  /**
   * Runs one invocation; the caller sees to it that there is one at a time.
   * @returns undefined when the environment ended before it took the invocation: nothing has run.
   */
  async invoke(event: FunctionEvent): Promise<InvocationResult | undefined> {
    const cold = this.#initMs === undefined
    const timeoutMs = this.#options.timeoutSeconds * secondMs
    const inTime = await this.#readyWithin(initMs + timeoutMs)
    // It may have been ready, and have ended by itself since.
    if (this.#ended ? inTime || !cold : !inTime && !cold) return undefined
    return new Promise((resolve) => {
      const startedMs = performance.now()
      const running: Running = { event, cold, startedMs, timer: undefined, settle: resolve }
      this.#running = running
      if (!inTime) return this.#failInit()
      this.#memory?.start()
      running.timer = setTimeout(() => this.#timeOut(), timeoutMs).unref()
      this.#ready = newSignal()
      this.#api.deliver({
        requestId: event.requestId,
        payload: event.payload,
        headers: {
          'Lambda-Runtime-Deadline-Ms': String(Math.round(machineTimeMs() + timeoutMs)),
          'Lambda-Runtime-Invoked-Function-Arn': event.invokedArn,
          'Lambda-Runtime-Trace-Id': traceId(),
          ...(event.clientContext === undefined ? {} : { 'Lambda-Runtime-Client-Context': event.clientContext }),
        },
      })
    })
  }

  /** Kills the process and all that it started; an invocation that runs ends as with a killed process. */
  async end(): Promise<void> {
    this.#ended ??= { text: exitText(null, 'SIGKILL') }
    this.#ready.resolve(false)
    await this.#process?.kill()
    this.#api.close()
  }

  async #start(): Promise<void> {
    const address = await this.#api.listen()
    this.#log.add(`${this.#options.initLine}\n`)
    this.#initStartedMs = performance.now()
    const { memoryMegabytes } = this.#options
    const started = new ProcessGroup(this.#options.process({ address, token: this.#token }), (chunk) =>
      this.#log.add(chunk),
    )
    this.#process = started
    if (started.pid !== undefined) {
      this.#memory = new MemoryWatch(started.pid, memoryMegabytes, () => void this.end())
    }
    void started.ended.then(({ exitCode, signal }) => this.#onExit(exitText(exitCode, signal)))
  }

  #onReady(): void {
    this.#initMs ??= performance.now() - this.#initStartedMs
    this.#ready.resolve(true)
  }

  #onInitError(payload: Buffer): void {
    this.#initError = payload
    this.#ready.resolve(false)
  }

  #onExit(text: string): void {
    this.#memory?.stop()
    this.#api.close()
    this.#ended ??= { text }
    this.#ready.resolve(false)
    const running = this.#running
    if (!running) return
    void this.#settle(running, running.outcome ?? this.#exitOutcome(running, this.#ended.text))
  }

  #exitOutcome({ event }: Running, text: string): Outcome {
    const message = `RequestId: ${event.requestId} Error: ${text}`
    this.#log.add(`${message}\n`)
    return { payload: sandboxError('Runtime.ExitError', message), failed: true }
  }

  async #readyWithin(limitMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), limitMs).unref()
    })
    const ready = await Promise.race([this.ready, late])
    clearTimeout(timer)
    return ready
  }

  /** Fails the first invocation of an environment that never became ready, with the reason. */
  #failInit(): void {
    const running = this.#running
    if (!running) return
    const initError = this.#initError
    if (initError) void this.#settle(running, { payload: initError, failed: true }).then(() => this.end())
    else if (this.#ended) this.#onExit(this.#ended.text)
    else this.#timeOut()
  }

  #timeOut(): void {
    const running = this.#running
    if (!running) return
    const { requestId } = running.event
    const words = `Task timed out after ${this.#options.timeoutSeconds.toFixed(2)} seconds`
    const message = `RequestId: ${requestId} Error: ${words}`
    this.#log.add(`${new Date(machineTimeMs()).toISOString()} ${requestId} ${words}\n\n`)
    running.outcome = { payload: sandboxError('Sandbox.Timedout', message), failed: true }
    // The outcome is reported once nothing of it runs any more.
    void this.end()
  }

  #finish(requestId: string, outcome: Outcome): void {
    const running = this.#running
    if (running?.event.requestId === requestId) void this.#settle(running, outcome)
  }

  async #settle(running: Running, outcome: Outcome): Promise<void> {
    if (this.#running !== running) return
    this.#running = undefined
    clearTimeout(running.timer)
    this.#memory?.stop()
    const durationMs = performance.now() - running.startedMs
    await this.#memory?.look()
    await this.#outputRead()
    const { logStream } = this.#options
    running.settle({ ...outcome, log: this.#logOf(running, durationMs), ...(logStream && { logStream }) })
  }

  /** Waits for what the function wrote before it answered, which is on its way through a pipe. */
  async #outputRead(): Promise<void> {
    // One turn of the loop reads what lies in every pipe.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  #logOf({ event, cold }: Running, durationMs: number): string {
    const { version, memoryMegabytes } = this.#options
    const { requestId } = event
    const written = this.#log.take()
    const report = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${Math.ceil(durationMs)} ms`,
      `Memory Size: ${memoryMegabytes} MB`,
      `Max Memory Used: ${Math.min(this.#memory?.peakMegabytes ?? 0, memoryMegabytes)} MB`,
      ...(cold && this.#initMs !== undefined ? [`Init Duration: ${this.#initMs.toFixed(2)} ms`] : []),
    ]
    // What was written while the handler was loaded stands before the first invocation.
    const [init, output] = cold ? splitInit(written, this.#options.initLine) : ['', written]
    const newline = output === '' || output.endsWith('\n') ? '' : '\n'
    return `${init}START RequestId: ${requestId} Version: ${version}\n${output}${newline}END RequestId: ${requestId}\n${report.join('\t')}\t\n`
  }
}

interface Outcome {
  payload: Buffer
  failed: boolean
}

interface Running {
  event: FunctionEvent
  cold: boolean
  startedMs: number
  timer: NodeJS.Timeout | undefined
  /** Decided before the process has ended. */
  outcome?: Outcome
  settle(result: InvocationResult): void
}

const tooLargeError = sandboxError(
  'Function.ResponseSizeTooLarge',
  `Response payload size exceeded maximum allowed payload size (${quotas.syncPayloadBytes} bytes).`,
)

function splitInit(written: string, initLine: string): [init: string, output: string] {
  const line = `${initLine}\n`
  return written.startsWith(line) ? [line, written.slice(line.length)] : ['', written]
}

function newSignal<T>() {
  let resolve: (value: T) => void = () => {}
  const settled = new Promise<T>((done) => {
    resolve = done
  })
  return { settled, resolve }
}

/** Lambda gives each invocation a trace, also where nothing is traced. */
const traceId = () =>
  `Root=1-${Math.floor(machineTimeMs() / 1000).toString(16)}-${randomBytes(12).toString('hex')};Sampled=0`
