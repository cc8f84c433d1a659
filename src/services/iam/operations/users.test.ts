import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { callerOf, rootOf, userOf } from '../../../../test/fixtures/call.ts'
import { accountId, administrator, allowEverything, everyPage, iamFixture, present } from '../testing.ts'

const notFound = (name: string) => ({
  code: 'NoSuchEntity',
  status: 404,
  message: `The user with name ${name} cannot be found.`,
})

test('CreateUser answers the user, with path, tags and boundary, and GetUser finds it again', async () => {
  const iam = await iamFixture()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'Edge', PolicyDocument: allowEverything })
  const PermissionsBoundary = present(Policy?.Arn)
  const Tags = [
    { Key: 'team', Value: 'red' },
    { Key: 'Env', Value: '' },
  ]
  const { User } = await iam.call('CreateUser', { UserName: 'Alice', Path: '/staff/', PermissionsBoundary, Tags })
  const { UserId, ...rest } = present(User)
  assert.match(present(UserId), /^AIDARTX3GSDS[Q-Z2-7][A-Z2-7]{8}$/)
  assert.deepEqual(rest, {
    UserName: 'Alice',
    Path: '/staff/',
    Arn: `arn:aws:iam::${accountId}:user/staff/Alice`,
    CreateDate: iam.clock.now(),
    PermissionsBoundary: { PermissionsBoundaryArn: PermissionsBoundary, PermissionsBoundaryType: 'Policy' },
    Tags: [
      { Key: 'Env', Value: '' },
      { Key: 'team', Value: 'red' },
    ],
  })
  assert.deepEqual(await iam.call('GetUser', { UserName: 'Alice' }), { User })
})

test('CreateUser shows neither tags nor boundary of a user without', async () => {
  const iam = await iamFixture()
  const { User } = await iam.call('CreateUser', { UserName: 'alice' })
  assert.deepEqual(Object.keys(present(User)).sort(), ['Arn', 'CreateDate', 'Path', 'UserId', 'UserName'])
})

test('CreateUser refuses a name that differs in case only', async () => {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'Alice' })
  await assert.rejects(iam.call('CreateUser', { UserName: 'aLICE' }), {
    code: 'EntityAlreadyExists',
    status: 409,
    message: 'User with name aLICE already exists.',
  })
})

test('CreateUser makes one user of a hundred that want the same name at once', async () => {
  const iam = await iamFixture()
  const names = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 'Alice' : 'ALICE'))
  const outcomes = await Promise.allSettled(names.map((UserName) => iam.call('CreateUser', { UserName })))
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'EntityAlreadyExists')
  }
  const { SummaryMap } = await iam.call('GetAccountSummary', {})
  assert.equal(SummaryMap?.Users, 1)
})

test('CreateUser gives names to users of other accounts that this account has given', async () => {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'alice' })
  const stranger = callerOf(rootOf('444455556666'))
  const { User } = await iam.call('CreateUser', { UserName: 'alice' }, stranger)
  assert.equal(User?.Arn, 'arn:aws:iam::444455556666:user/alice')
})

test('CreateUser refuses a name, path, tag or boundary that will not do, and makes nothing', async () => {
  const iam = await iamFixture()
  const UserName = 'alice'
  await assert.rejects(iam.call('CreateUser', { UserName: 'a b' }), {
    code: 'ValidationError',
    message: /userName is invalid/,
  })
  await assert.rejects(iam.call('CreateUser', { UserName, Path: '/x' }), {
    code: 'ValidationError',
    message: /value for path/,
  })
  const Tags = [
    { Key: 'a', Value: '' },
    { Key: 'A', Value: '' },
  ]
  await assert.rejects(iam.call('CreateUser', { UserName, Tags }), {
    code: 'InvalidInput',
    message: /^Duplicate tag keys/,
  })
  const noPolicy = `arn:aws:iam::${accountId}:not_a_policy/invalid`
  await assert.rejects(iam.call('CreateUser', { UserName, PermissionsBoundary: noPolicy }), {
    code: 'InvalidInput',
    message: `ARN ${noPolicy} is not valid.`,
  })
  const missing = `arn:aws:iam::${accountId}:policy/missing`
  await assert.rejects(iam.call('CreateUser', { UserName, PermissionsBoundary: missing }), {
    code: 'NoSuchEntity',
    message: `Scope ARN: ${missing} does not exist or is not attachable.`,
  })
  await assert.rejects(iam.call('GetUser', { UserName }), notFound('alice'))
  assert.equal((await iam.call('GetAccountSummary', {})).SummaryMap?.Users, 0)
})

test('CreateUser asks for the new ARN, the boundary and the tags, and for tagging when there are tags', async () => {
  const iam = await iamFixture()
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/Edge'
  const resource = `arn:aws:iam::${accountId}:user/staff/alice`
  const named = { UserName: 'alice', Path: '/staff/', PermissionsBoundary }
  const context = { 'iam:PermissionsBoundary': PermissionsBoundary }
  assert.deepEqual(await iam.permissions('CreateUser', named), [{ action: 'iam:CreateUser', resource, context }])
  const tagged = {
    'aws:TagKeys': ['team'],
    'aws:RequestTag/team': 'red',
    'aws:ResourceTag/team': 'red',
    'iam:ResourceTag/team': 'red',
    ...context,
  }
  assert.deepEqual(await iam.permissions('CreateUser', { ...named, Tags: [{ Key: 'team', Value: 'red' }] }), [
    { action: 'iam:CreateUser', resource, context: tagged },
    { action: 'iam:TagUser', resource, context: tagged },
  ])
})

test('GetUser finds a user under its name in any case and prints it as it was given', async () => {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'Alice' })
  assert.equal((await iam.call('GetUser', { UserName: 'ALICE' })).User?.UserName, 'Alice')
  await assert.rejects(iam.call('GetUser', { UserName: 'bob' }), notFound('bob'))
})

test('GetUser without a name answers the caller: the root user without name and path', async () => {
  const iam = await iamFixture()
  assert.deepEqual((await iam.call('GetUser', {})).User, {
    UserName: undefined,
    Path: undefined,
    UserId: accountId,
    Arn: `arn:aws:iam::${accountId}:root`,
    CreateDate: iam.clock.now(),
  })
  const { User } = await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: administrator })
  const alice = callerOf(userOf(accountId, 'alice', present(User?.UserId)))
  assert.deepEqual(await iam.call('GetUser', {}, alice), { User })
})

test('GetUser without a name is refused to sessions of roles', async () => {
  const iam = await iamFixture()
  const session = callerOf({
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/r/s`,
    roleArn: `arn:aws:iam::${accountId}:role/r`,
    roleId: 'AROARTX3GSDSQAAAAAAAA',
    roleName: 'r',
    sessionName: 's',
  })
  await assert.rejects(iam.call('GetUser', {}, session), {
    code: 'ValidationError',
    status: 400,
    message: 'Must specify userName when calling with non-User credentials',
  })
})

test('GetUser asks for the user as it is, path and tags included, and prints its name', async () => {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'alice', Path: '/staff/', Tags: [{ Key: 'team', Value: 'red' }] })
  assert.deepEqual(await iam.permissions('GetUser', { UserName: 'alice' }), [
    {
      action: 'iam:GetUser',
      resource: `arn:aws:iam::${accountId}:user/staff/alice`,
      printedResource: 'user alice',
      context: { 'aws:ResourceTag/team': 'red', 'iam:ResourceTag/team': 'red' },
    },
  ])
  const [missing] = await iam.permissions('GetUser', { UserName: 'bob' })
  assert.equal(missing?.resource, `arn:aws:iam::${accountId}:user/bob`)
})

test('ListUsers shows every user once, in order of name, whatever the page size', async () => {
  const iam = await iamFixture()
  const names = ['Zoe', 'adam', 'Bob', 'eve', 'Carl', 'dora', 'mallory']
  for (const UserName of names) await iam.call('CreateUser', { UserName })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 8 }), async (maxItems) => {
      const pages = await everyPage((request) => iam.call('ListUsers', request), maxItems)
      const listed = pages.flatMap(({ Users }) => Users?.map(({ UserName }) => UserName))
      assert.deepEqual(listed, ['adam', 'Bob', 'Carl', 'dora', 'eve', 'mallory', 'Zoe'])
      assert.ok(
        pages.every(
          ({ Users, IsTruncated }, i) => IsTruncated === i < pages.length - 1 && (Users?.length ?? 0) <= maxItems,
        ),
      )
    }),
    { numRuns: 8 },
  )
})

test('ListUsers narrows to a path, down to parts of a folder, and leaves tags and boundary out', async () => {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'a', Path: '/team/red/', Tags: [{ Key: 'k', Value: 'v' }] })
  await iam.call('CreateUser', { UserName: 'b', Path: '/team/blue/' })
  await iam.call('CreateUser', { UserName: 'c', Path: '/teamwork/' })
  await iam.call('CreateUser', { UserName: 'd' })
  const under = async (PathPrefix?: string) =>
    (await iam.call('ListUsers', { PathPrefix })).Users?.map(({ UserName }) => UserName)
  assert.deepEqual(await under(), ['a', 'b', 'c', 'd'])
  assert.deepEqual(await under('/'), ['a', 'b', 'c', 'd'])
  assert.deepEqual(await under('/team'), ['a', 'b', 'c'])
  assert.deepEqual(await under('/team/'), ['a', 'b'])
  assert.deepEqual(await under('/team/r'), ['a'])
  assert.deepEqual(await under('/none/'), [])
  const { Users } = await iam.call('ListUsers', { PathPrefix: '/team/red/' })
  assert.deepEqual(Object.keys(present(Users?.[0])).sort(), ['Arn', 'CreateDate', 'Path', 'UserId', 'UserName'])
  await assert.rejects(iam.call('ListUsers', { PathPrefix: 'team' }), { code: 'ValidationError' })
  await assert.rejects(iam.call('ListUsers', { Marker: 'nonsense' }), {
    code: 'ValidationError',
    message: 'Invalid Marker.',
  })
  const [permission] = await iam.permissions('ListUsers', { PathPrefix: '/team/' })
  assert.deepEqual(permission, { action: 'iam:ListUsers', resource: `arn:aws:iam::${accountId}:user/team/` })
})

test('UpdateUser changes name and path and keeps id, policies, groups, keys and creation date', async () => {
  const iam = await iamFixture()
  const { User } = await iam.call('CreateUser', { UserName: 'alice', Tags: [{ Key: 'k', Value: 'v' }] })
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('AddUserToGroup', { GroupName: 'g', UserName: 'alice' })
  await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'p', PolicyDocument: allowEverything })
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName: 'alice' })
  iam.clock.advance(60)
  await iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'Alicia', NewPath: '/new/' })
  const renamed = await iam.call('GetUser', { UserName: 'Alicia' })
  const Arn = `arn:aws:iam::${accountId}:user/new/Alicia`
  assert.deepEqual(renamed, { User: { ...User, UserName: 'Alicia', Path: '/new/', Arn } })
  await assert.rejects(iam.call('GetUser', { UserName: 'alice' }), notFound('alice'))
  const { Users } = await iam.call('GetGroup', { GroupName: 'g' })
  assert.deepEqual(
    Users?.map(({ UserName }) => UserName),
    ['Alicia'],
  )
  assert.deepEqual((await iam.call('ListUserPolicies', { UserName: 'Alicia' })).PolicyNames, ['p'])
  const { AccessKeyMetadata } = await iam.call('ListAccessKeys', { UserName: 'Alicia' })
  assert.deepEqual(
    AccessKeyMetadata?.map(({ UserName, AccessKeyId }) => [UserName, AccessKeyId]),
    [['Alicia', AccessKey?.AccessKeyId]],
  )
  const { UserName } = await iam.call('GetAccessKeyLastUsed', { AccessKeyId: present(AccessKey?.AccessKeyId) })
  assert.equal(UserName, 'Alicia')
  await iam.call('CreateUser', { UserName: 'alice' })
})

test('UpdateUser may change the case of a name, and refuses a name that is taken', async () => {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('CreateUser', { UserName: 'Bob' })
  await iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'ALICE' })
  assert.equal((await iam.call('GetUser', { UserName: 'alice' })).User?.UserName, 'ALICE')
  await assert.rejects(iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'bob' }), {
    code: 'EntityAlreadyExists',
    message: 'User with name bob already exists.',
  })
  await assert.rejects(iam.call('UpdateUser', { UserName: 'eve', NewUserName: 'x' }), notFound('eve'))
  await assert.rejects(iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'a b' }), {
    message: /newUserName is invalid/,
  })
})

test('UpdateUser asks for the old ARN and for the new one', async () => {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'alice', Path: '/old/' })
  const asked = await iam.permissions('UpdateUser', { UserName: 'alice', NewUserName: 'bob' })
  assert.deepEqual(
    asked.map(({ resource, printedResource }) => [resource, printedResource]),
    [
      [`arn:aws:iam::${accountId}:user/old/alice`, 'user alice'],
      [`arn:aws:iam::${accountId}:user/old/bob`, 'user bob'],
    ],
  )
})

test('DeleteUser refuses while anything hangs on the user, one thing after the other', async () => {
  const iam = await iamFixture()
  const UserName = 'alice'
  await iam.call('CreateUser', { UserName })
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('AddUserToGroup', { GroupName: 'g', UserName })
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName })
  await iam.call('PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument: allowEverything })
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'P', PolicyDocument: allowEverything })
  const PolicyArn = present(Policy?.Arn)
  await iam.call('AttachUserPolicy', { UserName, PolicyArn })
  const must = (chore: string) => ({
    code: 'DeleteConflict',
    status: 409,
    message: `Cannot delete entity, must ${chore} first.`,
  })
  await assert.rejects(iam.call('DeleteUser', { UserName }), must('detach all policies'))
  await iam.call('DetachUserPolicy', { UserName, PolicyArn })
  await assert.rejects(iam.call('DeleteUser', { UserName }), must('delete policies'))
  await iam.call('DeleteUserPolicy', { UserName, PolicyName: 'p' })
  await assert.rejects(iam.call('DeleteUser', { UserName }), must('delete access keys'))
  await iam.call('DeleteAccessKey', { UserName, AccessKeyId: present(AccessKey?.AccessKeyId) })
  await assert.rejects(iam.call('DeleteUser', { UserName }), must('remove users from group'))
  await iam.call('RemoveUserFromGroup', { GroupName: 'g', UserName })
  await iam.call('DeleteUser', { UserName })
  await assert.rejects(iam.call('GetUser', { UserName }), notFound('alice'))
  await assert.rejects(iam.call('DeleteUser', { UserName }), notFound('alice'))
})

test('DeleteUser lets go of the boundary, and the next user of the name has another id', async () => {
  const iam = await iamFixture()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'Edge', PolicyDocument: allowEverything })
  const PermissionsBoundary = present(Policy?.Arn)
  const first = await iam.call('CreateUser', { UserName: 'alice', PermissionsBoundary })
  await iam.call('DeleteUser', { UserName: 'alice' })
  const second = await iam.call('CreateUser', { UserName: 'alice' })
  assert.notEqual(first.User?.UserId, second.User?.UserId)
  await iam.call('DeletePolicy', { PolicyArn: PermissionsBoundary })
})
