import { secondMs } from '../../../core/durations.ts'
import { deliveriesOf } from '../../../kit/deliveries/deliveries.ts'
import type { HttpEndpoints } from '../../../kit/http-endpoints.ts'
import { awsRetryPolicy, httpRetryPolicy, type RetryPolicy, retryDelayMs } from '../domain/delivery-policy.ts'
import type { TopicMetrics } from '../topic-metrics.ts'
import { httpSender } from './http-sender.ts'

const principal = 'sns.amazonaws.com'

/** Opens the outbox of what goes to queues and functions. */
export const serviceDeliveries = (metrics: TopicMetrics) =>
  deliveriesOf({
    ended: async (_tx, delivery, end) => metrics.ended(delivery, end),
    ...{ name: 'sns', principal },
    pauseMs: (failures) => retryDelayMs(awsRetryPolicy, failures) ?? lastPauseMs(awsRetryPolicy),
  })

/** Opens the outbox of what goes to HTTP endpoints. They may be slow, and do not keep the others waiting. */
export const httpDeliveries = (endpoints: HttpEndpoints, metrics: TopicMetrics) =>
  deliveriesOf({
    ended: async (_tx, delivery, end) => metrics.ended(delivery, end),
    ...{ name: 'sns.http', principal },
    atOnce: 32,
    // Dead letters go to queues, at the pace of those.
    pauseMs: (failures, { about }) => retryDelayMs(aboutPolicy(about), failures) ?? lastPauseMs(httpRetryPolicy),
    senders: { http: httpSender(endpoints) },
  })

/** Dead letters are tried more often than a policy has retries. */
const lastPauseMs = ({ maxDelayTarget }: RetryPolicy) => maxDelayTarget * secondMs

const aboutPolicy = (about: unknown): RetryPolicy =>
  (about as { retryPolicy?: RetryPolicy } | undefined)?.retryPolicy ?? httpRetryPolicy
