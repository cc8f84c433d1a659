import { deliveriesOf } from '../../../kit/deliveries/deliveries.ts'
import { awsRetryPolicy, httpRetryPolicy, type RetryPolicy, retryDelayMs } from '../domain/delivery-policy.ts'
import type { HttpEndpoints } from '../domain/subscription.ts'
import { httpSender } from './http-sender.ts'

const principal = 'sns.amazonaws.com'

/** Opens the outbox of what goes to queues and functions. */
export const serviceDeliveries = () =>
  deliveriesOf({
    ...{ name: 'sns', principal },
    pauseMs: (failures) => retryDelayMs(awsRetryPolicy, failures) ?? awsRetryPolicy.maxDelayTarget,
  })

/** Opens the outbox of what goes to HTTP endpoints. They may be slow, and do not keep the others waiting. */
export const httpDeliveries = (endpoints: HttpEndpoints) =>
  deliveriesOf({
    ...{ name: 'sns.http', principal },
    atOnce: 32,
    // Dead letters go to queues, at the pace of those.
    pauseMs: (failures, { about }) =>
      retryDelayMs(aboutPolicy(about), failures) ?? httpRetryPolicy.maxDelayTarget * 1000,
    senders: { http: httpSender(endpoints) },
  })

const aboutPolicy = (about: unknown): RetryPolicy =>
  (about as { retryPolicy?: RetryPolicy } | undefined)?.retryPolicy ?? httpRetryPolicy
