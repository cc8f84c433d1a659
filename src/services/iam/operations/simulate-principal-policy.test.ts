import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EvaluationResult } from '@aws-sdk/client-iam'
import fc from 'fast-check'
import { callerOf, userOf } from '../../../../test/fixtures/call.ts'
import { globalContext } from '../../../policy/context.ts'
import { evaluate } from '../../../policy/evaluate.ts'
import {
  accountId,
  allow,
  allowEverything,
  deny,
  type IamFixture,
  iamFixture,
  otherAccountId,
  policyOf,
  present,
  trusting,
  variable,
} from '../testing.ts'

const alice = `arn:aws:iam::${accountId}:user/alice`

const decisions = (results: EvaluationResult[] | undefined) =>
  present(results).map(({ EvalActionName, EvalDecision }) => [EvalActionName, EvalDecision])

async function withAlice(iam: IamFixture, ...statements: object[]) {
  const { User } = await iam.call('CreateUser', { UserName: 'alice', Tags: [{ Key: 'team', Value: 'red' }] })
  await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'own', PolicyDocument: policyOf(...statements) })
  return present(User?.UserId)
}

test('SimulatePrincipalPolicy evaluates all policies of a user, its groups and its boundary, and returns which decided', async () => {
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

test('SimulatePrincipalPolicy takes further policies and leaves out those that the request excludes', async () => {
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
  const InlinePolicyIdentifier = { PolicyName: 'own', AttachmentType: 'user', AttachmentName: 'alice' }
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
  await assert.rejects(from(`arn:aws:iam::${accountId}:role/absent`), {
    code: 'NoSuchEntity',
    message: 'The role with name absent cannot be found.',
  })
  await assert.rejects(from(alice), { code: 'NoSuchEntity' })
  const session = `arn:aws:sts::${accountId}:assumed-role/r/s`
  await assert.rejects(from(session), {
    code: 'InvalidInput',
    message: `Invalid Entity Arn: ${session} does not clearly define entity type and name.`,
  })
})

test('SimulatePrincipalPolicy needs a user to call when a resource policy is given, and takes no other caller', async () => {
  const iam = await iamFixture()
  await withAlice(iam, allow('kms:*'))
  await iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trusting('*') })
  await iam.call('CreateGroup', { GroupName: 'g' })
  const [role, group] = [`arn:aws:iam::${accountId}:role/r`, `arn:aws:iam::${accountId}:group/g`]
  const ResourcePolicy = policyOf({ ...allow('s3:GetObject'), Principal: { AWS: alice } })
  const decision = async (PolicySourceArn: string, more: object) => {
    const request = { PolicySourceArn, ActionNames: ['s3:GetObject'], ...more }
    return (await iam.call('SimulatePrincipalPolicy', request)).EvaluationResults?.[0]?.EvalDecision
  }
  assert.equal(await decision(alice, { ResourcePolicy }), 'allowed')
  for (const source of [role, group]) {
    assert.equal(await decision(source, {}), 'implicitDeny')
    assert.equal(await decision(source, { ResourcePolicy, CallerArn: alice }), 'allowed')
    await assert.rejects(decision(source, { ResourcePolicy }), {
      code: 'InvalidInput',
      message: 'CallerArn is required with ResourcePolicy unless PolicySourceArn is the ARN of an IAM user.',
    })
    await assert.rejects(decision(alice, { CallerArn: source }), {
      code: 'InvalidInput',
      message: `Invalid CallerArn: ${source} is not the ARN of an IAM user.`,
    })
  }
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
