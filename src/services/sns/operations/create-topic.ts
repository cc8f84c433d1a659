import { randomBytes } from 'node:crypto'
import type { CreateTopicInput, CreateTopicResponse } from '@aws-sdk/client-sns'
import type { Validated } from '../../../core/operation.ts'
import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import { attributeNotBuilt, invalidParameter, topicAttributesDiffer, topicTagsDiffer } from '../domain/errors.ts'
import { topicTags } from '../domain/tags.ts'
import { checkTopicName, scopeOf, type Topic, type TopicPlace, topicArn } from '../domain/topic.ts'
import { changedTopicAttributes, hasSameAttributes } from '../domain/topic-attributes.ts'
import { defaultPolicy, topicPolicies } from '../domain/topic-policies.ts'
import type { SnsContext } from '../sns-context.ts'
import { accountCount, accountCounts, topics } from '../storage/collections.ts'

/**
 * Makes a topic; one that is there already with the same attributes and tags is found.
 * @throws ServiceError InvalidParameter, TopicLimitExceeded, TagLimitExceeded.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
 */
export async function createTopic(
  { call, identity }: SnsContext,
  { Name: name, Attributes = {}, Tags = [], DataProtectionPolicy }: Validated<CreateTopicInput>,
): Promise<CreateTopicResponse> {
  if (DataProtectionPolicy) throw attributeNotBuilt('DataProtectionPolicy')
  const { Policy, ...given } = Attributes as Record<string, string>
  const fifo = given.FifoTopic === 'true'
  checkTopicName(name, fifo)
  const place = { accountId: call.accountId, region: call.region, name }
  const topic: Topic = {
    ...{ ...place, arn: topicArn(place), id: randomBytes(12).toString('base64url'), createdAtMs: call.clock.nowMs() },
    attributes: changedTopicAttributes({}, given, { fifo, isNew: true, unknown: unknownAttribute }),
    policy: await policyOf(identity, Policy, place),
    tags: topicTags.merge([], Tags),
  }
  call.note({ resources: [{ type: 'AWS::SNS::Topic', ARN: topic.arn, accountId: call.accountId }] })
  return call.transaction(async (tx) => {
    const existing = await tx.in(topics).get(scopeOf(topic), name)
    if (existing) checkSame(existing, topic, { names: Object.keys(given), policy: Policy, tags: Tags.length })
    else {
      await accountCounts.change(tx, scopeOf(topic), accountCount, fifo ? { fifoTopics: 1 } : { topics: 1 })
      await tx.in(topics).put(scopeOf(topic), name, topic)
    }
    return { TopicArn: topic.arn }
  })
}

const unknownAttribute = (name: string) => invalidParameter('Attributes', `Unknown attribute ${name.slice(0, 200)}`)

/** The policy of a topic: as it is given, or the default one. @throws ServiceError InvalidParameter. */
export async function policyOf(
  identity: SnsContext['identity'],
  given: string | undefined,
  place: TopicPlace,
): Promise<BoundPolicy> {
  if (given) return topicPolicies.accept(identity, given)
  return { document: defaultPolicy(place), boundPrincipals: {} }
}

/** Attributes and tags that a request does not name are not compared. */
function checkSame(
  existing: Topic,
  asked: Topic,
  given: { names: readonly string[]; policy: string | undefined; tags: number },
): void {
  const samePolicy = !given.policy || existing.policy.document === asked.policy.document
  if (!samePolicy || !hasSameAttributes(existing.attributes, asked.attributes, given.names)) {
    throw topicAttributesDiffer()
  }
  if (given.tags === 0) return
  const present = new Map(existing.tags.map(({ Key, Value }) => [Key, Value]))
  const isSame = present.size === asked.tags.length && asked.tags.every(({ Key, Value }) => present.get(Key) === Value)
  if (!isSame) throw topicTagsDiffer()
}
