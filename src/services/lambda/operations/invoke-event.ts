import type { InvocationResponse } from '@aws-sdk/client-lambda'
import type { Clock } from '../../../core/clock.ts'
import { hourMs, minuteMs, secondMs } from '../../../core/durations.ts'
import type { WorkSpec } from '../../../core/scheduler.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { DueWork, Store, Transaction } from '../../../core/store.ts'
import type { LambdaContext, LambdaResources } from '../lambda-context.ts'
import { type FunctionTarget, findVersion } from '../storage/call-functions.ts'
import { dequeue, enqueue, type QueuedEvent, queuedEvents } from '../storage/event-queue.ts'
import { limitsOf } from './concurrency-limits.ts'

/** The kind of due work that runs a queued event; its key is the event's request id. */
export const invokeEventWork = 'lambda.invoke-event'

/**
 * AWS's schedule for functions that fail: twice more, after one minute and after two.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
const retryAfterMs = [minuteMs, 2 * minuteMs]

/** Events that could not run for so long, because of throttles or of what waits before them, are dropped. */
const maxAgeMs = 6 * hourMs

const throttledPauseMs = { first: secondMs, last: 5 * minuteMs }

/** Functions may take minutes: the scheduler's other work must not wait for all of them. */
const maxEventsAtOnce = 3

/**
 * Takes an event on; from here on it runs at least once, or is given up as AWS would.
 * @throws ServiceError TooManyRequestsException - as much waits for the function as may.
 */
export function queueEvent(
  { call }: LambdaContext,
  event: { target: FunctionTarget; payload: Buffer; clientContext?: string },
): Promise<InvocationResponse> {
  const { target, payload, clientContext } = event
  const { scope, functionName, qualifier, arn: invokedArn } = target
  const nowMs = call.clock.nowMs()
  return call.transaction(async (tx) => {
    await enqueue(tx, scope, call.requestId, {
      functionName,
      qualifier,
      invokedArn,
      payload: payload.toString('base64'),
      clientContext,
      queuedAtMs: nowMs,
      failures: 0,
    })
    await tx.schedule({ kind: invokeEventWork, key: call.requestId, dueAtMs: nowMs, scope, payload: null })
    return { StatusCode: 202 }
  })
}

type Dependencies = Pick<LambdaResources, 'host' | 'logs' | 'groupLogs' | 'accountConcurrency'> & {
  store: Store
  clock: Clock
}

/** Runs a queued event, and decides what becomes of it. */
export const invokeEventSpec = (lambda: Dependencies): WorkSpec => ({
  run: (work) => runEvent(lambda, work),
  atOnce: maxEventsAtOnce,
  isPrompt: true,
})

async function runEvent(
  lambda: Dependencies,
  { key: requestId, scope, ...work }: DueWork,
): Promise<(tx: Transaction) => Promise<void>> {
  const event = await lambda.store.in(queuedEvents).get(scope, requestId)
  if (!event) return async () => {}
  const drop = (tx: Transaction) => dequeue(tx, scope, requestId, event)
  const again = (changed: QueuedEvent, dueAtMs: number) => async (tx: Transaction) => {
    await tx.in(queuedEvents).put(scope, requestId, changed)
    await tx.schedule({ ...work, key: requestId, scope, dueAtMs })
  }
  const nowMs = lambda.clock.nowMs()
  if (nowMs - event.queuedAtMs > maxAgeMs) return drop
  const current = await findVersion(lambda.store, scope, event.functionName, event.qualifier)
  if (!current) return drop
  const limits = await limitsOf(lambda, lambda, current.found)
  try {
    const {
      payload: _,
      failed,
      log,
      logStream,
    } = await lambda.host.run(current.version, limits, {
      requestId,
      payload: Buffer.from(event.payload, 'base64'),
      invokedArn: event.invokedArn,
      clientContext: event.clientContext,
    })
    const text = { timeMs: nowMs, requestId, version: current.version.version, text: log }
    const keep = await lambda.logs.keep(scope, event.functionName, text)
    const delayMs = failed ? retryAfterMs[event.failures] : undefined
    const next = delayMs === undefined ? drop : again({ ...event, failures: event.failures + 1 }, nowMs + delayMs)
    return async (tx) => {
      await keep(tx)
      await lambda.groupLogs.send(tx, current.version, { timeMs: nowMs, logStream, text: log })
      await next(tx)
    }
  } catch (refusal) {
    // Throttled, or its role or key cannot be used: the function did not run, so that it has not failed.
    if (!(refusal instanceof ServiceError) || refusal.status === 500) throw refusal
    const ageMs = nowMs - event.queuedAtMs
    const pauseMs = Math.min(Math.max(ageMs, throttledPauseMs.first), throttledPauseMs.last)
    return ageMs + pauseMs > maxAgeMs ? drop : again(event, nowMs + pauseMs)
  }
}
