import { createHash } from 'node:crypto'
import { parseArn } from '../../../core/arn.ts'
import { type HttpEndpoints, isLoopbackName } from '../../../kit/http-endpoints.ts'
import {
  fifoQueueOnStandardTopic,
  fifoTopicProtocol,
  invalidParameter,
  protocolNotBuilt,
  unknownProtocol,
} from './errors.ts'
import { isFifo, type Topic } from './topic.ts'

export type Protocol = 'sqs' | 'lambda' | 'http' | 'https' | 'email' | 'email-json'

/** The attributes of subscriptions that can be set. */
export type SubscriptionAttributeName =
  | 'RawMessageDelivery'
  | 'FilterPolicy'
  | 'FilterPolicyScope'
  | 'RedrivePolicy'
  | 'DeliveryPolicy'

export type SubscriptionAttributes = Readonly<Partial<Record<SubscriptionAttributeName, string>>>

/** A subscription, kept where its topic is. */
export interface Subscription {
  arn: string
  /** The last part of the ARN. */
  id: string
  topicId: string
  topicArn: string
  /** The account that subscribed. */
  ownerId: string
  /** The ARN of who subscribed. */
  principalArn: string
  protocol: Protocol
  endpoint: string
  attributes: SubscriptionAttributes
  isConfirmed: boolean
  wasAuthenticated: boolean
  /** Whether only its owner, and that of the topic, can unsubscribe. */
  authenticatesUnsubscribe: boolean
}

const protocols: ReadonlySet<string> = new Set(['sqs', 'lambda', 'http', 'https', 'email', 'email-json'])
const withoutDelivery: ReadonlySet<string> = new Set(['sms', 'firehose', 'application'])

/**
 * Checks what a subscription is to be delivered to.
 * @throws ServiceError InvalidParameter.
 */
export function readEndpoint(topic: Topic, protocol: string, endpoint: string, http: HttpEndpoints): Protocol {
  if (withoutDelivery.has(protocol)) throw protocolNotBuilt(protocol)
  if (!isProtocol(protocol)) throw unknownProtocol(protocol)
  if (isFifo(topic) && protocol !== 'sqs') throw fifoTopicProtocol(protocol)
  checks[protocol](endpoint, http)
  if (protocol === 'sqs' && endpoint.endsWith('.fifo') && !isFifo(topic)) throw fifoQueueOnStandardTopic()
  return protocol
}

const isProtocol = (protocol: string): protocol is Protocol => protocols.has(protocol)

type Check = (endpoint: string, http: HttpEndpoints) => void

const checkEmail: Check = (endpoint) => {
  if (!/^[^\s@]+@[^\s@]+$/.test(endpoint)) throw invalidParameter('Email address')
}

const checkHttp =
  (scheme: 'http' | 'https'): Check =>
  (endpoint, http) => {
    if (!endpoint.startsWith(`${scheme}://`) || !URL.canParse(endpoint)) {
      throw invalidParameter('Endpoint must match the specified protocol')
    }
    const url = new URL(endpoint)
    // A record of the call would show the password.
    if (url.username !== '' || url.password !== '') {
      throw invalidParameter('Endpoint', 'Strongroom does not send credentials to endpoints.')
    }
    if (http === 'loopback' && !isLoopbackName(url.hostname)) {
      throw invalidParameter(
        'Endpoint',
        'This server delivers to HTTP endpoints of its own machine only. Start it with --set sns.http-endpoints=any to deliver to others.',
      )
    }
  }

const checks: Readonly<Record<Protocol, Check>> = {
  sqs(endpoint) {
    if (!isArnOf(endpoint, 'sqs', /^[\w-]+(\.fifo)?$/)) throw invalidParameter('SQS endpoint ARN')
  },
  lambda(endpoint) {
    if (!isArnOf(endpoint, 'lambda', /^function:[\w-]+(:[\w$-]+)?$/)) throw invalidParameter('Lambda endpoint ARN')
  },
  http: checkHttp('http'),
  https: checkHttp('https'),
  email: checkEmail,
  'email-json': checkEmail,
}

function isArnOf(text: string, service: string, resource: RegExp): boolean {
  const arn = parseArn(text)
  return arn?.service === service && /^\d{12}$/.test(arn.accountId) && resource.test(arn.resource)
}

/** The account that an endpoint belongs to; undefined for those that AWS knows no account of. */
export const accountOfEndpoint = ({ protocol, endpoint }: Pick<Subscription, 'protocol' | 'endpoint'>) =>
  protocol === 'sqs' || protocol === 'lambda' ? parseArn(endpoint)?.accountId : undefined

export const isHttp = ({ protocol }: Pick<Subscription, 'protocol'>): boolean =>
  protocol === 'http' || protocol === 'https'

/** Returns the key by which a subscription is found when it is asked for again. */
export const endpointKey = ({ topicId, protocol, endpoint }: Pick<Subscription, 'topicId' | 'protocol' | 'endpoint'>) =>
  `${topicId}/${createHash('sha256')
    .update(JSON.stringify([protocol, endpoint]))
    .digest('base64url')}`

/** The queue of a subscription for what cannot be delivered. */
export function deadLetterArnOf({ attributes }: Pick<Subscription, 'attributes'>): string | undefined {
  const { RedrivePolicy } = attributes
  return RedrivePolicy === undefined ? undefined : JSON.parse(RedrivePolicy).deadLetterTargetArn
}
