import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { callerOf, rootOf } from '../../../../../test/fixtures/call.ts'
import type { Caller } from '../../../../core/principal.ts'
import { grants, retirableGrants } from '../../storage/grant-store.ts'
import {
  accountId,
  arnOf,
  type InputOf,
  kmsFixture,
  newUser,
  otherAccountId,
  policyOf,
  present,
  region,
  root,
} from '../../testing.ts'

const grantee = newUser('grantee')
const retirer = newUser('retirer')
const unrelated = newUser('unrelated')
const foreigner = newUser('foreigner', otherAccountId)

/** Makes a key with a grant. Users have only the identity policies that a test gives them. */
async function endFixture(more: Partial<InputOf<'CreateGrant'>> = {}, policy: object[] = []) {
  const kms = await kmsFixture()
  for (const caller of [grantee, retirer, unrelated, foreigner]) await kms.putUser(caller, [])
  const account = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'kms:*', Resource: '*' }
  const { keyId: KeyId, arn } = await kms.key({ Policy: policyOf(account, ...policy) })
  const created = await kms.call('CreateGrant', {
    ...{ KeyId, Operations: ['Encrypt'], GranteePrincipal: arnOf(grantee), RetiringPrincipal: arnOf(retirer) },
    ...more,
  })
  const GrantToken = present(created.GrantToken)
  const GrantId = present(created.GrantId)
  const count = async () => (await kms.call('ListGrants', { KeyId })).Grants?.length
  const retire = (caller: Caller, DryRun?: boolean) => kms.call('RetireGrant', { GrantToken, DryRun }, { caller })
  return { ...kms, KeyId, arn, GrantToken, GrantId, count, retire }
}

const refused = { code: 'AccessDeniedException' }
const everything = [policyOf({ Effect: 'Allow', Action: 'kms:*', Resource: '*' })]

test('scenario 54: the retiring principal retires a grant by its token; a key policy cannot give that right', async () => {
  const named = { Effect: 'Allow', Principal: { AWS: arnOf(unrelated) }, Action: 'kms:RetireGrant', Resource: '*' }
  const kms = await endFixture({}, [named])
  await assert.rejects(kms.retire(unrelated), refused)
  await assert.rejects(kms.retire(grantee), refused)
  await kms.retire(retirer)
  assert.equal(await kms.count(), 0)
  await assert.rejects(
    kms.call('Encrypt', { KeyId: kms.KeyId, Plaintext: Buffer.from('x') }, { caller: grantee }),
    refused,
  )
  await assert.rejects(kms.retire(retirer), { code: 'InvalidGrantTokenException' })
})

test('a retiring principal may be of another account, and names the grant by key ARN and grant id as well', async () => {
  const kms = await endFixture({ RetiringPrincipal: arnOf(foreigner) })
  const { arn: KeyId, GrantId } = kms
  const retire = (caller: Caller) => kms.call('RetireGrant', { KeyId, GrantId }, { caller })
  await assert.rejects(retire(newUser('other', otherAccountId)), refused)
  await assert.rejects(retire(callerOf(rootOf(otherAccountId))), refused)
  await retire(foreigner)
  assert.equal(await kms.count(), 0)
})

test('a grantee retires a grant that lists RetireGrant, whatever its constraints', async () => {
  const Constraints = { EncryptionContextEquals: { a: '1' } }
  const kms = await endFixture({ Operations: ['Encrypt', 'RetireGrant'], Constraints })
  await kms.retire(grantee)
  assert.equal(await kms.count(), 0)
})

test('the issuing account retires its grants, and its identity policies give that on', async () => {
  const kms = await endFixture({ RetiringPrincipal: undefined })
  await assert.rejects(kms.retire(unrelated), refused)
  await kms.putUser(unrelated, everything)
  await kms.retire(unrelated)
  const issuedAbroad = await endFixture({
    RetiringPrincipal: undefined,
    Operations: ['CreateGrant'],
    GranteePrincipal: otherAccountId,
  })
  await issuedAbroad.putUser(foreigner, everything)
  const { arn: KeyId } = issuedAbroad
  const passedOn = await issuedAbroad.call(
    'CreateGrant',
    { KeyId, Operations: ['CreateGrant'], GranteePrincipal: arnOf(grantee) },
    { caller: foreigner },
  )
  const request = { GrantToken: present(passedOn.GrantToken) }
  await assert.rejects(issuedAbroad.call('RetireGrant', request, { caller: root }), refused)
  await issuedAbroad.call('RetireGrant', request, { caller: foreigner })
})

test('an explicit Deny of the key policy keeps even the retiring principal from retiring', async () => {
  const denied = { Effect: 'Deny', Principal: { AWS: arnOf(retirer) }, Action: 'kms:RetireGrant', Resource: '*' }
  const kms = await endFixture({}, [denied])
  await assert.rejects(kms.retire(retirer), refused)
})

test('RevokeGrant asks for kms:RevokeGrant, takes no token, and works for keys pending deletion', async () => {
  const kms = await endFixture()
  const { KeyId, GrantId } = kms
  const revoke = (caller: Caller) => kms.call('RevokeGrant', { KeyId, GrantId }, { caller })
  await assert.rejects(revoke(retirer), refused)
  await assert.rejects(revoke(grantee), refused)
  await kms.call('ScheduleKeyDeletion', { KeyId })
  await kms.putUser(unrelated, everything)
  await revoke(unrelated)
  await assert.rejects(revoke(root), { code: 'NotFoundException' })
})

test('RetireGrant and RevokeGrant distinguish malformed requests from grants that are not there', async () => {
  const kms = await endFixture()
  const { KeyId, arn, GrantId, GrantToken } = kms
  const absent = randomBytes(32).toString('hex')
  const wrong: [InputOf<'RetireGrant'>, string][] = [
    [{}, 'ValidationException'],
    [{ KeyId: arn }, 'ValidationException'],
    [{ GrantId }, 'ValidationException'],
    [{ GrantToken, KeyId: arn, GrantId }, 'ValidationException'],
    [{ KeyId, GrantId }, 'InvalidArnException'],
    [{ KeyId: arn, GrantId: 'abc' }, 'InvalidGrantIdException'],
    [{ KeyId: arn, GrantId: absent }, 'NotFoundException'],
    [{ GrantToken: 'AAAA' }, 'InvalidGrantTokenException'],
  ]
  for (const [input, code] of wrong)
    await assert.rejects(kms.call('RetireGrant', input), { code }, JSON.stringify(input))
  await assert.rejects(kms.call('RevokeGrant', { KeyId, GrantId: 'abc' }), { code: 'InvalidGrantIdException' })
  await assert.rejects(kms.call('RevokeGrant', { KeyId, GrantId: absent }), { code: 'NotFoundException' })
  const other = await kms.key()
  await assert.rejects(kms.call('RevokeGrant', { KeyId: other.keyId, GrantId }), { code: 'NotFoundException' })
  const elsewhere = kms.call('RetireGrant', { GrantToken }, { caller: retirer, region: 'eu-west-1' })
  await assert.rejects(elsewhere, { code: 'InvalidGrantTokenException' })
  await assert.rejects(kms.retire(retirer, true), { code: 'DryRunOperationException' })
  await assert.rejects(kms.call('RevokeGrant', { KeyId, GrantId, DryRun: true }), { code: 'DryRunOperationException' })
  assert.equal(await kms.count(), 1)
})

test('tokens that were made up, cut off, altered or taken from elsewhere are refused by every operation that takes them', async () => {
  const kms = await endFixture()
  const { KeyId, GrantToken } = kms
  const sealed = kms.sealer.seal(Buffer.from('["a"]'), 'other')
  const bytes = Buffer.from(GrantToken, 'base64url')
  const flipped = fc.nat(bytes.length * 8 - 1).map((bit) => {
    const copy = Buffer.from(bytes)
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    return copy.toString('base64url')
  })
  const cut = fc.nat(GrantToken.length - 1).map((length) => GrantToken.slice(0, length) || 'x')
  const forged = fc.oneof(
    ...[
      flipped,
      cut,
      fc.string({ minLength: 1 }),
      fc.constantFrom(`${GrantToken}=`, `${GrantToken}A`, ` ${GrantToken}`),
    ],
    fc.constant(sealed.toString('base64url')),
  )
  const Plaintext = Buffer.from('x')
  await fc.assert(
    fc.asyncProperty(forged, async (token) => {
      const code = 'InvalidGrantTokenException'
      await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext, GrantTokens: [GrantToken, token] }), { code })
      await assert.rejects(kms.call('RetireGrant', { GrantToken: token }), { code })
    }),
    { numRuns: 60 },
  )
  await kms.call('Encrypt', { KeyId, Plaintext, GrantTokens: [GrantToken] })
})

test('the grants of a deleted key are gone at once, and are cleared away', async () => {
  const kms = await endFixture()
  const { KeyId, arn } = kms
  for (let count = 0; count < 250; count++) {
    await kms.call('CreateGrant', {
      ...{ KeyId, Operations: ['Encrypt'], GranteePrincipal: arnOf(grantee), RetiringPrincipal: arnOf(retirer) },
    })
  }
  await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  await kms.advanceDays(7)
  await assert.rejects(kms.call('ListGrants', { KeyId }), {
    code: 'NotFoundException',
    message: `Key '${arn}' does not exist`,
  })
  const { Grants } = await kms.call('ListRetirableGrants', { RetiringPrincipal: arnOf(retirer) })
  assert.deepEqual(Grants, [])
  assert.equal(await kms.store.in(grants).count({ accountId, region }), 0)
  assert.equal(await kms.store.in(retirableGrants).count({ accountId, region }), 0)
})
