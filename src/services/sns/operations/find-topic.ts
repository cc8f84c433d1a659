import { parseArn } from '../../../core/arn.ts'
import type { Call } from '../../../core/call.ts'
import type { Store } from '../../../core/store.ts'
import { topicNotFound } from '../domain/errors.ts'
import { readTopicArn, scopeOf, type Topic, type TopicPlace, topicArn } from '../domain/topic.ts'
import type { SnsContext } from '../sns-context.ts'
import { topics } from '../storage/collections.ts'

/** The topic of an ARN. @throws ServiceError InvalidParameter, NotFound. */
export async function findTopic(context: SnsContext, arn: string, parameter = 'TopicArn'): Promise<Topic> {
  const topic = await topicIfAt(context, readTopicArn(arn, parameter, regionFor(context.call, arn)))
  if (!topic) throw topicNotFound()
  return topic
}

/** The Region of a request: links in messages, which are not signed, mean that of the ARN in them. */
export const regionFor = ({ caller, region }: Pick<Call, 'caller' | 'region'>, arn: string): string =>
  caller.principal.kind === 'anonymous' ? (parseArn(arn)?.region ?? region) : region

/** Looked up once for each call: the topic that was authorised is the one that is used. */
export const topicIfAt = async (
  { call, found }: Pick<SnsContext, 'call' | 'found'>,
  place: TopicPlace,
): Promise<Topic | undefined> =>
  found.find(topicArn(place), () => call.store.in(topics).get(scopeOf(place), place.name))

/** The topic as it is in a transaction. @throws ServiceError NotFound - it was deleted meanwhile. */
export async function presentTopic(tx: Pick<Store, 'in'>, topic: Topic): Promise<Topic> {
  const present = await tx.in(topics).get(scopeOf(topic), topic.name)
  if (present?.id !== topic.id) throw topicNotFound()
  return present
}

/** Changes a topic in the call's transaction. @throws ServiceError NotFound; what `change` throws. */
export const changeTopic = <R>(
  { call }: SnsContext,
  topic: Topic,
  change: (present: Topic) => Topic | Promise<Topic>,
  answer: R,
): Promise<R> =>
  call.transaction(async (tx) => {
    await tx.in(topics).put(scopeOf(topic), topic.name, await change(await presentTopic(tx, topic)))
    return answer
  })
