import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callFixture } from '../../../test/fixtures/call.ts'
import { conditionKeysOf, type Permission } from '../../core/operation.ts'
import { accountOf, type Caller } from '../../core/principal.ts'
import { ServiceError } from '../../core/service-error.ts'
import { createSessionTokens } from '../../crypto/session-token.ts'
import { createTemporaryCredentials } from '../../crypto/temporary-credentials.ts'
import { globalContext } from '../../policy/context.ts'
import { evaluate } from '../../policy/evaluate.ts'
import { denialMessage } from '../../policy/explain.ts'
import { randomSealer } from '../../storage/testing.ts'
import { createLongTermCredentials } from '../iam/long-term-credentials.ts'
import { accountId, iamFixture, otherAccountId, policyOf, present, root } from '../iam/testing.ts'
import { stsContext } from './sts-context.ts'
import { stsOperations } from './sts-service.ts'

type Operations = typeof stsOperations
type InputOf<Name extends keyof Operations> = Parameters<Operations[Name]['handle']>[1]
type OutputOf<Name extends keyof Operations> = Awaited<ReturnType<Operations[Name]['handle']>>

/** STS over IAM itself: identities are made by IAM's operations, permissions judged by the policy engine. */
async function houseFixture() {
  const iam = await iamFixture()
  const { clock, store, directory } = iam
  const sealer = randomSealer()
  const tokens = createSessionTokens(sealer)
  const temporary = createTemporaryCredentials({ tokens, identity: directory, clock })
  const longTerm = createLongTermCredentials({ store, rootCredentials: [] })

  async function judge(caller: Caller, permission: Permission) {
    const resourceAccountId = permission.resourceAccountId ?? accountOf(caller.principal)
    const global = globalContext(caller, {
      timeMs: clock.nowMs(),
      requestedRegion: 'us-east-1',
      secureTransport: true,
      calledVia: [],
      sourceIp: '127.0.0.1',
      resourceAccountId,
    })
    const context = { ...global, ...conditionKeysOf(permission) }
    const request = { caller, permission, context, policies: await directory.policiesOf(caller) }
    return { request, decision: evaluate(request) }
  }

  async function sts<Name extends keyof Operations>(
    name: Name,
    input: InputOf<Name>,
    caller: Caller,
  ): Promise<OutputOf<Name>> {
    const call = callFixture({ store, clock, service: 'sts', operation: name, caller })
    const context = stsContext({ identity: directory, tokens, sealer }, call)
    const { permissions, handle } = stsOperations[name] as unknown as {
      permissions: 'none' | ((...asked: [unknown, unknown]) => readonly Permission[] | Promise<readonly Permission[]>)
      handle(...asked: [unknown, unknown]): Promise<OutputOf<Name>>
    }
    for (const permission of permissions === 'none' ? [] : await permissions(context, input)) {
      const { request, decision } = await judge(caller, permission)
      if (!decision.allowed) throw new ServiceError('AccessDenied', 403, denialMessage(request, decision))
    }
    return handle(context, input)
  }

  async function resolved(credentials: { AccessKeyId?: string; SessionToken?: string } | undefined): Promise<Caller> {
    const { AccessKeyId = '', SessionToken } = credentials ?? {}
    const resolver = SessionToken === undefined ? longTerm : temporary
    const found = await resolver.resolve(AccessKeyId, SessionToken)
    if (typeof found === 'string' || 'refused' in found) throw new Error('refused')
    return found.caller
  }

  async function user(UserName: string, caller = root): Promise<Caller> {
    await iam.call('CreateUser', { UserName }, caller)
    const { AccessKey } = await iam.call('CreateAccessKey', { UserName }, caller)
    return resolved({ AccessKeyId: AccessKey?.AccessKeyId })
  }

  async function role(RoleName: string, trust: string, MaxSessionDuration = 3600, caller = root): Promise<string> {
    const request = { RoleName, AssumeRolePolicyDocument: trust, MaxSessionDuration }
    const { Role } = await iam.call('CreateRole', request, caller)
    return present(Role?.Arn)
  }

  const session = async (RoleArn: string, caller: Caller, more: object = {}): Promise<Caller> => {
    const { Credentials } = await sts('AssumeRole', { RoleArn, RoleSessionName: 'ci', ...more }, caller)
    return resolved(Credentials)
  }

  return { iam, clock, temporary, judge, sts, resolved, user, role, session }
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
  const house = await houseFixture()
  const alice = await house.user('alice')
  const identity = await house.sts('GetCallerIdentity', undefined, alice)
  assert.equal(identity.Arn, `arn:aws:iam::${accountId}:user/alice`)
  assert.match(identity.UserId ?? '', /^AIDA/)
  assert.equal(identity.Account, accountId)
  const PolicyDocument = policyOf({ Effect: 'Deny', Action: 'sts:*', Resource: '*' })
  await house.iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'none', PolicyDocument })
  assert.deepEqual(await house.sts('GetCallerIdentity', undefined, alice), identity)
  await assert.rejects(house.sts('GetAccessKeyInfo', { AccessKeyId: 'AKIARTX3GSDSQAAAAAAA' }, alice), {
    code: 'AccessDenied',
    message: `User: ${arnOf(alice)} is not authorized to perform: sts:GetAccessKeyInfo with an explicit deny in an identity-based policy`,
  })
})

test('temporary credentials without their token are unknown', async () => {
  const house = await houseFixture()
  const alice = await house.user('alice')
  const roleArn = await house.role('deploy', trusting(arnOf(alice)))
  const { Credentials } = await house.sts('AssumeRole', { RoleArn: roleArn, RoleSessionName: 'ci' }, alice)
  assert.equal(await house.temporary.resolve(Credentials?.AccessKeyId ?? '', undefined), 'unknown-key')
})

test('a trust policy that names a user is enough, and names nobody once that user was made anew', async () => {
  const house = await houseFixture()
  const alice = await house.user('alice')
  const roleArn = await house.role('deploy', trusting(arnOf(alice)))
  await house.session(roleArn, alice)
  const { AccessKeyMetadata = [] } = await house.iam.call('ListAccessKeys', { UserName: 'alice' })
  for (const { AccessKeyId = '' } of AccessKeyMetadata) {
    await house.iam.call('DeleteAccessKey', { UserName: 'alice', AccessKeyId })
  }
  await house.iam.call('DeleteUser', { UserName: 'alice' })
  const newcomer = await house.user('alice')
  assert.equal(arnOf(newcomer), arnOf(alice))
  await assert.rejects(house.session(roleArn, newcomer), denied(newcomer, roleArn))
  const { Role } = await house.iam.call('GetRole', { RoleName: 'deploy' })
  assert.match(JSON.stringify(Role?.AssumeRolePolicyDocument), /AIDA[A-Z2-7]{17}/)
})

test('a role that trusts an account is assumed by those whom the account allows', async () => {
  const house = await houseFixture()
  const alice = await house.user('alice')
  const roleArn = await house.role('deploy', trusting(accountId))
  await assert.rejects(house.session(roleArn, alice), denied(alice, roleArn))
  const PolicyDocument = policyOf({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn })
  await house.iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'assume', PolicyDocument })
  await house.session(roleArn, alice)
})

test('a role of another account takes the trust of the one and the permission of the other', async () => {
  const house = await houseFixture()
  const alice = await house.user('alice')
  const otherRoot: Caller = {
    ...root,
    principal: { ...root.principal, accountId: otherAccountId } as Caller['principal'],
  }
  const trusted = await house.role('open', trusting(arnOf(alice)), 3600, otherRoot)
  const closed = await house.role('closed', trusting(otherAccountId), 3600, otherRoot)
  const PolicyDocument = policyOf({
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Resource: [trusted, closed, `${closed}x`],
  })
  await assert.rejects(house.session(trusted, alice), denied(alice, trusted))
  await house.iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'assume', PolicyDocument })
  const session = await house.session(trusted, alice)
  assert.equal(accountOf(session.principal), otherAccountId)
  // A role that does not trust and one that does not exist answer alike, whatever is asked for.
  for (const roleArn of [closed, `${closed}x`]) {
    await assert.rejects(house.session(roleArn, alice, { DurationSeconds: 43_200 }), denied(alice, roleArn))
  }
})

test('a role session assumes another role for an hour at most', async () => {
  const house = await houseFixture()
  const alice = await house.user('alice')
  const first = await house.role('first', trusting(arnOf(alice)))
  const second = await house.role('second', trusting(first), 43_200)
  const session = await house.session(first, alice)
  await assert.rejects(house.session(second, session, { DurationSeconds: 3601 }), {
    code: 'ValidationError',
    status: 400,
    message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  })
  await house.session(second, session, { DurationSeconds: 3600 })
})

test('tags and a source identity need their own permissions in the trust policy', async () => {
  const house = await houseFixture()
  const alice = await house.user('alice')
  const bare = await house.role('bare', trusting(arnOf(alice)))
  const Tags = [{ Key: 'team', Value: 'blue' }]
  await assert.rejects(house.session(bare, alice, { Tags, TransitiveTagKeys: ['stage'] }), {
    code: 'InvalidParameterValue',
    status: 400,
    message: 'The specified transitive tag key must be included in the requested tags.',
  })
  await assert.rejects(house.session(bare, alice, { Tags }), denied(alice, bare, 'sts:TagSession'))
  await assert.rejects(
    house.session(bare, alice, { SourceIdentity: 'alice' }),
    denied(alice, bare, 'sts:SetSourceIdentity'),
  )
  const whole = await house.role(
    'whole',
    trusting(arnOf(alice), {
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      Condition: { StringEquals: { 'aws:RequestTag/team': 'blue', 'sts:SourceIdentity': 'alice' } },
    }),
  )
  const session = await house.session(whole, alice, { Tags, SourceIdentity: 'alice' })
  assert.deepEqual(session.session?.tags, { team: 'blue' })
  const wrong = [{ Key: 'team', Value: 'red' }]
  await assert.rejects(house.session(whole, alice, { Tags: wrong, SourceIdentity: 'alice' }), denied(alice, whole))
})

test('what a chain inherits is asked for again', async () => {
  const house = await houseFixture()
  const alice = await house.user('alice')
  const everything = { Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] }
  const first = await house.role('first', trusting(arnOf(alice), everything))
  const untaggable = await house.role('untaggable', trusting(first))
  const second = await house.role('second', trusting(first, everything))
  const Tags = [{ Key: 'Star', Value: '1' }]
  const session = await house.session(first, alice, { Tags, TransitiveTagKeys: ['Star'] })
  await assert.rejects(house.session(untaggable, session), denied(session, untaggable, 'sts:TagSession'))
  const chained = await house.session(second, session)
  assert.deepEqual(chained.session?.tags, { Star: '1' })
  const named = await house.session(first, alice, { SourceIdentity: 'alice' })
  await assert.rejects(house.session(untaggable, named), denied(named, untaggable, 'sts:SetSourceIdentity'))
})

test('an external id that the trust policy wants must be given', async () => {
  const house = await houseFixture()
  const alice = await house.user('alice')
  const Condition = { StringEquals: { 'sts:ExternalId': 'Example987' } }
  const roleArn = await house.role('partner', trusting(arnOf(alice), { Condition }))
  await assert.rejects(house.session(roleArn, alice), denied(alice, roleArn))
  await assert.rejects(house.session(roleArn, alice, { ExternalId: 'Example988' }), denied(alice, roleArn))
  await house.session(roleArn, alice, { ExternalId: 'Example987' })
})

test('a root user assumes no role', async () => {
  const house = await houseFixture()
  const roleArn = await house.role('deploy', trusting(accountId))
  await assert.rejects(house.session(roleArn, root), {
    code: 'AccessDenied',
    status: 403,
    message: 'Roles may not be assumed by root accounts.',
  })
})

test('a federated user without a policy has what resource policies give it by name', async () => {
  const house = await houseFixture()
  const alice = await house.user('alice')
  const PolicyDocument = policyOf({ Effect: 'Allow', Action: ['s3:*', 'sts:GetFederationToken'], Resource: '*' })
  await house.iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'work', PolicyDocument })
  const { Credentials } = await house.sts('GetFederationToken', { Name: 'bob' }, alice)
  const bob = await house.resolved(Credentials)
  const resource = 'arn:aws:s3:::bucket/key'
  const read = { action: 's3:GetObject', resource }
  assert.equal((await house.judge(bob, read)).decision.allowed, false)
  const document = policyOf({
    Effect: 'Allow',
    Principal: { AWS: arnOf(bob) },
    Action: 's3:GetObject',
    Resource: resource,
  })
  const named = { ...read, policy: { kind: 'resource-policy', document } } as const
  assert.equal((await house.judge(bob, named)).decision.allowed, true)
  const Policy = policyOf({ Effect: 'Allow', Action: ['s3:GetObject', 'kms:*'], Resource: '*' })
  const narrowed = await house.resolved(
    (await house.sts('GetFederationToken', { Name: 'bob', Policy }, alice)).Credentials,
  )
  assert.equal((await house.judge(narrowed, read)).decision.allowed, true)
  assert.equal((await house.judge(narrowed, { action: 's3:PutObject', resource })).decision.allowed, false)
  assert.equal((await house.judge(narrowed, { action: 'kms:ListKeys', resource: '*' })).decision.allowed, false)
})

test('a key policy that names a role is limited by session policies, and one that names the session is not', async () => {
  const house = await houseFixture()
  const alice = await house.user('alice')
  const roleArn = await house.role('deploy', trusting(arnOf(alice)))
  const Policy = policyOf({ Effect: 'Allow', Action: 's3:*', Resource: '*' })
  const session = await house.session(roleArn, alice, { Policy })
  const encrypt = (principal: string): Permission => ({
    action: 'kms:Encrypt',
    resource: `arn:aws:kms:us-east-1:${accountId}:key/k`,
    policy: {
      kind: 'key-policy',
      document: policyOf({ Effect: 'Allow', Principal: { AWS: principal }, Action: 'kms:*', Resource: '*' }),
    },
  })
  assert.equal((await house.judge(session, encrypt(roleArn))).decision.allowed, false)
  assert.equal((await house.judge(session, encrypt(arnOf(session)))).decision.allowed, true)
})

test('a session ends with its role and with its time', async () => {
  const house = await houseFixture()
  const alice = await house.user('alice')
  const roleArn = await house.role('deploy', trusting(arnOf(alice)))
  const { Credentials } = await house.sts('AssumeRole', { RoleArn: roleArn, RoleSessionName: 'ci' }, alice)
  const refused = async () => {
    const resolved = await house.temporary.resolve(Credentials?.AccessKeyId ?? '', Credentials?.SessionToken)
    return typeof resolved === 'object' && 'refused' in resolved && resolved.refused
  }
  assert.equal(await refused(), false)
  await house.iam.call('DeleteRole', { RoleName: 'deploy' })
  assert.equal(await refused(), 'invalid-token')
  await house.role('deploy', trusting(arnOf(alice)))
  assert.equal(await refused(), 'invalid-token')
  house.clock.advance(3600)
  assert.equal(await refused(), 'expired-token')
})
