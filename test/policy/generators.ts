// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so.
import fc from 'fast-check'
import type { RequestContext } from '../../src/core/operation.ts'
import type { Caller } from '../../src/core/principal.ts'
import {
  accountId,
  alice,
  anonymous,
  federated,
  otherAccountId,
  outsideRoot,
  outsider,
  roleSession,
  root,
  type StatementSketch,
  trailService,
  userIn,
} from '../../src/policy/testing.ts'

/** Few names, so that what is generated meets often. */
const actionPatterns = [
  '*',
  's3:*',
  's3:Get*',
  's3:GetObject',
  'S3:?etobject',
  'kms:*',
  'kms:Decrypt',
  'sqs:Send*',
  'sts:AssumeRole',
]

export const resources: Record<string, readonly string[]> = {
  's3:GetObject': ['arn:aws:s3:::bucket/alice/x', 'arn:aws:s3:::bucket/a:b'],
  'kms:Decrypt': [`arn:aws:kms:eu-west-1:${accountId}:key/1`],
  'sqs:SendMessage': [`arn:aws:sqs:eu-west-1:${accountId}:orders`],
  'sts:AssumeRole': [`arn:aws:iam::${accountId}:role/target`],
}

const resourcePatterns = [
  '*',
  'arn:aws:s3:::*',
  'arn:aws:s3:::bucket/*',
  'arn:aws:s3:::bucket/${aws:username}/*',
  "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'alice'}/?",
  'arn:aws:s3:::bucket/a:?',
  `arn:aws:kms:*:${accountId}:key/*`,
  'arn:aws:kms:eu-*:*:key/1',
  `arn:aws:sqs:*:${otherAccountId}:*`,
  'arn:aws:sqs:eu-west-1:*:ord?rs',
]

const principals: readonly (string | Record<string, string | string[]>)[] = [
  '*',
  { AWS: '*' },
  { AWS: accountId },
  { AWS: [`arn:aws:iam::${otherAccountId}:root`] },
  { AWS: [userIn(accountId).arn, userIn(otherAccountId).arn] },
  { AWS: `arn:aws:iam::${accountId}:role/deploy` },
  { AWS: `arn:aws:sts::${accountId}:assumed-role/deploy/night` },
  { AWS: `arn:aws:sts::${accountId}:federated-user/guest` },
  { AWS: `arn:aws:iam::${accountId}:user/bob` },
  { Service: 'cloudtrail.amazonaws.com' },
]

/** Values of the request; each key may be missing. */
const contextValues: Record<string, readonly (string | readonly string[])[]> = {
  'aws:username': ['alice'],
  'aws:PrincipalTag/team': ['red', 'alice', 'Red', '*'],
  'aws:SourceIp': ['203.0.113.9', '2001:db8::9'],
  'aws:MultiFactorAuthPresent': ['true', 'false'],
  'aws:MultiFactorAuthAge': ['30', '3000'],
  'aws:CurrentTime': ['2026-03-01T12:00:00Z'],
  'aws:SourceArn': ['arn:aws:sns:eu-west-1:111122223333:topic', 'arn:aws:s3:::bucket'],
  'aws:TagKeys': [['team'], ['team', 'cost'], ['cost', 'other']],
}

const conditions: readonly (readonly [operator: string, key: string, values: readonly string[]])[] = [
  ['StringEquals', 'aws:PrincipalTag/team', ['red', 'blue']],
  ['StringNotEquals', 'aws:PrincipalTag/team', ['red', 'blue']],
  ['StringEqualsIgnoreCase', 'aws:principaltag/TEAM', ['RED']],
  ['StringNotEqualsIgnoreCase', 'aws:PrincipalTag/team', ['RED']],
  ['StringLike', 'aws:PrincipalTag/team', ['r?d', 'al*']],
  ['StringNotLike', 'aws:PrincipalTag/team', ['r*']],
  ['StringEquals', 'aws:PrincipalTag/team', ['${aws:username}']],
  ['StringNotEquals', 'aws:PrincipalTag/team', ['${aws:username}']],
  ['StringLike', 'aws:username', ['${aws:PrincipalTag/team}', '${*}']],
  ['IpAddress', 'aws:SourceIp', ['203.0.113.0/24', '10.0.0.0/8']],
  ['NotIpAddress', 'aws:SourceIp', ['203.0.113.0/24']],
  ['IpAddress', 'aws:SourceIp', ['2001:db8::/32']],
  ['Bool', 'aws:MultiFactorAuthPresent', ['true']],
  ['NumericLessThan', 'aws:MultiFactorAuthAge', ['300']],
  ['NumericGreaterThanEquals', 'aws:MultiFactorAuthAge', ['3000']],
  ['NumericNotEquals', 'aws:MultiFactorAuthAge', ['30']],
  ['DateGreaterThan', 'aws:CurrentTime', ['2026-02-28T00:00:00Z']],
  ['DateLessThan', 'aws:CurrentTime', ['2026-02-28T00:00:00Z']],
  ['ArnLike', 'aws:SourceArn', ['arn:aws:sns:*:111122223333:*']],
  ['ArnNotEquals', 'aws:SourceArn', ['arn:aws:s3:::bucket']],
  ['ForAllValues:StringEquals', 'aws:TagKeys', ['team', 'cost']],
  ['ForAnyValue:StringEquals', 'aws:TagKeys', ['cost']],
  ['ForAllValues:StringNotEquals', 'aws:TagKeys', ['team']],
  ['ForAnyValue:StringLike', 'aws:TagKeys', ['te*']],
  ['Null', 'aws:PrincipalTag/team', ['true']],
  ['Null', 'aws:TagKeys', ['false']],
]

/** A few of the values; every third time the first alone, which is the star. */
const some = (values: readonly string[]) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(values.slice(0, 1)) },
    { weight: 2, arbitrary: fc.subarray([...values], { minLength: 1, maxLength: 3 }) },
  )

const conditionBlocks = fc
  .array(fc.tuple(fc.constantFrom(...conditions), fc.boolean()), { maxLength: 2 })
  .map((list) => {
    const block: Record<string, Record<string, readonly string[]>> = {}
    for (const [[operator, key, values], ifExists] of list) {
      const name = ifExists && operator !== 'Null' ? `${operator}IfExists` : operator
      block[name] = { ...block[name], [key]: values }
    }
    return block
  })

const effects = fc.oneof({ weight: 4, arbitrary: fc.constant('Allow') }, { weight: 1, arbitrary: fc.constant('Deny') })

/** A statement of a policy that names principals, or of one that does not. */
export const statements = (
  withPrincipal: boolean,
  effect: fc.Arbitrary<string> = effects,
): fc.Arbitrary<StatementSketch> =>
  fc
    .record({
      Effect: effect,
      actions: fc.tuple(fc.constantFrom('Action', 'Action', 'Action', 'NotAction'), some(actionPatterns)),
      resources: fc.tuple(fc.constantFrom('Resource', 'Resource', 'Resource', 'NotResource'), some(resourcePatterns)),
      Condition: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: conditionBlocks }),
      principal: fc.constantFrom(...principals),
    })
    .map(({ Effect, actions, resources: covered, Condition, principal }) => ({
      Effect,
      [actions[0]]: actions[1],
      [covered[0]]: covered[1],
      Condition,
      ...(withPrincipal && { Principal: principal }),
    }))

export const policies = (withPrincipal: boolean): fc.Arbitrary<StatementSketch[]> =>
  fc.array(statements(withPrincipal), { minLength: 1, maxLength: 3 })

/** A Deny as resource control policies may have it. */
export const resourceControls: fc.Arbitrary<StatementSketch> = fc
  .record({
    Action: some(actionPatterns.filter((pattern) => pattern.includes(':'))),
    Resource: some(resourcePatterns),
    Condition: conditionBlocks,
  })
  .map((statement) => ({ Effect: 'Deny', Principal: '*', ...statement }))

/** A session of a role without a path, so that the role's ARN follows from its own. */
const deploySession: Caller = {
  ...roleSession,
  principal: {
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/deploy/night`,
    roleArn: `arn:aws:iam::${accountId}:role/deploy`,
    roleId: 'AROAQ3EGRIYFEXAMPLE12',
    roleName: 'deploy',
    sessionName: 'night',
  },
}

export const callers: readonly Caller[] = [
  alice,
  root,
  deploySession,
  federated,
  outsider,
  outsideRoot,
  trailService,
  anonymous,
]

export const contexts: fc.Arbitrary<RequestContext> = fc
  .tuple(
    ...Object.entries(contextValues).map(([key, values]) =>
      fc.option(fc.constantFrom(...values)).map((value) => (value === null ? {} : { [key]: value })),
    ),
  )
  .map((parts) => Object.assign({}, ...parts))

/** Requests, with the policies of every kind that apply to them. */
export const sketches = fc.record({
  caller: fc.constantFrom(...callers),
  ask: fc.constantFrom(...Object.entries(resources)),
  context: contexts,
  identity: policies(false),
  boundary: fc.option(policies(false), { nil: undefined }),
  session: fc.option(fc.array(policies(false), { minLength: 1, maxLength: 2 }), { nil: undefined }),
  serviceControl: fc.option(fc.array(policies(false), { minLength: 1, maxLength: 2 }), { nil: undefined }),
  policy: fc.option(policies(true), { nil: undefined }),
  kind: fc.constantFrom('resource-policy', 'key-policy', 'trust-policy'),
})

export type Sketch = typeof sketches extends fc.Arbitrary<infer S> ? S : never
