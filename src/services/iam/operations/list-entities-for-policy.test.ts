import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, allowEverything, everyPage, iamFixture, present, trusting } from '../testing.ts'

test('ListEntitiesForPolicy shows who has a policy attached or as boundary, by kind, use and path', async () => {
  const iam = await iamFixture()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'P', PolicyDocument: allowEverything })
  const PolicyArn = present(Policy?.Arn)
  await iam.call('CreateUser', { UserName: 'attached', Path: '/x/' })
  await iam.call('CreateUser', { UserName: 'bounded', PermissionsBoundary: PolicyArn })
  await iam.call('CreateUser', { UserName: 'both', PermissionsBoundary: PolicyArn })
  await iam.call('CreateUser', { UserName: 'neither' })
  await iam.call('CreateGroup', { GroupName: 'group' })
  await iam.call('CreateRole', { RoleName: 'role', AssumeRolePolicyDocument: trusting('*') })
  for (const UserName of ['attached', 'both']) await iam.call('AttachUserPolicy', { UserName, PolicyArn })
  await iam.call('AttachGroupPolicy', { GroupName: 'group', PolicyArn })
  await iam.call('AttachRolePolicy', { RoleName: 'role', PolicyArn })
  const found = async (request: object) => {
    const pages = await everyPage((page) => iam.call('ListEntitiesForPolicy', { PolicyArn, ...request, ...page }), 2)
    return pages.flatMap(({ PolicyGroups = [], PolicyUsers = [], PolicyRoles = [] }) => [
      ...PolicyGroups.map(({ GroupName }) => GroupName),
      ...PolicyUsers.map(({ UserName }) => UserName),
      ...PolicyRoles.map(({ RoleName }) => RoleName),
    ])
  }
  assert.deepEqual(await found({}), ['group', 'attached', 'both', 'bounded', 'role'])
  assert.deepEqual(await found({ EntityFilter: 'User' }), ['attached', 'both', 'bounded'])
  assert.deepEqual(await found({ EntityFilter: 'Role' }), ['role'])
  assert.deepEqual(await found({ EntityFilter: 'LocalManagedPolicy' }), [])
  assert.deepEqual(await found({ PolicyUsageFilter: 'PermissionsPolicy' }), ['group', 'attached', 'both', 'role'])
  assert.deepEqual(await found({ PolicyUsageFilter: 'PermissionsBoundary' }), ['both', 'bounded'])
  assert.deepEqual(await found({ PathPrefix: '/x/' }), ['attached'])
  const missing = `arn:aws:iam::${accountId}:policy/missing`
  await assert.rejects(iam.call('ListEntitiesForPolicy', { PolicyArn: missing }), {
    code: 'NoSuchEntity',
    message: `Policy ${missing} does not exist or is not attachable.`,
  })
})
