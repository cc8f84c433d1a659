import { formatArn, parseArn } from '../../../core/arn.ts'
import type { Scope } from '../../../core/store.ts'
import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import type { Tag } from '../../../kit/tags.ts'
import { invalidFifoName, invalidParameter, invalidTopicName, tooFewArnElements } from './errors.ts'
import type { TopicAttributes } from './topic-attributes.ts'

export interface Topic {
  name: string
  arn: string
  accountId: string
  region: string
  /** Unique among all topics that ever had the name. */
  id: string
  createdAtMs: number
  /** As they were set, but for the policy; those that are missing have their defaults. */
  attributes: TopicAttributes
  policy: BoundPolicy
  tags: readonly Tag[]
}

/** Which topic an ARN means. */
export interface TopicPlace {
  accountId: string
  region: string
  name: string
}

export const isFifo = ({ name }: Pick<Topic, 'name'>): boolean => name.endsWith('.fifo')

export const scopeOf = ({ accountId, region }: Pick<Topic, 'accountId' | 'region'>): Scope => ({ accountId, region })

export const topicArn = ({ region, accountId, name }: TopicPlace): string =>
  formatArn({ partition: 'aws', service: 'sns', region, accountId, resource: name })

/** @throws ServiceError InvalidParameter. */
export function checkTopicName(name: string, fifo: boolean): void {
  if (fifo && (!/^[\w-]+\.fifo$/.test(name) || name.length > 256)) throw invalidFifoName()
  if (!fifo && !/^[\w-]{1,256}$/.test(name)) throw invalidTopicName()
}

/**
 * Reads the ARN of a topic.
 * @param parameter - that it is given as, for messages.
 * @param region - of the request: topics of others are not there.
 * @throws ServiceError InvalidParameter.
 */
export function readTopicArn(arn: string, parameter: string, region: string): TopicPlace {
  const parts = readArn(arn, parameter)
  if (parts.service !== 'sns' || parts.region !== region || !/^[\w-]+(\.fifo)?$/.test(parts.resource)) {
    throw invalidParameter(parameter)
  }
  return { accountId: parts.accountId, region: parts.region, name: parts.resource }
}

/** Which subscription an ARN means. */
export interface SubscriptionPlace {
  topic: TopicPlace
  id: string
}

/** @throws ServiceError InvalidParameter. */
export function readSubscriptionArn(arn: string, callRegion: string): SubscriptionPlace {
  const parameter = 'SubscriptionArn'
  const { service, region, accountId, resource } = readArn(arn, parameter)
  const [name, id, ...more] = resource.split(':')
  if (service !== 'sns' || region !== callRegion || !name || !id || more.length > 0) throw invalidParameter(parameter)
  return { topic: { accountId, region, name }, id }
}

function readArn(arn: string, parameter: string) {
  const elements = arn.split(':').length
  if (elements < 6) throw tooFewArnElements(parameter, elements)
  const parts = parseArn(arn)
  if (!parts || !/^\d{12}$/.test(parts.accountId)) throw invalidParameter(parameter)
  return parts
}
