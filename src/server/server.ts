import { type Logger, pino } from 'pino'
import type { CallSource, Client } from '../core/call.ts'
import { isClockTime, MovableClock } from '../core/clock.ts'
import { StoppedError } from '../core/stopped-error.ts'
import { EventBus, type EventSubscriber } from '../events/event-bus.ts'
import { Admin, type DevelopmentControls, isAdminRequest } from '../gateway/admin.ts'
import { defaultLimits } from '../gateway/http/limits.ts'
import { Listener, type ListenerOptions } from '../gateway/http/listener.ts'
import { refusalOfPage } from '../gateway/http/pages.ts'
import type { WireRequest, WireResponse } from '../gateway/http/wire.ts'
import { bodyCapacityExceeded } from '../gateway/protocols/unrouted.ts'
import type { DevelopmentAdministrator } from '../services/identity-plane.ts'
import { type Config, ConfigError, configure, type StrongroomOptions } from './config.ts'
import { DataDirectory } from './data-directory.ts'
import { type Exposure, exposureOfKey, exposuresOf } from './exposure.ts'
import type { RootAccount } from './root-accounts.ts'
import { openRuntime, type ServerRuntime } from './runtime.ts'
import { readTlsFiles } from './tls-files.ts'
import { version } from './version.ts'

export type { AwsEvent } from '../core/aws-event.ts'
export type { EventSubscriber } from '../events/event-bus.ts'
export type { DevelopmentAdministrator } from '../services/identity-plane.ts'
export type { StrongroomOptions } from './config.ts'
export { ConfigError } from './config.ts'

/** A running server. */
export interface Strongroom {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string
  readonly port: number
  readonly dev: boolean
  /** The root account and the region that examples name. */
  readonly accountId: string
  readonly region: string
  /** Of the account's root. */
  readonly credentials: RootAccount
  /** The IAM user, and the role, that a development server makes; absent without `dev`, or once it was deleted. */
  readonly administrator?: DevelopmentAdministrator
  /** Every account's root, the server's own first. */
  readonly accounts: readonly RootAccount[]
  /** Absent when nothing is kept on disk. */
  readonly dataDir?: string
  readonly credentialsFile?: string
  /** The server's time. */
  now(): Date
  /**
   * Moves the clock ahead and resolves when all work that fell due on the way is done. Development mode only.
   * @throws RangeError - the clock stays between 1970 and the year 9000.
   * @throws StoppedError - `stop` or `reset` came between; no work is half done, and the clock stands where the work does.
   */
  advance(seconds: number): Promise<void>
  /** Sets the clock, likewise. */
  setTime(time: Date): Promise<void>
  /**
   * Hands every event that services publish (parameter changes, rotation results …) to a function, in EventBridge's form, in
   * order of time and at least once.
   * @returns how to end the subscription.
   */
  onEvent(subscriber: EventSubscriber): () => void
  /** Everything as at start; account and root credentials stay the same. Development mode only. @throws StoppedError */
  reset(): Promise<void>
  /** Finishes what was accepted, then closes everything. Safe to call twice. */
  stop(): Promise<void>
}

/**
 * Starts a server in this process; many may run side by side.
 * @throws ConfigError - options that do not fit; nothing was started or changed.
 * @throws WrongRootKeyError - the data was sealed under another root key; nothing was changed.
 */
export async function startStrongroom(options: StrongroomOptions = {}): Promise<Strongroom> {
  const config = configure(options)
  if (config.clock && !isClockTime(config.clock.getTime())) {
    throw new ConfigError('The clock can start at any time between 1970 and the year 9000.')
  }
  const tls = config.tls && readTlsFiles(config.tls)
  const log = pino({ level: config.logLevel, base: undefined }, pino.destination({ fd: 2, sync: true }))
  const clock = new MovableClock()
  clock.reset(config.clock)
  const directory = config.dataDir === undefined ? undefined : new DataDirectory(config.dataDir)
  directory?.prepare()
  if (directory) refuseOpenToChange(directory, config.dev, log)
  if (config.tls) for (const found of exposureOfKey(config.tls.keyFile)) warnOf(found, log)
  const events = new EventBus()
  const address = new Address()
  const runtime = await openRuntime({ config, directory, clock, log, events, endpoint: () => address.endpoint })
  let server: RunningServer | undefined
  try {
    server = new RunningServer(config, tls, directory, clock, log, events, address, runtime)
    await server.listen()
    return server
  } catch (failure) {
    await (server ? server.stop() : runtime.close())
    throw failure
  }
}

/** Other users' hands on the data are refused; their eyes, and anything in development mode, are a line of the log. */
function refuseOpenToChange(directory: DataDirectory, dev: boolean, log: Logger): void {
  for (const found of exposuresOf(directory)) {
    if (found.isOpenToChange && !dev) {
      throw new ConfigError(`${found.path} ${found.what} of this machine, and so can the data: ${found.mend}`)
    }
    warnOf(found, log)
  }
}

const warnOf = ({ path, what, mend }: Exposure, log: Logger) => log.warn(`${path} ${what}: ${mend}`)

class RunningServer implements Strongroom {
  readonly dev: boolean
  readonly region: string
  readonly dataDir?: string
  readonly credentialsFile?: string
  endpoint = ''
  port = 0
  readonly #config: Config
  readonly #directory: DataDirectory | undefined
  readonly #clock: MovableClock
  readonly #log: Logger
  readonly #events: EventBus
  readonly #address: Address
  readonly #listener: Listener
  readonly #schemesHinted = new Set<string>()
  #runtime: ServerRuntime
  #admin: Admin
  /** The end of the resets that were asked for, while there are any; requests wait for it. Never rejects. */
  #resetting: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(
    config: Config,
    tls: ListenerOptions['tls'],
    directory: DataDirectory | undefined,
    clock: MovableClock,
    log: Logger,
    events: EventBus,
    address: Address,
    runtime: ServerRuntime,
  ) {
    this.#config = config
    this.#directory = directory
    this.#clock = clock
    this.#log = log
    this.#events = events
    this.#address = address
    this.#runtime = runtime
    this.dev = config.dev
    this.region = config.region
    this.dataDir = config.dataDir
    this.credentialsFile = directory?.credentials
    this.#admin = this.#makeAdmin()
    this.#listener = new Listener({
      host: config.host,
      port: config.port,
      tls,
      limits: defaultLimits,
      refuse: config.dev ? refusalOfPage : undefined,
      answer: (request, source, client) => {
        if (isAdminRequest(request)) return this.#answerOperator(request, source)
        if (this.#resetting) return this.#answerAfterReset(request, source, client)
        return this.#runtime.gateway.answer(request, source, client)
      },
      onFault: (fault) => this.#log.error({ err: fault }, 'a request got no answer'),
      onWrongScheme: (spoken) => this.#hintAtScheme(spoken),
      preflight: (request, source) => this.#runtime.gateway.crossOrigin.preflight(request, source),
      takesStream: (head) => this.#runtime.gateway.takesStream(head),
      bodyLimit: (head) => this.#runtime.gateway.bodyLimit(head),
      tooLarge: (head) => this.#runtime.gateway.tooLarge(head, defaultLimits.bodyBytes),
      atCapacity: bodyCapacityExceeded,
    })
  }

  /** Logs the first time of each, for the operator: clients show errors of TLS that do not say what is wrong. */
  #hintAtScheme(spoken: 'http' | 'https'): void {
    if (this.#schemesHinted.has(spoken)) return
    this.#schemesHinted.add(spoken)
    this.#log.warn(
      spoken === 'https'
        ? 'a client spoke https to this port of http: use http://, or start with --tls-cert and --tls-key'
        : 'a client spoke http to this port of https: use https://',
    )
  }

  get accountId(): string {
    return this.#runtime.roots[0].accountId
  }

  get accounts(): readonly RootAccount[] {
    return this.#runtime.roots.map((root) => ({ ...root }))
  }

  get credentials(): RootAccount {
    // A copy: SDK clients write into the credentials they are given.
    return { ...this.#runtime.roots[0] }
  }

  get administrator(): DevelopmentAdministrator | undefined {
    const administrator = this.#runtime.administrators.get(this.accountId)
    return administrator && { ...administrator }
  }

  async listen(): Promise<void> {
    const { port, address, family } = await this.#listener.listen()
    const host = family === 'IPv6' ? `[${address}]` : address
    this.port = port
    this.endpoint = `${this.#config.tls ? 'https' : 'http'}://${host}:${port}`
    // What runs on this machine reaches a server on every address by the loopback.
    const own = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '[::1]' : host
    this.#address.endpoint = this.endpoint.replace(host, own)
    this.#directory?.writeCredentials(this.accounts, this.region, this.#runtime.administrators)
    this.#directory?.announce(this.#announcement)
    this.#log.info({ endpoint: this.endpoint, dataDir: this.dataDir, version }, 'listening')
  }

  get #announcement() {
    return { endpoint: this.endpoint, pid: process.pid, version }
  }

  now(): Date {
    return this.#clock.now()
  }

  async advance(seconds: number): Promise<void> {
    if (!(seconds >= 0)) throw new RangeError('advance() goes ahead: give 0 seconds or more, or use setTime()')
    await this.#development().moveTo(this.#clock.nowMs() + seconds * 1000)
  }

  async setTime(time: Date): Promise<void> {
    await this.#development().moveTo(time.getTime())
  }

  onEvent(subscriber: EventSubscriber): () => void {
    return this.#events.subscribe(subscriber)
  }

  async reset(): Promise<void> {
    await this.#development().reset()
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#close()
    return this.#stopped
  }

  async #close(): Promise<void> {
    // It ends with a new runtime in the place of the one that would be closed here.
    await this.#resetting
    // Functions that run may call this server, and requests wait for functions and for moves of the clock: these end first.
    await this.#runtime.interrupt()
    await this.#listener.close()
    await this.#runtime.close()
    this.#directory?.withdraw(this.#announcement)
    this.#log.info('stopped')
  }

  #development(): DevelopmentControls {
    if (!this.dev)
      throw new Error('The clock can be moved and the server reset in development mode only: { dev: true }.')
    return {
      nowMs: () => this.#clock.nowMs(),
      moveTo: (timeMs) => this.#moveTo(timeMs),
      reset: () => this.#reset(),
    }
  }

  async #moveTo(timeMs: number): Promise<void> {
    if (!isClockTime(timeMs)) {
      throw new RangeError('The clock can be set to any time between 1970 and the year 9000.')
    }
    while (this.#resetting) await this.#resetting
    this.#refuseWhenStopped()
    await this.#runtime.scheduler.advanceTo(timeMs, (ms) => this.#clock.set(ms))
  }

  #reset(): Promise<void> {
    const exchanged = (this.#resetting ?? Promise.resolve()).then(() => this.#exchangeRuntime())
    const ended = exchanged
      .catch(() => {})
      .then(() => {
        if (this.#resetting === ended) this.#resetting = undefined
      })
    this.#resetting = ended
    return exchanged
  }

  #refuseWhenStopped(): void {
    if (this.#stopped) throw new StoppedError('The server was stopped.')
  }

  async #answerOperator(request: WireRequest, source: CallSource): Promise<WireResponse> {
    // Those that ask for a reset, or move the clock, wait for their turn themselves.
    if (!answeredMeanwhile.test(request.path)) while (this.#resetting) await this.#resetting
    return this.#admin.answer(request, source)
  }

  async #answerAfterReset(request: WireRequest, source: CallSource, client: Client): Promise<WireResponse> {
    while (this.#resetting) await this.#resetting
    return this.#runtime.gateway.answer(request, source, client)
  }

  async #exchangeRuntime(): Promise<void> {
    this.#refuseWhenStopped()
    const { accountId } = this
    await this.#runtime.interrupt()
    await this.#runtime.gateway.allAnswered()
    await this.#runtime.destroy()
    this.#clock.reset(this.#config.clock)
    this.#runtime = await openRuntime({
      config: { ...this.#config, accountId },
      directory: this.#directory,
      clock: this.#clock,
      log: this.#log,
      events: this.#events,
      endpoint: () => this.#address.endpoint,
    })
    this.#admin = this.#makeAdmin()
  }

  #makeAdmin(): Admin {
    const { store, metrics, credentials, mayExplain, mayOperate, tasks, notReady } = this.#runtime
    const development = this.dev ? this.#development() : undefined
    return new Admin({ store, metrics, credentials, mayExplain, mayOperate, tasks, notReady, version, development })
  }
}

const answeredMeanwhile = /\/(health|reset|clock)$/

/** The server's address, for parts that are built before it listens. */
class Address {
  #endpoint: string | undefined

  get endpoint(): string {
    if (this.#endpoint === undefined) throw new Error('the server does not listen yet')
    return this.#endpoint
  }

  set endpoint(endpoint: string) {
    this.#endpoint = endpoint
  }
}
