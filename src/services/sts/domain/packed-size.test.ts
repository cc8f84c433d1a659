import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { packedPolicySize } from './packed-size.ts'

const nothing = { policies: [], policyArns: [], tags: {}, transitiveTagKeys: [] }
const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
})

test('packedPolicySize is 0 without policies and tags and grows with each', () => {
  assert.equal(packedPolicySize(nothing), 0)
  const withPolicy = packedPolicySize({ ...nothing, policies: [policy] })
  const withArn = packedPolicySize({
    ...nothing,
    policies: [policy],
    policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  })
  const withTags = packedPolicySize({ ...nothing, policies: [policy], tags: { team: 'x'.repeat(50) } })
  assert.ok(0 < withPolicy && withPolicy < withArn && withPolicy < withTags && withTags < 50)
  assert.equal(packedPolicySize({ ...nothing, tags: { a: '' } }), 1)
})

const tagged = (tags: Record<string, string>, transitiveTagKeys: readonly string[] = []) => ({
  ...nothing,
  tags,
  transitiveTagKeys,
})

// Recorded from the service, or reported of it.
test('packedPolicySize counts tags as AWS is known to', () => {
  assert.equal(packedPolicySize(tagged({ b: 'c', c: 'c' })), 2)
  const pod = {
    'eks-cluster-arn': 'arn:aws:eks:eu-west-1:111122223333:cluster/production-eu-west-1',
    'eks-cluster-name': 'production-eu-west-1',
    'kubernetes-namespace': 'payments',
    'kubernetes-service-account': 'payments-service',
    'kubernetes-pod-name': 'payments-service-7d9c5b8f6d-x2x9z',
    'kubernetes-pod-uid': '11111111-2222-3333-4444-555555555555',
  }
  assert.equal(packedPolicySize(tagged(pod, Object.keys(pod))), 74)
  const nine = Array.from({ length: 9 }, (_, index) => [`k${index + 1}`, 'v'.repeat(250)])
  assert.throws(() => packedPolicySize(tagged(Object.fromEntries(nine))), {
    code: 'PackedPolicyTooLarge',
    status: 400,
    message: 'Packed size of session tags consumes 498% of allotted space.',
  })
})

test('packedPolicySize takes tags up to 100 percent', () => {
  const within = { key: 'v'.repeat(250), more: 'v'.repeat(198) }
  assert.equal(packedPolicySize(tagged(within)), 100)
  const beyond = {
    code: 'PackedPolicyTooLarge',
    message: 'Packed size of session tags consumes 101% of allotted space.',
  }
  assert.throws(() => packedPolicySize(tagged({ ...within, more: 'v'.repeat(199) })), beyond)
})

test('packedPolicySize refuses policies that take too much, plain or packed', () => {
  const message = (percent: string) =>
    new RegExp(`^Packed policy consumes ${percent}% of allotted space, please use smaller policy\\.$`)
  const spaced = `${policy}${' '.repeat(2048 - policy.length)}`
  assert.ok(packedPolicySize({ ...nothing, policies: [spaced] }) < 30)
  assert.throws(() => packedPolicySize({ ...nothing, policies: [`${spaced} `] }), {
    code: 'PackedPolicyTooLarge',
    status: 400,
    message: message('101'),
  })
  const dense = randomBytes(200).toString('hex')
  assert.ok(packedPolicySize({ ...nothing, policies: [dense] }) < 100)
  assert.throws(
    () => packedPolicySize({ ...tagged({ key: 'v'.repeat(250), more: 'v'.repeat(150) }), policies: [dense] }),
    {
      code: 'PackedPolicyTooLarge',
      message: message('1[2-5][0-9]'),
    },
  )
})

// Two policies are known by their size and their share: 18 actions in 736 characters and 42 in 1,690, each with three tags.
test('packedPolicySize is within the limit for a policy of middle size, and over it for a large one, as on AWS', () => {
  const tags = { 'session:connection': 'c-11112222', 'session:extension': 'virtual-machines', 'session:owner': 'alice' }
  const sizeOf = (actions: readonly string[]) => {
    const statements = actions.map((Action) => ({ Effect: 'Allow', Action, Resource: '*' }))
    const document = JSON.stringify({ Version: '2012-10-17', Statement: statements })
    return packedPolicySize({ ...tagged(tags), policies: [document] })
  }
  const middle = sizeOf(manyActions.slice(0, 14))
  assert.ok(middle > 60 && middle < 95, `${middle}`)
  assert.throws(() => sizeOf(manyActions), {
    code: 'PackedPolicyTooLarge',
    message: /^Packed policy consumes 1[0-9]{2}% of allotted space/,
  })
})

const manyActions = [
  ...['AuthorizeSecurityGroupIngress', 'CreateKeyPair', 'CreateSecurityGroup', 'CreateTags', 'DeleteSecurityGroup'],
  ...['DescribeImages', 'DescribeInstanceTypes', 'DescribeKeyPairs', 'DescribeSubnets', 'DescribeVpcs'],
  ...['GetConsoleOutput', 'RunInstances', 'StopInstances', 'TerminateInstances'],
]
  .map((name) => `ec2:${name}`)
  .concat([
    ...['cloudformation:DescribeStacks', 'dynamodb:BatchWriteItem', 'dynamodb:UpdateTable', 'events:PutTargets'],
    ...['iam:GetInstanceProfile', 'kms:GenerateDataKey', 'lambda:UpdateFunctionCode', 'logs:FilterLogEvents'],
    ...['rds:ModifyDBCluster', 's3:PutBucketPolicy', 'secretsmanager:RotateSecret', 'sqs:ReceiveMessage'],
    ...['athena:StartQueryExecution', 'glue:BatchCreatePartition', 'ssm:LabelParameterVersion', 'sns:Publish'],
  ])
