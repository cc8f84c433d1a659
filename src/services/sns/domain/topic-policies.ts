import { resourcePolicies } from '../../../kit/resource-policies/resource-policies.ts'
import { actionOutOfScope, invalidPolicy, policyTooLong, principalNotFound } from './errors.ts'
import { type TopicPlace, topicArn } from './topic.ts'

/** The actions on a topic that its policy can allow. */
export const topicActions = [
  'GetTopicAttributes',
  'SetTopicAttributes',
  'AddPermission',
  'RemovePermission',
  'DeleteTopic',
  'Subscribe',
  'ListSubscriptionsByTopic',
  'Publish',
] as const

const known: ReadonlySet<string> = new Set(
  [
    ...topicActions,
    ...['Receive', 'ConfirmSubscription', 'ListTagsForResource', 'TagResource', 'UntagResource'],
    ...['GetDataProtectionPolicy', 'PutDataProtectionPolicy', '*'],
  ].map((action) => action.toLowerCase()),
)

/** Returns whether a policy's action is one of SNS's; a pattern is, where it can match one. */
export function isTopicAction(action: string): boolean {
  const [service, name, ...more] = action.toLowerCase().split(':')
  if (action === '*') return true
  if (service !== 'sns' || name === undefined || more.length > 0) return false
  return known.has(name) || /[*?]/.test(name)
}

/**
 * Policies of topics.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-key-concepts.html
 */
export const topicPolicies = resourcePolicies({
  kind: 'resource-policy',
  size: { most: 30_720, exceeded: policyTooLong },
  malformed: invalidPolicy,
  unknownPrincipal: principalNotFound,
  check({ statements }) {
    const actions = statements.flatMap(({ action, notAction }) => [...(action ?? []), ...(notAction ?? [])])
    if (!actions.every(isTopicAction)) throw actionOutOfScope()
  },
})

/** The policy of a topic that was not given one: the owner's account, and services that name it as the source's owner. */
export const defaultPolicy = (place: TopicPlace): string =>
  JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: topicActions.map((action) => `SNS:${action}`),
        Resource: topicArn(place),
        Condition: { StringEquals: { 'AWS:SourceOwner': place.accountId } },
      },
    ],
  })

/** Services that say whose resource they act for in `aws:SourceOwner`, beside the newer keys. */
const namingOwners: ReadonlySet<string> = new Set(
  [
    ...['apigateway', 'cloudwatch', 'dynamodb', 'elasticache', 'rds', 'redshift', 'ses', 'codecommit'],
    ...['ds', 'lambda', 'events.rds', 'export.rds'],
  ].map((name) => `${name}.amazonaws.com`),
)

export const namesSourceOwner = (service: string): boolean => namingOwners.has(service)
