import { BoundedMap } from '../../../core/bounded-map.ts'
import type { Clock } from '../../../core/clock.ts'
import { hourMs, minuteMs, secondMs } from '../../../core/durations.ts'
import type { Caller } from '../../../core/principal.ts'
import type { WorkSpec } from '../../../core/scheduler.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { ServiceCalls } from '../../../core/services/service-calls.ts'
import type { Transaction } from '../../../core/store.ts'
import { type Deliveries, deliveriesOf } from '../../../kit/deliveries/deliveries.ts'
import type { DeliveryHost } from '../../../kit/deliveries/delivery-source.ts'
import { DeliveryRefused } from '../../../kit/deliveries/failure.ts'
import { RoleSessions } from '../../../kit/role-sessions.ts'
import { arnOfFunction, type FunctionVersion } from '../domain/function.ts'
import { lambdaPrincipal } from '../domain/function-variables.ts'
import { type LogLine, logBatches } from '../domain/log-batches.ts'

/** What an invocation wrote. */
interface Written {
  timeMs: number
  /** Absent where no environment ran. */
  logStream: string | undefined
  /** From `START` to `REPORT`. */
  text: string
}

/** The content of a delivery. */
interface LogInput {
  functionName: string
  roleArn: string
  region: string
  logStream: string
  timeMs: number
  text: string
}

/** Logs are of use for as long as someone looks for them. */
const retry = { retries: 100, maxAgeMs: hourMs }

/** How long a role that may not write logs is not asked again. */
const deniedMs = minuteMs
const mostDenied = 10_000

/**
 * Writes the logs of functions to CloudWatch Logs, in `/aws/lambda/NAME`, as the roles of the functions: a function whose role may
 * not do so runs without. The logs wait in an outbox, so that invocations do not wait for them and a killed server loses none.
 */
export class GroupLogs {
  readonly #deliveries: Deliveries
  /** The due work that writes. */
  readonly work: Readonly<Record<string, WorkSpec>>
  readonly #calls: ServiceCalls
  readonly #clock: Clock
  readonly #sessions: RoleSessions
  /** Until when the roles of functions are not asked again. */
  readonly #denied = new BoundedMap<string, number>(mostDenied)

  constructor(host: DeliveryHost) {
    this.#calls = host.calls
    this.#clock = host.clock
    this.#sessions = new RoleSessions(host)
    this.#deliveries = deliveriesOf({
      ...{ name: 'lambda', principal: lambdaPrincipal },
      pauseMs: (failures) => Math.min(secondMs * 2 ** failures, minuteMs),
      senders: { logs: (input, { sourceArn }) => this.#write(sourceArn, input as LogInput) },
    })
    this.work = this.#deliveries.work(host)
  }

  /** Accepts the log of an invocation in the transaction that ends it. */
  async send(tx: Transaction, version: FunctionVersion, { timeMs, logStream, text }: Written): Promise<void> {
    if (logStream === undefined) return
    const { accountId, region, functionName, roleArn } = version
    const arn = arnOfFunction(version)
    if (this.#isDenied(arn, roleArn)) return
    const input: LogInput = { functionName, roleArn, region, logStream, timeMs, text }
    const target = {
      arn: `arn:aws:logs:${region}:${accountId}:log-group:${groupOf(functionName)}`,
      sender: 'logs',
      input,
    }
    const order = `${accountId}/${region}/${functionName}/${logStream}`
    await this.#deliveries.enqueue(tx, { scope: { accountId, region }, sourceArn: arn, target, retry, order }, timeMs)
  }

  #isDenied(arn: string, roleArn: string): boolean {
    const nowMs = this.#clock.nowMs()
    const untilMs = this.#denied.get(`${arn} ${roleArn}`)
    return untilMs !== undefined && nowMs < untilMs && untilMs <= nowMs + deniedMs
  }

  async #write(arn: string, input: LogInput): Promise<void> {
    const { functionName, roleArn, region, logStream } = input
    if (this.#isDenied(arn, roleArn)) throw new DeliveryRefused(deniedBefore)
    const [, , , , accountId = ''] = arn.split(':')
    try {
      const caller = await this.#sessions.caller({
        ...{ roleArn, region, principal: lambdaPrincipal, source: { arn, accountId } },
        // Session names have two characters or more, function names one.
        sessionName: functionName.padEnd(2, '_'),
      })
      const stream = new LogStreamWriter(this.#calls, caller, region, groupOf(functionName), logStream)
      for (const batch of logBatches(input.text, input.timeMs)) await stream.put(batch)
    } catch (refusal) {
      if (refusal instanceof ServiceError && refusal.code.startsWith('AccessDenied')) {
        this.#denied.set(`${arn} ${roleArn}`, this.#clock.nowMs() + deniedMs)
      }
      throw refusal
    }
  }
}

const groupOf = (functionName: string): string => `/aws/lambda/${functionName}`

const deniedBefore = {
  code: 'AccessDeniedException',
  message: 'The role of the function may not write logs.',
  status: 403,
  isPermanent: true,
}

/** Writes to one stream, and makes it and its group when they are not there. */
class LogStreamWriter {
  readonly #call: { caller: Caller; region: string; service: 'logs' }
  readonly #calls: ServiceCalls
  readonly #names: { logGroupName: string; logStreamName: string }

  constructor(calls: ServiceCalls, caller: Caller, region: string, logGroupName: string, logStreamName: string) {
    this.#calls = calls
    this.#call = { caller, region, service: 'logs' }
    this.#names = { logGroupName, logStreamName }
  }

  async put(logEvents: LogLine[]): Promise<void> {
    const input = { ...this.#names, logEvents }
    const put = () => this.#calls.invoke({ ...this.#call, operation: 'PutLogEvents', input })
    try {
      await put()
    } catch (refusal) {
      if (!isMissing(refusal)) throw refusal
      await this.#makeStream()
      await put()
    }
  }

  async #makeStream(): Promise<void> {
    const make = () => this.#calls.invoke({ ...this.#call, operation: 'CreateLogStream', input: this.#names })
    try {
      await make()
    } catch (refusal) {
      if (!isMissing(refusal)) throw refusal
      const { logGroupName } = this.#names
      await this.#calls.invoke({ ...this.#call, operation: 'CreateLogGroup', input: { logGroupName } }).catch(ifThere)
      await make()
    }
  }
}

const isMissing = (refusal: unknown): boolean =>
  refusal instanceof ServiceError && refusal.code === 'ResourceNotFoundException'

/** Passes over what another environment has made in the meantime. */
function ifThere(refusal: unknown): void {
  if (refusal instanceof ServiceError && refusal.code === 'ResourceAlreadyExistsException') return
  throw refusal
}
