import type { CallSource } from '../core/call.ts'
import { isClockTime } from '../core/clock.ts'
import type { CredentialResolver } from '../core/credentials.ts'
import { printedArn } from '../core/principal.ts'
import { ServiceError } from '../core/service-error.ts'
import type { OperatorTask } from '../core/services/operator-task.ts'
import { StoppedError } from '../core/stopped-error.ts'
import { type Store, StoreUnavailableError } from '../core/store.ts'
import type { AccessFacts } from './authorization/access.ts'
import { findDenial } from './authorization/denials.ts'
import type { WireRequest, WireResponse } from './http/wire.ts'
import type { Metrics } from './metrics.ts'
import { authenticate } from './sigv4/authenticate.ts'

/** The controls of development mode: moving the clock, and resetting. Both throw StoppedError when the server stops. */
export interface DevelopmentControls {
  /** Everything as at start; account and root credentials stay. */
  reset(): Promise<void>
  nowMs(): number
  /** Moves the clock and resolves when all work that fell due on the way is done. */
  moveTo(timeMs: number): Promise<void>
}

/** The facts of a signed request that policies can name: its caller, Region and source. */
export type SignedRequestFacts = Pick<AccessFacts, 'caller' | 'region' | 'source'>

export interface AdminOptions {
  store: Store
  metrics: Metrics
  credentials: CredentialResolver
  version: string
  /** Returns the reason why the server cannot take work now; undefined when it can. */
  notReady(): Promise<string | undefined>
  /** Returns true when the caller may read the explanation of a denial met in this account. */
  mayExplain(asking: SignedRequestFacts, accountId: string): Promise<boolean>
  /** Tasks that operators can run, by the last part of the path. */
  tasks: Readonly<Record<string, OperatorTask>>
  /** Returns true when the caller may run the task that needs this action. */
  mayOperate(asking: SignedRequestFacts, action: string): Promise<boolean>
  development?: DevelopmentControls
}

const prefix = '/_strongroom/'

export const isAdminRequest = ({ path }: WireRequest): boolean => path.startsWith(prefix)

type Answer = (request: WireRequest, source: CallSource, id: string) => WireResponse | Promise<WireResponse>

/** The handlers of one endpoint, by method. */
interface Endpoint {
  /** Answers HEAD too. */
  GET?: Answer
  POST?: Answer
  /** What follows the name in the path, where something does. */
  follows?: string
}

/** Strongroom's own endpoints, beside the services: health, metrics, explanations, and the controls of development mode. */
export class Admin {
  readonly #options: AdminOptions
  readonly #endpoints: ReadonlyMap<string, Endpoint>

  constructor(options: AdminOptions) {
    this.#options = options
    const { tasks, version, development } = options
    this.#endpoints = new Map<string, Endpoint>([
      ['health', { GET: () => json(200, { status: 'ok', version }) }],
      ['ready', { GET: () => this.#ready() }],
      ['metrics', { GET: () => this.#metrics() }],
      ['explain', { follows: 'REQUEST-ID', GET: (...asked) => this.#explain(...asked) }],
      ...Object.entries(tasks)
        .sort()
        .map(([name, task]): [string, Endpoint] => [
          name,
          { POST: (request, source) => this.#runTask(task, request, source) },
        ]),
      ['reset', { POST: inDevelopment(development, reset) }],
      ['clock', { GET: inDevelopment(development, clockAnswer), POST: inDevelopment(development, moveClock) }],
    ])
  }

  async answer(request: WireRequest, source: CallSource): Promise<WireResponse> {
    try {
      return await this.#answer(request, source)
    } catch (thrown) {
      if (thrown instanceof ServiceError) return json(thrown.status, { __type: thrown.code, message: thrown.message })
      if (thrown instanceof StoppedError || thrown instanceof StoreUnavailableError)
        return json(503, { message: thrown.message })
      throw thrown
    }
  }

  async #answer(request: WireRequest, source: CallSource): Promise<WireResponse> {
    const [, name = '', id] = /^([^/]+)(?:\/([^/]+))?$/.exec(request.path.slice(prefix.length)) ?? []
    const endpoint = this.#endpoints.get(name)
    if (!endpoint || (endpoint.follows === undefined) !== (id === undefined)) return this.#notFound(request)
    const answer = request.method === 'POST' ? endpoint.POST : isRead(request) ? endpoint.GET : undefined
    return answer ? answer(request, source, id ?? '') : wrongMethod(endpoint)
  }

  #notFound({ path }: WireRequest): WireResponse {
    const known = [...this.#endpoints].map(([name, { follows }]) => (follows ? `${name}/${follows}` : name))
    return json(404, { message: `There is no ${path.slice(0, 100)}. Known: ${known.join(', ')}.` })
  }

  async #ready(): Promise<WireResponse> {
    const reason = await this.#options.notReady()
    return reason ? json(503, { status: 'not ready', reason }) : json(200, { status: 'ready' })
  }

  async #metrics(): Promise<WireResponse> {
    const { metrics } = this.#options
    return { status: 200, headers: { 'Content-Type': metrics.contentType }, body: await metrics.text() }
  }

  async #runTask(task: OperatorTask, request: WireRequest, source: CallSource): Promise<WireResponse> {
    const asking = await this.#factsOf(request, source)
    const { caller } = asking
    if (!(await this.#options.mayOperate(asking, task.action))) {
      return json(403, { message: `${printedArn(caller.principal)} is not authorized to perform: ${task.action}` })
    }
    return json(200, await task.run(parsedBody(request.body), caller))
  }

  async #factsOf(request: WireRequest, source: CallSource): Promise<SignedRequestFacts> {
    const { credentials: resolver } = this.#options
    const { caller, region } = await authenticate(request, {
      service: 'strongroom',
      family: 'json',
      resolver,
      nowMs: Date.now(),
    })
    return { caller, region, source }
  }

  async #explain(request: WireRequest, source: CallSource, requestId: string): Promise<WireResponse> {
    const { store, mayExplain } = this.#options
    const asking = await this.#factsOf(request, source)
    const denial = await findDenial(store, requestId)
    // The same answer as for no denial: a caller who may not read one must not learn that it exists.
    if (!denial || !(await mayExplain(asking, denial.accountId))) {
      return json(404, {
        message:
          `No denial is kept under request id ${requestId.slice(0, 64)}. The latest 10,000 of an account are kept for 90 days and shown to the ` +
          'account root and to principals whose policies allow strongroom:ExplainDenial.',
      })
    }
    return json(200, denial)
  }
}

const isRead = ({ method }: WireRequest) => method === 'GET' || method === 'HEAD'

type DevelopmentAnswer = (controls: DevelopmentControls, request: WireRequest) => WireResponse | Promise<WireResponse>

const inDevelopment =
  (controls: DevelopmentControls | undefined, answer: DevelopmentAnswer): Answer =>
  (request) => {
    if (!controls) {
      return json(403, { message: `${request.path} exists only in development mode: start the server with --dev.` })
    }
    // A page in a browser on this machine could otherwise wipe the server: its requests carry an Origin.
    if (request.headers.origin !== undefined) return json(403, { message: 'Development endpoints refuse browsers.' })
    return answer(controls, request)
  }

async function reset(development: DevelopmentControls): Promise<WireResponse> {
  await development.reset()
  return json(200, { status: 'reset' })
}

const clockAnswer = (development: DevelopmentControls) =>
  json(200, { now: new Date(development.nowMs()).toISOString() })

async function moveClock(development: DevelopmentControls, { body }: WireRequest): Promise<WireResponse> {
  const target = targetOf(body, development.nowMs())
  if (typeof target === 'string') return json(400, { message: target })
  await development.moveTo(target)
  return clockAnswer(development)
}

const usage = 'Send {"advanceSeconds": n} with n of 0 or more, or {"set": "2026-03-01T12:00:00Z"}.'

/** Undefined for what is not JSON. */
function parsedBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function targetOf(body: Buffer, nowMs: number): number | string {
  const asked = parsedBody(body)
  if (asked === undefined) return `The body is not JSON. ${usage}`
  if (typeof asked !== 'object' || asked === null) return usage
  const { advanceSeconds, set } = asked as Record<string, unknown>
  if (typeof advanceSeconds === 'number' && advanceSeconds >= 0 && set === undefined) {
    return within(nowMs + advanceSeconds * 1000)
  }
  if (typeof set === 'string' && advanceSeconds === undefined && /^\d{4}-\d\d-\d\dT.*Z$/.test(set)) {
    const timeMs = Date.parse(set)
    // JavaScript takes 30 February for 2 March.
    return timeMs >= 0 && !new Date(timeMs).toISOString().startsWith(set.slice(0, 10)) ? usage : within(timeMs)
  }
  return usage
}

const within = (timeMs: number) =>
  isClockTime(timeMs) ? timeMs : `The time must be between 1970 and the year 9000. ${usage}`

const json = (status: number, value: unknown): WireResponse => ({
  status,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  body: `${JSON.stringify(value)}\n`,
})

function wrongMethod({ GET, POST }: Endpoint): WireResponse {
  const allowed = [GET && 'GET', POST && 'POST'].filter(Boolean).join(', ')
  return {
    ...json(405, { message: `Use ${allowed}.` }),
    headers: { 'Content-Type': 'application/json', Allow: allowed },
  }
}
