import { randomBytes } from 'node:crypto'
import type { CreateQueueRequest, CreateQueueResult } from '@aws-sdk/client-sqs'
import { minuteMs } from '../../../core/durations.ts'
import type { Validated } from '../../../core/operation.ts'
import type { Scope, Transaction } from '../../../core/store.ts'
import { missingParameter, queueDeletedRecently, queueExists, queueTagsDiffer } from '../domain/errors.ts'
import { isFifo, type Queue } from '../domain/queue.ts'
import { changedAttributes, effectiveAttributes } from '../domain/queue-attributes.ts'
import { checkQueueName, queueArn } from '../domain/queue-name.ts'
import { queuePolicies } from '../domain/queue-policies.ts'
import { checkTags } from '../domain/queue-tags.ts'
import type { SqsContext } from '../sqs-context.ts'
import { deletedQueues, queues } from '../storage/collections.ts'
import { checkDeadLetterTarget } from './dead-letter-queues.ts'
import { queueUrl } from './find-queue.ts'

/** How long the name of a deleted queue cannot be used again. */
const heldMs = minuteMs

/**
 * Makes a queue; one that is there already with the same attributes is found.
 * @throws ServiceError QueueNameExists, QueueDeletedRecently, InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
 */
export async function createQueue(
  context: SqsContext,
  { QueueName: name, Attributes = {}, tags = {} }: Validated<CreateQueueRequest>,
): Promise<CreateQueueResult> {
  const { call, identity, holdsNames } = context
  if (!name) throw missingParameter('QueueName')
  const { Policy, ...given } = Attributes as Record<string, string>
  const fifo = name.endsWith('.fifo') || given.FifoQueue === 'true'
  checkQueueName(name, fifo)
  if (fifo && given.FifoQueue === undefined) checkQueueName(name, false)
  const attributes = changedAttributes({}, given, { isFifo: fifo, isNew: true })
  checkTags(name, {}, tags)
  const place = { accountId: call.accountId, name }
  const arn = queueArn(call.region, place)
  const policy = Policy ? await queuePolicies.accept(identity, Policy) : undefined
  const nowMs = call.clock.nowMs()
  const queue: Queue = {
    ...{ name, arn, accountId: call.accountId, region: call.region },
    ...{ id: newId(), messagesId: newId(), createdAtMs: nowMs, modifiedAtMs: nowMs },
    ...{ attributes, tags, ...(policy && { policy }) },
  }
  const scope: Scope = { accountId: call.accountId, region: call.region }
  const answer = { QueueUrl: queueUrl(context, place) }
  call.note({ resources: [{ type: 'AWS::SQS::Queue', ARN: arn, accountId: call.accountId }] })
  return call.transaction(async (tx) => {
    const existing = await tx.in(queues).get(scope, name)
    if (existing) {
      checkSame(existing, queue, Attributes as Record<string, string>)
      return answer
    }
    if (holdsNames) await checkNotHeld(tx, scope, name, nowMs)
    await checkDeadLetterTarget(tx, queue)
    await tx.in(queues).put(scope, name, queue)
    return answer
  })
}

export const newId = (): string => randomBytes(12).toString('base64url')

/** Attributes that a request does not name are not compared. */
function checkSame(existing: Queue, asked: Queue, given: Readonly<Record<string, string>>): void {
  const fifo = isFifo(existing)
  const present = effectiveAttributes(existing.attributes, fifo)
  const wanted = effectiveAttributes(asked.attributes, fifo)
  for (const name of Object.keys(given)) {
    const isSame =
      name === 'Policy' ? existing.policy?.document === asked.policy?.document : present[name] === wanted[name]
    if (!isSame) throw queueExists(name)
  }
  const wantedTags = Object.entries(asked.tags)
  if (wantedTags.some(([key, value]) => existing.tags[key] !== value)) throw queueTagsDiffer()
}

async function checkNotHeld(tx: Transaction, scope: Scope, name: string, nowMs: number): Promise<void> {
  const deleted = await tx.in(deletedQueues).get(scope, name)
  if (!deleted) return
  if (nowMs >= deleted.deletedAtMs && nowMs < deleted.deletedAtMs + heldMs) throw queueDeletedRecently()
  await tx.in(deletedQueues).delete(scope, name)
}
