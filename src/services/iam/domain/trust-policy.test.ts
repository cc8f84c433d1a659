import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPolicy } from '../../../policy/language.ts'
import { bindPrincipals, currentTrustDocument, impossiblePrincipal } from './trust-policy.ts'

const alice = 'arn:aws:iam::111122223333:user/alice'
const bob = 'arn:aws:iam::111122223333:user/bob'
const aliceId = 'AIDARTX3GSDSQALICE111'

const allow = (principal: unknown, condition?: unknown) => ({
  Effect: 'Allow',
  Principal: principal,
  Action: 'sts:AssumeRole',
  ...(condition ? { Condition: condition } : {}),
})

const policy = (...statements: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2)

const known = async (principal: string) =>
  principal === alice ? { uniqueId: aliceId } : principal === bob ? undefined : {}

test('impossiblePrincipal takes every form that names of services have', () => {
  const services = [
    'ec2.amazonaws.com',
    's3.amazonaws.com',
    'edgelambda.amazonaws.com',
    'ecs-tasks.amazonaws.com',
    'vpc-flow-logs.amazonaws.com',
    'delivery.logs.amazonaws.com',
    'states.us-east-1.amazonaws.com',
    'logs.eu-central-2.amazonaws.com',
    'replication.dynamodb.amazonaws.com',
    'dynamodb.application-autoscaling.amazonaws.com',
    'application-signals.cloudwatch.amazonaws.com',
    'ec2.amazonaws.com.cn',
    'elasticmapreduce.cn-north-1.amazonaws.com.cn',
    'alexa-appkit.amazon.com',
    'pms.alexa.amazon.com',
    'dax.aws.internal',
    'preview.aws.dev',
    'connect.api.aws',
  ]
  for (const Service of [services, ...services, '*', []]) {
    const statement = allow({ Service, AWS: '*', Federated: 'accounts.google.com' })
    assert.equal(impossiblePrincipal(readPolicy(policy(statement, allow('*')))), undefined, String(Service))
  }
})

test('impossiblePrincipal finds names that are no service, in whichever statement they are', () => {
  for (const name of [
    '',
    'nonsense',
    'ec2',
    'amazonaws.com',
    '.amazonaws.com',
    'amazonaws.com.cn',
    'api.aws',
    'ec2.amazonaws.org',
    'ec2.amazonaws.com.',
    'ec2..amazonaws.com',
    'ec2.amazonaws.com.example.org',
    'ec2.notamazonaws.com',
    'ec2_x.amazonaws.com',
    'ec2 .amazonaws.com',
    'ec2.amazonaws.com\n',
    '*.amazonaws.com',
    'https://ec2.amazonaws.com',
    alice,
  ]) {
    const given = policy(allow('*'), allow({ AWS: alice, Service: ['ec2.amazonaws.com', name] }))
    assert.deepEqual(impossiblePrincipal(readPolicy(given)), { type: 'Service', name }, JSON.stringify(name))
  }
})

test('impossiblePrincipal finds canonical users', () => {
  const name = '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be'
  const given = policy(allow({ AWS: alice, CanonicalUser: [name] }))
  assert.deepEqual(impossiblePrincipal(readPolicy(given)), { type: 'CanonicalUser', name })
})

test('bindPrincipals binds users and roles in every statement and leaves the text as it is', async () => {
  const document = policy(allow({ AWS: [alice, '111122223333'] }), allow({ Service: alice }), allow('*'))
  assert.deepEqual(await bindPrincipals(document, known), {
    trustPolicy: { document, boundPrincipals: { [alice]: aliceId } },
  })
})

test('bindPrincipals takes a single statement and a single principal', async () => {
  const document = JSON.stringify({ Statement: allow({ AWS: alice }) })
  assert.deepEqual(await bindPrincipals(document, known), {
    trustPolicy: { document, boundPrincipals: { [alice]: aliceId } },
  })
})

test('bindPrincipals names the principal that does not exist', async () => {
  assert.deepEqual(await bindPrincipals(policy(allow({ AWS: [alice, bob] })), known), { unresolved: bob })
})

test('currentTrustDocument gives the text as it was written while the principals are who they were', async () => {
  const document = policy(allow({ AWS: alice }))
  assert.equal(
    await currentTrustDocument({ document, boundPrincipals: { [alice]: aliceId } }, async () => alice),
    document,
  )
})

test('currentTrustDocument shows the id of a principal that is gone, and in principals only', async () => {
  const condition = { StringLike: { 'aws:PrincipalArn': alice } }
  const document = policy(allow({ AWS: [alice, bob] }, condition), allow({ Service: 'ec2.amazonaws.com' }))
  const shown = await currentTrustDocument({ document, boundPrincipals: { [alice]: aliceId } }, async () => undefined)
  assert.deepEqual(JSON.parse(shown), {
    Version: '2012-10-17',
    Statement: [allow({ AWS: [aliceId, bob] }, condition), allow({ Service: 'ec2.amazonaws.com' })],
  })
})

test('currentTrustDocument shows the new ARN of a principal that was renamed', async () => {
  const document = policy(allow({ AWS: alice }))
  const shown = await currentTrustDocument({ document, boundPrincipals: { [alice]: aliceId } }, async () => bob)
  assert.deepEqual(JSON.parse(shown).Statement, [allow({ AWS: bob })])
})
