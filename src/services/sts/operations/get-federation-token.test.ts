import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, alice, policyOf, root, stsFixture } from '../testing.ts'

const arn = `arn:aws:sts::${accountId}:federated-user/bob`
const Policy = policyOf({ Effect: 'Allow', Action: 's3:Get*', Resource: '*' })

test('GetFederationToken makes twelve hours of a federated user who stands in for the caller', async () => {
  const sts = await stsFixture()
  const Tags = [{ Key: 'team', Value: 'blue' }]
  const answer = await sts.call('GetFederationToken', { Name: 'bob', Policy, Tags })
  const { principal, session } = sts.opened(answer.Credentials)
  assert.deepEqual(principal, { kind: 'federated-user', accountId, arn, name: 'bob', issuer: alice.principal })
  assert.deepEqual(session, {
    issuedAtMs: sts.clock.nowMs(),
    expiresAtMs: sts.clock.nowMs() + 43_200_000,
    issuedBy: 'GetFederationToken',
    mfaAuthenticated: false,
    policies: [Policy],
    policyArns: [],
    tags: { team: 'blue' },
    transitiveTagKeys: [],
  })
  assert.deepEqual(answer.FederatedUser, { FederatedUserId: `${accountId}:bob`, Arn: arn })
  assert.ok(answer.PackedPolicySize && answer.PackedPolicySize < 30)
})

test('GetFederationToken packs nothing when there are neither policies nor tags', async () => {
  const sts = await stsFixture()
  const { PackedPolicySize } = await sts.call('GetFederationToken', { Name: 'bob' })
  assert.equal(PackedPolicySize, 0)
})

test('GetFederationToken gives what a root user makes an hour at most', async () => {
  const sts = await stsFixture()
  const { Credentials } = await sts.call('GetFederationToken', { Name: 'bob', DurationSeconds: 129_600 }, root)
  const { session, principal } = sts.opened(Credentials)
  assert.equal(session.expiresAtMs - session.issuedAtMs, 3_600_000)
  assert.deepEqual(principal.kind === 'federated-user' && principal.issuer, root.principal)
})

test('GetFederationToken asks for the federated user, and to tag it when there are tags', async () => {
  const sts = await stsFixture()
  assert.deepEqual(await sts.permissions('GetFederationToken', { Name: 'bob' }), [
    { action: 'sts:GetFederationToken', resource: arn, context: {} },
  ])
  const context = { 'aws:TagKeys': ['team'], 'aws:RequestTag/team': 'blue' }
  const Tags = [{ Key: 'team', Value: 'blue' }]
  assert.deepEqual(await sts.permissions('GetFederationToken', { Name: 'bob', Tags }), [
    { action: 'sts:GetFederationToken', resource: arn, context },
    { action: 'sts:TagSession', resource: arn, context },
  ])
})

test('GetFederationToken is refused to every session, before anything else is looked at', async () => {
  const sts = await stsFixture()
  const { Credentials } = await sts.call('GetSessionToken', {})
  const Tags = [
    { Key: 'team', Value: 'a' },
    { Key: 'TEAM', Value: 'b' },
  ]
  await assert.rejects(sts.permissions('GetFederationToken', { Name: 'bob', Tags }, sts.opened(Credentials).caller), {
    code: 'AccessDenied',
    status: 403,
    message: 'Cannot call GetFederationToken with session credentials',
  })
  await assert.rejects(sts.permissions('GetFederationToken', { Name: 'bob', Tags }), {
    code: 'InvalidParameterValue',
    message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  })
})

test('GetFederationToken is recorded without secret access key and session token', async () => {
  const sts = await stsFixture()
  const output = await sts.call('GetFederationToken', { Name: 'bob' })
  assert.deepEqual(sts.lastRecord().responseElements, {
    credentials: { accessKeyId: output.Credentials?.AccessKeyId, expiration: 'Mar 2, 2026, 12:00:00 AM' },
    federatedUser: { federatedUserId: `${accountId}:bob`, arn },
    packedPolicySize: 0,
  })
  assert.equal(sts.lastRecord().readOnly, false)
})
