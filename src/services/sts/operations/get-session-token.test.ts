import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stsOperations } from '../sts-service.ts'
import { accountId, alice, root, stsFixture } from '../testing.ts'

test('GetSessionToken makes twelve hours of the same user, without policies or tags', async () => {
  const sts = await stsFixture()
  const { Credentials, SessionTokenSize } = await sts.call('GetSessionToken', {})
  const { principal, session, secretAccessKey } = sts.opened(Credentials)
  assert.deepEqual(principal, alice.principal)
  assert.deepEqual(session, {
    issuedAtMs: sts.clock.nowMs(),
    expiresAtMs: sts.clock.nowMs() + 43_200_000,
    issuedBy: 'GetSessionToken',
    mfaAuthenticated: false,
    policies: [],
    policyArns: [],
    tags: {},
    transitiveTagKeys: [],
  })
  assert.equal(Credentials?.SecretAccessKey, secretAccessKey)
  assert.equal(Credentials?.Expiration?.toISOString(), '2026-03-02T00:00:00.000Z')
  assert.equal(SessionTokenSize, Credentials?.SessionToken?.length)
})

test('GetSessionToken gives a root user an hour at most', async () => {
  const sts = await stsFixture()
  for (const [DurationSeconds, seconds] of [
    [undefined, 3600],
    [7200, 3600],
    [900, 900],
  ]) {
    const { Credentials } = await sts.call('GetSessionToken', { DurationSeconds }, root)
    const { session } = sts.opened(Credentials)
    assert.equal(session.expiresAtMs - session.issuedAtMs, (seconds ?? 0) * 1000)
  }
})

test('GetSessionToken is refused to every session', async () => {
  const sts = await stsFixture()
  const { Credentials } = await sts.call('GetSessionToken', {})
  await assert.rejects(sts.call('GetSessionToken', {}, sts.opened(Credentials).caller), {
    code: 'AccessDenied',
    status: 403,
    message: 'Cannot call GetSessionToken with session credentials',
  })
})

test('GetSessionToken refuses codes of devices that no user has, and halves of the pair', async () => {
  const sts = await stsFixture()
  const SerialNumber = `arn:aws:iam::${accountId}:mfa/alice`
  await assert.rejects(sts.call('GetSessionToken', { SerialNumber, TokenCode: '123456' }), {
    code: 'AccessDenied',
    status: 403,
    message:
      'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
  })
  for (const half of [{ SerialNumber }, { TokenCode: '123456' }]) {
    await assert.rejects(sts.call('GetSessionToken', half), {
      code: 'AccessDenied',
      status: 403,
      message: 'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
    })
  }
})

test('GetSessionToken pads the token to the size asked for and says how much of the longest it is', async () => {
  const sts = await stsFixture()
  const { Credentials, ...size } = await sts.call('GetSessionToken', { MinimumSessionTokenSize: 2048 })
  assert.equal(Credentials?.SessionToken?.length, 2048)
  assert.deepEqual(size, { SessionTokenSize: 2048, SessionTokenUtilization: 50 })
})

test('GetSessionToken is recorded without secret access key, session token and code', async () => {
  const sts = await stsFixture()
  const output = await sts.call('GetSessionToken', {})
  const { audit, permissions } = stsOperations.GetSessionToken
  assert.deepEqual(sts.lastRecord().responseElements, {
    credentials: { accessKeyId: output.Credentials?.AccessKeyId, expiration: 'Mar 2, 2026, 12:00:00 AM' },
  })
  assert.deepEqual(audit.hideRequest, ['TokenCode'])
  assert.equal(permissions, 'none')
  assert.equal(sts.lastRecord().readOnly, false)
})
