import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newEntityId } from '../../core/identifiers.ts'
import type { Caller } from '../../core/principal.ts'
import { servicePrincipal } from '../../core/services/service-calls.ts'
import { newUser, policyOf, stranger } from '../../testing/callers.ts'
import { kms } from '../kms/kms.ts'
import { sqs } from '../sqs/sqs.ts'
import { accountId, organizationsFixture, otherAccountId, rootIn, statement } from './testing.ts'

const fixtureWithResources = () => organizationsFixture({ modules: [kms, sqs] })
type Fixture = Awaited<ReturnType<typeof fixtureWithResources>>

const createKey = async ({ call }: Pick<Fixture, 'call'>, caller: Caller, input: object = {}) =>
  ((await call('kms', 'CreateKey', input, { caller })) as { KeyMetadata: { KeyId: string; Arn: string } }).KeyMetadata

const describe = ({ call }: Pick<Fixture, 'call'>, caller: Caller, KeyId: string) =>
  call('kms', 'DescribeKey', { KeyId }, { caller })

const member = rootIn(otherAccountId)

test('a service control policy that denies is named to users and the root of a member, and passes over the management account', async () => {
  const fixture = await fixtureWithResources()
  const { org, organization, policy } = fixture
  const root = await organization('SERVICE_CONTROL_POLICY')
  const [own, management] = [await createKey(fixture, stranger), await createKey(fixture, rootIn(accountId))]
  const denying = await policy('SERVICE_CONTROL_POLICY', statement({ Action: 'kms:Describe*' }))
  await org('AttachPolicy', { PolicyId: denying, TargetId: root })
  const organizationId = (await org('DescribeOrganization', {})).Organization?.Id
  for (const caller of [stranger, member]) {
    await assert.rejects(describe(fixture, caller, own.KeyId), {
      code: 'AccessDeniedException',
      message: new RegExp(
        `with an explicit deny in a service control policy: arn:aws:organizations::${accountId}:policy/${organizationId}/service_control_policy/${denying}$`,
      ),
    })
  }
  await describe(fixture, rootIn(accountId), management.KeyId)
  await org('DetachPolicy', { PolicyId: denying, TargetId: root })
  await describe(fixture, stranger, own.KeyId)
})

test('at every level one service control policy must allow', async () => {
  const fixture = await fixtureWithResources()
  const { org, organization, policy, unit } = fixture
  const root = await organization('SERVICE_CONTROL_POLICY')
  const key = await createKey(fixture, stranger)
  const inner = await unit(await unit(root, 'outer'), 'inner')
  await org('MoveAccount', { AccountId: otherAccountId, SourceParentId: root, DestinationParentId: inner })
  await describe(fixture, stranger, key.KeyId)
  const onlyS3 = await policy('SERVICE_CONTROL_POLICY', statement({ Effect: 'Allow', Action: 's3:*' }))
  await org('AttachPolicy', { PolicyId: onlyS3, TargetId: inner })
  await describe(fixture, stranger, key.KeyId)
  await org('DetachPolicy', { PolicyId: 'p-FullAWSAccess', TargetId: inner })
  for (const caller of [stranger, member]) {
    await assert.rejects(describe(fixture, caller, key.KeyId), {
      message: / because no service control policy allows the kms:DescribeKey action$/,
    })
  }
  await org('UpdatePolicy', {
    PolicyId: onlyS3,
    Content: JSON.stringify(statement({ Effect: 'Allow', Action: 'kms:*' })),
  })
  await describe(fixture, stranger, key.KeyId)
  await org('MoveAccount', { AccountId: otherAccountId, SourceParentId: inner, DestinationParentId: root })
  await describe(fixture, stranger, key.KeyId)
})

test('roles of a member are limited, service-linked roles and services are not', async () => {
  const fixture = await fixtureWithResources()
  const { org, organization, policy, putRole, pipeline } = fixture
  await organization('SERVICE_CONTROL_POLICY')
  const everything = policyOf({ Effect: 'Allow', Action: '*', Resource: '*' })
  const arn = `arn:aws:iam::${otherAccountId}:role/worker`
  const roleId = newEntityId('AROA', otherAccountId)
  const trustPolicy = policyOf({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: 'sts:AssumeRole',
  })
  await putRole({ arn, roleId, trustPolicy, policies: [everything] })
  const session = (roleArn: string): Caller => ({
    principal: {
      ...{ kind: 'assumed-role', accountId: otherAccountId, roleArn, roleId, roleName: 'worker', sessionName: 's' },
      arn: `arn:aws:sts::${otherAccountId}:assumed-role/worker/s`,
    },
    principalTags: {},
  })
  const PolicyId = await policy('SERVICE_CONTROL_POLICY', statement({ Action: 'kms:*' }))
  await org('AttachPolicy', { PolicyId, TargetId: otherAccountId })
  const allows = (caller: Caller, resourcePolicy?: string) =>
    pipeline.calls.allows(
      { caller, region: 'us-east-1' },
      {
        ...{
          action: 'kms:Encrypt',
          resource: 'arn:aws:kms:us-east-1:444455556666:key/x',
          resourceAccountId: otherAccountId,
        },
        policy: {
          kind: 'key-policy',
          document: resourcePolicy ?? policyOf({ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }),
        },
      },
    )
  assert.equal(await allows(session(arn)), false)
  assert.equal(await allows(session(arn.replace('worker', 'aws-service-role/x.amazonaws.com/worker'))), true)
  const source = { arn: 'arn:aws:s3:::b', accountId: otherAccountId }
  assert.equal(await allows(servicePrincipal('s3.amazonaws.com', source)), true)
  await org('DetachPolicy', { PolicyId, TargetId: otherAccountId })
  assert.equal(await allows(session(arn)), true)
})

test('a resource control policy keeps outsiders from the keys of a member, and lets the organization in', async () => {
  const fixture = await fixtureWithResources()
  const { org, organization, policy, putUser } = fixture
  const root = await organization('RESOURCE_CONTROL_POLICY')
  const outsider = newUser('oscar', '777788889999')
  const insider = newUser('ida')
  for (const user of [outsider, insider]) await putUser(user)
  const open = policyOf({ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' })
  const [own, managed] = [
    await createKey(fixture, stranger, { Policy: open, BypassPolicyLockoutSafetyCheck: true }),
    await createKey(fixture, rootIn(accountId), { Policy: open, BypassPolicyLockoutSafetyCheck: true }),
  ]
  await describe(fixture, outsider, own.Arn)
  const id = (await org('DescribeOrganization', {})).Organization?.Id
  const PolicyId = await policy(
    'RESOURCE_CONTROL_POLICY',
    statement({ Principal: '*', Action: 'kms:*', Condition: { StringNotEquals: { 'aws:PrincipalOrgID': id } } }),
  )
  await org('AttachPolicy', { PolicyId, TargetId: root })
  await assert.rejects(describe(fixture, outsider, own.Arn), { code: 'AccessDeniedException' })
  await describe(fixture, insider, own.Arn)
  await describe(fixture, stranger, own.Arn)
  // Resources of the management account are not limited.
  await describe(fixture, outsider, managed.Arn)
  await org('DisablePolicyType', { RootId: root, PolicyType: 'RESOURCE_CONTROL_POLICY' })
  await describe(fixture, outsider, own.Arn)
  await org('EnablePolicyType', { RootId: root, PolicyType: 'RESOURCE_CONTROL_POLICY' })
  await describe(fixture, outsider, own.Arn)
})

test('condition keys name the organizations of principal, resource and source', async () => {
  const fixture = await fixtureWithResources()
  const { org, organization, unit, pipeline } = fixture
  const root = await organization()
  const parent = await unit(root, 'a')
  await org('MoveAccount', { AccountId: otherAccountId, SourceParentId: root, DestinationParentId: parent })
  const id = (await org('DescribeOrganization', {})).Organization?.Id
  const holds = (caller: Caller, Condition: object, resourceAccountId = accountId) =>
    pipeline.calls.allows(
      { caller, region: 'us-east-1' },
      {
        ...{ action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', resourceAccountId },
        policy: {
          kind: 'resource-policy',
          document: policyOf({ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*', Condition }),
        },
      },
    )
  const path = `${id}/${root}/${parent}/`
  assert.ok(await holds(stranger, { StringEquals: { 'aws:PrincipalOrgID': id, 'aws:ResourceOrgID': id } }))
  assert.ok(await holds(stranger, { 'ForAnyValue:StringEquals': { 'aws:PrincipalOrgPaths': path } }))
  assert.ok(await holds(stranger, { 'ForAnyValue:StringLike': { 'aws:ResourceOrgPaths': `${id}/${root}/*` } }))
  assert.ok(!(await holds(newUser('o', '777788889999'), { StringEquals: { 'aws:PrincipalOrgID': id } })))
  assert.ok(!(await holds(stranger, { StringEquals: { 'aws:ResourceOrgID': id } }, '777788889999')))
  const service = servicePrincipal('cloudtrail.amazonaws.com', { arn: 'arn:aws:s3:::b', accountId: otherAccountId })
  const ofSource = {
    StringEquals: { 'aws:SourceOrgID': id, 'aws:ResourceOrgID': id },
    'ForAnyValue:StringEquals': { 'aws:SourceOrgPaths': path },
    Bool: { 'aws:PrincipalIsAWSService': 'true' },
    Null: { 'aws:PrincipalOrgID': 'true' },
  }
  assert.ok(await holds(service, ofSource))
})

test('the reason of a denial is given within the organization, and not beyond', async () => {
  const fixture = await fixtureWithResources()
  await fixture.organization()
  const outsider = newUser('oscar', '777788889999')
  await fixture.putUser(outsider)
  const { QueueUrl } = (await fixture.call('sqs', 'CreateQueue', { QueueName: 'q' })) as { QueueUrl: string }
  const send = (caller: Caller) => fixture.call('sqs', 'SendMessage', { QueueUrl, MessageBody: 'm' }, { caller })
  await assert.rejects(send(stranger), {
    message:
      / on resource: arn:aws:sqs:us-east-1:111122223333:q because no resource-based policy allows the sqs:sendmessage action$/,
  })
  await assert.rejects(send(outsider), { message: / on resource: arn:aws:sqs:us-east-1:111122223333:q$/ })
})

test('a simulation takes the service control policies of the account', async () => {
  const { org, organization, policy, call } = await fixtureWithResources()
  const root = await organization('SERVICE_CONTROL_POLICY')
  const simulate = async () => {
    const PolicySourceArn = stranger.principal.kind === 'user' ? stranger.principal.arn : ''
    const input = { PolicySourceArn, ActionNames: ['kms:Encrypt'] }
    const { EvaluationResults } = (await call('iam', 'SimulatePrincipalPolicy', input, { caller: member })) as {
      EvaluationResults: { EvalDecision: string; OrganizationsDecisionDetail?: { AllowedByOrganizations: boolean } }[]
    }
    const [result] = EvaluationResults
    return [result?.EvalDecision, result?.OrganizationsDecisionDetail?.AllowedByOrganizations]
  }
  assert.deepEqual(await simulate(), ['allowed', true])
  const PolicyId = await policy('SERVICE_CONTROL_POLICY', statement({ Action: 'kms:*' }))
  await org('AttachPolicy', { PolicyId, TargetId: root })
  assert.deepEqual(await simulate(), ['explicitDeny', false])
})

test('IAM lists the features of an organization to its management account, once it has trusted access', async () => {
  const { org, organization, call } = await fixtureWithResources()
  const list = (caller?: Caller) => call('iam', 'ListOrganizationsFeatures', {}, caller && { caller })
  await assert.rejects(list(), { code: 'OrganizationNotFoundException' })
  await organization()
  await assert.rejects(list(stranger), { code: 'AccountNotManagementOrDelegatedAdministratorException' })
  await assert.rejects(list(), { code: 'ServiceAccessNotEnabledException' })
  await org('EnableAWSServiceAccess', { ServicePrincipal: 'iam.amazonaws.com' })
  const id = (await org('DescribeOrganization', {})).Organization?.Id
  assert.deepEqual(await list(), { OrganizationId: id, EnabledFeatures: [] })
})
