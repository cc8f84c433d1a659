import type { Permission, RequestContext } from '../../../core/operation.ts'
import { createdTagKeys, removedTagKeys, requestTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import type { GivenTag } from '../../../kit/tags.ts'
import { noTarget, onlyTopics, resourceNotFound } from '../domain/errors.ts'
import { readTopicArn, type TopicPlace, topicArn } from '../domain/topic.ts'
import { namesSourceOwner, topicPolicies } from '../domain/topic-policies.ts'
import type { SnsContext } from '../sns-context.ts'
import { topicIfAt } from './find-topic.ts'

// What each operation asks for, as the Service Authorization Reference, "Amazon SNS", lists it.

const actionOf = (operation: string) => `SNS:${operation}`

/** Permissions of operations that no topic belongs to. AWS knows no resource for those on subscriptions either. */
export const onAccount = ({ call }: SnsContext): Permission[] => [{ action: actionOf(call.operation), resource: '*' }]

type OfTopic = { TopicArn?: string | undefined }

/** Returns the permissions for operations on one topic, which its policy has a say in. */
export const onTopic =
  <I extends OfTopic>(more: (input: I) => RequestContext = () => ({})) =>
  async (context: SnsContext, input: I): Promise<Permission[]> => {
    const place = readTopicArn(input.TopicArn ?? '', 'TopicArn', context.call.region)
    return [await topicPermission(context, place, context.call.operation, more(input))]
  }

/** Returns the permissions for what a link in a message asks for: without a signature, what the link holds is permission enough. */
export const unlessByLink =
  <I>(decide: (context: SnsContext, input: I) => Permission[] | Promise<Permission[]>) =>
  async (context: SnsContext, input: I): Promise<Permission[]> =>
    context.call.caller.principal.kind === 'anonymous' ? [] : decide(context, input)

async function topicPermission(
  context: SnsContext,
  place: TopicPlace,
  action: string,
  more: RequestContext = {},
): Promise<Permission> {
  const topic = await topicIfAt(context, place)
  return {
    action: actionOf(action),
    resource: topicArn(place),
    resourceAccountId: place.accountId,
    ...(topic && { policy: await topicPolicies.inForce(context.identity, topic.policy) }),
    context: { ...(topic && resourceTagKeys(topic.tags)), ...sourceOwner(context), ...more },
  }
}

/** The older key that some services name the owner of their resource by. */
function sourceOwner({ call: { caller } }: SnsContext): RequestContext {
  const { principal } = caller
  if (principal.kind !== 'service' || !principal.sourceAccount || !namesSourceOwner(principal.service)) return {}
  return { 'aws:SourceOwner': principal.sourceAccount }
}

/** Permissions to make a topic: tags that it is made with need their own. */
export function onNewTopic(
  { call }: SnsContext,
  { Name = '', Tags = [] }: { Name?: string | undefined; Tags?: readonly GivenTag[] | undefined },
): Permission[] {
  const create: Permission = {
    action: actionOf(call.operation),
    resource: topicArn({ accountId: call.accountId, region: call.region, name: Name }),
    context: createdTagKeys(Tags),
  }
  return Tags.length > 0 ? [create, { ...create, action: actionOf('TagResource') }] : [create]
}

type Subscribed = OfTopic & { Protocol?: string | undefined; Endpoint?: string | undefined }

export const onSubscribed = onTopic<Subscribed>(({ Protocol = '', Endpoint }) => ({
  'sns:Protocol': Protocol,
  ...(Endpoint !== undefined && { 'sns:Endpoint': Endpoint }),
}))

export interface PublishTarget extends OfTopic {
  TargetArn?: string | undefined
  PhoneNumber?: string | undefined
}

/** The topic that a message is for: TopicArn, or TargetArn, which can mean one as well. @throws ServiceError InvalidParameter. */
export function targetOf(region: string, { TopicArn, TargetArn, PhoneNumber }: PublishTarget): TopicPlace {
  if (PhoneNumber !== undefined) throw onlyTopics('PhoneNumber')
  const arn = TopicArn ?? TargetArn
  if (arn === undefined || (TopicArn !== undefined && TargetArn !== undefined)) throw noTarget()
  const parameter = TopicArn === undefined ? 'TargetArn' : 'TopicArn'
  if (/^arn:[^:]*:sns:[^:]*:[^:]*:(endpoint|app)\//.test(arn)) throw onlyTopics(parameter)
  return readTopicArn(arn, parameter, region)
}

export const onPublished = async (context: SnsContext, input: PublishTarget): Promise<Permission[]> => [
  await topicPermission(context, targetOf(context.call.region, input), 'Publish'),
]

type OfResource = { ResourceArn?: string | undefined }

const onResource =
  <I extends OfResource>(keys: (input: I) => RequestContext = () => ({})) =>
  async (context: SnsContext, input: I): Promise<Permission[]> => {
    const { call } = context
    const place = readTopicArn(input.ResourceArn ?? '', 'ResourceArn', call.region)
    if (place.accountId === call.accountId && !(await topicIfAt(context, place))) throw resourceNotFound()
    return [await topicPermission(context, place, call.operation, keys(input))]
  }

export const onListedTags = onResource()

export const onTagged = onResource<OfResource & { Tags?: readonly GivenTag[] | undefined }>(({ Tags = [] }) =>
  requestTagKeys(Tags),
)

export const onUntagged = onResource<OfResource & { TagKeys?: readonly string[] | undefined }>(({ TagKeys = [] }) =>
  removedTagKeys(TagKeys),
)
