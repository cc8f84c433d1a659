import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, everyPage, iamFixture, present, trusting } from '../testing.ts'

const document = trusting({ Service: 'ec2.amazonaws.com' })

async function withProfile() {
  const iam = await iamFixture()
  const { Role } = await iam.call('CreateRole', { RoleName: 'web', Path: '/app/', AssumeRolePolicyDocument: document })
  const { InstanceProfile } = await iam.call('CreateInstanceProfile', { InstanceProfileName: 'Web', Path: '/app/' })
  return { iam, role: present(Role), profile: present(InstanceProfile) }
}

const add = { InstanceProfileName: 'web', RoleName: 'web' }

test('an instance profile has a name, a path and an id of its own, and no role at first', async () => {
  const { iam, profile } = await withProfile()
  assert.match(profile.InstanceProfileId ?? '', /^AIPA[A-Z2-7]{17}$/)
  assert.deepEqual(profile, {
    Path: '/app/',
    InstanceProfileName: 'Web',
    InstanceProfileId: profile.InstanceProfileId,
    Arn: `arn:aws:iam::${accountId}:instance-profile/app/Web`,
    CreateDate: iam.clock.now(),
    Roles: [],
  })
  assert.deepEqual((await iam.call('GetInstanceProfile', { InstanceProfileName: 'web' })).InstanceProfile, profile)
  await assert.rejects(iam.call('CreateInstanceProfile', { InstanceProfileName: 'WEB' }), {
    code: 'EntityAlreadyExists',
    message: 'Instance Profile WEB already exists.',
  })
  await assert.rejects(iam.call('GetInstanceProfile', { InstanceProfileName: 'none' }), {
    code: 'NoSuchEntity',
    message: 'Instance Profile none cannot be found.',
  })
  await assert.rejects(iam.call('CreateInstanceProfile', { InstanceProfileName: 'a b' }), { code: 'ValidationError' })
})

test('a profile takes one role, which is shown with it and listed from its side', async () => {
  const { iam, role } = await withProfile()
  await iam.call('AddRoleToInstanceProfile', add)
  const { InstanceProfile } = await iam.call('GetInstanceProfile', { InstanceProfileName: 'Web' })
  assert.deepEqual(InstanceProfile?.Roles, [
    {
      Path: '/app/',
      RoleName: 'web',
      RoleId: role.RoleId,
      Arn: role.Arn,
      CreateDate: role.CreateDate,
      AssumeRolePolicyDocument: role.AssumeRolePolicyDocument,
    },
  ])
  const { InstanceProfiles } = await iam.call('ListInstanceProfilesForRole', { RoleName: 'web' })
  assert.deepEqual(InstanceProfiles, [InstanceProfile])
  const { RoleDetailList } = await iam.call('GetAccountAuthorizationDetails', { Filter: ['Role'] })
  assert.deepEqual(RoleDetailList?.[0]?.InstanceProfileList, [InstanceProfile])
  await iam.call('CreateRole', { RoleName: 'other', AssumeRolePolicyDocument: document })
  await assert.rejects(iam.call('AddRoleToInstanceProfile', { ...add, RoleName: 'other' }), {
    code: 'LimitExceeded',
    message: 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
  })
  await assert.rejects(iam.call('AddRoleToInstanceProfile', { ...add, RoleName: 'none' }), { code: 'NoSuchEntity' })
  assert.deepEqual((await iam.call('ListInstanceProfilesForRole', { RoleName: 'other' })).InstanceProfiles, [])
  await assert.rejects(iam.call('ListInstanceProfilesForRole', { RoleName: 'none' }), { code: 'NoSuchEntity' })
})

test('neither profile nor role goes while the one is in the other', async () => {
  const { iam } = await withProfile()
  await iam.call('AddRoleToInstanceProfile', add)
  const conflict = {
    code: 'DeleteConflict',
    message: 'Cannot delete entity, must remove roles from instance profile first.',
  }
  await assert.rejects(iam.call('DeleteRole', { RoleName: 'web' }), conflict)
  await assert.rejects(iam.call('DeleteInstanceProfile', { InstanceProfileName: 'Web' }), conflict)
  await iam.call('RemoveRoleFromInstanceProfile', add)
  await assert.rejects(iam.call('RemoveRoleFromInstanceProfile', add), { code: 'NoSuchEntity' })
  await iam.call('DeleteRole', { RoleName: 'web' })
  const { SummaryMap } = await iam.call('GetAccountSummary', {})
  assert.deepEqual([SummaryMap?.InstanceProfiles, SummaryMap?.InstanceProfilesQuota], [1, 1000])
  await iam.call('DeleteInstanceProfile', { InstanceProfileName: 'Web' })
  assert.equal((await iam.call('GetAccountSummary', {})).SummaryMap?.InstanceProfiles, 0)
})

test('profiles are listed by path and by the page, without their tags', async () => {
  const iam = await iamFixture()
  const Tags = [{ Key: 'team', Value: 'red' }]
  for (const name of ['a', 'b', 'c']) await iam.call('CreateInstanceProfile', { InstanceProfileName: name, Tags })
  await iam.call('CreateInstanceProfile', { InstanceProfileName: 'd', Path: '/app/' })
  const pages = await everyPage((page) => iam.call('ListInstanceProfiles', page), 2)
  const names = pages.map(({ InstanceProfiles = [] }) => InstanceProfiles.map((profile) => profile.InstanceProfileName))
  assert.deepEqual(names, [
    ['a', 'b'],
    ['c', 'd'],
  ])
  assert.equal(pages[0]?.InstanceProfiles?.[0]?.Tags, undefined)
  const { InstanceProfiles = [] } = await iam.call('ListInstanceProfiles', { PathPrefix: '/app/' })
  assert.deepEqual(
    InstanceProfiles.map((profile) => profile.InstanceProfileName),
    ['d'],
  )
})

test('tags of a profile are added, replaced and removed', async () => {
  const { iam } = await withProfile()
  const named = { InstanceProfileName: 'Web' }
  await iam.call('TagInstanceProfile', { ...named, Tags: [{ Key: 'team', Value: 'red' }] })
  await iam.call('TagInstanceProfile', {
    ...named,
    Tags: [
      { Key: 'Team', Value: 'blue' },
      { Key: 'stage', Value: '' },
    ],
  })
  const { Tags } = await iam.call('ListInstanceProfileTags', named)
  assert.deepEqual(Tags, [
    { Key: 'Team', Value: 'blue' },
    { Key: 'stage', Value: '' },
  ])
  await iam.call('UntagInstanceProfile', { ...named, TagKeys: ['TEAM'] })
  assert.deepEqual((await iam.call('GetInstanceProfile', named)).InstanceProfile?.Tags, [{ Key: 'stage', Value: '' }])
})

test('who adds a role passes it on to machines, and who creates with tags may tag', async () => {
  const { iam, role } = await withProfile()
  const arn = `arn:aws:iam::${accountId}:instance-profile/app/Web`
  const [adding, passing] = await iam.permissions('AddRoleToInstanceProfile', add)
  assert.deepEqual(
    [adding?.action, adding?.resource, adding?.printedResource],
    ['iam:AddRoleToInstanceProfile', arn, 'instance profile web'],
  )
  assert.deepEqual(passing, {
    action: 'iam:PassRole',
    resource: role.Arn,
    context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
  })
  const Tags = [{ Key: 'team', Value: 'red' }]
  const creating = await iam.permissions('CreateInstanceProfile', { InstanceProfileName: 'New', Path: '/x/', Tags })
  assert.deepEqual(
    creating.map(({ action, resource }) => [action, resource]),
    ['iam:CreateInstanceProfile', 'iam:TagInstanceProfile'].map((action) => [
      action,
      `arn:aws:iam::${accountId}:instance-profile/x/New`,
    ]),
  )
})
