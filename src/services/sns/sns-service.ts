import type { AuditResource } from '../../core/audit.ts'
import type { Operation, Permission } from '../../core/operation.ts'
import { unlessRefused } from '../../core/service-error.ts'
import { readSubscriptionArn, readTopicArn, topicArn } from './domain/topic.ts'
import { confirmSubscription, unsubscribe } from './operations/confirm-subscription.ts'
import { createTopic } from './operations/create-topic.ts'
import {
  onAccount,
  onListedTags,
  onNewTopic,
  onPublished,
  onSubscribed,
  onTagged,
  onTopic,
  onUntagged,
  targetOf,
  unlessByLink,
} from './operations/permissions.ts'
import { publish, publishBatch } from './operations/publish.ts'
import { subscribe } from './operations/subscribe.ts'
import {
  getSubscriptionAttributes,
  listSubscriptions,
  listSubscriptionsByTopic,
  setSubscriptionAttributes,
} from './operations/subscriptions.ts'
import { listTagsForResource, tagResource, untagResource } from './operations/tags.ts'
import { getTopicAttributes, setTopicAttributes } from './operations/topic-attributes.ts'
import { addPermission, removePermission } from './operations/topic-policy.ts'
import { deleteTopic, listTopics } from './operations/topics.ts'
import type { SnsContext } from './sns-context.ts'

type Handle<I, O> = (context: SnsContext, input: I) => Promise<O>
type Decide<I> = (context: SnsContext, input: I) => readonly Permission[] | Promise<readonly Permission[]>

interface Named {
  TopicArn?: string | undefined
  TargetArn?: string | undefined
  ResourceArn?: string | undefined
  SubscriptionArn?: string | undefined
}

/** The topic that a request names, whether or not it exists. */
function topicOf(
  { call: { region } }: SnsContext,
  { TopicArn, TargetArn, ResourceArn, SubscriptionArn }: Named,
): AuditResource[] {
  const place = unlessRefused(() => {
    if (SubscriptionArn !== undefined) return readSubscriptionArn(SubscriptionArn, region).topic
    if (ResourceArn !== undefined) return readTopicArn(ResourceArn, 'ResourceArn', region)
    return targetOf(region, { TopicArn, TargetArn })
  })
  return place ? [{ accountId: place.accountId, type: 'AWS::SNS::Topic', ARN: topicArn(place) }] : []
}

const read = <I extends object, O>(handle: Handle<I, O>, permissions: Decide<I>): Operation<SnsContext, I, O> => ({
  ...{ handle, permissions, readOnly: true },
  audit: { resources: topicOf },
})

const write = <I extends object, O>(handle: Handle<I, O>, permissions: Decide<I>): Operation<SnsContext, I, O> => ({
  ...{ handle, permissions, readOnly: false },
  audit: { resources: topicOf },
})

const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'

/** Everything SNS can do; what is missing here answers that it is not built. */
export const snsOperations = {
  CreateTopic: { handle: createTopic, permissions: onNewTopic, readOnly: false },
  DeleteTopic: write(deleteTopic, onTopic()),
  ListTopics: { handle: listTopics, permissions: onAccount, readOnly: true },
  GetTopicAttributes: read(getTopicAttributes, onTopic()),
  SetTopicAttributes: write(setTopicAttributes, onTopic()),

  AddPermission: write(addPermission, onTopic()),
  RemovePermission: write(removePermission, onTopic()),

  TagResource: write(tagResource, onTagged),
  UntagResource: write(untagResource, onUntagged),
  ListTagsForResource: read(listTagsForResource, onListedTags),

  Subscribe: {
    ...write(subscribe, onSubscribed),
    audit: { resources: topicOf, maskRequest: { Endpoint: hidden } },
  },
  ConfirmSubscription: {
    ...write(confirmSubscription, unlessByLink(onTopic())),
    anonymous: true,
    audit: { resources: topicOf, maskRequest: { Token: hidden }, onlySigned: true },
  },
  Unsubscribe: {
    ...write(unsubscribe, unlessByLink(onAccount)),
    anonymous: true,
    audit: { resources: topicOf, onlySigned: true },
  },
  ListSubscriptions: { handle: listSubscriptions, permissions: onAccount, readOnly: true },
  ListSubscriptionsByTopic: read(listSubscriptionsByTopic, onTopic()),
  GetSubscriptionAttributes: read(getSubscriptionAttributes, onAccount),
  SetSubscriptionAttributes: write(setSubscriptionAttributes, onAccount),

  Publish: {
    ...write(publish, onPublished),
    category: 'Data',
    anonymous: true,
    audit: {
      resources: topicOf,
      maskRequest: { Message: hidden, Subject: hidden, MessageAttributes: hidden },
    },
  },
  PublishBatch: {
    ...write(publishBatch, onPublished),
    category: 'Data',
    anonymous: true,
    audit: {
      resources: topicOf,
      maskRequest: {
        'PublishBatchRequestEntries.Message': hidden,
        'PublishBatchRequestEntries.Subject': hidden,
        'PublishBatchRequestEntries.MessageAttributes': hidden,
      },
    },
  },
} satisfies Record<string, Operation<SnsContext, never, unknown>>
