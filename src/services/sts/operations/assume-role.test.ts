import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '../../../core/principal.ts'
import { validatePolicy } from '../../../policy/validate.ts'
import { stsOperations } from '../sts-service.ts'
import { accountId, alice, aliceArn, otherAccountId, policyOf, roleOf, root, stsFixture } from '../testing.ts'

const deploy = roleOf('teams/deploy', { tags: { stage: 'test' } })
const RoleArn = deploy.arn
const asked = { RoleArn, RoleSessionName: 'ci' }

const validationError = (message: string) => ({ code: 'ValidationError', status: 400, message })
const accessDenied = (message: string) => ({ code: 'AccessDenied', status: 403, message })

/** A session of the role, with what it was asked for. */
async function session(sts: Awaited<ReturnType<typeof stsFixture>>, request: object = {}, caller: Caller = alice) {
  const { Credentials } = await sts.call('AssumeRole', { ...asked, ...request }, caller)
  return sts.opened(Credentials)
}

test('AssumeRole makes an hour of a session whose ARN leaves the path of the role out', async () => {
  const sts = await stsFixture({ roles: [deploy] })
  const answer = await sts.call('AssumeRole', asked)
  const { Credentials, SessionTokenSize, SessionTokenUtilization, ...rest } = answer
  const { principal, session, secretAccessKey } = sts.opened(Credentials)
  const arn = `arn:aws:sts::${accountId}:assumed-role/deploy/ci`
  assert.deepEqual(rest, {
    AssumedRoleUser: { AssumedRoleId: `${deploy.roleId}:ci`, Arn: arn },
    PackedPolicySize: undefined,
    SourceIdentity: undefined,
  })
  assert.deepEqual(principal, {
    kind: 'assumed-role',
    accountId,
    arn,
    roleArn: RoleArn,
    roleId: deploy.roleId,
    roleName: 'deploy',
    sessionName: 'ci',
  })
  assert.deepEqual(session, {
    issuedAtMs: sts.clock.nowMs(),
    expiresAtMs: sts.clock.nowMs() + 3_600_000,
    issuedBy: 'AssumeRole',
    mfaAuthenticated: false,
    policies: [],
    policyArns: [],
    tags: {},
    transitiveTagKeys: [],
  })
  assert.equal(Credentials?.SecretAccessKey, secretAccessKey)
  assert.equal(Credentials?.Expiration?.getTime(), session.expiresAtMs)
  assert.equal(SessionTokenSize, Credentials?.SessionToken?.length)
  assert.ok(SessionTokenUtilization && SessionTokenUtilization > 5 && SessionTokenUtilization < 30)
})

test('AssumeRole asks for the role, with its trust policy and the condition keys of the request', async () => {
  const sts = await stsFixture({ roles: [deploy] })
  assert.deepEqual(await sts.permissions('AssumeRole', { ...asked, ExternalId: 'x1' }), [
    {
      action: 'sts:AssumeRole',
      resource: RoleArn,
      resourceAccountId: accountId,
      policy: { kind: 'trust-policy', document: deploy.trustPolicy },
      context: {
        'sts:RoleSessionName': 'ci',
        'sts:ExternalId': 'x1',
        'aws:ResourceTag/stage': 'test',
        'iam:ResourceTag/stage': 'test',
      },
      denial: 'bare',
    },
  ])
})

test('AssumeRole asks for two more permissions for tags and a source identity', async () => {
  const sts = await stsFixture({ roles: [roleOf('plain')] })
  const request = {
    RoleArn: roleOf('plain').arn,
    RoleSessionName: 'ci',
    Tags: [
      { Key: 'team', Value: 'blue' },
      { Key: 'cost', Value: '7' },
    ],
    TransitiveTagKeys: ['team'],
    SourceIdentity: 'alice',
  }
  const permissions = await sts.permissions('AssumeRole', request)
  const context = {
    'sts:RoleSessionName': 'ci',
    'sts:SourceIdentity': 'alice',
    'sts:TransitiveTagKeys': ['team'],
    'aws:TagKeys': ['team', 'cost'],
    'aws:RequestTag/team': 'blue',
    'aws:RequestTag/cost': '7',
  }
  assert.deepEqual(
    permissions.map((permission) => [permission.action, permission.context]),
    ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'].map((action) => [action, context]),
  )
})

test('AssumeRole asks for a role that is not there as for one that trusts no principal', async () => {
  const sts = await stsFixture()
  const [permission] = await sts.permissions('AssumeRole', asked)
  const { kind, document = '' } = permission?.policy ?? {}
  assert.equal(kind, 'trust-policy')
  validatePolicy(document, 'trust')
  assert.deepEqual(JSON.parse(document).Statement.Principal, { Service: 'none' })
  assert.deepEqual(permission?.context, { 'sts:RoleSessionName': 'ci' })
  await assert.rejects(
    sts.call('AssumeRole', asked),
    accessDenied(`User: ${aliceArn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`),
  )
})

test('AssumeRole assumes the very role whose trust policy was evaluated', async () => {
  const sts = await stsFixture({ roles: [deploy] })
  sts.beforeHandling('AssumeRole', async () => {
    await sts.removeRole(deploy)
    await sts.putRole({ ...deploy, roleId: 'AROARTX3GSDSQANOTHER1' })
  })
  const { AssumedRoleUser } = await sts.call('AssumeRole', asked)
  assert.equal(AssumedRoleUser?.AssumedRoleId, `${deploy.roleId}:ci`)
})

test('AssumeRole names the account of the role where it is another', async () => {
  const foreign = roleOf('deploy', { accountId: otherAccountId })
  const sts = await stsFixture({ roles: [foreign] })
  const request = { RoleArn: foreign.arn, RoleSessionName: 'ci' }
  const [permission] = await sts.permissions('AssumeRole', request)
  assert.equal(permission?.resourceAccountId, otherAccountId)
  const { Credentials } = await sts.call('AssumeRole', request)
  assert.equal(sts.opened(Credentials).principal.accountId, otherAccountId)
})

test('AssumeRole refuses root users and ARNs of anything but roles', async () => {
  const sts = await stsFixture({ roles: [deploy] })
  await assert.rejects(sts.call('AssumeRole', asked, root), accessDenied('Roles may not be assumed by root accounts.'))
  const wrong = `arn:aws:iam::${accountId}:user/alice`
  for (const caller of [alice, root]) {
    const refused = sts.call('AssumeRole', { ...asked, RoleArn: wrong }, caller)
    await assert.rejects(refused, validationError(`${wrong} is invalid`))
  }
})

test('AssumeRole refuses more time than the role allows, and lets a stranger know only once it is trusted', async () => {
  const message = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'
  const foreign = roleOf('far', { accountId: otherAccountId })
  const sts = await stsFixture({ roles: [deploy, foreign] })
  await assert.rejects(sts.permissions('AssumeRole', { ...asked, DurationSeconds: 3601 }), validationError(message))
  const request = { ...asked, RoleArn: foreign.arn, DurationSeconds: 3601 }
  assert.equal((await sts.permissions('AssumeRole', request)).length, 1)
  await assert.rejects(sts.call('AssumeRole', request), validationError(message))
})

test('AssumeRole gives as much as the role allows, but an hour to a role session', async () => {
  const long = roleOf('long', { maxSessionSeconds: 43_200 })
  const sts = await stsFixture({ roles: [deploy, long] })
  const { session: whole } = await session(sts, { RoleArn: long.arn, DurationSeconds: 43_200 })
  assert.equal(whole.expiresAtMs - whole.issuedAtMs, 43_200_000)
  const { caller } = await session(sts)
  await assert.rejects(
    sts.call('AssumeRole', { RoleArn: long.arn, RoleSessionName: 'two', DurationSeconds: 3601 }, caller),
    validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    ),
  )
  await session(sts, { RoleArn: long.arn, DurationSeconds: 3600 }, caller)
})

test('AssumeRole looks at the duration before it looks at the tags', async () => {
  const sts = await stsFixture({ roles: [deploy] })
  const request = { ...asked, DurationSeconds: 7200, TransitiveTagKeys: ['none'] }
  await assert.rejects(sts.permissions('AssumeRole', request), { code: 'ValidationError' })
  await assert.rejects(sts.permissions('AssumeRole', { ...request, DurationSeconds: 3600 }), {
    code: 'InvalidParameterValue',
    status: 400,
    message: 'The specified transitive tag key must be included in the requested tags.',
  })
})

test('AssumeRole hands transitive tags and the source identity down a chain, asking for both again', async () => {
  const second = roleOf('second', { roleId: 'AROARTX3GSDSQSECOND11' })
  const sts = await stsFixture({ roles: [deploy, second] })
  const Tags = [
    { Key: 'Star', Value: '1' },
    { Key: 'Moon', Value: '2' },
  ]
  const first = await session(sts, { Tags, TransitiveTagKeys: ['star'], SourceIdentity: 'alice' })
  const request = { RoleArn: second.arn, RoleSessionName: 'two' }
  const permissions = await sts.permissions('AssumeRole', request, first.caller)
  assert.deepEqual(
    permissions.map(({ action }) => action),
    ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
  )
  assert.deepEqual(permissions[0]?.context, { 'sts:RoleSessionName': 'two', 'sts:SourceIdentity': 'alice' })
  const chained = await session(sts, { ...request, SourceIdentity: 'alice' }, first.caller)
  assert.deepEqual(chained.session.tags, { Star: '1' })
  assert.deepEqual(chained.session.transitiveTagKeys, ['star'])
  assert.equal(chained.session.sourceIdentity, 'alice')
})

test('AssumeRole refuses another source identity and tags that are inherited', async () => {
  const sts = await stsFixture({ roles: [deploy] })
  const Tags = [{ Key: 'Star', Value: '1' }]
  const { caller } = await session(sts, { Tags, TransitiveTagKeys: ['Star'], SourceIdentity: 'alice' })
  const arn = `arn:aws:sts::${accountId}:assumed-role/deploy/ci`
  await assert.rejects(
    sts.permissions('AssumeRole', { ...asked, SourceIdentity: 'mallory' }, caller),
    accessDenied(`User: ${arn} is not authorized to perform: sts:SetSourceIdentity on resource: ${RoleArn}`),
  )
  await assert.rejects(sts.permissions('AssumeRole', { ...asked, Tags: [{ Key: 'star', Value: '2' }] }, caller), {
    code: 'InvalidParameterValue',
    status: 400,
    message:
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
  })
})

test('AssumeRole shows the source identity and how much of the space policies and tags take', async () => {
  const sts = await stsFixture({ roles: [deploy] })
  const { SourceIdentity, PackedPolicySize } = await sts.call('AssumeRole', {
    ...asked,
    SourceIdentity: 'alice',
    Tags: [{ Key: 'team', Value: 'b'.repeat(200) }],
    Policy: policyOf({ Effect: 'Allow', Action: 's3:*', Resource: '*' }),
  })
  assert.equal(SourceIdentity, 'alice')
  assert.ok(PackedPolicySize && PackedPolicySize > 60 && PackedPolicySize < 75)
})

test('AssumeRole refuses codes of devices that no user has, and context assertions that no provider issued', async () => {
  const sts = await stsFixture({ roles: [deploy] })
  const SerialNumber = `arn:aws:iam::${accountId}:mfa/alice`
  await assert.rejects(
    sts.call('AssumeRole', { ...asked, SerialNumber, TokenCode: '123456' }),
    accessDenied(
      'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
    ),
  )
  await assert.rejects(
    sts.call('AssumeRole', { ...asked, TokenCode: '123456' }),
    accessDenied('MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.'),
  )
  const ProviderArn = 'arn:aws:iam::aws:contextProvider/IdentityCenter'
  await assert.rejects(
    sts.call('AssumeRole', { ...asked, ProvidedContexts: [{ ProviderArn, ContextAssertion: 'made up' }] }),
    { code: 'InvalidContextAssertion', status: 400 },
  )
})

test('AssumeRole is recorded as a read that names the role, its session and its key, and no secret', async () => {
  const sts = await stsFixture({ roles: [deploy] })
  const output = await sts.call('AssumeRole', { ...asked, SourceIdentity: 'alice' })
  const record = sts.lastRecord()
  assert.equal(record.readOnly, true)
  assert.deepEqual(record.resources, [{ accountId, type: 'AWS::IAM::Role', ARN: RoleArn }])
  for (const secret of [output.Credentials?.SecretAccessKey, output.Credentials?.SessionToken]) {
    assert.ok(secret && !JSON.stringify(record).includes(secret))
  }
  assert.deepEqual(record.responseElements, {
    credentials: { accessKeyId: output.Credentials?.AccessKeyId, expiration: 'Mar 1, 2026, 1:00:00 PM' },
    assumedRoleUser: {
      assumedRoleId: `${deploy.roleId}:ci`,
      arn: `arn:aws:sts::${accountId}:assumed-role/deploy/ci`,
    },
    sourceIdentity: 'alice',
    packedPolicySize: undefined,
  })
  assert.deepEqual(stsOperations.AssumeRole.audit.hideRequest, ['TokenCode', 'ProvidedContexts'])
})
