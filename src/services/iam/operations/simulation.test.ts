import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EvaluationResult } from '@aws-sdk/client-iam'
import fc from 'fast-check'
import { callerOf, userOf } from '../../../../test/fixtures/call.ts'
import { globalContext } from '../../../policy/context.ts'
import { evaluate } from '../../../policy/evaluate.ts'
import {
  accountId,
  allowEverything,
  type IamFixture,
  iamFixture,
  otherAccountId,
  policyOf,
  present,
  trusting,
} from '../testing.ts'

const alice = `arn:aws:iam::${accountId}:user/alice`
const bucket = 'arn:aws:s3:::bucket/key'

const allow = (Action: string | string[], more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more })
const deny = (Action: string | string[], more: object = {}) => ({ ...allow(Action, more), Effect: 'Deny' })

/** As policies write it. */
const variable = (key: string) => `\${${key}}`

const decisions = (results: EvaluationResult[] | undefined) =>
  present(results).map(({ EvalActionName, EvalDecision }) => [EvalActionName, EvalDecision])

async function withAlice(iam: IamFixture, ...statements: object[]) {
  const { User } = await iam.call('CreateUser', { UserName: 'alice', Tags: [{ Key: 'team', Value: 'red' }] })
  await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'own', PolicyDocument: policyOf(...statements) })
  return present(User?.UserId)
}

test('SimulatePrincipalPolicy judges by all policies of a user, its groups and its boundary, and tells which decided', async () => {
  const iam = await iamFixture()
  await withAlice(iam, allow('s3:GetObject'))
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('AddUserToGroup', { GroupName: 'g', UserName: 'alice' })
  await iam.call('PutGroupPolicy', {
    GroupName: 'g',
    PolicyName: 'shared',
    PolicyDocument: policyOf(deny('s3:DeleteObject')),
  })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
  const { EvaluationResults, IsTruncated } = await iam.call('SimulatePrincipalPolicy', {
    PolicySourceArn: alice,
    ActionNames: ['s3:GetObject', 's3:DeleteObject'],
  })
  assert.equal(IsTruncated, false)
  assert.deepEqual(decisions(EvaluationResults), [
    ['s3:GetObject', 'allowed'],
    ['s3:DeleteObject', 'explicitDeny'],
  ])
  const sources = present(EvaluationResults).map(({ MatchedStatements }) =>
    MatchedStatements?.map(({ SourcePolicyId }) => SourcePolicyId),
  )
  assert.deepEqual(sources, [['user_alice_own', 'AdministratorAccess'], ['group_g_shared']])
  const [first] = present(EvaluationResults)
  assert.deepEqual(
    [first?.EvalResourceName, first?.ResourceSpecificResults, first?.EvalDecisionDetails],
    ['*', undefined, undefined],
  )
  assert.equal(first?.MatchedStatements?.[0]?.SourcePolicyType, 'IAM Policy')
})

test('SimulatePrincipalPolicy names the condition keys it would need, and decides as the live evaluation does with them', async () => {
  const iam = await iamFixture()
  const userId = await withAlice(
    iam,
    allow('s3:*', { Condition: { StringEquals: { 'aws:RequestTag/team': variable('aws:PrincipalTag/team') } } }),
    deny('s3:PutObject', { Condition: { NumericGreaterThan: { 's3:max-keys': '10' } } }),
    allow('s3:ListBucket', { Condition: { 'ForAnyValue:StringLike': { 'aws:TagKeys': 'a*' } } }),
  )
  const without = await iam.call('SimulatePrincipalPolicy', { PolicySourceArn: alice, ActionNames: ['s3:PutObject'] })
  assert.deepEqual(decisions(without.EvaluationResults), [['s3:PutObject', 'implicitDeny']])
  assert.deepEqual(without.EvaluationResults?.[0]?.MissingContextValues, ['aws:RequestTag/team', 's3:max-keys'])
  const live = callerOf(userOf(accountId, 'alice', userId))
  const policies = await iam.directory.policiesOf(live)
  const facts = { timeMs: iam.clock.nowMs(), requestedRegion: 'us-east-1', secureTransport: true, calledVia: [] }
  const tags = fc.option(fc.constantFrom('red', 'blue'), { nil: undefined })
  const numbers = fc.option(fc.constantFrom('5', '50'), { nil: undefined })
  const keys = fc.subarray(['alpha', 'beta'])
  const actions = fc.constantFrom('s3:PutObject', 's3:ListBucket', 'kms:Encrypt')
  await fc.assert(
    fc.asyncProperty(tags, numbers, keys, actions, async (team, maxKeys, tagKeys, action) => {
      const { EvaluationResults } = await iam.call('SimulatePrincipalPolicy', {
        PolicySourceArn: alice,
        ActionNames: [action],
        ContextEntries: [
          ...(team === undefined
            ? []
            : [{ ContextKeyName: 'aws:RequestTag/team', ContextKeyValues: [team], ContextKeyType: 'string' as const }]),
          ...(maxKeys === undefined
            ? []
            : [{ ContextKeyName: 's3:max-keys', ContextKeyValues: [maxKeys], ContextKeyType: 'numeric' as const }]),
          { ContextKeyName: 'aws:TagKeys', ContextKeyValues: tagKeys, ContextKeyType: 'stringList' as const },
        ],
      })
      const caller = { ...live, principalTags: { team: 'red' } }
      const given = {
        ...(team === undefined ? {} : { 'aws:RequestTag/team': team }),
        ...(maxKeys === undefined ? {} : { 's3:max-keys': maxKeys }),
        'aws:TagKeys': tagKeys,
      }
      const context = { ...globalContext(caller, facts), ...given }
      const decided = evaluate({ caller, permission: { action, resource: '*' }, context, policies })
      assert.equal(EvaluationResults?.[0]?.EvalDecision === 'allowed', decided.allowed)
      assert.equal(EvaluationResults?.[0]?.EvalDecision === 'explicitDeny', decided.explicitDeny)
    }),
    { numRuns: 40 },
  )
})

test('SimulatePrincipalPolicy tells what the boundary says, and takes another when one is given', async () => {
  const iam = await iamFixture()
  await withAlice(iam, allow('*'))
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'Edge', PolicyDocument: policyOf(allow('s3:*')) })
  await iam.call('PutUserPermissionsBoundary', { UserName: 'alice', PermissionsBoundary: present(Policy?.Arn) })
  const request = { PolicySourceArn: alice, ActionNames: ['s3:GetObject', 'kms:Encrypt'] }
  const shown = async (more: object) =>
    present((await iam.call('SimulatePrincipalPolicy', { ...request, ...more })).EvaluationResults).map((result) => [
      result.EvalDecision,
      result.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary,
    ])
  assert.deepEqual(await shown({}), [
    ['allowed', true],
    ['implicitDeny', false],
  ])
  assert.deepEqual(await shown({ PermissionsBoundaryPolicyInputList: [policyOf(allow('kms:*'))] }), [
    ['implicitDeny', false],
    ['allowed', true],
  ])
  assert.deepEqual(await shown({ PolicyExclusionList: [{ PolicyType: 'permission-boundary' }] }), [
    ['allowed', undefined],
    ['allowed', undefined],
  ])
  await assert.rejects(shown({ PermissionsBoundaryPolicyInputList: [allowEverything, allowEverything] }), {
    code: 'InvalidInput',
  })
})

test('SimulatePrincipalPolicy takes further policies and leaves out what it is told to', async () => {
  const iam = await iamFixture()
  await withAlice(iam, allow('s3:*'))
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
  const { Policy } = await iam.call('CreatePolicy', {
    PolicyName: 'Deny',
    Path: '/x/',
    PolicyDocument: policyOf(deny('kms:*')),
  })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: present(Policy?.Arn) })
  const decided = async (more: object) => {
    const request = { PolicySourceArn: alice, ActionNames: ['s3:GetObject', 'kms:Encrypt', 'sqs:SendMessage'], ...more }
    return (await iam.call('SimulatePrincipalPolicy', request)).EvaluationResults?.map(
      ({ EvalDecision }) => EvalDecision,
    )
  }
  const without = (...PolicyExclusionList: object[]) => decided({ PolicyExclusionList })
  assert.deepEqual(await decided({}), ['allowed', 'explicitDeny', 'allowed'])
  assert.deepEqual(await decided({ PolicyInputList: [policyOf(deny('s3:*'))] }), [
    'explicitDeny',
    'explicitDeny',
    'allowed',
  ])
  assert.deepEqual(await without({ PolicyType: 'user-managed' }), ['allowed', 'allowed', 'allowed'])
  assert.deepEqual(await without({ PolicyType: 'aws-managed' }), ['allowed', 'explicitDeny', 'implicitDeny'])
  assert.deepEqual(await without({ PolicyArn: `arn:aws:iam::${accountId}:policy/x/D?n*` }), [
    'allowed',
    'allowed',
    'allowed',
  ])
  assert.deepEqual(await without({ PolicyType: 'aws-managed' }, { PolicyType: 'inline' }), [
    'implicitDeny',
    'explicitDeny',
    'implicitDeny',
  ])
  const InlinePolicyIdentifier = { PolicyName: 'own', AttachmentType: 'user', AttachmentName: 'ali*' }
  assert.deepEqual(await without({ PolicyType: 'aws-managed' }, { InlinePolicyIdentifier }), [
    'implicitDeny',
    'explicitDeny',
    'implicitDeny',
  ])
  const other = { InlinePolicyIdentifier: { ...InlinePolicyIdentifier, AttachmentType: 'role' } }
  assert.deepEqual(await without({ PolicyType: 'aws-managed' }, other), ['allowed', 'explicitDeny', 'implicitDeny'])
  assert.deepEqual(await without({ PolicyType: 'rcp' }, { PolicyType: 'scp' }), ['allowed', 'explicitDeny', 'allowed'])
  for (const PolicyArn of [
    'not-an-arn-at-all-really',
    `arn:aws:iam::${accountId}:policy/*/P`,
    `arn:aws:iam::${accountId}:policy/a*b*`,
  ]) {
    await assert.rejects(without({ PolicyArn }), { code: 'InvalidInput' }, PolicyArn)
  }
})

test('SimulatePrincipalPolicy simulates roles and groups', async () => {
  const iam = await iamFixture()
  await iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trusting('*') })
  const matchRole = { Condition: { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${accountId}:role/r` } } }
  await iam.call('PutRolePolicy', {
    RoleName: 'r',
    PolicyName: 'p',
    PolicyDocument: policyOf(allow('s3:*', matchRole)),
  })
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('PutGroupPolicy', { GroupName: 'g', PolicyName: 'p', PolicyDocument: policyOf(allow('kms:*')) })
  const ActionNames = ['s3:GetObject', 'kms:Encrypt']
  const role = await iam.call('SimulatePrincipalPolicy', {
    PolicySourceArn: `arn:aws:iam::${accountId}:role/r`,
    ActionNames,
  })
  assert.deepEqual(
    role.EvaluationResults?.map(({ EvalDecision }) => EvalDecision),
    ['allowed', 'implicitDeny'],
  )
  const group = await iam.call('SimulatePrincipalPolicy', {
    PolicySourceArn: `arn:aws:iam::${accountId}:group/g`,
    ActionNames,
  })
  assert.deepEqual(
    group.EvaluationResults?.map(({ EvalDecision }) => EvalDecision),
    ['implicitDeny', 'allowed'],
  )
})

test('SimulatePrincipalPolicy refuses sources that are not there, or are none', async () => {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'alice', Path: '/x/' })
  const from = (PolicySourceArn: string, more: object = {}) =>
    iam.call('SimulatePrincipalPolicy', { PolicySourceArn, ActionNames: ['s3:GetObject'], ...more })
  await assert.rejects(from(`arn:aws:iam::${accountId}:role/nobody`), {
    code: 'NoSuchEntity',
    message: 'The role with name nobody cannot be found.',
  })
  await assert.rejects(from(alice), { code: 'NoSuchEntity' })
  const session = `arn:aws:sts::${accountId}:assumed-role/r/s`
  await assert.rejects(from(session), {
    code: 'InvalidInput',
    message: `Invalid Entity Arn: ${session} does not clearly define entity type and name.`,
  })
  await iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trusting('*') })
  await assert.rejects(from(`arn:aws:iam::${accountId}:role/r`, { ResourcePolicy: allowEverything }), {
    code: 'InvalidInput',
  })
})

test('SimulatePrincipalPolicy asks for the user, group or role that it looks into', async () => {
  const iam = await iamFixture()
  await withAlice(iam, allow('*'))
  const request = { PolicySourceArn: alice, ActionNames: ['s3:GetObject'] }
  assert.deepEqual(await iam.permissions('SimulatePrincipalPolicy', request), [
    {
      action: 'iam:SimulatePrincipalPolicy',
      resource: alice,
      resourceAccountId: accountId,
      context: { 'aws:ResourceTag/team': 'red', 'iam:ResourceTag/team': 'red' },
    },
  ])
  const [foreign] = await iam.permissions('SimulatePrincipalPolicy', {
    ...request,
    PolicySourceArn: alice.replace(accountId, otherAccountId),
  })
  assert.equal(foreign?.resourceAccountId, otherAccountId)
})

test('SimulateCustomPolicy judges by the documents given and tells where in them the deciding statements stand', async () => {
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

test('SimulateCustomPolicy judges each resource, and the worst of them is the answer', async () => {
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
  assert.deepEqual(result?.MissingContextValues, ['aws:SecureTransport'])
  assert.deepEqual(
    result?.ResourceSpecificResults?.map((each) => [
      each.EvalResourceName,
      each.EvalResourceDecision,
      each.MatchedStatements?.length,
      each.EvalDecisionDetails,
    ]),
    [
      [open, 'allowed', 1, {}],
      [bucket, 'implicitDeny', 0, {}],
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
  const judged = async (more: object) =>
    present((await iam.call('SimulateCustomPolicy', { ...request, ...more })).EvaluationResults)[0]
  const same = await judged({ CallerArn: alice })
  assert.deepEqual([same?.EvalDecision, same?.EvalDecisionDetails], ['allowed', {}])
  assert.equal(same?.MatchedStatements?.[0]?.SourcePolicyId, 'ResourcePolicy')
  const across = await judged({ CallerArn: alice, ResourceOwner: otherAccountId })
  assert.deepEqual(
    [across?.EvalDecision, across?.EvalDecisionDetails],
    ['implicitDeny', { 'IAM Policy': 'implicitDeny', 'Resource Policy': 'allowed' }],
  )
  const bob = await judged({
    CallerArn: alice.replace('alice', 'bob'),
    ResourceOwner: `arn:aws:iam::${accountId}:root`,
  })
  assert.equal(bob?.EvalDecision, 'implicitDeny')
  await assert.rejects(judged({}), { code: 'InvalidInput' })
  await assert.rejects(judged({ CallerArn: alice, ResourceOwner: 'somebody' }), { code: 'InvalidInput' })
  await assert.rejects(judged({ CallerArn: alice, ResourcePolicy: '{}' }), {
    code: 'InvalidInput',
    message: /^ResourcePolicy: /,
  })
})

test('SimulateCustomPolicy reads the policy of a key as KMS does', async () => {
  const iam = await iamFixture()
  const key = `arn:aws:kms:us-east-1:${accountId}:key/1`
  const forNobody = policyOf({
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
  assert.deepEqual([await decision(), await decision(forNobody)], ['allowed', 'implicitDeny'])
})

test('SimulateCustomPolicy takes service control policies level by level, and asks for none of their keys', async () => {
  const iam = await iamFixture()
  const level = (...documents: string[]) => ({ ServiceControlPolicyInputList: documents })
  const conditional = policyOf(allow('*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }))
  const judged = async (...OrderedOrganizationPolicyInputList: object[]) => {
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
  assert.deepEqual(await judged(level(allowEverything), level(allowEverything)), ['allowed', true, []])
  assert.deepEqual(await judged(level(allowEverything), level(policyOf(allow('kms:*')))), ['implicitDeny', false, []])
  assert.deepEqual(await judged(level(policyOf(deny('s3:*')), allowEverything)), ['explicitDeny', false, []])
  assert.deepEqual(await judged(level(conditional)), ['implicitDeny', false, []])
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

test('SimulateCustomPolicy refuses what is no policy, no action, no scenario and no value', async () => {
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
  await refused({ ResourceHandlingOption: 'toString' }, /not a resource handling option/)
  await refused({ ResourceHandlingOption: 'EC2-VPC-EBS' }, /needs a resource of type instance/)
  const several = { ContextKeyName: 'aws:SourceIp', ContextKeyValues: ['1.1.1.1', '2.2.2.2'], ContextKeyType: 'ip' }
  await refused({ ContextEntries: [several] }, /^aws:SourceIp has several values/)
  const kinds = ['instance', 'image', 'security-group', 'network-interface', 'volume']
  const ResourceArns = kinds.map((kind) => `arn:aws:ec2:us-east-1:${accountId}:${kind}/x`)
  await iam.call('SimulateCustomPolicy', { ...request, ResourceHandlingOption: 'EC2-VPC-EBS', ResourceArns })
  await refused({ ResourceHandlingOption: 'EC2-VPC-EBS-Subnet', ResourceArns }, /of type subnet/)
})

test('GetContextKeysForCustomPolicy names every key once', async () => {
  const iam = await iamFixture()
  const first = policyOf(
    allow('*', {
      Resource: `arn:aws:s3:::${variable('aws:username')}`,
      Condition: { StringLike: { 'aws:PrincipalTag/x': variable('aws:userid') } },
    }),
  )
  const second = policyOf(allow('*', { Condition: { Bool: { 'AWS:UserName': 'x', 'aws:SecureTransport': 'true' } } }))
  const { ContextKeyNames } = await iam.call('GetContextKeysForCustomPolicy', { PolicyInputList: [first, second] })
  assert.deepEqual(ContextKeyNames, ['aws:username', 'aws:PrincipalTag/x', 'aws:userid', 'aws:SecureTransport'])
  await assert.rejects(iam.call('GetContextKeysForCustomPolicy', { PolicyInputList: ['x'] }), { code: 'InvalidInput' })
})

test('GetContextKeysForPrincipalPolicy looks into the policies of a user, its groups, and those given', async () => {
  const iam = await iamFixture()
  const using = (key: string) => allow('*', { Condition: { Null: { [key]: 'true' } } })
  await withAlice(iam, using('s3:prefix'))
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('AddUserToGroup', { GroupName: 'g', UserName: 'alice' })
  await iam.call('PutGroupPolicy', {
    GroupName: 'g',
    PolicyName: 'p',
    PolicyDocument: policyOf(using('kms:ViaService')),
  })
  const { ContextKeyNames } = await iam.call('GetContextKeysForPrincipalPolicy', {
    PolicySourceArn: alice,
    PolicyInputList: [policyOf(using('aws:SourceIp'))],
  })
  assert.deepEqual(ContextKeyNames, ['s3:prefix', 'kms:ViaService', 'aws:SourceIp'])
  await assert.rejects(
    iam.call('GetContextKeysForPrincipalPolicy', { PolicySourceArn: alice.replace('alice', 'bob') }),
    {
      code: 'NoSuchEntity',
      message: 'The user with name bob cannot be found.',
    },
  )
})
