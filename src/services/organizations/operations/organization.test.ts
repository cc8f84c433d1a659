import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, newUser, stranger } from '../../../testing/callers.ts'
import { accountId, organizationsFixture, otherAccountId, rootIn } from '../testing.ts'

test('CreateOrganization makes the account the management account of one with all features', async () => {
  const { org } = await organizationsFixture()
  const { Organization } = await org('CreateOrganization', {})
  assert.match(Organization?.Id ?? '', /^o-[a-z0-9]{10}$/)
  assert.deepEqual(Organization, {
    Id: Organization?.Id,
    Arn: `arn:aws:organizations::${accountId}:organization/${Organization?.Id}`,
    FeatureSet: 'ALL',
    MasterAccountArn: `arn:aws:organizations::${accountId}:account/${Organization?.Id}/${accountId}`,
    MasterAccountId: accountId,
    MasterAccountEmail: `${accountId}@strongroom.invalid`,
    AvailablePolicyTypes: [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }],
  })
  const { Roots } = await org('ListRoots', {})
  const root = Roots?.[0]
  assert.deepEqual(Roots, [
    {
      Id: root?.Id,
      Arn: `arn:aws:organizations::${accountId}:root/${Organization?.Id}/${root?.Id}`,
      Name: 'Root',
      PolicyTypes: [],
    },
  ])
  await assert.rejects(org('CreateOrganization', {}), { code: 'AlreadyInOrganizationException' })
})

test('an account without an organization gets that as its error, and an outsider sees nothing of one', async () => {
  const { org } = await organizationsFixture()
  await assert.rejects(org('DescribeOrganization', {}), {
    code: 'AWSOrganizationsNotInUseException',
    message: 'Your account is not a member of an organization.',
  })
  await org('CreateOrganization', {})
  await assert.rejects(org('ListAccounts', {}, stranger), { code: 'AWSOrganizationsNotInUseException' })
})

test('a user needs permission, and a member account may not do what is the management account’s', async () => {
  const { org, organization, putUser } = await organizationsFixture()
  await organization()
  const noRights = newUser('carol')
  await putUser(noRights, [])
  await assert.rejects(org('ListAccounts', {}, noRights), {
    message: /is not authorized to perform: organizations:ListAccounts because no identity-based policy allows/,
  })
  assert.equal((await org('ListAccounts', {}, alice)).Accounts?.length, 2)
  const denied = { code: 'AccessDeniedException', message: "You don't have permissions to access this resource." }
  await assert.rejects(org('ListAccounts', {}, stranger), denied)
  await assert.rejects(
    org('CreateAccount', { AccountName: 'x', Email: 'x@example.com' }, rootIn(otherAccountId)),
    denied,
  )
  assert.equal((await org('DescribeOrganization', {}, stranger)).Organization?.MasterAccountId, accountId)
})

test('DeleteOrganization needs an empty one, after which the account can make another', async () => {
  const { org, organization, unit, organizations } = await organizationsFixture()
  const root = await organization()
  const unitId = await unit(root, 'a')
  await assert.rejects(org('DeleteOrganization', {}), { code: 'OrganizationNotEmptyException' })
  await org('RemoveAccountFromOrganization', { AccountId: otherAccountId })
  await assert.rejects(org('DeleteOrganization', {}), { code: 'OrganizationNotEmptyException' })
  await org('DeleteOrganizationalUnit', { OrganizationalUnitId: unitId })
  await org('DeleteOrganization', {})
  assert.equal(await organizations.organizationOf(accountId), undefined)
  await assert.rejects(org('ListRoots', {}), { code: 'AWSOrganizationsNotInUseException' })
  const { Organization } = await org('CreateOrganization', { FeatureSet: 'CONSOLIDATED_BILLING' })
  assert.equal(Organization?.FeatureSet, 'CONSOLIDATED_BILLING')
  assert.deepEqual(Organization?.AvailablePolicyTypes, [])
})

test('requests that break limits of the model are refused with a reason', async () => {
  const { org } = await organizationsFixture()
  await org('CreateOrganization', {})
  for (const [call, reason] of [
    [org('DescribeAccount', { AccountId: 'x' }), 'INVALID_PATTERN'],
    [org('DescribeAccount', {} as never), 'INPUT_REQUIRED'],
    [org('ListPolicies', { Filter: 'NONE' as never }), 'INVALID_ENUM_POLICY_TYPE'],
    [org('AttachPolicy', { PolicyId: 'p-12345678', TargetId: 'x' }), 'INVALID_PATTERN_TARGET_ID'],
    [org('ListAccounts', { MaxResults: 21 }), 'MAX_VALUE_EXCEEDED'],
    [org('ListAccounts', { NextToken: 'x' }), 'INVALID_NEXT_TOKEN'],
  ] as const) {
    await assert.rejects(call, { code: 'InvalidInputException', members: { Reason: reason } })
  }
})

test('calls are recorded in us-east-1, whatever Region they come in', async () => {
  const { call, lastRecord } = await organizationsFixture()
  await call('organizations', 'CreateOrganization', {}, { region: 'eu-west-1' })
  const { eventSource, eventName, awsRegion, recipientAccountId, readOnly } = lastRecord()
  assert.deepEqual(
    { eventSource, eventName, awsRegion, recipientAccountId, readOnly },
    {
      ...{ eventSource: 'organizations.amazonaws.com', eventName: 'CreateOrganization', awsRegion: 'us-east-1' },
      ...{ recipientAccountId: accountId, readOnly: false },
    },
  )
})
