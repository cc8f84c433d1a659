import type {
  CancelMessageMoveTaskRequest,
  CancelMessageMoveTaskResult,
  ListMessageMoveTasksRequest,
  ListMessageMoveTasksResult,
  StartMessageMoveTaskRequest,
  StartMessageMoveTaskResult,
} from '@aws-sdk/client-sqs'
import type { Permission, Validated } from '../../../core/operation.ts'
import { totalsOf } from '../domain/counts.ts'
import {
  destinationQueueNotFound,
  missingParameter,
  otherTypeMoveTask,
  sourceNotDeadLetterQueue,
  sourceQueueNotFound,
  taskAlreadyRunning,
  taskNotFound,
  taskNotRunning,
} from '../domain/errors.ts'
import { isFifo, type Queue, scopeOf } from '../domain/queue.ts'
import type { SqsContext } from '../sqs-context.ts'
import { type MoveTask, moveTasks, queues } from '../storage/collections.ts'
import { QueueMessages } from '../storage/queue-messages.ts'
import { newId } from './create-queue.ts'
import { presentQueue } from './find-queue.ts'
import { moveWork } from './move-work.ts'
import { queuePermission, taskQueue } from './permissions.ts'
import { checkRange } from './read-message.ts'

const mostKept = 10

/**
 * Begins to move the messages of a dead-letter queue back to where they came from, or to another queue. One task runs at a time.
 * @throws ServiceError ResourceNotFoundException, UnsupportedOperation, InvalidParameterValue.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export async function startMessageMoveTask(
  context: SqsContext,
  { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: perSecond }: Validated<StartMessageMoveTaskRequest>,
): Promise<StartMessageMoveTaskResult> {
  const { call } = context
  checkRange('MaxNumberOfMessagesPerSecond', perSecond, [1, 500])
  const source = await taskQueue(context, SourceArn, sourceQueueNotFound)
  if (DestinationArn !== undefined) {
    const destination = await taskQueue(context, DestinationArn, destinationQueueNotFound)
    if (isFifo(destination) !== isFifo(source) || destination.accountId !== source.accountId) throw otherTypeMoveTask()
  }
  const index = { name: 'deadLetterTarget', value: source.arn }
  const [anySource] = await call.store.in(queues).list(scopeOf(source), { index, limit: 1 })
  if (!anySource) throw sourceNotDeadLetterQueue()
  const nowMs = call.clock.nowMs()
  const id = newId()
  return call.transaction(async (tx) => {
    const present = await presentQueue(tx, source)
    const { tasks = [] } = (await tx.in(moveTasks).get(scopeOf(source), source.id)) ?? {}
    if (tasks.some(isRunning)) throw taskAlreadyRunning()
    const { count } = await QueueMessages.open(tx, present, nowMs)
    const task: MoveTask = {
      ...{ id, sourceArn: source.arn, status: 'RUNNING', startedAtMs: nowMs, moved: 0 },
      toMove: totalsOf(count.counts, nowMs).visible,
      ...(DestinationArn !== undefined && { destinationArn: DestinationArn }),
      ...(perSecond !== undefined && { perSecond }),
    }
    await tx.in(moveTasks).put(scopeOf(source), source.id, { tasks: [task, ...tasks].slice(0, mostKept) })
    const work = { kind: moveWork, key: source.id, dueAtMs: nowMs, scope: scopeOf(source) }
    await tx.schedule({ ...work, payload: { name: source.name } })
    return { TaskHandle: handleOf(task) }
  })
}

const isRunning = ({ status }: MoveTask) => status === 'RUNNING'

const handleOf = ({ id, sourceArn }: MoveTask): string =>
  Buffer.from(JSON.stringify({ taskId: id, sourceArn })).toString('base64')

/** @throws ServiceError MissingParameter, ResourceNotFoundException. */
async function taskOf(context: SqsContext, handle: string | undefined): Promise<{ source: Queue; taskId: unknown }> {
  if (!handle) throw missingParameter('TaskHandle')
  const { taskId, sourceArn } = readHandle(handle)
  if (typeof sourceArn !== 'string') throw taskNotFound()
  return { source: await taskQueue(context, sourceArn, taskNotFound), taskId }
}

function readHandle(handle: string): { taskId?: unknown; sourceArn?: unknown } {
  try {
    return Object(JSON.parse(Buffer.from(handle, 'base64').toString()))
  } catch {
    return {}
  }
}

export async function cancelPermissions(
  context: SqsContext,
  { TaskHandle }: { TaskHandle?: string | undefined },
): Promise<Permission[]> {
  const { source } = await taskOf(context, TaskHandle)
  return [await queuePermission(context, source)]
}

/**
 * Ends a task. What was moved stays where it is.
 * @throws ServiceError ResourceNotFoundException, UnsupportedOperation.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html
 */
export async function cancelMessageMoveTask(
  context: SqsContext,
  { TaskHandle }: Validated<CancelMessageMoveTaskRequest>,
): Promise<CancelMessageMoveTaskResult> {
  const { source, taskId } = await taskOf(context, TaskHandle)
  return context.call.transaction(async (tx) => {
    const { tasks = [] } = (await tx.in(moveTasks).get(scopeOf(source), source.id)) ?? {}
    const task = tasks.find(({ id }) => id === taskId)
    if (!task) throw taskNotFound()
    if (!isRunning(task)) throw taskNotRunning()
    const cancelled = tasks.map((one) => (one === task ? { ...one, status: 'CANCELLED' as const } : one))
    await tx.in(moveTasks).put(scopeOf(source), source.id, { tasks: cancelled })
    await tx.unschedule(moveWork, source.id)
    return { ApproximateNumberOfMessagesMoved: task.moved }
  })
}

/**
 * Lists the latest tasks of a dead-letter queue, at most ten.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html
 */
export async function listMessageMoveTasks(
  context: SqsContext,
  { SourceArn, MaxResults = 1 }: Validated<ListMessageMoveTasksRequest>,
): Promise<ListMessageMoveTasksResult> {
  checkRange('MaxResults', MaxResults, [1, mostKept])
  const source = await taskQueue(context, SourceArn, sourceQueueNotFound)
  const { tasks = [] } = (await context.call.store.in(moveTasks).get(scopeOf(source), source.id)) ?? {}
  return {
    Results: tasks.slice(0, MaxResults).map((task) => ({
      ...(isRunning(task) && { TaskHandle: handleOf(task) }),
      Status: task.status,
      SourceArn: task.sourceArn,
      ...(task.destinationArn !== undefined && { DestinationArn: task.destinationArn }),
      ...(task.perSecond !== undefined && { MaxNumberOfMessagesPerSecond: task.perSecond }),
      ApproximateNumberOfMessagesMoved: task.moved,
      ApproximateNumberOfMessagesToMove: task.toMove,
      ...(task.failureReason !== undefined && { FailureReason: task.failureReason }),
      StartedTimestamp: task.startedAtMs,
    })),
  }
}
