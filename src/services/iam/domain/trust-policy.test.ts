import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPolicy } from '../../../policy/language.ts'
import { impossiblePrincipal } from './trust-policy.ts'

const alice = 'arn:aws:iam::111122223333:user/alice'

const allow = (principal: unknown) => ({ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' })

const policy = (...statements: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2)

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

test('impossiblePrincipal finds names that are not services, in whichever statement they are', () => {
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
