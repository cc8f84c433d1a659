import { secondMs } from '../../../core/durations.ts'
import { type Deliveries, deliveriesOf } from '../../../kit/deliveries/deliveries.ts'
import type { Delivery } from '../../../kit/deliveries/delivery.ts'
import type { DeliverySource, GivenUp } from '../../../kit/deliveries/delivery-source.ts'
import { eventsPrincipal } from '../domain/names.ts'
import type { RuleMetrics } from './rule-metrics.ts'

/** Pauses double from a second to this: 185 tries then take about a day. */
const longestPauseMs = 480 * secondMs

type Senders = NonNullable<DeliverySource['senders']>

const sourceOf = (name: string, senders: Senders, metrics: RuleMetrics): DeliverySource => ({
  name,
  principal: eventsPrincipal,
  pauseMs: (failures) => Math.min(secondMs * 2 ** Math.min(failures - 1, 20), longestPauseMs),
  senders,
  deadLetterAttributes,
  ended: async (_tx, delivery, end) => metrics.ended(delivery, end),
})

export const targetDeliveries = (senders: Senders, metrics: RuleMetrics): Deliveries =>
  deliveriesOf(sourceOf('events.targets', senders, metrics))
export const httpDeliveries = (senders: Senders, metrics: RuleMetrics): Deliveries =>
  deliveriesOf(sourceOf('events.http', senders, metrics))

/**
 * The attributes with which EventBridge explains a dead letter.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
 */
export function deadLetterAttributes(_delivery: Delivery, failure: GivenUp): Record<string, string> {
  const condition = { retries: 'MaximumRetryAttempts', age: 'MaximumEventAgeInSeconds' }
  return {
    ERROR_CODE: errorCodeOf(failure),
    ERROR_MESSAGE: failure.message || failure.code,
    RETRY_ATTEMPTS: String(failure.retries),
    ...(failure.exhausted && { EXHAUSTED_RETRY_CONDITION: condition[failure.exhausted] }),
  }
}

/** Codes that EventBridge has for what targets answer. */
const errorCodes: readonly (readonly [RegExp, string])[] = [
  [/^[A-Z_]+$/, ''],
  [/^(AccessDenied|KMSAccessDenied|KmsAccessDenied|AuthorizationError|UnrecognizedClient)/, 'NO_PERMISSIONS'],
  [/(NotFound|DoesNotExist|NonExistent|NoSuch)/, 'NO_RESOURCE'],
  [/(throttl|toomanyrequests|overlimit|slowdown)/i, 'THROTTLING'],
  [/(LimitExceeded)/, 'RESOURCE_LIMIT_EXCEEDED'],
  [
    /(InvalidParameter|MissingParameter|ValidationException|InvalidRequest|InvalidMessageContents)/,
    'INVALID_PARAMETER',
  ],
]

function errorCodeOf({ code, status }: GivenUp): string {
  for (const [pattern, name] of errorCodes) if (pattern.test(code)) return name || code
  return status >= 500 ? 'INTERNAL_ERROR' : 'SDK_CLIENT_ERROR'
}
