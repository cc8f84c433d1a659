import type {
  GetQueueAttributesRequest,
  GetQueueAttributesResult,
  SetQueueAttributesRequest,
} from '@aws-sdk/client-sqs'
import { secondMs } from '../../../core/durations.ts'
import type { Validated } from '../../../core/operation.ts'
import { noCounts, totalsOf } from '../domain/counts.ts'
import { missingParameter, unknownAttribute } from '../domain/errors.ts'
import { isFifo, numberOf, type Queue, scopeOf } from '../domain/queue.ts'
import { changedAttributes, effectiveAttributes } from '../domain/queue-attributes.ts'
import { queuePolicies } from '../domain/queue-policies.ts'
import type { SqsContext } from '../sqs-context.ts'
import { counts } from '../storage/collections.ts'
import { QueueMessages } from '../storage/queue-messages.ts'
import { changeQueue } from './change-queue.ts'
import { checkDeadLetterTarget } from './dead-letter-queues.ts'
import { findQueue } from './find-queue.ts'

/**
 * Sets attributes of a queue; the others stay.
 * @throws ServiceError InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
export async function setQueueAttributes(
  context: SqsContext,
  { QueueUrl, Attributes }: Validated<SetQueueAttributesRequest>,
): Promise<void> {
  if (!Attributes) throw missingParameter('Attribute.Name')
  const { Policy, ...given } = Attributes as Record<string, string>
  const queue = await findQueue(context, QueueUrl)
  const policy = Policy ? await queuePolicies.accept(context.identity, Policy) : undefined
  await changeQueue(context, queue, async (present, tx) => {
    const attributes = changedAttributes(present.attributes, given, { isFifo: isFifo(queue), isNew: false })
    const { policy: presentPolicy, ...rest } = present
    const kept = Policy === undefined ? presentPolicy : policy
    const changed: Queue = { ...rest, attributes, ...(kept && { policy: kept }) }
    if (given.RedrivePolicy) await checkDeadLetterTarget(tx, changed)
    if (numberOf(changed, 'MessageRetentionPeriod') < numberOf(present, 'MessageRetentionPeriod')) {
      // Messages may have expired by this. The removal finds out when the next one does.
      const messages = await QueueMessages.open(tx, changed, context.call.clock.nowMs())
      await messages.scheduleExpiry(context.call.clock.nowMs())
      await messages.save()
    }
    return changed
  })
}

/**
 * Shows attributes of a queue. Counts of messages are approximate to the second, less so far in the future.
 * @throws ServiceError InvalidAttributeName.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
 */
export async function getQueueAttributes(
  context: SqsContext,
  { QueueUrl, AttributeNames = [] }: Validated<GetQueueAttributesRequest>,
): Promise<GetQueueAttributesResult> {
  for (const name of AttributeNames) if (!known.has(name)) throw unknownAttribute(name)
  const queue = await findQueue(context, QueueUrl)
  if (AttributeNames.length === 0) return {}
  const all = await shownAttributes(context, queue)
  if (AttributeNames.includes('All')) return { Attributes: all }
  const asked = Object.entries(all).filter(([name]) => (AttributeNames as string[]).includes(name))
  return asked.length === 0 ? {} : { Attributes: Object.fromEntries(asked) }
}

async function shownAttributes({ call, identity }: SqsContext, queue: Queue): Promise<Record<string, string>> {
  const stored = await call.store.in(counts).get(scopeOf(queue), queue.messagesId)
  const { visible, inFlight, delayed } = totalsOf(stored ?? noCounts, call.clock.nowMs())
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: seconds(queue.createdAtMs),
    LastModifiedTimestamp: seconds(queue.modifiedAtMs),
    ...effectiveAttributes(queue.attributes, isFifo(queue)),
    ...(queue.policy && { Policy: await queuePolicies.shown(identity, queue.policy) }),
  }
}

const seconds = (timeMs: number) => String(Math.floor(timeMs / secondMs))

const known = new Set<string>([
  ...['All', 'Policy', 'QueueArn', 'CreatedTimestamp', 'LastModifiedTimestamp'],
  ...['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'],
  ...['VisibilityTimeout', 'DelaySeconds', 'MaximumMessageSize', 'MessageRetentionPeriod'],
  ...['ReceiveMessageWaitTimeSeconds', 'RedrivePolicy', 'RedriveAllowPolicy', 'KmsMasterKeyId'],
  ...['KmsDataKeyReusePeriodSeconds', 'SqsManagedSseEnabled', 'FifoQueue', 'ContentBasedDeduplication'],
  ...['DeduplicationScope', 'FifoThroughputLimit'],
])
