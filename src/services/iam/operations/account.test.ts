import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerOf, rootOf } from '../../../../test/fixtures/call.ts'
import { accountCounts, accountScope } from '../storage/collections.ts'
import { accountId, allowEverything, iamFixture, otherAccountId, trusting } from '../testing.ts'

test('GetAccountSummary counts what there is and knows the quotas', async () => {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'u' })
  await iam.call('CreateUser', { UserName: 'gone' })
  await iam.call('DeleteUser', { UserName: 'gone' })
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trusting('*') })
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: allowEverything })
  await iam.call('CreatePolicyVersion', { PolicyArn: Policy?.Arn ?? '', PolicyDocument: allowEverything })
  const { SummaryMap } = await iam.call('GetAccountSummary', {})
  const { Users, Groups, Roles, Policies, PolicyVersionsInUse, AccountAccessKeysPresent, ...rest } = SummaryMap ?? {}
  assert.deepEqual([Users, Groups, Roles, Policies, PolicyVersionsInUse, AccountAccessKeysPresent], [1, 1, 1, 1, 2, 0])
  assert.equal(Object.keys(rest).length, 34 - 6)
  assert.deepEqual([rest.UsersQuota, rest.PolicySizeQuota, rest.GlobalEndpointTokenVersion], [5000, 6144, 1])
})

test('CreateAccountAlias puts a new alias in the place of the old, which is free again', async () => {
  const iam = await iamFixture()
  const aliases = async () => (await iam.call('ListAccountAliases', {})).AccountAliases
  assert.deepEqual(await aliases(), [])
  await iam.call('CreateAccountAlias', { AccountAlias: 'first-one' })
  await iam.call('CreateAccountAlias', { AccountAlias: 'second-one' })
  assert.deepEqual(await aliases(), ['second-one'])
  const stranger = callerOf(rootOf(otherAccountId))
  await iam.call('CreateAccountAlias', { AccountAlias: 'first-one' }, stranger)
  const taken = (alias: string) => ({
    code: 'EntityAlreadyExists',
    status: 409,
    message: `The account alias ${alias} already exists.`,
  })
  await assert.rejects(iam.call('CreateAccountAlias', { AccountAlias: 'first-one' }), taken('first-one'))
  await assert.rejects(iam.call('CreateAccountAlias', { AccountAlias: 'second-one' }), taken('second-one'))
  assert.deepEqual(await aliases(), ['second-one'])
})

test('CreateAccountAlias refuses what is not an alias', async () => {
  const iam = await iamFixture()
  for (const AccountAlias of ['ab', 'a'.repeat(64)]) {
    await assert.rejects(iam.call('CreateAccountAlias', { AccountAlias }), {
      code: 'ValidationError',
      message: /at 'accountAlias' failed to satisfy constraint: Member must have length/,
    })
  }
  for (const AccountAlias of ['Abc', '-abc', 'abc-', 'a--b', 'a.b', '123456789012']) {
    await assert.rejects(iam.call('CreateAccountAlias', { AccountAlias }), {
      code: 'ValidationError',
      message: /^The specified value for accountAlias is invalid\. It must be a minimum length of 3/,
    })
  }
  await iam.call('CreateAccountAlias', { AccountAlias: '1-2' })
})

test('DeleteAccountAlias deletes the alias the account has, and no other', async () => {
  const iam = await iamFixture()
  await iam.call('CreateAccountAlias', { AccountAlias: 'abc' })
  await assert.rejects(iam.call('DeleteAccountAlias', { AccountAlias: 'xyz' }), { code: 'NoSuchEntity', status: 404 })
  await iam.call('DeleteAccountAlias', { AccountAlias: 'abc' })
  assert.deepEqual(await iam.call('ListAccountAliases', {}), { AccountAliases: [], IsTruncated: false })
  await assert.rejects(iam.call('DeleteAccountAlias', { AccountAlias: 'abc' }), { code: 'NoSuchEntity' })
})

test('Operations on the account ask for everything, and say so', async () => {
  const iam = await iamFixture()
  assert.deepEqual(await iam.permissions('GetAccountSummary', {}), [
    { action: 'iam:GetAccountSummary', resource: '*', printedResource: '*' },
  ])
})

test('An account has quotas of users, groups, roles, policies and instance profiles', async () => {
  const iam = await iamFixture()
  const full = { users: 5000, groups: 300, roles: 1000, policies: 1500, policyVersions: 0, instanceProfiles: 1000 }
  await iam.store.transaction((tx) => tx.in(accountCounts).put(accountScope(accountId), accountId, full))
  const exceeds = (quota: string) => ({
    code: 'LimitExceeded',
    status: 409,
    message: `Cannot exceed quota for ${quota}`,
  })
  await assert.rejects(iam.call('CreateUser', { UserName: 'x' }), exceeds('UsersPerAccount: 5000'))
  await assert.rejects(iam.call('CreateGroup', { GroupName: 'x' }), exceeds('GroupsPerAccount: 300'))
  await assert.rejects(
    iam.call('CreateInstanceProfile', { InstanceProfileName: 'x' }),
    exceeds('InstanceProfilesPerAccount: 1000'),
  )
  const role = { RoleName: 'x', AssumeRolePolicyDocument: trusting('*') }
  await assert.rejects(iam.call('CreateRole', role), exceeds('RolesPerAccount: 1000'))
  const policy = { PolicyName: 'x', PolicyDocument: allowEverything }
  await assert.rejects(iam.call('CreatePolicy', policy), exceeds('PoliciesPerAccount: 1500'))
  assert.equal((await iam.call('GetAccountSummary', {})).SummaryMap?.Users, 5000)
})
