import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, allow, allowEverything, deny, iamFixture, otherAccountId, policyOf, present } from '../testing.ts'

const alice = `arn:aws:iam::${accountId}:user/alice`
const bucket = 'arn:aws:s3:::bucket/key'

test('SimulateCustomPolicy evaluates the documents given and returns where in them the deciding statements stand', async () => {
  const iam = await iamFixture()
  const document = [
    '{',
    '  "Version": "2012-10-17",',
    '  "Statement": [',
    '    {"Effect":"Allow","Action":"s3:*","Resource":"*"}',
    '  ]',
    '}',
  ].join('\n')
  const { EvaluationResults } = await iam.call('SimulateCustomPolicy', {
    PolicyInputList: [policyOf(allow('kms:*')), document],
    ActionNames: ['s3:GetObject'],
  })
  assert.deepEqual(EvaluationResults, [
    {
      EvalActionName: 's3:GetObject',
      EvalResourceName: '*',
      EvalDecision: 'allowed',
      MatchedStatements: [
        {
          SourcePolicyId: 'PolicyInputList.2',
          SourcePolicyType: 'IAM Policy',
          StartPosition: { Line: 3, Column: 17 },
          EndPosition: { Line: 4, Column: 54 },
        },
      ],
      MissingContextValues: [],
    },
  ])
})

test('SimulateCustomPolicy evaluates each resource, and the most restrictive result is the answer', async () => {
  const iam = await iamFixture()
  const open = 'arn:aws:s3:::open/key'
  const { EvaluationResults } = await iam.call('SimulateCustomPolicy', {
    PolicyInputList: [
      policyOf(
        allow('s3:*', { Resource: open }),
        allow('s3:*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
      ),
    ],
    ActionNames: ['s3:GetObject'],
    ResourceArns: [open, bucket],
  })
  const [result] = present(EvaluationResults)
  assert.deepEqual(
    [result?.EvalResourceName, result?.EvalDecision, result?.MatchedStatements],
    ['*', 'implicitDeny', []],
  )
  assert.deepEqual(result?.MissingContextValues, [])
  assert.deepEqual(
    result?.ResourceSpecificResults?.map((each) => [
      each.EvalResourceName,
      each.EvalResourceDecision,
      each.MatchedStatements?.length,
      each.EvalDecisionDetails,
      each.MissingContextValues,
    ]),
    [
      [open, 'allowed', 1, {}, ['aws:SecureTransport']],
      [bucket, 'implicitDeny', 0, {}, ['aws:SecureTransport']],
    ],
  )
})

test('SimulateCustomPolicy takes a resource policy, whose principal is CallerArn, and tells what each side says across accounts', async () => {
  const iam = await iamFixture()
  const ResourcePolicy = policyOf({
    Effect: 'Allow',
    Principal: { AWS: alice },
    Action: 's3:GetObject',
    Resource: bucket,
  })
  const request = {
    PolicyInputList: [policyOf(allow('kms:*'))],
    ActionNames: ['s3:GetObject'],
    ResourceArns: [bucket],
    ResourcePolicy,
  }
  const simulate = async (more: object) =>
    present((await iam.call('SimulateCustomPolicy', { ...request, ...more })).EvaluationResults)[0]
  const same = await simulate({ CallerArn: alice })
  assert.deepEqual([same?.EvalDecision, same?.EvalDecisionDetails], ['allowed', {}])
  assert.equal(same?.MatchedStatements?.[0]?.SourcePolicyId, 'ResourcePolicy')
  const across = await simulate({ CallerArn: alice, ResourceOwner: otherAccountId })
  assert.deepEqual(
    [across?.EvalDecision, across?.EvalDecisionDetails],
    ['implicitDeny', { 'IAM Policy': 'implicitDeny', 'Resource Policy': 'allowed' }],
  )
  const bob = await simulate({
    CallerArn: alice.replace('alice', 'bob'),
    ResourceOwner: `arn:aws:iam::${accountId}:root`,
  })
  assert.equal(bob?.EvalDecision, 'implicitDeny')
  await assert.rejects(simulate({}), { code: 'InvalidInput' })
  await assert.rejects(simulate({ CallerArn: alice, ResourceOwner: 'nonsense' }), { code: 'InvalidInput' })
  await assert.rejects(simulate({ CallerArn: alice, ResourcePolicy: '{}' }), {
    code: 'InvalidInput',
    message: /^ResourcePolicy: /,
  })
})

test('SimulateCustomPolicy reads the policy of a key as KMS does', async () => {
  const iam = await iamFixture()
  const key = `arn:aws:kms:us-east-1:${accountId}:key/1`
  const forOtherAccount = policyOf({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${otherAccountId}:root` },
    Action: 'kms:*',
    Resource: '*',
  })
  const request = {
    PolicyInputList: [allowEverything],
    ActionNames: ['kms:Encrypt'],
    ResourceArns: [key],
    CallerArn: alice,
  }
  const decision = async (ResourcePolicy?: string) =>
    (await iam.call('SimulateCustomPolicy', { ...request, ResourcePolicy })).EvaluationResults?.[0]?.EvalDecision
  assert.deepEqual([await decision(), await decision(forOtherAccount)], ['allowed', 'implicitDeny'])
})

test('SimulateCustomPolicy takes service control policies level by level, and asks for none of their keys', async () => {
  const iam = await iamFixture()
  const level = (...documents: string[]) => ({ ServiceControlPolicyInputList: documents })
  const conditional = policyOf(allow('*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }))
  const simulate = async (...OrderedOrganizationPolicyInputList: object[]) => {
    const request = {
      PolicyInputList: [allowEverything],
      ActionNames: ['s3:GetObject'],
      OrderedOrganizationPolicyInputList,
    }
    const [result] = present((await iam.call('SimulateCustomPolicy', request)).EvaluationResults)
    return [
      result?.EvalDecision,
      result?.OrganizationsDecisionDetail?.AllowedByOrganizations,
      result?.MissingContextValues,
    ]
  }
  assert.deepEqual(await simulate(level(allowEverything), level(allowEverything)), ['allowed', true, []])
  assert.deepEqual(await simulate(level(allowEverything), level(policyOf(allow('kms:*')))), ['implicitDeny', false, []])
  assert.deepEqual(await simulate(level(policyOf(deny('s3:*')), allowEverything)), ['explicitDeny', false, []])
  assert.deepEqual(await simulate(level(conditional)), ['implicitDeny', false, []])
})

test('SimulateCustomPolicy tells no details of what service control policies end', async () => {
  const iam = await iamFixture()
  const [open, closed] = ['arn:aws:s3:::open/key', 'arn:aws:s3:::closed/key']
  const simulate = async (organization: string, ...ResourceArns: string[]) => {
    const { EvaluationResults } = await iam.call('SimulateCustomPolicy', {
      PolicyInputList: [allowEverything],
      ActionNames: ['s3:GetObject'],
      OrderedOrganizationPolicyInputList: [{ ServiceControlPolicyInputList: [organization] }],
      CallerArn: alice,
      ResourceOwner: otherAccountId,
      ResourceArns,
    })
    const [result] = present(EvaluationResults)
    return [
      result?.EvalDecisionDetails,
      ...present(result?.ResourceSpecificResults).map((each) => each.EvalDecisionDetails),
    ]
  }
  const identityDetail = { 'IAM Policy': 'allowed' }
  const onlyOpen = policyOf(allow('s3:*', { Resource: open }))
  assert.deepEqual(await simulate(onlyOpen, open), [identityDetail, identityDetail])
  assert.deepEqual(await simulate(onlyOpen, closed), [undefined, undefined])
  assert.deepEqual(await simulate(policyOf(deny('*')), open), [undefined, undefined])
  assert.deepEqual(await simulate(onlyOpen, open, closed), [undefined, identityDetail, undefined])
})

test('SimulateCustomPolicy takes users alone for its caller', async () => {
  const iam = await iamFixture()
  for (const CallerArn of [
    `arn:aws:iam::${accountId}:role/alice`,
    `arn:aws:iam::${accountId}:group/alice`,
    `arn:aws:iam::${accountId}:policy/alice`,
    `arn:aws:iam::${accountId}:root`,
    `arn:aws:sts::${accountId}:assumed-role/alice/session`,
    `arn:aws:sts::${accountId}:federated-user/alice`,
    'lambda.amazonaws.com',
  ]) {
    const request = { PolicyInputList: [allowEverything], ActionNames: ['s3:GetObject'], CallerArn }
    await assert.rejects(iam.call('SimulateCustomPolicy', request), {
      code: 'InvalidInput',
      message: `Invalid CallerArn: ${CallerArn} is not the ARN of an IAM user.`,
    })
  }
})

test('SimulateCustomPolicy shows one result an action, page by page', async () => {
  const iam = await iamFixture()
  const request = {
    PolicyInputList: [allowEverything],
    ActionNames: ['s3:GetObject', 'kms:Encrypt', 'iam:GetUser'],
    MaxItems: 2,
  }
  const first = await iam.call('SimulateCustomPolicy', request)
  const second = await iam.call('SimulateCustomPolicy', { ...request, Marker: first.Marker })
  assert.deepEqual(
    [first, second].map(({ EvaluationResults }) => EvaluationResults?.map(({ EvalActionName }) => EvalActionName)),
    [['s3:GetObject', 'kms:Encrypt'], ['iam:GetUser']],
  )
})

test('SimulateCustomPolicy refuses invalid policies, actions, scenarios and values', async () => {
  const iam = await iamFixture()
  const request = { PolicyInputList: [allowEverything], ActionNames: ['ec2:RunInstances'] }
  const refused = (more: object, message: RegExp) =>
    assert.rejects(iam.call('SimulateCustomPolicy', { ...request, ...more }), {
      code: 'InvalidInput',
      status: 400,
      message,
    })
  await refused({ PolicyInputList: [allowEverything, '{'] }, /^PolicyInputList\.2: Syntax errors in policy\. \(line 1/)
  await refused({ ActionNames: ['RunInstances'] }, /RunInstances does not name an action/)
  await refused({ ActionNames: ['ec2:*'] }, /does not name an action/)
  await refused({ ResourceArns: [bucket, 'b1'] }, /^ResourceNames are not in a valid ARN format: b1\.$/)
  await refused({ ResourceHandlingOption: 'toString' }, /not a resource handling option/)
  await refused({ ResourceHandlingOption: 'EC2-VPC-EBS' }, /needs a resource of type instance/)
  const several = { ContextKeyName: 'aws:SourceIp', ContextKeyValues: ['1.1.1.1', '2.2.2.2'], ContextKeyType: 'ip' }
  await refused({ ContextEntries: [several] }, /^aws:SourceIp has several values/)
  const kinds = ['instance', 'image', 'security-group', 'network-interface', 'volume']
  const ResourceArns = kinds.map((kind) => `arn:aws:ec2:us-east-1:${accountId}:${kind}/x`)
  await iam.call('SimulateCustomPolicy', { ...request, ResourceHandlingOption: 'EC2-VPC-EBS', ResourceArns })
  await refused({ ResourceHandlingOption: 'EC2-VPC-EBS-Subnet', ResourceArns }, /of type subnet/)
})

test('SimulateCustomPolicy shows fewer results than asked for where they take long, and all of them on further pages', async () => {
  const iam = await iamFixture()
  // Seven million operations an evaluation, of which 148 fit on a page.
  const padding = policyOf(
    ...Array.from({ length: 60 }, (_, n) =>
      allow(`kms:Action${n}`, { Sid: `s${n}`, Resource: `arn:aws:s3:::${'x'.repeat(1800)}` }),
    ),
  )
  const ActionNames = Array.from({ length: 4 }, (_, n) => `s3:Action${n}`)
  const request = {
    PolicyInputList: [padding],
    ActionNames,
    ResourceArns: Array.from({ length: 60 }, (_, n) => `arn:aws:s3:::${'y'.repeat(2000)}${n}`),
  }
  const names: (string | undefined)[] = []
  let pages = 0
  for (let Marker: string | undefined; pages === 0 || Marker; pages++) {
    const page = await iam.call('SimulateCustomPolicy', { ...request, Marker })
    names.push(...present(page.EvaluationResults).map(({ EvalActionName }) => EvalActionName))
    assert.equal(page.IsTruncated, page.Marker !== undefined)
    Marker = page.Marker
  }
  assert.deepEqual(names, ActionNames)
  assert.equal(pages, 2)
})

test('SimulateCustomPolicy refuses what a single evaluation, or a single action, cannot take', async () => {
  const iam = await iamFixture()
  const request = { PolicyInputList: [policyOf(allow('s3:*', { Resource: bucket }))], ActionNames: ['s3:GetObject'] }
  const refused = (more: object, what: string) =>
    assert.rejects(iam.call('SimulateCustomPolicy', { ...request, ...more }), {
      code: 'InvalidInput',
      message: `The simulation is too large. Reduce the number or size of the ${what}.`,
    })
  const long = { ContextKeyName: 'aws:Referer', ContextKeyValues: ['a'.repeat(2 ** 23)], ContextKeyType: 'string' }
  await refused({ ContextEntries: [long] }, 'policies or context key values')
  await refused({ ResourceArns: Array(2 ** 17).fill('*') }, 'resources')
  const many = policyOf(...Array.from({ length: 500 }, () => allow('s3:*')))
  await refused({ PolicyInputList: [many], ResourceArns: Array(101).fill(bucket) }, 'policies or resources')
})
