import { hourSeconds, secondMs } from '../../../core/durations.ts'
import { invalidParameter } from './errors.ts'
import { isObject, jsonObject } from './json.ts'

/**
 * How often a delivery is tried again, and when: at once, then at the least delay, then at growing ones, then at the greatest.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
 */
export interface RetryPolicy {
  minDelayTarget: number
  maxDelayTarget: number
  /** All of them. */
  numRetries: number
  numMaxDelayRetries: number
  numNoDelayRetries: number
  numMinDelayRetries: number
  backoffFunction: 'linear' | 'arithmetic' | 'geometric' | 'exponential'
}

/** To queues and functions, which no policy changes: 100,015 retries over 23 days. */
export const awsRetryPolicy: RetryPolicy = {
  minDelayTarget: 1,
  maxDelayTarget: 20,
  numRetries: 100_015,
  numMaxDelayRetries: 100_000,
  numNoDelayRetries: 3,
  numMinDelayRetries: 2,
  backoffFunction: 'exponential',
}

/** To HTTP endpoints, where no policy says otherwise. */
export const httpRetryPolicy: RetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: 'linear',
}

/**
 * Returns how long to wait before a retry.
 * @param retry - counted from 1.
 * @returns undefined where there are no more.
 */
export function retryDelayMs(policy: RetryPolicy, retry: number): number | undefined {
  const { numRetries, numNoDelayRetries, numMinDelayRetries, numMaxDelayRetries } = policy
  const { minDelayTarget, maxDelayTarget } = policy
  if (retry > numRetries) return undefined
  if (retry <= numNoDelayRetries) return 0
  if (retry <= numNoDelayRetries + numMinDelayRetries) return minDelayTarget * secondMs
  if (retry > numRetries - numMaxDelayRetries) return maxDelayTarget * secondMs
  const steps = numRetries - numMaxDelayRetries - numNoDelayRetries - numMinDelayRetries
  const step = retry - numNoDelayRetries - numMinDelayRetries
  return Math.round(between(policy, steps === 1 ? 1 : (step - 1) / (steps - 1)) * secondMs)
}

/** @param part - of the way from the least delay to the greatest, 0 to 1. */
function between({ minDelayTarget: min, maxDelayTarget: max, backoffFunction }: RetryPolicy, part: number): number {
  switch (backoffFunction) {
    case 'linear':
      return min + (max - min) * part
    case 'arithmetic':
      return min + ((max - min) * (part + part ** 2)) / 2
    case 'geometric':
      return min + (max - min) * part ** 2
    case 'exponential':
      return min * (max / min) ** part
  }
}

export interface RequestPolicy {
  headerContentType: string
}

/** What a subscription's messages are delivered by, once topic and subscription are put together. */
export interface EffectiveDelivery {
  healthyRetryPolicy: RetryPolicy
  throttlePolicy: { maxReceivesPerSecond: number } | null
  requestPolicy: RequestPolicy
}

const defaultRequestPolicy: RequestPolicy = { headerContentType: 'text/plain; charset=UTF-8' }

/** @param topic, subscription - their policies as they are kept: checked JSON. */
export function effectiveDelivery(topic: string | undefined, subscription: string | undefined): EffectiveDelivery {
  const ofTopic = topic === undefined ? {} : JSON.parse(topic).http
  const overrides = subscription !== undefined && ofTopic.disableSubscriptionOverrides !== true
  const own = overrides ? JSON.parse(subscription) : {}
  return {
    healthyRetryPolicy: own.healthyRetryPolicy ?? ofTopic.defaultHealthyRetryPolicy ?? httpRetryPolicy,
    throttlePolicy: own.throttlePolicy ?? ofTopic.defaultThrottlePolicy ?? null,
    requestPolicy: own.requestPolicy ?? ofTopic.defaultRequestPolicy ?? defaultRequestPolicy,
  }
}

/** The EffectiveDeliveryPolicy of a topic. */
export function effectiveTopicPolicy(topic: string | undefined): string {
  const { healthyRetryPolicy, throttlePolicy, requestPolicy } = effectiveDelivery(topic, undefined)
  return JSON.stringify({
    http: {
      defaultHealthyRetryPolicy: healthyRetryPolicy,
      disableSubscriptionOverrides: topic !== undefined && JSON.parse(topic).http.disableSubscriptionOverrides === true,
      ...(throttlePolicy && { defaultThrottlePolicy: throttlePolicy }),
      defaultRequestPolicy: requestPolicy,
    },
  })
}

/** The EffectiveDeliveryPolicy of a subscription over HTTP. */
export function effectiveSubscriptionPolicy(topic: string | undefined, subscription: string | undefined): string {
  const { healthyRetryPolicy, throttlePolicy, requestPolicy } = effectiveDelivery(topic, subscription)
  return JSON.stringify({
    ...{ healthyRetryPolicy, sicklyRetryPolicy: null, throttlePolicy, requestPolicy, guaranteed: false },
  })
}

const refused = (reason: string) => invalidParameter('DeliveryPolicy', reason)

type Json = Record<string, unknown>

/** Checks the policy of a topic. @returns it with everything filled in. @throws ServiceError InvalidParameter. */
export function checkTopicDeliveryPolicy(text: string): string {
  const { http, ...unknown } = parsed(text)
  if (!isObject(http)) throw refused('http must be a JSON object')
  refuseUnknown(unknown)
  const {
    defaultHealthyRetryPolicy,
    disableSubscriptionOverrides,
    defaultThrottlePolicy,
    defaultRequestPolicy,
    ...more
  } = http
  refuseUnknown(more)
  if (disableSubscriptionOverrides !== undefined && typeof disableSubscriptionOverrides !== 'boolean') {
    throw refused('http.disableSubscriptionOverrides must be a boolean')
  }
  return JSON.stringify({
    http: {
      ...part('defaultHealthyRetryPolicy', defaultHealthyRetryPolicy, retryPolicy),
      disableSubscriptionOverrides: disableSubscriptionOverrides ?? false,
      ...part('defaultThrottlePolicy', defaultThrottlePolicy, throttlePolicy),
      ...part('defaultRequestPolicy', defaultRequestPolicy, requestPolicy),
    },
  })
}

/** Checks the policy of a subscription. @throws ServiceError InvalidParameter. */
export function checkSubscriptionDeliveryPolicy(text: string): string {
  const { healthyRetryPolicy, throttlePolicy: throttle, requestPolicy: request, ...more } = parsed(text)
  const { sicklyRetryPolicy, guaranteed, ...unknown } = more
  refuseUnknown(unknown)
  // AWS shows these two and takes them in no other form.
  if ((sicklyRetryPolicy ?? null) !== null || (guaranteed ?? false) !== false) {
    throw refused('sicklyRetryPolicy and guaranteed cannot be set')
  }
  return JSON.stringify({
    ...part('healthyRetryPolicy', healthyRetryPolicy, retryPolicy),
    ...part('throttlePolicy', throttle, throttlePolicy),
    ...part('requestPolicy', request, requestPolicy),
  })
}

function parsed(text: string): Json {
  const policy = jsonObject(text)
  if (!policy) throw refused('failed to parse JSON.')
  return policy
}

function refuseUnknown(members: Json): void {
  const [name] = Object.keys(members)
  if (name !== undefined) throw refused(`unexpected member ${name.slice(0, 100)}`)
}

function part<T>(name: string, value: unknown, read: (value: Json) => T): Record<string, T> {
  if (value === undefined || value === null) return {}
  if (!isObject(value)) throw refused(`${name} must be a JSON object`)
  return { [name]: read(value) }
}

const backoffFunctions = ['linear', 'arithmetic', 'geometric', 'exponential'] as const

function retryPolicy(given: Json): RetryPolicy {
  const { backoffFunction = httpRetryPolicy.backoffFunction, ...numbers } = given
  const known = Object.keys(httpRetryPolicy)
  refuseUnknown(Object.fromEntries(Object.entries(numbers).filter(([name]) => !known.includes(name))))
  const isFunction = (name: unknown): name is RetryPolicy['backoffFunction'] =>
    (backoffFunctions as readonly unknown[]).includes(name)
  if (!isFunction(backoffFunction)) throw refused(`backoffFunction must be one of ${backoffFunctions.join(', ')}`)
  const policy: RetryPolicy = {
    minDelayTarget: count(numbers, 'minDelayTarget', 1, hourSeconds),
    maxDelayTarget: count(numbers, 'maxDelayTarget', 1, hourSeconds),
    numRetries: count(numbers, 'numRetries', 0, 100),
    numMaxDelayRetries: count(numbers, 'numMaxDelayRetries', 0, 100),
    numNoDelayRetries: count(numbers, 'numNoDelayRetries', 0, 100),
    numMinDelayRetries: count(numbers, 'numMinDelayRetries', 0, 100),
    backoffFunction,
  }
  if (policy.minDelayTarget > policy.maxDelayTarget) throw refused('minDelayTarget must not exceed maxDelayTarget')
  const { numRetries, numMaxDelayRetries, numNoDelayRetries, numMinDelayRetries } = policy
  if (numMaxDelayRetries + numNoDelayRetries + numMinDelayRetries > numRetries) {
    throw refused('numRetries must be at least the sum of the retries of all phases')
  }
  if (totalSeconds(policy) > hourSeconds) throw refused('all retries together must not take longer than an hour')
  return policy
}

function totalSeconds(policy: RetryPolicy): number {
  let sum = 0
  for (let retry = 1; retry <= policy.numRetries; retry++) sum += (retryDelayMs(policy, retry) ?? 0) / secondMs
  return sum
}

function count(given: Json, name: keyof RetryPolicy, min: number, max: number): number {
  const value = given[name] ?? httpRetryPolicy[name]
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw refused(`${name} must be an integer between ${min} and ${max}`)
}

function throttlePolicy(given: Json): { maxReceivesPerSecond: number } {
  const { maxReceivesPerSecond: most, ...unknown } = given
  refuseUnknown(unknown)
  if (typeof most === 'number' && Number.isInteger(most) && most >= 1) return { maxReceivesPerSecond: most }
  throw refused('maxReceivesPerSecond must be an integer of 1 or more')
}

const contentTypes =
  /^(application\/(atom\+xml|json|octet-stream|soap\+xml|x-www-form-urlencoded|xhtml\+xml|xml)|text\/(css|csv|html|plain|xml))(; ?charset=[\w-]+)?$/i

function requestPolicy(given: Json): RequestPolicy {
  const { headerContentType, ...unknown } = given
  refuseUnknown(unknown)
  if (typeof headerContentType === 'string' && contentTypes.test(headerContentType)) return { headerContentType }
  throw refused('headerContentType is not a content type that SNS sends')
}
