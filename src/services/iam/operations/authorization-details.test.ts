import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  accountId,
  administrator,
  allowEverything,
  everyPage,
  type IamFixture,
  iamFixture,
  present,
  trusting,
} from '../testing.ts'

async function populated(): Promise<IamFixture> {
  const iam = await iamFixture()
  const { Policy } = await iam.call('CreatePolicy', {
    PolicyName: 'P',
    PolicyDocument: allowEverything,
    Description: 'd',
  })
  const PolicyArn = present(Policy?.Arn)
  await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: allowEverything })
  await iam.call('CreateUser', { UserName: 'u', PermissionsBoundary: PolicyArn, Tags: [{ Key: 'k', Value: 'v' }] })
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('AddUserToGroup', { GroupName: 'g', UserName: 'u' })
  await iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trusting('*') })
  await iam.call('PutUserPolicy', { UserName: 'u', PolicyName: 'i', PolicyDocument: allowEverything })
  await iam.call('AttachUserPolicy', { UserName: 'u', PolicyArn: administrator })
  await iam.call('AttachGroupPolicy', { GroupName: 'g', PolicyArn })
  await iam.call('PutRolePolicy', { RoleName: 'r', PolicyName: 'i', PolicyDocument: allowEverything })
  return iam
}

test('GetAccountAuthorizationDetails shows users, groups, roles and the policies in use with all that hangs on them', async () => {
  const iam = await populated()
  const details = await iam.call('GetAccountAuthorizationDetails', {})
  const [user] = present(details.UserDetailList)
  const encoded = encodeURIComponent(allowEverything).replaceAll('*', '%2A')
  assert.deepEqual(user?.UserPolicyList, [{ PolicyName: 'i', PolicyDocument: encoded }])
  assert.deepEqual(user?.GroupList, ['g'])
  assert.deepEqual(user?.AttachedManagedPolicies, [{ PolicyName: 'AdministratorAccess', PolicyArn: administrator }])
  assert.equal(user?.PermissionsBoundary?.PermissionsBoundaryArn, `arn:aws:iam::${accountId}:policy/P`)
  assert.deepEqual(user?.Tags, [{ Key: 'k', Value: 'v' }])
  const [group] = present(details.GroupDetailList)
  assert.deepEqual(group?.AttachedManagedPolicies, [
    { PolicyName: 'P', PolicyArn: `arn:aws:iam::${accountId}:policy/P` },
  ])
  const [role] = present(details.RoleDetailList)
  assert.equal(decodeURIComponent(present(role?.AssumeRolePolicyDocument)), trusting('*'))
  assert.deepEqual([role?.InstanceProfileList, role?.RoleLastUsed], [[], {}])
  assert.deepEqual(role?.RolePolicyList, [{ PolicyName: 'i', PolicyDocument: encoded }])
  const [own, aws] = present(details.Policies)
  assert.deepEqual(
    [own?.PolicyName, own?.Description, own?.AttachmentCount, own?.PermissionsBoundaryUsageCount],
    ['P', 'd', 1, 1],
  )
  assert.deepEqual(
    own?.PolicyVersionList?.map(({ VersionId, IsDefaultVersion, Document }) => [VersionId, IsDefaultVersion, Document]),
    [
      ['v2', false, encoded],
      ['v1', true, encoded],
    ],
  )
  assert.deepEqual([aws?.Arn, aws?.AttachmentCount], [administrator, 1])
  assert.equal(details.IsTruncated, false)
})

test('GetAccountAuthorizationDetails narrows to kinds', async () => {
  const iam = await populated()
  const sizes = async (...Filter: ('User' | 'Group' | 'Role' | 'LocalManagedPolicy' | 'AWSManagedPolicy')[]) => {
    const found = await iam.call('GetAccountAuthorizationDetails', { Filter })
    return [found.UserDetailList, found.GroupDetailList, found.RoleDetailList, found.Policies].map(
      (list) => list?.length,
    )
  }
  assert.deepEqual(await sizes(), [1, 1, 1, 2])
  assert.deepEqual(await sizes('User'), [1, 0, 0, 0])
  assert.deepEqual(await sizes('Role', 'Group'), [0, 1, 1, 0])
  assert.deepEqual(await sizes('LocalManagedPolicy'), [0, 0, 0, 1])
  assert.deepEqual(await sizes('AWSManagedPolicy'), [0, 0, 0, 1])
})

test('GetAccountAuthorizationDetails makes pages across all kinds', async () => {
  const iam = await populated()
  const pages = await everyPage((request) => iam.call('GetAccountAuthorizationDetails', request), 2)
  const sizes = pages.map((page) =>
    [page.UserDetailList, page.GroupDetailList, page.RoleDetailList, page.Policies].map((list) => list?.length),
  )
  assert.deepEqual(sizes, [
    [1, 1, 0, 0],
    [0, 0, 1, 1],
    [0, 0, 0, 1],
  ])
})
