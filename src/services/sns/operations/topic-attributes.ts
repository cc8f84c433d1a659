import type { GetTopicAttributesInput, GetTopicAttributesResponse, SetTopicAttributesInput } from '@aws-sdk/client-sns'
import type { Validated } from '../../../core/operation.ts'
import { effectiveTopicPolicy } from '../domain/delivery-policy.ts'
import { invalidParameter } from '../domain/errors.ts'
import { isFifo, scopeOf } from '../domain/topic.ts'
import { changedTopicAttributes, fifoDefaults } from '../domain/topic-attributes.ts'
import { topicPolicies } from '../domain/topic-policies.ts'
import type { SnsContext } from '../sns-context.ts'
import { topicCounts } from '../storage/collections.ts'
import { policyOf } from './create-topic.ts'
import { changeTopic, findTopic } from './find-topic.ts'

/**
 * Sets one attribute of a topic. An empty Policy is the default one again.
 * @throws ServiceError InvalidParameter, NotFound.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
 */
export async function setTopicAttributes(
  context: SnsContext,
  { TopicArn, AttributeName: name, AttributeValue: value = '' }: Validated<SetTopicAttributesInput>,
): Promise<void> {
  const topic = await findTopic(context, TopicArn)
  if (name === 'Policy') {
    const policy = await policyOf(context.identity, value, topic)
    return changeTopic(context, topic, (present) => ({ ...present, policy }), undefined)
  }
  const options = { fifo: isFifo(topic), isNew: false, unknown: () => invalidParameter('AttributeName') }
  return changeTopic(
    context,
    topic,
    (present) => ({ ...present, attributes: changedTopicAttributes(present.attributes, { [name]: value }, options) }),
    undefined,
  )
}

/**
 * Shows the attributes of a topic.
 * @throws ServiceError NotFound.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
 */
export async function getTopicAttributes(
  context: SnsContext,
  { TopicArn }: Validated<GetTopicAttributesInput>,
): Promise<GetTopicAttributesResponse> {
  const topic = await findTopic(context, TopicArn)
  const { FifoTopic: _, DisplayName = '', ...attributes } = topic.attributes
  const { confirmed, pending, deleted } = await topicCounts.read(context.call.store, scopeOf(topic), topic.id)
  return {
    Attributes: {
      Policy: await topicPolicies.shown(context.identity, topic.policy),
      Owner: topic.accountId,
      TopicArn: topic.arn,
      DisplayName,
      SubscriptionsConfirmed: String(confirmed),
      SubscriptionsPending: String(pending),
      SubscriptionsDeleted: String(deleted),
      EffectiveDeliveryPolicy: effectiveTopicPolicy(attributes.DeliveryPolicy),
      ...(isFifo(topic) && fifoDefaults),
      ...attributes,
    },
  }
}
