import { daySeconds, secondMs } from '../../../core/durations.ts'
import { isoSeconds } from '../../../core/iso-seconds.ts'
import type { Scope } from '../../../core/store.ts'
import { callTarget, type Delivery, type DeliveryTarget } from '../../../kit/deliveries/delivery.ts'
import type { DeliverySource, GivenUp } from '../../../kit/deliveries/delivery-source.ts'
import { toFunction, toQueue } from '../../../kit/deliveries/targets.ts'
import { groupArn, scheduleArn, schedulerPrincipal } from '../domain/names.ts'
import type { Schedule } from '../domain/schedule.ts'
import { targetKind } from '../domain/target-checks.ts'
import { type UniversalTarget, universalTarget } from '../domain/universal-target.ts'

/** What Scheduler does where a target has no retry policy. */
const defaultRetry = { attempts: 185, ageSeconds: daySeconds }

/** The input of the sender that calls any operation. */
export interface SdkCall extends UniversalTarget {
  document: object
}

interface Run {
  timeMs: number
  executionId: string
}

/** Returns how long after its time a run is of use to its target. */
export const mostAgeMs = ({ target: { RetryPolicy } }: Schedule): number =>
  (RetryPolicy?.MaximumEventAgeInSeconds ?? defaultRetry.ageSeconds) * secondMs

/**
 * Makes what a run leaves that is too old to be made: its dead letter.
 * @returns undefined where the schedule has no dead-letter queue.
 */
export function letterOf(scope: Scope, schedule: Schedule, run: Run): Delivery | undefined {
  const { deadLetter, ...delivery } = deliveryOf(scope, schedule, run)
  if (!deadLetter) return undefined
  const { queueArn, body = '', attributes } = deadLetter
  const message = 'The maximum age of the event was reached before it could be sent.'
  const tooLate = { code: 'TIMEOUT', message, status: 0, isPermanent: false, retries: 0, exhausted: 'age' } as const
  const all = { ...attributes, ...deadLetterAttributes(tooLate) }
  const MessageAttributes = Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
  )
  return { ...delivery, target: toQueue(queueArn, { MessageBody: body, MessageAttributes }) }
}

/** Makes the delivery of one run of a schedule. */
export function deliveryOf({ accountId, region }: Scope, schedule: Schedule, run: Run): Delivery {
  const scope = { accountId, region }
  const { Arn, RoleArn, RetryPolicy = {}, DeadLetterConfig } = schedule.target
  const { MaximumRetryAttempts = defaultRetry.attempts } = RetryPolicy
  const arn = scheduleArn(scope, schedule.group, schedule.name)
  const input = inputOf(schedule, arn, run)
  const queueArn = DeadLetterConfig?.Arn
  return {
    scope,
    sourceArn: groupArn(scope, schedule.group),
    roleArn: RoleArn,
    target: targetOf(region, schedule, input),
    retry: { retries: MaximumRetryAttempts, maxAgeMs: mostAgeMs(schedule) },
    ...(queueArn !== undefined && {
      deadLetter: {
        queueArn,
        body: input,
        attributes: {
          ...{ SCHEDULE_ARN: arn, TARGET_ARN: Arn, EXECUTION_ID: run.executionId },
          ...{ SCHEDULED_TIME: isoSeconds(run.timeMs), IS_PAYLOAD_TRUNCATED: 'false' },
        },
      },
    }),
  }
}

/** What AWS sends where a schedule has no input of its own. */
const defaultInput = '{}'

/** @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function inputOf({ target: { Input = defaultInput } }: Schedule, arn: string, { timeMs, executionId }: Run): string {
  const attributes: Readonly<Record<string, string>> = {
    'schedule-arn': arn,
    'scheduled-time': isoSeconds(timeMs),
    'execution-id': executionId,
    'attempt-number': '1',
  }
  return Input.replace(/<aws\.scheduler\.([a-z-]+)>/g, (written, name) => attributes[name] ?? written)
}

function targetOf(region: string, { target }: Schedule, input: string): DeliveryTarget {
  const { Arn: arn, SqsParameters, EventBridgeParameters } = target
  const inRegion = arn.split(':')[3] || region
  switch (targetKind(arn)) {
    case 'function':
      return toFunction(arn, input)
    case 'queue':
      return toQueue(arn, {
        MessageBody: input,
        ...(SqsParameters?.MessageGroupId !== undefined && { MessageGroupId: SqsParameters.MessageGroupId }),
      })
    case 'topic':
      return callTarget({
        ...{ arn, region: inRegion, service: 'sns', operation: 'Publish' },
        input: { TopicArn: arn, Message: input },
      })
    case 'bus': {
      const { Source, DetailType } = EventBridgeParameters ?? {}
      const entry = { EventBusName: arn, Source, DetailType, Detail: input }
      return callTarget({
        ...{ arn, region: inRegion, service: 'events', operation: 'PutEvents' },
        input: { Entries: [entry] },
      })
    }
    default: {
      const universal = universalTarget(arn) ?? { service: '', operation: '' }
      const call: SdkCall = { ...universal, document: JSON.parse(input) }
      return { arn, sender: 'sdk', input: call }
    }
  }
}

/** Pauses double from a second to this. */
const longestPauseMs = 480 * secondMs

/** Describes how Scheduler makes its deliveries: as the role of the schedule, dead letters too. */
export const schedulerSource = (senders: NonNullable<DeliverySource['senders']>): DeliverySource => ({
  name: 'scheduler',
  principal: schedulerPrincipal,
  sendsDeadLettersAsRole: true,
  pauseMs: (failures) => Math.min(secondMs * 2 ** Math.min(failures - 1, 20), longestPauseMs),
  senders,
  deadLetterAttributes: (_delivery, failure) => deadLetterAttributes(failure),
})

/** @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html */
function deadLetterAttributes({ code, message, retries, exhausted }: GivenUp): Record<string, string> {
  const condition = { retries: 'MaximumRetryAttempts', age: 'MaximumEventAgeInSeconds' }
  return {
    ...{ ERROR_CODE: code, ERROR_MESSAGE: message || code, RETRY_ATTEMPTS: String(retries) },
    ...(exhausted && { EXHAUSTED_RETRY_CONDITION: condition[exhausted] }),
  }
}
