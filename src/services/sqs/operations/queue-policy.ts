import type { AddPermissionRequest, RemovePermissionRequest } from '@aws-sdk/client-sqs'
import type { Validated } from '../../../core/operation.ts'
import { invalidParameter, invalidValue, missingParameter } from '../domain/errors.ts'
import type { Queue } from '../domain/queue.ts'
import { queuePolicies } from '../domain/queue-policies.ts'
import type { SqsContext } from '../sqs-context.ts'
import { changeQueue } from './change-queue.ts'
import { findQueue } from './find-queue.ts'

interface PolicyJson {
  Version: string
  Id?: string
  Statement: Record<string, unknown>[]
}

async function presentPolicy({ identity }: SqsContext, { policy, arn }: Queue): Promise<PolicyJson> {
  if (!policy) return { Version: '2008-10-17', Id: `${arn}/SQSDefaultPolicy`, Statement: [] }
  const { Statement, ...rest } = JSON.parse(await queuePolicies.shown(identity, policy))
  return { ...rest, Statement: Array.isArray(Statement) ? Statement : [Statement] }
}

const allowedActions = new Set([
  ...['*', 'SendMessage', 'ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility'],
  ...['GetQueueAttributes', 'GetQueueUrl', 'ListDeadLetterSourceQueues', 'PurgeQueue'],
])

const most = { statements: 20, actions: 7 }

/**
 * Adds a statement to a queue's policy that allows accounts some actions.
 * @throws ServiceError InvalidParameterValue, OverLimit.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
 */
export async function addPermission(
  context: SqsContext,
  { QueueUrl, Label, AWSAccountIds = [], Actions = [] }: Validated<AddPermissionRequest>,
): Promise<void> {
  if (!Label) throw missingParameter('Label')
  if (AWSAccountIds.length === 0) throw missingParameter('AWSAccountId')
  if (Actions.length === 0) throw missingParameter('ActionName')
  if (!/^[\w-]{1,80}$/.test(Label)) {
    throw invalidValue(
      Label,
      'Label',
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.',
    )
  }
  if (Actions.length > most.actions)
    throw invalidParameter(`${Actions.length} Actions were found, maximum allowed is 7.`)
  for (const action of Actions) {
    if (!allowedActions.has(action)) {
      throw invalidValue(`SQS:${action}`, 'ActionName', 'Only the queue owner is allowed to invoke this action.')
    }
  }
  for (const accountId of AWSAccountIds) {
    if (!/^\d{12}$/.test(accountId)) throw invalidValue(accountId, 'PrincipalId', 'Unable to verify.')
  }
  const queue = await findQueue(context, QueueUrl)
  const policy = await presentPolicy(context, queue)
  if (policy.Statement.some(({ Sid }) => Sid === Label)) throw invalidValue(Label, 'Label', 'Already exists.')
  if (policy.Statement.length >= most.statements) {
    throw invalidParameter(`${policy.Statement.length + 1} statements were found, maximum allowed is 20.`)
  }
  const principals = AWSAccountIds.map((id) => `arn:aws:iam::${id}:root`)
  const actions = Actions.map((action) => `SQS:${action}`)
  policy.Statement.push({
    Sid: Label,
    Effect: 'Allow',
    Principal: { AWS: oneOrAll(principals) },
    Action: oneOrAll(actions),
    Resource: queue.arn,
  })
  await setPolicy(context, queue, policy)
}

const oneOrAll = (items: readonly string[]) => (items.length === 1 ? items[0] : items)

/**
 * Removes the statement with a label from a queue's policy.
 * @throws ServiceError InvalidParameterValue.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html
 */
export async function removePermission(
  context: SqsContext,
  { QueueUrl, Label }: Validated<RemovePermissionRequest>,
): Promise<void> {
  if (!Label) throw missingParameter('Label')
  const queue = await findQueue(context, QueueUrl)
  const policy = await presentPolicy(context, queue)
  const Statement = policy.Statement.filter(({ Sid }) => Sid !== Label)
  if (Statement.length === policy.Statement.length) {
    throw invalidValue(Label, 'Label', "can't find label on existing policy")
  }
  await setPolicy(context, queue, Statement.length === 0 ? undefined : { ...policy, Statement })
}

/** @param policy - made of the one that the queue has: a queue whose policy was changed meanwhile is refused. */
async function setPolicy(context: SqsContext, queue: Queue, policy: PolicyJson | undefined): Promise<void> {
  const bound = policy && (await queuePolicies.bind(context.identity, JSON.stringify(policy)))
  await changeQueue(context, queue, (present) => {
    if (present.policy?.document !== queue.policy?.document) {
      throw invalidParameter('The policy of the queue was changed by another request. Try again.')
    }
    const { policy: _, ...rest } = present
    return bound ? { ...rest, policy: bound } : rest
  })
}
