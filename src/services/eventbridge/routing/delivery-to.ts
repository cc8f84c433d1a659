import { daySeconds, secondMs } from '../../../core/durations.ts'
import { callTarget, type Delivery, type DeliveryTarget } from '../../../kit/deliveries/delivery.ts'
import { toFunction, toQueue } from '../../../kit/deliveries/targets.ts'
import { type BusEvent, eventText, eventValue } from '../domain/bus-event.ts'
import { parseJsonPath, valueAt } from '../domain/json-path.ts'
import { type BusPlace, busArn } from '../domain/names.ts'
import type { Rule, Target } from '../domain/rule.ts'
import { targetKind } from '../domain/target-checks.ts'
import { inputFor } from '../domain/target-input.ts'

/** What EventBridge does where a target has no retry policy. */
const defaultRetry = { attempts: 185, ageSeconds: daySeconds }

/** The input of the sender that puts events on other buses. */
export interface ForwardedEvent {
  event: BusEvent
}

/** The input of the sender that writes log events. */
export interface LogEvent {
  message: string
  timestampMs: number
  streamName: string
}

/** The input of the sender that calls API destinations. */
export interface HttpRequestInput {
  body: string
  http: Target['HttpParameters']
}

/** Makes the delivery of an event to a target of a rule. */
export function deliveryTo(bus: BusPlace, rule: Rule, target: Target, event: BusEvent): Delivery & { isHttp: boolean } {
  const { Arn, RoleArn, RetryPolicy, DeadLetterConfig } = target
  const queueArn = DeadLetterConfig?.Arn
  const { MaximumRetryAttempts = defaultRetry.attempts, MaximumEventAgeInSeconds = defaultRetry.ageSeconds } =
    RetryPolicy ?? {}
  const { accountId, region } = bus
  return {
    scope: { accountId, region },
    sourceArn: rule.arn,
    target: targetOf(bus, rule, target, event),
    ...(RoleArn !== undefined && { roleArn: RoleArn }),
    retry: { retries: MaximumRetryAttempts, maxAgeMs: MaximumEventAgeInSeconds * secondMs },
    ...(queueArn !== undefined && {
      deadLetter: { queueArn, body: eventText(event), attributes: { RULE_ARN: rule.arn, TARGET_ARN: Arn } },
    }),
    isHttp: targetKind(Arn) === 'api-destination',
  }
}

function targetOf(bus: BusPlace, rule: Rule, target: Target, event: BusEvent): DeliveryTarget {
  const { Arn: arn, SqsParameters } = target
  const region = arn.split(':')[3] ?? bus.region
  switch (targetKind(arn)) {
    case 'queue':
      return toQueue(arn, {
        MessageBody: inputFor(rule, target, event),
        ...(SqsParameters?.MessageGroupId !== undefined && { MessageGroupId: SqsParameters.MessageGroupId }),
      })
    case 'function':
      return toFunction(arn, inputFor(rule, target, event))
    case 'topic':
      return callTarget({
        ...{ arn, region, service: 'sns', operation: 'Publish' },
        input: { TopicArn: arn, Message: inputFor(rule, target, event) },
      })
    case 'log-group': {
      const message = inputFor(rule, target, event)
      const input: LogEvent = { message, timestampMs: event.ingestedAtMs, streamName: streamNameOf(event) }
      return { arn, sender: 'log-group', input }
    }
    case 'bus': {
      const cameFrom = [...(event.cameFrom ?? []), busArn(bus)]
      const input: ForwardedEvent = { event: { ...event, cameFrom } }
      return { arn, sender: 'bus', input }
    }
    default: {
      const input: HttpRequestInput = {
        body: inputFor(rule, target, event),
        http: resolvedParameters(target.HttpParameters, event),
      }
      return { arn, sender: 'api-destination', input }
    }
  }
}

/** Each event has a log stream of its own, as it has on AWS. */
const streamNameOf = ({ envelope }: BusEvent): string => envelope.id

/** Replaces values that are paths by what the event has there. */
function resolvedParameters(http: Target['HttpParameters'], event: BusEvent): Target['HttpParameters'] {
  if (!http) return undefined
  const value = eventValue(event)
  const resolve = (text: string): string => {
    const path = parseJsonPath(text)
    const found = path && valueAt(value, path)
    if (!path) return text
    return typeof found === 'string' ? found : found === undefined ? '' : JSON.stringify(found)
  }
  const each = (record: Record<string, string> = {}) =>
    Object.fromEntries(Object.entries(record).map(([name, text]) => [name, resolve(text)]))
  return {
    PathParameterValues: (http.PathParameterValues ?? []).map(resolve),
    HeaderParameters: each(http.HeaderParameters),
    QueryStringParameters: each(http.QueryStringParameters),
  }
}
