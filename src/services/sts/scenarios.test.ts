import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Permission } from '../../core/operation.ts'
import { accountOf, type Caller } from '../../core/principal.ts'
import { createSessionTokens } from '../../crypto/session-token.ts'
import { createTemporaryCredentials } from '../../crypto/temporary-credentials.ts'
import { Access } from '../../gateway/authorization/access.ts'
import { region } from '../../testing/callers.ts'
import { serviceFixture } from '../../testing/service-fixture.ts'
import { typedCalls } from '../../testing/typed-calls.ts'
import { iam } from '../iam/iam.ts'
import type { iamOperations } from '../iam/iam-service.ts'
import { createLongTermCredentials } from '../iam/long-term-credentials.ts'
import { accountId, otherAccountId, policyOf, present, root } from '../iam/testing.ts'
import { sts } from './sts.ts'
import type { stsOperations } from './sts-service.ts'

/** STS beside IAM: identities are made by IAM's operations. There are no users from the start. */
async function scenarioFixture() {
  const fixture = await serviceFixture([iam, sts], { administrators: [] })
  const { clock, store, identity } = fixture
  const iamCalls = typedCalls<typeof iamOperations>(fixture, 'iam')
  const stsCalls = typedCalls<typeof stsOperations>(fixture, 'sts')
  const tokens = createSessionTokens(fixture.sealer)
  const temporary = createTemporaryCredentials({ tokens, identity, clock })
  const longTerm = createLongTermCredentials({ store, rootCredentials: [] })

  /** Decides about a permission that no operation here asks for. */
  const decide = (caller: Caller, permission: Permission) => {
    const source = { ip: '127.0.0.1', host: 'localhost' }
    const facts = { caller, accountId: accountOf(caller.principal) ?? '', region, source, clock, calledVia: [] }
    return new Access(facts, identity).decide(permission)
  }

  async function resolved(credentials: { AccessKeyId?: string; SessionToken?: string } | undefined): Promise<Caller> {
    const { AccessKeyId = '', SessionToken } = credentials ?? {}
    const resolver = SessionToken === undefined ? longTerm : temporary
    const found = await resolver.resolve(AccessKeyId, SessionToken)
    if (typeof found === 'string' || 'refused' in found) throw new Error('refused')
    return found.caller
  }

  async function user(UserName: string, caller = root): Promise<Caller> {
    await iamCalls.call('CreateUser', { UserName }, { caller })
    const { AccessKey } = await iamCalls.call('CreateAccessKey', { UserName }, { caller })
    return resolved({ AccessKeyId: AccessKey?.AccessKeyId })
  }

  async function role(RoleName: string, trust: string, MaxSessionDuration = 3600, caller = root): Promise<string> {
    const request = { RoleName, AssumeRolePolicyDocument: trust, MaxSessionDuration }
    const { Role } = await iamCalls.call('CreateRole', request, { caller })
    return present(Role?.Arn)
  }

  const session = async (RoleArn: string, caller: Caller, more: object = {}): Promise<Caller> => {
    const { Credentials } = await stsCalls.call('AssumeRole', { RoleArn, RoleSessionName: 'ci', ...more }, { caller })
    return resolved(Credentials)
  }

  return { clock, temporary, decide, iam: iamCalls.call, sts: stsCalls.call, resolved, user, role, session }
}

const arnOf = (caller: Caller) => ('arn' in caller.principal ? caller.principal.arn : '')

const trusting = (principal: string, statement: object = {}) =>
  policyOf({ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole', ...statement })

const denied = (caller: Caller, roleArn: string, action = 'sts:AssumeRole') => ({
  code: 'AccessDenied',
  status: 403,
  message: `User: ${arnOf(caller)} is not authorized to perform: ${action} on resource: ${roleArn}`,
})

test('a user asks who it is without a permission, and against a Deny', async () => {
  const fixture = await scenarioFixture()
  const alice = await fixture.user('alice')
  const identity = await fixture.sts('GetCallerIdentity', undefined, { caller: alice })
  assert.equal(identity.Arn, `arn:aws:iam::${accountId}:user/alice`)
  assert.match(identity.UserId ?? '', /^AIDA/)
  assert.equal(identity.Account, accountId)
  const PolicyDocument = policyOf({ Effect: 'Deny', Action: 'sts:*', Resource: '*' })
  await fixture.iam('PutUserPolicy', { UserName: 'alice', PolicyName: 'none', PolicyDocument })
  assert.deepEqual(await fixture.sts('GetCallerIdentity', undefined, { caller: alice }), identity)
  await assert.rejects(fixture.sts('GetAccessKeyInfo', { AccessKeyId: 'AKIARTX3GSDSQAAAAAAA' }, { caller: alice }), {
    code: 'AccessDenied',
    message: `User: ${arnOf(alice)} is not authorized to perform: sts:GetAccessKeyInfo with an explicit deny in an identity-based policy`,
  })
})

test('temporary credentials without their token are unknown', async () => {
  const fixture = await scenarioFixture()
  const alice = await fixture.user('alice')
  const roleArn = await fixture.role('deploy', trusting(arnOf(alice)))
  const { Credentials } = await fixture.sts(
    'AssumeRole',
    { RoleArn: roleArn, RoleSessionName: 'ci' },
    { caller: alice },
  )
  assert.equal(await fixture.temporary.resolve(Credentials?.AccessKeyId ?? '', undefined), 'unknown-key')
})

test('a trust policy that names a user is enough, and no longer names the user once it was made anew', async () => {
  const fixture = await scenarioFixture()
  const alice = await fixture.user('alice')
  const roleArn = await fixture.role('deploy', trusting(arnOf(alice)))
  await fixture.session(roleArn, alice)
  const { AccessKeyMetadata = [] } = await fixture.iam('ListAccessKeys', { UserName: 'alice' })
  for (const { AccessKeyId = '' } of AccessKeyMetadata) {
    await fixture.iam('DeleteAccessKey', { UserName: 'alice', AccessKeyId })
  }
  await fixture.iam('DeleteUser', { UserName: 'alice' })
  const newcomer = await fixture.user('alice')
  assert.equal(arnOf(newcomer), arnOf(alice))
  await assert.rejects(fixture.session(roleArn, newcomer), denied(newcomer, roleArn))
  const { Role } = await fixture.iam('GetRole', { RoleName: 'deploy' })
  assert.match(JSON.stringify(Role?.AssumeRolePolicyDocument), /AIDA[A-Z2-7]{17}/)
})

test('a role that trusts an account is assumed by those whom the account allows', async () => {
  const fixture = await scenarioFixture()
  const alice = await fixture.user('alice')
  const roleArn = await fixture.role('deploy', trusting(accountId))
  await assert.rejects(fixture.session(roleArn, alice), denied(alice, roleArn))
  const PolicyDocument = policyOf({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn })
  await fixture.iam('PutUserPolicy', { UserName: 'alice', PolicyName: 'assume', PolicyDocument })
  await fixture.session(roleArn, alice)
})

test('a role of another account takes the trust of the one and the permission of the other', async () => {
  const fixture = await scenarioFixture()
  const alice = await fixture.user('alice')
  const otherRoot: Caller = {
    ...root,
    principal: { ...root.principal, accountId: otherAccountId } as Caller['principal'],
  }
  const trusted = await fixture.role('open', trusting(arnOf(alice)), 3600, otherRoot)
  const closed = await fixture.role('closed', trusting(otherAccountId), 3600, otherRoot)
  const PolicyDocument = policyOf({
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Resource: [trusted, closed, `${closed}x`],
  })
  await assert.rejects(fixture.session(trusted, alice), denied(alice, trusted))
  await fixture.iam('PutUserPolicy', { UserName: 'alice', PolicyName: 'assume', PolicyDocument })
  const session = await fixture.session(trusted, alice)
  assert.equal(accountOf(session.principal), otherAccountId)
  // A role that does not trust and one that does not exist answer alike, whatever is asked for.
  for (const roleArn of [closed, `${closed}x`]) {
    await assert.rejects(fixture.session(roleArn, alice, { DurationSeconds: 43_200 }), denied(alice, roleArn))
  }
})

test('a role session assumes another role for an hour at most', async () => {
  const fixture = await scenarioFixture()
  const alice = await fixture.user('alice')
  const first = await fixture.role('first', trusting(arnOf(alice)))
  const second = await fixture.role('second', trusting(first), 43_200)
  const session = await fixture.session(first, alice)
  await assert.rejects(fixture.session(second, session, { DurationSeconds: 3601 }), {
    code: 'ValidationError',
    status: 400,
    message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  })
  await fixture.session(second, session, { DurationSeconds: 3600 })
})

test('tags and a source identity need their own permissions in the trust policy', async () => {
  const fixture = await scenarioFixture()
  const alice = await fixture.user('alice')
  const bare = await fixture.role('bare', trusting(arnOf(alice)))
  const Tags = [{ Key: 'team', Value: 'blue' }]
  await assert.rejects(fixture.session(bare, alice, { Tags, TransitiveTagKeys: ['stage'] }), {
    code: 'InvalidParameterValue',
    status: 400,
    message: 'The specified transitive tag key must be included in the requested tags.',
  })
  await assert.rejects(fixture.session(bare, alice, { Tags }), denied(alice, bare, 'sts:TagSession'))
  await assert.rejects(
    fixture.session(bare, alice, { SourceIdentity: 'alice' }),
    denied(alice, bare, 'sts:SetSourceIdentity'),
  )
  const whole = await fixture.role(
    'whole',
    trusting(arnOf(alice), {
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      Condition: { StringEquals: { 'aws:RequestTag/team': 'blue', 'sts:SourceIdentity': 'alice' } },
    }),
  )
  const session = await fixture.session(whole, alice, { Tags, SourceIdentity: 'alice' })
  assert.deepEqual(session.session?.tags, { team: 'blue' })
  const wrong = [{ Key: 'team', Value: 'red' }]
  await assert.rejects(fixture.session(whole, alice, { Tags: wrong, SourceIdentity: 'alice' }), denied(alice, whole))
})

test('what a chain inherits is asked for again', async () => {
  const fixture = await scenarioFixture()
  const alice = await fixture.user('alice')
  const everything = { Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] }
  const first = await fixture.role('first', trusting(arnOf(alice), everything))
  const untaggable = await fixture.role('untaggable', trusting(first))
  const second = await fixture.role('second', trusting(first, everything))
  const Tags = [{ Key: 'Star', Value: '1' }]
  const session = await fixture.session(first, alice, { Tags, TransitiveTagKeys: ['Star'] })
  await assert.rejects(fixture.session(untaggable, session), denied(session, untaggable, 'sts:TagSession'))
  const chained = await fixture.session(second, session)
  assert.deepEqual(chained.session?.tags, { Star: '1' })
  const named = await fixture.session(first, alice, { SourceIdentity: 'alice' })
  await assert.rejects(fixture.session(untaggable, named), denied(named, untaggable, 'sts:SetSourceIdentity'))
})

test('an external id that the trust policy wants must be given', async () => {
  const fixture = await scenarioFixture()
  const alice = await fixture.user('alice')
  const Condition = { StringEquals: { 'sts:ExternalId': 'Example987' } }
  const roleArn = await fixture.role('partner', trusting(arnOf(alice), { Condition }))
  await assert.rejects(fixture.session(roleArn, alice), denied(alice, roleArn))
  await assert.rejects(fixture.session(roleArn, alice, { ExternalId: 'Example988' }), denied(alice, roleArn))
  await fixture.session(roleArn, alice, { ExternalId: 'Example987' })
})

test('a root user assumes no role', async () => {
  const fixture = await scenarioFixture()
  const roleArn = await fixture.role('deploy', trusting(accountId))
  await assert.rejects(fixture.session(roleArn, root), {
    code: 'AccessDenied',
    status: 403,
    message: 'Roles may not be assumed by root accounts.',
  })
})

test('a federated user without a policy has what resource policies give it by name', async () => {
  const fixture = await scenarioFixture()
  const alice = await fixture.user('alice')
  const PolicyDocument = policyOf({ Effect: 'Allow', Action: ['s3:*', 'sts:GetFederationToken'], Resource: '*' })
  await fixture.iam('PutUserPolicy', { UserName: 'alice', PolicyName: 'work', PolicyDocument })
  const { Credentials } = await fixture.sts('GetFederationToken', { Name: 'bob' }, { caller: alice })
  const bob = await fixture.resolved(Credentials)
  const resource = 'arn:aws:s3:::bucket/key'
  const read = { action: 's3:GetObject', resource }
  assert.equal((await fixture.decide(bob, read)).decision.allowed, false)
  const document = policyOf({
    Effect: 'Allow',
    Principal: { AWS: arnOf(bob) },
    Action: 's3:GetObject',
    Resource: resource,
  })
  const named = { ...read, policy: { kind: 'resource-policy', document } } as const
  assert.equal((await fixture.decide(bob, named)).decision.allowed, true)
  const Policy = policyOf({ Effect: 'Allow', Action: ['s3:GetObject', 'kms:*'], Resource: '*' })
  const narrowed = await fixture.resolved(
    (await fixture.sts('GetFederationToken', { Name: 'bob', Policy }, { caller: alice })).Credentials,
  )
  assert.equal((await fixture.decide(narrowed, read)).decision.allowed, true)
  assert.equal((await fixture.decide(narrowed, { action: 's3:PutObject', resource })).decision.allowed, false)
  assert.equal((await fixture.decide(narrowed, { action: 'kms:ListKeys', resource: '*' })).decision.allowed, false)
})

test('a key policy that names a role is limited by session policies, and one that names the session is not', async () => {
  const fixture = await scenarioFixture()
  const alice = await fixture.user('alice')
  const roleArn = await fixture.role('deploy', trusting(arnOf(alice)))
  const Policy = policyOf({ Effect: 'Allow', Action: 's3:*', Resource: '*' })
  const session = await fixture.session(roleArn, alice, { Policy })
  const encrypt = (principal: string): Permission => ({
    action: 'kms:Encrypt',
    resource: `arn:aws:kms:us-east-1:${accountId}:key/k`,
    policy: {
      kind: 'key-policy',
      document: policyOf({ Effect: 'Allow', Principal: { AWS: principal }, Action: 'kms:*', Resource: '*' }),
    },
  })
  assert.equal((await fixture.decide(session, encrypt(roleArn))).decision.allowed, false)
  assert.equal((await fixture.decide(session, encrypt(arnOf(session)))).decision.allowed, true)
})

test('a session ends with its role and with its time', async () => {
  const fixture = await scenarioFixture()
  const alice = await fixture.user('alice')
  const roleArn = await fixture.role('deploy', trusting(arnOf(alice)))
  const { Credentials } = await fixture.sts(
    'AssumeRole',
    { RoleArn: roleArn, RoleSessionName: 'ci' },
    { caller: alice },
  )
  const refused = async () => {
    const resolved = await fixture.temporary.resolve(Credentials?.AccessKeyId ?? '', Credentials?.SessionToken)
    return typeof resolved === 'object' && 'refused' in resolved && resolved.refused
  }
  assert.equal(await refused(), false)
  await fixture.iam('DeleteRole', { RoleName: 'deploy' })
  assert.equal(await refused(), 'invalid-token')
  await fixture.role('deploy', trusting(arnOf(alice)))
  assert.equal(await refused(), 'invalid-token')
  fixture.clock.advance(3600)
  assert.equal(await refused(), 'expired-token')
})
