import type { AuditResource } from '../../core/audit.ts'
import type { AuditDeclaration, Operation, Permission } from '../../core/operation.ts'
import { unlessRefused } from '../../core/service-error.ts'
import { removedTagKeys, requestTagKeys } from '../../kit/tag-keys.ts'
import { tagsOfRecord } from '../../kit/tags.ts'
import { queueArn, readQueueUrl } from './domain/queue-name.ts'
import { changeMessageVisibility, changeMessageVisibilityBatch } from './operations/change-visibility.ts'
import { createQueue } from './operations/create-queue.ts'
import { listDeadLetterSourceQueues } from './operations/dead-letter-queues.ts'
import { deleteMessage, deleteMessageBatch } from './operations/delete-message.ts'
import {
  cancelMessageMoveTask,
  cancelPermissions,
  listMessageMoveTasks,
  startMessageMoveTask,
} from './operations/move-tasks.ts'
import {
  onAccount,
  onMovedMessages,
  onNewQueue,
  onQueue,
  onQueueName,
  onSourceQueue,
} from './operations/permissions.ts'
import { getQueueAttributes, setQueueAttributes } from './operations/queue-attributes.ts'
import { addPermission, removePermission } from './operations/queue-policy.ts'
import { deleteQueue, getQueueUrl, listQueues, purgeQueue } from './operations/queues.ts'
import { receiveMessage } from './operations/receive-message.ts'
import { sendMessage, sendMessageBatch } from './operations/send-message.ts'
import { listQueueTags, tagQueue, untagQueue } from './operations/tags.ts'
import type { SqsContext } from './sqs-context.ts'

type Handle<I, O> = (context: SqsContext, input: I) => Promise<O>
type Decide<I> = (context: SqsContext, input: I) => readonly Permission[] | Promise<readonly Permission[]>

/** The queue of the request's URL, whether or not it exists. */
function queueOf({ call }: SqsContext, { QueueUrl }: { QueueUrl?: string | undefined }): AuditResource[] {
  const place = unlessRefused(() => readQueueUrl(QueueUrl, call.accountId))
  if (!place) return []
  return [{ accountId: place.accountId, type: 'AWS::SQS::Queue', ARN: queueArn(call.region, place) }]
}

const read = <I extends object, O>(handle: Handle<I, O>, permissions: Decide<I>): Operation<SqsContext, I, O> => ({
  handle,
  permissions,
  readOnly: true,
  audit: { resources: queueOf },
})

const write = <I extends object, O>(handle: Handle<I, O>, permissions: Decide<I>): Operation<SqsContext, I, O> => ({
  handle,
  permissions,
  readOnly: false,
  audit: { resources: queueOf },
})

/** On messages: data events, without what they answer. A queue's policy may let callers in who do not sign. */
const onMessages = <I extends object, O>(
  handle: Handle<I, O>,
  permissions: Decide<I>,
  audit: AuditDeclaration<SqsContext, I, O> = {},
): Operation<SqsContext, I, O> => ({
  handle,
  permissions,
  readOnly: false,
  category: 'Data',
  anonymous: true,
  audit: { resources: queueOf, response: () => null, ...audit },
})

const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'

/** Everything SQS can do; what is missing here answers that it is not built. */
export const sqsOperations = {
  CreateQueue: { handle: createQueue, permissions: onNewQueue, readOnly: false },
  DeleteQueue: write(deleteQueue, onQueue()),
  GetQueueUrl: { ...read(getQueueUrl, onQueueName), anonymous: true },
  ListQueues: read(listQueues, onAccount),
  PurgeQueue: { ...write(purgeQueue, onQueue()), anonymous: true },
  GetQueueAttributes: { ...read(getQueueAttributes, onQueue()), anonymous: true },
  SetQueueAttributes: write(setQueueAttributes, onQueue()),
  ListDeadLetterSourceQueues: read(listDeadLetterSourceQueues, onQueue()),

  AddPermission: write(addPermission, onQueue()),
  RemovePermission: write(removePermission, onQueue()),

  TagQueue: write(
    tagQueue,
    onQueue(undefined, ({ Tags = {} }) => requestTagKeys(tagsOfRecord(Tags))),
  ),
  UntagQueue: write(
    untagQueue,
    onQueue(undefined, ({ TagKeys = [] }) => removedTagKeys(TagKeys)),
  ),
  ListQueueTags: read(listQueueTags, onQueue()),

  SendMessage: onMessages(sendMessage, onQueue(), {
    maskRequest: { MessageBody: hidden },
    response: (_context, _input, { MessageId, SequenceNumber }) => ({
      ...(MessageId !== undefined && { messageId: MessageId }),
      ...(SequenceNumber !== undefined && { sequenceNumber: SequenceNumber }),
    }),
  }),
  SendMessageBatch: onMessages(sendMessageBatch, onQueue('SendMessage'), {
    maskRequest: { 'Entries.MessageBody': hidden },
  }),
  ReceiveMessage: onMessages(receiveMessage, onQueue()),
  DeleteMessage: onMessages(deleteMessage, onQueue()),
  DeleteMessageBatch: onMessages(deleteMessageBatch, onQueue('DeleteMessage')),
  ChangeMessageVisibility: onMessages(changeMessageVisibility, onQueue()),
  ChangeMessageVisibilityBatch: onMessages(changeMessageVisibilityBatch, onQueue('ChangeMessageVisibility')),

  StartMessageMoveTask: { handle: startMessageMoveTask, permissions: onMovedMessages, readOnly: false },
  CancelMessageMoveTask: { handle: cancelMessageMoveTask, permissions: cancelPermissions, readOnly: false },
  ListMessageMoveTasks: { handle: listMessageMoveTasks, permissions: onSourceQueue, readOnly: true },
} satisfies Record<string, Operation<SqsContext, never, unknown>>
