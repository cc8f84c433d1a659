import { checkTopicDeliveryPolicy } from './delivery-policy.ts'
import { attributeNotBuilt, invalidParameter } from './errors.ts'

/**
 * The attributes of topics that can be set, beside the policy.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
 */
export type TopicAttributeName =
  | 'DisplayName'
  | 'DeliveryPolicy'
  | 'KmsMasterKeyId'
  | 'SignatureVersion'
  | 'TracingConfig'
  | 'FifoTopic'
  | 'ContentBasedDeduplication'
  | 'FifoThroughputScope'

export type TopicAttributes = Readonly<Partial<Record<TopicAttributeName, string>>>

/** @throws ServiceError InvalidParameter. @returns the value as it is kept. */
type Check = (value: string) => string

const oneOf =
  (name: TopicAttributeName, ...allowed: readonly string[]): Check =>
  (value) => {
    if (allowed.includes(value)) return value
    throw invalidParameter(
      'Attributes',
      `${name}: Invalid value [${value.slice(0, 200)}]. Must be ${allowed.join(' or ')}.`,
    )
  }

const checks: Readonly<Record<TopicAttributeName, Check>> = {
  DisplayName(value) {
    if (/^[\x20-\x7e]{0,100}$/.test(value)) return value
    throw invalidParameter('DisplayName')
  },
  DeliveryPolicy: checkTopicDeliveryPolicy,
  KmsMasterKeyId(value) {
    if (/^[\w:/-]{0,2048}$/.test(value)) return value
    throw invalidParameter('KmsMasterKeyId')
  },
  SignatureVersion: oneOf('SignatureVersion', '1', '2'),
  TracingConfig(value) {
    if (value === 'Active') throw attributeNotBuilt('TracingConfig')
    return oneOf('TracingConfig', 'PassThrough', 'Active')(value)
  },
  FifoTopic: oneOf('FifoTopic', 'true', 'false'),
  ContentBasedDeduplication: oneOf('ContentBasedDeduplication', 'true', 'false'),
  FifoThroughputScope: oneOf('FifoThroughputScope', 'Topic', 'MessageGroup'),
}

const fifoOnly: ReadonlySet<string> = new Set(['ContentBasedDeduplication', 'FifoThroughputScope'])

/** What of AWS's attributes needs other services: delivery status in logs, and archives of FIFO topics. */
const notBuilt =
  /^((HTTP|Firehose|Lambda|Application|SQS)(SuccessFeedback|FailureFeedback)(RoleArn|SampleRate)|ArchivePolicy)$/

/** Attributes that an empty value takes away. */
const removable: ReadonlySet<string> = new Set(['DeliveryPolicy', 'KmsMasterKeyId', 'DisplayName'])

/**
 * Applies attributes to those of a topic.
 * @param unknown - the refusal of a name that is not an attribute.
 * @throws ServiceError InvalidParameter.
 */
export function changedTopicAttributes(
  present: TopicAttributes,
  given: Readonly<Record<string, string>>,
  { fifo, isNew, unknown }: { fifo: boolean; isNew: boolean; unknown(name: string): Error },
): TopicAttributes {
  const changed: Partial<Record<TopicAttributeName, string>> = { ...present }
  for (const [name, value] of Object.entries(given)) {
    if (notBuilt.test(name)) throw attributeNotBuilt(name)
    if (!isTopicAttribute(name) || (name === 'FifoTopic' && !isNew) || (fifoOnly.has(name) && !fifo))
      throw unknown(name)
    if (value === '' && removable.has(name)) delete changed[name]
    else changed[name] = checks[name](value)
  }
  return changed
}

const isTopicAttribute = (name: string): name is TopicAttributeName => Object.hasOwn(checks, name)

/** Returns whether a request's attributes are those that a topic has, defaults included. */
export function hasSameAttributes(present: TopicAttributes, asked: TopicAttributes, given: readonly string[]): boolean {
  return given.every((name) => {
    const attribute = name as TopicAttributeName
    return (present[attribute] ?? defaults[attribute]) === (asked[attribute] ?? defaults[attribute])
  })
}

const defaults: TopicAttributes = {
  DisplayName: '',
  SignatureVersion: '1',
  TracingConfig: 'PassThrough',
  FifoTopic: 'false',
  ContentBasedDeduplication: 'false',
  FifoThroughputScope: 'Topic',
}

/** The version of a topic's signatures: 1 is SHA-1, 2 is SHA-256. */
export const signatureVersionOf = ({ SignatureVersion = '1' }: TopicAttributes): '1' | '2' =>
  SignatureVersion === '2' ? '2' : '1'

/** What a FIFO topic shows though it was not set. */
export const fifoDefaults: TopicAttributes = {
  FifoTopic: 'true',
  ContentBasedDeduplication: 'false',
  FifoThroughputScope: 'Topic',
}
