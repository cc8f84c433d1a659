import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerOf, rootOf, userOf } from '../../../test/fixtures/call.ts'
import type { Caller, Principal, SessionContext } from '../../core/principal.ts'
import {
  accountId,
  administrator,
  allowEverything,
  type IamFixture,
  iamFixture,
  otherAccountId,
  policyOf,
  present,
  root,
  trusting,
} from './testing.ts'

const denyS3 = policyOf({ Effect: 'Deny', Action: 's3:*', Resource: '*' })

async function userCaller(iam: IamFixture, UserName = 'alice'): Promise<Caller> {
  const { User } = await iam.call('CreateUser', { UserName })
  return callerOf(userOf(accountId, UserName, present(User?.UserId)))
}

async function roleCaller(iam: IamFixture, RoleName = 'r'): Promise<Caller> {
  const { Role } = await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument: trusting('*') })
  const principal: Principal = {
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/${RoleName}/s`,
    roleArn: present(Role?.Arn),
    roleId: present(Role?.RoleId),
    roleName: RoleName,
    sessionName: 's',
  }
  return { ...callerOf(principal), session: sessionWith({}) }
}

const sessionWith = (parts: Partial<SessionContext>): SessionContext => ({
  issuedAtMs: 0,
  expiresAtMs: 0,
  mfaAuthenticated: false,
  issuedBy: 'AssumeRole',
  policies: [],
  policyArns: [],
  tags: {},
  transitiveTagKeys: [],
  ...parts,
})

test('policiesOf a user holds its inline and managed policies, those of its groups, and its boundary', async () => {
  const iam = await iamFixture()
  const alice = await userCaller(iam)
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'P', PolicyDocument: denyS3 })
  const PolicyArn = present(Policy?.Arn)
  await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'own', PolicyDocument: allowEverything })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn })
  await iam.call('PutUserPermissionsBoundary', { UserName: 'alice', PermissionsBoundary: administrator })
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('AddUserToGroup', { GroupName: 'g', UserName: 'alice' })
  await iam.call('PutGroupPolicy', { GroupName: 'g', PolicyName: 'shared', PolicyDocument: denyS3 })
  await iam.call('AttachGroupPolicy', { GroupName: 'g', PolicyArn: administrator })
  const set = await iam.directory.policiesOf(alice)
  assert.deepEqual(
    set.identity.map(({ name, arn, document }) => [name, arn, document === denyS3]),
    [
      ['own', undefined, false],
      ['P', PolicyArn, true],
      ['shared', undefined, true],
      ['AdministratorAccess', administrator, false],
    ],
  )
  assert.deepEqual([set.boundary?.arn, set.session, set.serviceControl], [administrator, undefined, undefined])
})

test('policiesOf follows every change at once', async () => {
  const iam = await iamFixture()
  const alice = await userCaller(iam)
  const documents = async () => (await iam.directory.policiesOf(alice)).identity.map(({ document }) => document)
  assert.deepEqual(await documents(), [])
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'P', PolicyDocument: denyS3 })
  const PolicyArn = present(Policy?.Arn)
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('AttachGroupPolicy', { GroupName: 'g', PolicyArn })
  await iam.call('AddUserToGroup', { GroupName: 'g', UserName: 'alice' })
  assert.deepEqual(await documents(), [denyS3])
  await iam.call('UpdateGroup', { GroupName: 'g', NewGroupName: 'h' })
  await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: allowEverything, SetAsDefault: true })
  assert.deepEqual(await documents(), [allowEverything])
  await iam.call('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v1' })
  assert.deepEqual(await documents(), [denyS3])
  await iam.call('RemoveUserFromGroup', { GroupName: 'h', UserName: 'alice' })
  assert.deepEqual(await documents(), [])
})

test('policiesOf finds a user who was renamed, and not the one who has the name now', async () => {
  const iam = await iamFixture()
  const alice = await userCaller(iam)
  await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'own', PolicyDocument: denyS3 })
  await iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'alicia' })
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'other', PolicyDocument: allowEverything })
  const { identity } = await iam.directory.policiesOf(alice)
  assert.deepEqual(
    identity.map(({ name }) => name),
    ['own'],
  )
})

test('policiesOf a role session holds the policies of the role, and nothing once the role is another', async () => {
  const iam = await iamFixture()
  const session = await roleCaller(iam)
  const policy = { RoleName: 'r', PolicyName: 'p', PolicyDocument: allowEverything }
  await iam.call('PutRolePolicy', policy)
  assert.deepEqual((await iam.directory.policiesOf(session)).identity, [{ name: 'p', document: allowEverything }])
  await iam.call('DeleteRolePolicy', policy)
  await iam.call('DeleteRole', { RoleName: 'r' })
  await iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trusting('*') })
  await iam.call('PutRolePolicy', policy)
  assert.deepEqual(await iam.directory.policiesOf(session), { identity: [] })
})

test('policiesOf a session adds the session policies it was made with', async () => {
  const iam = await iamFixture()
  const plain = await roleCaller(iam)
  assert.equal((await iam.directory.policiesOf(plain)).session, undefined)
  const narrowed = { ...plain, session: sessionWith({ policies: [denyS3], policyArns: [administrator] }) }
  const { session } = await iam.directory.policiesOf(narrowed)
  const managed = await iam.directory.managedPolicy(administrator)
  assert.deepEqual(session, [{ name: 'session policy', document: denyS3 }, managed])
})

test('policiesOf a federated user holds those of its user, narrowed by session policies even when there are none', async () => {
  const iam = await iamFixture()
  const alice = await userCaller(iam)
  await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'own', PolicyDocument: allowEverything })
  if (alice.principal.kind !== 'user') throw new Error('alice is a user')
  const principal: Principal = {
    kind: 'federated-user',
    accountId,
    arn: `arn:aws:sts::${accountId}:federated-user/fred`,
    name: 'fred',
    issuer: alice.principal,
  }
  const fred = { ...callerOf(principal), session: sessionWith({ issuedBy: 'GetFederationToken' }) }
  assert.deepEqual(await iam.directory.policiesOf(fred), {
    identity: [{ name: 'own', document: allowEverything }],
    session: [],
  })
})

test('policiesOf root, services and strangers is empty', async () => {
  const iam = await iamFixture()
  const service: Principal = { kind: 'service', service: 'cloudtrail.amazonaws.com' }
  for (const caller of [
    root,
    callerOf(service),
    callerOf({ kind: 'anonymous' }),
    callerOf(userOf(accountId, 'absent')),
  ]) {
    assert.deepEqual(await iam.directory.policiesOf(caller), { identity: [] })
  }
})

test('findRole finds a role by its exact ARN, in every account', async () => {
  const iam = await iamFixture()
  const stranger = callerOf(rootOf(otherAccountId))
  const Tags = [{ Key: 'team', Value: 'red' }]
  const request = {
    RoleName: 'R',
    Path: '/x/',
    AssumeRolePolicyDocument: trusting('*'),
    MaxSessionDuration: 7200,
    Tags,
  }
  const { Role } = await iam.call('CreateRole', request, stranger)
  const arn = `arn:aws:iam::${otherAccountId}:role/x/R`
  assert.deepEqual(await iam.directory.findRole(arn), {
    accountId: otherAccountId,
    arn,
    roleId: Role?.RoleId,
    roleName: 'R',
    trustPolicy: trusting('*'),
    maxSessionSeconds: 7200,
    tags: { team: 'red' },
  })
  for (const wrong of [arn.replace('/x/', '/'), arn.replace('/R', '/r'), arn.replace(otherAccountId, accountId), 'R']) {
    assert.equal(await iam.directory.findRole(wrong), undefined, wrong)
  }
})

test('findUser finds a user by its id, under whatever name', async () => {
  const iam = await iamFixture()
  const { User } = await iam.call('CreateUser', { UserName: 'alice', Tags: [{ Key: 'team', Value: 'red' }] })
  const userId = present(User?.UserId)
  await iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'alicia' })
  const arn = `arn:aws:iam::${accountId}:user/alicia`
  assert.deepEqual(await iam.directory.findUser(accountId, userId), {
    accountId,
    arn,
    userId,
    userName: 'alicia',
    tags: { team: 'red' },
  })
  await iam.call('DeleteUser', { UserName: 'alicia' })
  assert.equal(await iam.directory.findUser(accountId, userId), undefined)
})

test('resolvePrincipal gives the id of users and roles who exist, and takes accounts at their word', async () => {
  const iam = await iamFixture()
  const { User } = await iam.call('CreateUser', { UserName: 'alice' })
  const { Role } = await iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trusting('*') })
  const resolve = (arn: string) => iam.directory.resolvePrincipal(arn)
  assert.deepEqual(await resolve(present(User?.Arn)), { uniqueId: User?.UserId })
  assert.deepEqual(await resolve(present(Role?.Arn)), { uniqueId: Role?.RoleId })
  assert.deepEqual(await resolve(present(User?.UserId)), { uniqueId: User?.UserId })
  assert.deepEqual(await resolve('999988887777'), {})
  assert.equal(await resolve(present(User?.Arn).replace('alice', 'Alice')), undefined)
  assert.equal(await resolve('nonsense'), undefined)
})

test('managedPolicy finds policies of AWS and of every account', async () => {
  const iam = await iamFixture()
  const stranger = callerOf(rootOf(otherAccountId))
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'P', PolicyDocument: denyS3 }, stranger)
  const arn = present(Policy?.Arn)
  assert.deepEqual(await iam.directory.managedPolicy(arn), { name: 'P', arn, document: denyS3 })
  assert.equal((await iam.directory.managedPolicy(administrator))?.name, 'AdministratorAccess')
  assert.equal(await iam.directory.managedPolicy(`arn:aws:iam::${accountId}:policy/P`), undefined)
  assert.equal(await iam.directory.managedPolicy('P'), undefined)
})
