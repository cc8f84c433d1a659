import type { AddPermissionInput, RemovePermissionInput } from '@aws-sdk/client-sns'
import type { Validated } from '../../../core/operation.ts'
import { hasStatement } from '../../../kit/resource-policies/statements.ts'
import {
  actionOutOfScope,
  concurrentAccess,
  invalidParameter,
  statementExists,
  statementNotFound,
} from '../domain/errors.ts'
import type { Topic } from '../domain/topic.ts'
import { isTopicAction, topicPolicies } from '../domain/topic-policies.ts'
import type { SnsContext } from '../sns-context.ts'
import { changeTopic, findTopic } from './find-topic.ts'

/**
 * Adds a statement to a topic's policy that allows accounts some actions.
 * @throws ServiceError InvalidParameter, NotFound.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html
 */
export async function addPermission(
  context: SnsContext,
  { TopicArn, Label, AWSAccountId, ActionName }: Validated<AddPermissionInput>,
): Promise<void> {
  const topic = await findTopic(context, TopicArn)
  if (!/^[\w-]{1,80}$/.test(Label)) throw invalidParameter('Label')
  if (AWSAccountId.length === 0 || !AWSAccountId.every((id) => /^\d{12}$/.test(id)))
    throw invalidParameter('AWSAccountId')
  if (ActionName.length === 0) throw invalidParameter('ActionName')
  if (!ActionName.every((name) => /^(\w+|\*)$/.test(name) && isTopicAction(`SNS:${name}`))) throw actionOutOfScope()
  if (hasStatement(topic.policy, Label)) throw statementExists()
  await changeStatements(context, topic, (statements) => [
    ...statements,
    {
      Sid: Label,
      Effect: 'Allow',
      Principal: { AWS: oneOrAll(AWSAccountId.map((id) => `arn:aws:iam::${id}:root`)) },
      Action: oneOrAll(ActionName.map((name) => `SNS:${name}`)),
      Resource: topic.arn,
    },
  ])
}

const oneOrAll = (items: readonly string[]) => (items.length === 1 ? items[0] : items)

/**
 * Removes the statement with a label from a topic's policy.
 * @throws ServiceError InvalidParameter, NotFound.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_RemovePermission.html
 */
export async function removePermission(
  context: SnsContext,
  { TopicArn, Label }: Validated<RemovePermissionInput>,
): Promise<void> {
  const topic = await findTopic(context, TopicArn)
  if (!hasStatement(topic.policy, Label)) throw statementNotFound()
  await changeStatements(context, topic, (statements) => statements.filter(({ Sid }) => Sid !== Label))
}

type Statement = Record<string, unknown>

async function changeStatements(
  context: SnsContext,
  topic: Topic,
  change: (statements: readonly Statement[]) => Statement[],
): Promise<void> {
  const { identity } = context
  const { Statement, ...rest } = JSON.parse(await topicPolicies.shown(identity, topic.policy))
  const document = JSON.stringify({ ...rest, Statement: change([Statement].flat()) })
  const policy = await topicPolicies.accept(identity, document)
  await changeTopic(
    context,
    topic,
    (present) => {
      // Another call may have changed it meanwhile: what that one did would be lost.
      if (present.policy.document !== topic.policy.document) throw concurrentAccess()
      return { ...present, policy }
    },
    undefined,
  )
}
