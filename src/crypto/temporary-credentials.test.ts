import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import type { IdentityRole, IdentityUser } from '../core/identity.ts'
import type { SessionContext, SignedPrincipal } from '../core/principal.ts'
import { randomSealer } from '../storage/testing.ts'
import { createSessionTokens } from './session-token.ts'
import { createTemporaryCredentials } from './temporary-credentials.ts'

const accountId = '111122223333'
const roleArn = `arn:aws:iam::${accountId}:role/teams/deploy`
const role: IdentityRole = {
  accountId,
  arn: roleArn,
  roleId: 'AROARTX3GSDSQDEPLOY11',
  roleName: 'deploy',
  trustPolicy: '{}',
  maxSessionSeconds: 3600,
  tags: { stage: 'test' },
}
const user: IdentityUser = {
  accountId,
  arn: `arn:aws:iam::${accountId}:user/alice`,
  userId: 'AIDARTX3GSDSQALICE111',
  userName: 'alice',
  tags: { team: 'blue' },
}
const userPrincipal = { kind: 'user', accountId, arn: user.arn, userId: user.userId, userName: user.userName } as const
const rolePrincipal: SignedPrincipal = {
  kind: 'assumed-role',
  accountId,
  arn: `arn:aws:sts::${accountId}:assumed-role/deploy/ci`,
  roleArn,
  roleId: role.roleId,
  roleName: 'deploy',
  sessionName: 'ci',
}
const federatedPrincipal: SignedPrincipal = {
  kind: 'federated-user',
  accountId,
  arn: `arn:aws:sts::${accountId}:federated-user/bob`,
  name: 'bob',
  issuer: userPrincipal,
}

function fixture() {
  const clock = new FixedClock()
  const tokens = createSessionTokens(randomSealer())
  const present = { role: role as IdentityRole | undefined, user: user as IdentityUser | undefined }
  const identity = {
    findRole: async (arn: string) => (present.role?.arn === arn ? present.role : undefined),
    findUser: async (account: string, userId: string) =>
      present.user?.accountId === account && present.user.userId === userId ? present.user : undefined,
  }
  const resolver = createTemporaryCredentials({ tokens, identity, clock })
  const issue = (principal: SignedPrincipal) => {
    const session: SessionContext = {
      issuedAtMs: clock.nowMs(),
      expiresAtMs: clock.nowMs() + 3_600_000,
      mfaAuthenticated: false,
      issuedBy: 'AssumeRole',
      policies: [],
      policyArns: [],
      tags: { stage: 'live' },
      transitiveTagKeys: [],
    }
    const credentials = tokens.issue(principal, session)
    const resolve = () => resolver.resolve(credentials.accessKeyId, credentials.sessionToken)
    return { ...credentials, session, resolve }
  }
  return { clock, present, resolver, issue }
}

test('temporary credentials of a role resolve to its session, with the tags of role and session apart', async () => {
  const { issue } = fixture()
  const { accessKeyId, secretAccessKey, session, resolve } = issue(rolePrincipal)
  assert.deepEqual(await resolve(), {
    caller: { principal: rolePrincipal, accessKeyId, session, principalTags: { stage: 'test' } },
    secretAccessKey,
  })
})

test('temporary credentials are refused from the moment of their expiry, by the clock that can be moved', async () => {
  const { issue, clock } = fixture()
  const { resolve, secretAccessKey } = issue(rolePrincipal)
  clock.advance(3599)
  assert.ok('caller' in Object(await resolve()))
  clock.advance(1)
  assert.deepEqual(await resolve(), { refused: 'expired-token', secretAccessKey })
})

test('temporary credentials are refused when the role was deleted, and still when it was made anew', async () => {
  const { issue, present } = fixture()
  const { resolve, secretAccessKey } = issue(rolePrincipal)
  present.role = undefined
  assert.deepEqual(await resolve(), { refused: 'invalid-token', secretAccessKey })
  present.role = { ...role, roleId: 'AROARTX3GSDSQANOTHER1' }
  assert.deepEqual(await resolve(), { refused: 'invalid-token', secretAccessKey })
  present.role = role
  assert.ok('caller' in Object(await resolve()))
})

test('temporary credentials of a user follow its name and tags and end with it', async () => {
  const { issue, present } = fixture()
  const { resolve, secretAccessKey } = issue(userPrincipal)
  present.user = { ...user, arn: `arn:aws:iam::${accountId}:user/x/alicia`, userName: 'alicia', tags: { team: 'red' } }
  const resolved = await resolve()
  assert.ok(typeof resolved === 'object' && 'caller' in resolved)
  assert.deepEqual(resolved.caller.principal, { ...userPrincipal, arn: present.user.arn, userName: 'alicia' })
  assert.deepEqual(resolved.caller.principalTags, { team: 'red' })
  present.user = { ...user, userId: 'AIDARTX3GSDSQANOTHER1' }
  assert.deepEqual(await resolve(), { refused: 'invalid-token', secretAccessKey })
})

test('temporary credentials of a federated user have the tags of its issuer and end with it', async () => {
  const { issue, present } = fixture()
  const { resolve, secretAccessKey } = issue(federatedPrincipal)
  const resolved = await resolve()
  assert.ok(typeof resolved === 'object' && 'caller' in resolved)
  assert.deepEqual(resolved.caller.principal, federatedPrincipal)
  assert.deepEqual(resolved.caller.principalTags, { team: 'blue' })
  present.user = undefined
  assert.deepEqual(await resolve(), { refused: 'invalid-token', secretAccessKey })
})

test('temporary credentials of a root user resolve without a look-up', async () => {
  const { issue } = fixture()
  const root: SignedPrincipal = { kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root` }
  const resolved = await issue(root).resolve()
  assert.ok(typeof resolved === 'object' && 'caller' in resolved)
  assert.deepEqual(resolved.caller.principal, root)
})

test('temporary credentials need their token, and their own', async () => {
  const { issue, resolver } = fixture()
  const first = issue(rolePrincipal)
  const second = issue(rolePrincipal)
  assert.equal(await resolver.resolve(first.accessKeyId, undefined), 'unknown-key')
  assert.equal(await resolver.resolve(first.accessKeyId, second.sessionToken), 'invalid-token')
  assert.equal(await resolver.resolve(first.accessKeyId, ''), 'invalid-token')
  assert.equal(await resolver.resolve('AKIARTX3GSDSQAAAAAAA', first.sessionToken), 'unknown-key')
})
