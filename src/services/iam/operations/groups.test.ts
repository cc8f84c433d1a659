import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, allowEverything, everyPage, type IamFixture, iamFixture, present } from '../testing.ts'

const notFound = (noun: string, name: string) => ({
  code: 'NoSuchEntity',
  message: `The ${noun} with name ${name} cannot be found.`,
})

async function withUsers(iam: IamFixture, ...names: string[]) {
  for (const UserName of names) await iam.call('CreateUser', { UserName })
}

test('CreateGroup answers the group, and GetGroup shows it with its users', async () => {
  const iam = await iamFixture()
  const { Group } = await iam.call('CreateGroup', { GroupName: 'Admins', Path: '/ops/' })
  const { GroupId, ...rest } = present(Group)
  assert.match(present(GroupId), /^AGPARTX3GSDS[Q-Z2-7][A-Z2-7]{8}$/)
  const Arn = `arn:aws:iam::${accountId}:group/ops/Admins`
  assert.deepEqual(rest, { GroupName: 'Admins', Path: '/ops/', Arn, CreateDate: iam.clock.now() })
  assert.deepEqual(await iam.call('GetGroup', { GroupName: 'admins' }), { Group, Users: [], IsTruncated: false })
})

test('CreateGroup refuses a name that is taken; a user may have the same', async () => {
  const iam = await iamFixture()
  await withUsers(iam, 'ops')
  await iam.call('CreateGroup', { GroupName: 'ops' })
  await assert.rejects(iam.call('CreateGroup', { GroupName: 'Ops' }), {
    code: 'EntityAlreadyExists',
    message: 'Group with name Ops already exists.',
  })
})

test('GetGroup shows every user of the group once, in order of name, and no other user', async () => {
  const iam = await iamFixture()
  await iam.call('CreateGroup', { GroupName: 'g' })
  await withUsers(iam, 'd', 'B', 'a', 'C', 'outsider')
  for (const UserName of ['d', 'B', 'a', 'C']) await iam.call('AddUserToGroup', { GroupName: 'g', UserName })
  const pages = await everyPage((request) => iam.call('GetGroup', { GroupName: 'g', ...request }), 3)
  assert.deepEqual(
    pages.map(({ Users }) => Users?.map(({ UserName }) => UserName)),
    [['a', 'B', 'C'], ['d']],
  )
})

test('AddUserToGroup does nothing the second time, RemoveUserFromGroup likewise', async () => {
  const iam = await iamFixture()
  await withUsers(iam, 'alice')
  await iam.call('CreateGroup', { GroupName: 'g' })
  const membership = { GroupName: 'g', UserName: 'alice' }
  const members = async () => (await iam.call('GetGroup', { GroupName: 'g' })).Users?.length
  for (const _ of [1, 2]) await iam.call('AddUserToGroup', membership)
  assert.equal(await members(), 1)
  for (const _ of [1, 2]) await iam.call('RemoveUserFromGroup', membership)
  assert.equal(await members(), 0)
})

test('AddUserToGroup and RemoveUserFromGroup look for the user first', async () => {
  const iam = await iamFixture()
  const membership = { GroupName: 'g', UserName: 'alice' }
  await assert.rejects(iam.call('AddUserToGroup', membership), notFound('user', 'alice'))
  await assert.rejects(iam.call('RemoveUserFromGroup', membership), notFound('user', 'alice'))
  await withUsers(iam, 'alice')
  await assert.rejects(iam.call('AddUserToGroup', membership), notFound('group', 'g'))
  await assert.rejects(iam.call('RemoveUserFromGroup', membership), notFound('group', 'g'))
})

test('AddUserToGroup refuses the eleventh group of a user', async () => {
  const iam = await iamFixture()
  await withUsers(iam, 'alice')
  for (let i = 0; i <= 10; i++) await iam.call('CreateGroup', { GroupName: `g${i}` })
  for (let i = 0; i < 10; i++) await iam.call('AddUserToGroup', { GroupName: `g${i}`, UserName: 'alice' })
  await assert.rejects(iam.call('AddUserToGroup', { GroupName: 'g10', UserName: 'alice' }), {
    code: 'LimitExceeded',
    status: 409,
    message: 'Cannot exceed quota for GroupsPerUser: 10',
  })
})

test('ListGroupsForUser shows the groups of the user in order of name, page by page', async () => {
  const iam = await iamFixture()
  await withUsers(iam, 'alice')
  for (const GroupName of ['c', 'A', 'b', 'other']) await iam.call('CreateGroup', { GroupName })
  for (const GroupName of ['c', 'A', 'b']) await iam.call('AddUserToGroup', { GroupName, UserName: 'alice' })
  const pages = await everyPage((request) => iam.call('ListGroupsForUser', { UserName: 'alice', ...request }), 2)
  assert.deepEqual(
    pages.map(({ Groups }) => Groups?.map(({ GroupName }) => GroupName)),
    [['A', 'b'], ['c']],
  )
  await assert.rejects(iam.call('ListGroupsForUser', { UserName: 'bob' }), notFound('user', 'bob'))
})

test('ListGroups narrows to a path', async () => {
  const iam = await iamFixture()
  await iam.call('CreateGroup', { GroupName: 'a', Path: '/x/' })
  await iam.call('CreateGroup', { GroupName: 'b', Path: '/y/' })
  const { Groups, IsTruncated } = await iam.call('ListGroups', { PathPrefix: '/y/' })
  assert.deepEqual([Groups?.map(({ GroupName }) => GroupName), IsTruncated], [['b'], false])
})

test('UpdateGroup changes name and path and keeps id, users and policies', async () => {
  const iam = await iamFixture()
  const { Group } = await iam.call('CreateGroup', { GroupName: 'g' })
  await withUsers(iam, 'alice')
  await iam.call('AddUserToGroup', { GroupName: 'g', UserName: 'alice' })
  await iam.call('PutGroupPolicy', { GroupName: 'g', PolicyName: 'p', PolicyDocument: allowEverything })
  await iam.call('UpdateGroup', { GroupName: 'g', NewGroupName: 'H', NewPath: '/n/' })
  const { Group: renamed, Users } = await iam.call('GetGroup', { GroupName: 'h' })
  assert.deepEqual(renamed, { ...Group, GroupName: 'H', Path: '/n/', Arn: `arn:aws:iam::${accountId}:group/n/H` })
  assert.deepEqual(
    Users?.map(({ UserName }) => UserName),
    ['alice'],
  )
  assert.deepEqual((await iam.call('ListGroupPolicies', { GroupName: 'h' })).PolicyNames, ['p'])
  const { Groups } = await iam.call('ListGroupsForUser', { UserName: 'alice' })
  assert.deepEqual(
    Groups?.map(({ GroupName }) => GroupName),
    ['H'],
  )
  await assert.rejects(iam.call('GetGroup', { GroupName: 'g' }), notFound('group', 'g'))
  await assert.rejects(iam.call('UpdateGroup', { GroupName: 'g', NewGroupName: 'x' }), notFound('group', 'g'))
  await iam.call('CreateGroup', { GroupName: 'g' })
  await assert.rejects(iam.call('UpdateGroup', { GroupName: 'g', NewGroupName: 'h' }), { code: 'EntityAlreadyExists' })
})

test('DeleteGroup refuses while it has users or policies', async () => {
  const iam = await iamFixture()
  const GroupName = 'g'
  await iam.call('CreateGroup', { GroupName })
  await withUsers(iam, 'alice')
  await iam.call('AddUserToGroup', { GroupName, UserName: 'alice' })
  await iam.call('PutGroupPolicy', { GroupName, PolicyName: 'p', PolicyDocument: allowEverything })
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  await iam.call('AttachGroupPolicy', { GroupName, PolicyArn })
  const must = (chore: string) => ({ code: 'DeleteConflict', message: `Cannot delete entity, must ${chore} first.` })
  await assert.rejects(iam.call('DeleteGroup', { GroupName }), must('remove users from group'))
  await iam.call('RemoveUserFromGroup', { GroupName, UserName: 'alice' })
  await assert.rejects(iam.call('DeleteGroup', { GroupName }), must('detach all policies'))
  await iam.call('DetachGroupPolicy', { GroupName, PolicyArn })
  await assert.rejects(iam.call('DeleteGroup', { GroupName }), must('delete policies'))
  await iam.call('DeleteGroupPolicy', { GroupName, PolicyName: 'p' })
  await iam.call('DeleteGroup', { GroupName })
  await assert.rejects(iam.call('DeleteGroup', { GroupName }), notFound('group', 'g'))
  assert.equal((await iam.call('GetAccountSummary', {})).SummaryMap?.Groups, 0)
})

test('AddUserToGroup asks for the group', async () => {
  const iam = await iamFixture()
  await iam.call('CreateGroup', { GroupName: 'g', Path: '/x/' })
  assert.deepEqual(await iam.permissions('AddUserToGroup', { GroupName: 'g', UserName: 'alice' }), [
    {
      action: 'iam:AddUserToGroup',
      resource: `arn:aws:iam::${accountId}:group/x/g`,
      printedResource: 'group g',
      context: {},
    },
  ])
})
