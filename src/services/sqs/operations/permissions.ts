import type { Permission, RequestContext } from '../../../core/operation.ts'
import type { ServiceError } from '../../../core/service-error.ts'
import { createdTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import { tagsOfRecord } from '../../../kit/tags.ts'
import { destinationQueueNotFound, missingParameter, sourceQueueNotFound } from '../domain/errors.ts'
import type { Queue } from '../domain/queue.ts'
import { placeOfArn, queueArn } from '../domain/queue-name.ts'
import { queuePolicies } from '../domain/queue-policies.ts'
import type { SqsContext } from '../sqs-context.ts'
import { findQueue, queueIfAt } from './find-queue.ts'

// What each operation asks for, as the Service Authorization Reference, "Amazon SQS", lists it. SQS prints actions in lower case.

const actionOf = (operation: string) => `sqs:${operation.toLowerCase()}`

/** Returns the permissions for operations that no queue belongs to. */
export const onAccount = ({ call }: SqsContext): Permission[] => [
  { action: actionOf(call.operation), resource: queueArn(call.region, { accountId: call.accountId, name: '*' }) },
]

/** Returns the permissions for operations on one queue, which its policy has a say in. @param action - where it is not the operation's name. */
export const onQueue =
  <I extends { QueueUrl?: string | undefined }>(action?: string, more: (input: I) => RequestContext = () => ({})) =>
  async (context: SqsContext, input: I): Promise<Permission[]> => [
    await queuePermission(context, await findQueue(context, input.QueueUrl), action, more(input)),
  ]

export async function queuePermission(
  { call, identity }: SqsContext,
  { arn, accountId, policy, tags }: Queue,
  action: string = call.operation,
  context: RequestContext = {},
): Promise<Permission> {
  return {
    action: actionOf(action),
    resource: arn,
    resourceAccountId: accountId,
    ...(policy && { policy: await queuePolicies.inForce(identity, policy) }),
    context: { ...resourceTagKeys(tagsOfRecord(tags)), ...context },
  }
}

/** Returns the permissions for a queue by its name; one that does not exist is the caller's to look for. */
export async function onQueueName(
  context: SqsContext,
  {
    QueueName,
    QueueOwnerAWSAccountId,
  }: { QueueName?: string | undefined; QueueOwnerAWSAccountId?: string | undefined },
): Promise<Permission[]> {
  if (!QueueName) throw missingParameter('QueueName')
  const { call } = context
  const place = { accountId: QueueOwnerAWSAccountId ?? call.accountId, name: QueueName }
  const queue = await queueIfAt(context, place)
  if (queue) return [await queuePermission(context, queue)]
  return [{ action: actionOf(call.operation), resource: queueArn(call.region, place) }]
}

/** The queue that is to be. */
export function onNewQueue(
  { call }: SqsContext,
  { QueueName, tags = {} }: { QueueName?: string | undefined; tags?: Record<string, string> | undefined },
): Permission[] {
  if (!QueueName) throw missingParameter('QueueName')
  const create: Permission = {
    action: actionOf(call.operation),
    resource: queueArn(call.region, { accountId: call.accountId, name: QueueName }),
    context: createdTagKeys(tagsOfRecord(tags)),
  }
  return Object.keys(tags).length > 0 ? [create, { ...create, action: actionOf('TagQueue') }] : [create]
}

/** Returns the permissions for operations on the queue of an ARN. */
export const onSourceQueue = async (
  context: SqsContext,
  { SourceArn }: { SourceArn?: string | undefined },
): Promise<Permission[]> => [await queuePermission(context, await taskQueue(context, SourceArn, sourceQueueNotFound))]

/** Returns who moves messages must be able to receive them where they are, and to send them where they go. */
export async function onMovedMessages(
  context: SqsContext,
  { SourceArn, DestinationArn }: { SourceArn?: string | undefined; DestinationArn?: string | undefined },
): Promise<Permission[]> {
  const source = await taskQueue(context, SourceArn, sourceQueueNotFound)
  const asked = ['StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']
  const permissions = asked.map((action) => queuePermission(context, source, action))
  if (DestinationArn !== undefined) {
    const destination = await taskQueue(context, DestinationArn, destinationQueueNotFound)
    permissions.push(queuePermission(context, destination, 'SendMessage'))
  }
  return Promise.all(permissions)
}

/** @throws ServiceError MissingParameter, ResourceNotFoundException. */
export async function taskQueue(
  context: SqsContext,
  arn: string | undefined,
  notFound: () => ServiceError,
): Promise<Queue> {
  if (!arn) throw missingParameter('SourceArn')
  const place = placeOfArn(arn)
  const queue = place?.region === context.call.region ? await queueIfAt(context, place) : undefined
  if (!queue) throw notFound()
  return queue
}
