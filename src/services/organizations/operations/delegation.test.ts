import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policyOf, stranger } from '../../../testing/callers.ts'
import { accountId, organizationsFixture, otherAccountId, rootIn, statement } from '../testing.ts'

const service = 'cloudtrail.amazonaws.com'
const constraint = (Reason: string) => ({ code: 'ConstraintViolationException', members: { Reason } })
const denied = { code: 'AccessDeniedException' }

test('a service gets trusted access, which other services can ask for', async () => {
  const { org, organization, organizations } = await organizationsFixture()
  await organization()
  await assert.rejects(org('EnableAWSServiceAccess', { ServicePrincipal: 'nothing.amazonaws.com' }), {
    ...{ code: 'InvalidInputException', message: 'You specified an unrecognized service principal.' },
    members: { Reason: 'UNRECOGNIZED_SERVICE_PRINCIPAL' },
  })
  assert.equal(await organizations.hasTrustedAccess(accountId, service), false)
  await org('EnableAWSServiceAccess', { ServicePrincipal: service })
  await org('EnableAWSServiceAccess', { ServicePrincipal: service })
  assert.equal(await organizations.hasTrustedAccess(accountId, service), true)
  const { EnabledServicePrincipals } = await org('ListAWSServiceAccessForOrganization', {})
  assert.deepEqual(
    EnabledServicePrincipals?.map(({ ServicePrincipal }) => ServicePrincipal),
    [service],
  )
  await org('DisableAWSServiceAccess', { ServicePrincipal: service })
  assert.equal(await organizations.hasTrustedAccess(accountId, service), false)
})

test('a delegated administrator is registered, reads the organization, and changes nothing', async () => {
  const { org, organization, organizations } = await organizationsFixture()
  await organization()
  const delegate = { AccountId: otherAccountId, ServicePrincipal: service }
  await assert.rejects(org('RegisterDelegatedAdministrator', delegate), constraint('SERVICE_ACCESS_NOT_ENABLED'))
  await org('EnableAWSServiceAccess', { ServicePrincipal: service })
  await assert.rejects(org('ListAccounts', {}, stranger), denied)
  await org('RegisterDelegatedAdministrator', delegate)
  assert.deepEqual(await organizations.delegatedAdministrators(accountId, service), [otherAccountId])
  await assert.rejects(org('RegisterDelegatedAdministrator', delegate), { code: 'AccountAlreadyRegisteredException' })
  await assert.rejects(
    org('RegisterDelegatedAdministrator', { ...delegate, AccountId: accountId }),
    constraint('CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR'),
  )
  assert.equal((await org('ListAccounts', {}, stranger)).Accounts?.length, 2)
  await assert.rejects(org('CreateOrganizationalUnit', { ParentId: 'r-0000', Name: 'x' }, stranger), denied)
  const { DelegatedAdministrators } = await org('ListDelegatedAdministrators', { ServicePrincipal: service })
  assert.deepEqual(
    DelegatedAdministrators?.map(({ Id }) => Id),
    [otherAccountId],
  )
  const { DelegatedServices } = await org('ListDelegatedServicesForAccount', { AccountId: otherAccountId })
  assert.deepEqual(
    DelegatedServices?.map(({ ServicePrincipal }) => ServicePrincipal),
    [service],
  )
  await assert.rejects(
    org('RemoveAccountFromOrganization', { AccountId: otherAccountId }),
    constraint('CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG'),
  )
  await assert.rejects(
    org('DisableAWSServiceAccess', { ServicePrincipal: service }),
    constraint('DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE'),
  )
  await org('DeregisterDelegatedAdministrator', delegate)
  await assert.rejects(org('DeregisterDelegatedAdministrator', delegate), { code: 'AccountNotRegisteredException' })
  await assert.rejects(org('ListAccounts', {}, stranger), denied)
})

test('CloudTrail has three delegated administrators at most', async () => {
  const { org, organization, account } = await organizationsFixture()
  await organization()
  await org('EnableAWSServiceAccess', { ServicePrincipal: service })
  for (const name of ['one', 'two', 'three']) {
    await org('RegisterDelegatedAdministrator', { AccountId: await account(name), ServicePrincipal: service })
  }
  await assert.rejects(
    org('RegisterDelegatedAdministrator', { AccountId: otherAccountId, ServicePrincipal: service }),
    constraint('MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED'),
  )
})

test('the resource policy lets a member account do what it says, with the member’s own permissions', async () => {
  const { org, organization, putUser } = await organizationsFixture()
  const RootId = await organization('SERVICE_CONTROL_POLICY')
  const create = (Name: string) =>
    org(
      'CreatePolicy',
      { Name, Description: '', Type: 'SERVICE_CONTROL_POLICY', Content: JSON.stringify(statement({})) },
      stranger,
    )
  await assert.rejects(create('one'), denied)
  const policy = (more: object) =>
    policyOf({
      ...{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${otherAccountId}:root` }, Resource: '*' },
      ...{ Action: ['organizations:CreatePolicy', 'organizations:Describe*'], ...more },
    })
  const { ResourcePolicy } = await org('PutResourcePolicy', {
    Content: policy({ Condition: { StringEquals: { 'organizations:PolicyType': 'SERVICE_CONTROL_POLICY' } } }),
  })
  assert.match(ResourcePolicy?.ResourcePolicySummary?.Id ?? '', /^rp-/)
  const { Policy } = await create('one')
  const PolicyId = Policy?.PolicySummary?.Id ?? ''
  assert.equal((await org('DescribePolicy', { PolicyId }, stranger)).Policy?.PolicySummary?.Name, 'one')
  await assert.rejects(org('AttachPolicy', { PolicyId, TargetId: RootId }, stranger), denied)
  await assert.rejects(
    org('CreatePolicy', { Name: 'tags', Description: '', Type: 'TAG_POLICY', Content: '{"tags":{}}' }, stranger),
    denied,
  )
  await assert.rejects(
    org('MoveAccount', { AccountId: otherAccountId, SourceParentId: RootId, DestinationParentId: RootId }, stranger),
    denied,
  )
  await putUser(stranger, [])
  await assert.rejects(create('two'), denied)
  assert.equal(
    (await org('DescribeResourcePolicy', {})).ResourcePolicy?.Content,
    policy({ Condition: { StringEquals: { 'organizations:PolicyType': 'SERVICE_CONTROL_POLICY' } } }),
  )
  await org('DeleteResourcePolicy', {})
  await assert.rejects(create('three'), denied)
  await assert.rejects(org('DescribeResourcePolicy', {}), { code: 'ResourcePolicyNotFoundException' })
  for (const [content, reason] of [
    ['{', 'INVALID_RESOURCE_POLICY_JSON'],
    [policy({ Action: 'organizations:CreateAccount' }), 'UNSUPPORTED_ACTION_IN_RESOURCE_POLICY'],
    [policy({ Principal: { AWS: `arn:aws:iam::${otherAccountId}:user/none` } }), 'INVALID_PRINCIPAL'],
  ] as const) {
    await assert.rejects(org('PutResourcePolicy', { Content: content }), { members: { Reason: reason } })
  }
})

test('roots, units, accounts and policies have tags, which permissions can ask for', async () => {
  const { org, organization, unit, putUser } = await organizationsFixture()
  const root = await organization()
  const ids = [root, await unit(root, 'a'), otherAccountId]
  for (const ResourceId of ids) {
    await org('TagResource', {
      ResourceId,
      Tags: [
        { Key: 'team', Value: 'red' },
        { Key: 'b', Value: '' },
      ],
    })
    await org('UntagResource', { ResourceId, TagKeys: ['b', 'c'] })
    assert.deepEqual((await org('ListTagsForResource', { ResourceId })).Tags, [{ Key: 'team', Value: 'red' }])
  }
  await assert.rejects(org('TagResource', { ResourceId: root, Tags: [{ Key: 'aws:x', Value: '' }] }), {
    members: { Reason: 'INVALID_SYSTEM_TAGS_PARAMETER' },
  })
  await assert.rejects(org('TagResource', { ResourceId: 'ou-0000-00000000', Tags: [{ Key: 'x', Value: '' }] }), {
    code: 'TargetNotFoundException',
  })
  const user = {
    ...rootIn(accountId),
    principal: { ...stranger.principal, accountId, arn: `arn:aws:iam::${accountId}:user/u`, userName: 'u' },
  } as typeof stranger
  const Condition = { StringEquals: { 'aws:ResourceTag/team': 'red' } }
  await putUser(user, [policyOf({ Effect: 'Allow', Action: 'organizations:Describe*', Resource: '*', Condition })])
  await org('DescribeAccount', { AccountId: otherAccountId }, user)
  await assert.rejects(org('DescribeAccount', { AccountId: accountId }, user), { code: 'AccessDeniedException' })
})
