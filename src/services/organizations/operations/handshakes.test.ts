import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '../../../core/durations.ts'
import { newUser } from '../../../testing/callers.ts'
import { accountId, organizationsFixture, otherAccountId, rootIn } from '../testing.ts'

const other = rootIn(otherAccountId)
const Target = { Id: otherAccountId, Type: 'ACCOUNT' as const }

async function invited() {
  const fixture = await organizationsFixture()
  await fixture.org('CreateOrganization', {})
  const { Handshake } = await fixture.org('InviteAccountToOrganization', { Target, Notes: 'welcome' })
  return { ...fixture, HandshakeId: Handshake?.Id ?? '', Handshake }
}

test('an invitation says who invites whom, and both accounts can read it', async () => {
  const { org, Handshake, HandshakeId, putUser, clock } = await invited()
  const { Organization } = await org('DescribeOrganization', {})
  const id = Organization?.Id ?? ''
  assert.deepEqual(Handshake, {
    Id: HandshakeId,
    Arn: `arn:aws:organizations::${accountId}:handshake/${id}/invite/${HandshakeId}`,
    Parties: [
      { Id: id, Type: 'ORGANIZATION' },
      { Id: otherAccountId, Type: 'ACCOUNT' },
    ],
    State: 'OPEN',
    RequestedTimestamp: clock.now(),
    ExpirationTimestamp: new Date(clock.nowMs() + 15 * dayMs),
    Action: 'INVITE',
    Resources: [
      {
        ...{ Type: 'ORGANIZATION', Value: id },
        Resources: [
          { Type: 'MASTER_EMAIL', Value: `${accountId}@strongroom.invalid` },
          { Type: 'MASTER_NAME', Value: `Account ${accountId}` },
          { Type: 'ORGANIZATION_FEATURE_SET', Value: 'FULL' },
        ],
      },
      { Type: 'ACCOUNT', Value: otherAccountId },
      { Type: 'NOTES', Value: 'welcome' },
    ],
  })
  assert.deepEqual(await org('DescribeHandshake', { HandshakeId }, other), { Handshake })
  assert.deepEqual(await org('ListHandshakesForAccount', {}, other), { Handshakes: [Handshake] })
  assert.deepEqual(await org('ListHandshakesForOrganization', { Filter: { ActionType: 'INVITE' } }), {
    Handshakes: [Handshake],
  })
  const outsider = newUser('o', '777788889999')
  await putUser(outsider)
  await assert.rejects(org('DescribeHandshake', { HandshakeId }, outsider), { code: 'AccessDeniedException' })
  await assert.rejects(org('DescribeHandshake', { HandshakeId: 'h-00000000' }), { code: 'HandshakeNotFoundException' })
})

test('the invited account accepts once, and joins under the root', async () => {
  const { org, HandshakeId, rootId } = await invited()
  await assert.rejects(org('AcceptHandshake', { HandshakeId }), { code: 'AccessDeniedException' })
  const { Handshake } = await org('AcceptHandshake', { HandshakeId }, other)
  assert.equal(Handshake?.State, 'ACCEPTED')
  await assert.rejects(org('AcceptHandshake', { HandshakeId }, other), { code: 'HandshakeAlreadyInStateException' })
  await assert.rejects(org('DeclineHandshake', { HandshakeId }, other), { code: 'InvalidHandshakeTransitionException' })
  assert.equal((await org('ListParents', { ChildId: otherAccountId })).Parents?.[0]?.Id, await rootId())
  assert.equal((await org('DescribeAccount', { AccountId: otherAccountId })).Account?.JoinedMethod, 'INVITED')
  await assert.rejects(org('InviteAccountToOrganization', { Target }), {
    ...{ code: 'HandshakeConstraintViolationException', members: { Reason: 'ALREADY_IN_AN_ORGANIZATION' } },
  })
})

test('an invitation is declined, canceled or expires, after which it cannot be accepted', async () => {
  const { org, HandshakeId, advance } = await invited()
  await assert.rejects(org('InviteAccountToOrganization', { Target }), { code: 'DuplicateHandshakeException' })
  assert.equal((await org('DeclineHandshake', { HandshakeId }, other)).Handshake?.State, 'DECLINED')
  const invite = async () => (await org('InviteAccountToOrganization', { Target })).Handshake?.Id ?? ''
  const second = await invite()
  assert.equal((await org('CancelHandshake', { HandshakeId: second })).Handshake?.State, 'CANCELED')
  await assert.rejects(org('CancelHandshake', { HandshakeId: second }), { code: 'HandshakeAlreadyInStateException' })
  const third = await invite()
  await advance(15 * dayMs)
  assert.equal((await org('DescribeHandshake', { HandshakeId: third })).Handshake?.State, 'EXPIRED')
  for (const id of [HandshakeId, second, third]) {
    await assert.rejects(org('AcceptHandshake', { HandshakeId: id }, other), {
      code: 'InvalidHandshakeTransitionException',
    })
  }
  await advance(31 * dayMs)
  assert.deepEqual((await org('ListHandshakesForOrganization', {})).Handshakes, [])
})

test('an account is invited by its address, too, and one that is not here is not', async () => {
  const { org } = await organizationsFixture()
  await org('CreateOrganization', {})
  const by = (Id: string, Type: 'EMAIL' | 'ACCOUNT' | 'ORGANIZATION') =>
    org('InviteAccountToOrganization', { Target: { Id, Type } })
  const { Handshake } = await by(`${otherAccountId}@strongroom.invalid`, 'EMAIL')
  assert.deepEqual(Handshake?.Parties?.[1], { Id: `${otherAccountId}@strongroom.invalid`, Type: 'EMAIL' })
  const invalid = (Reason: string) => ({ code: 'InvalidInputException', members: { Reason } })
  await assert.rejects(by('999999999999', 'ACCOUNT'), invalid('TARGET_NOT_SUPPORTED'))
  await assert.rejects(by('none@example.com', 'EMAIL'), invalid('TARGET_NOT_SUPPORTED'))
  await assert.rejects(by(otherAccountId, 'ORGANIZATION'), invalid('INVALID_PARTY_TYPE_TARGET'))
})

test('all features are enabled once every invited account has approved and the management account has completed it', async () => {
  const { org, joinOther, rootId } = await organizationsFixture()
  await org('CreateOrganization', { FeatureSet: 'CONSOLIDATED_BILLING' })
  await joinOther()
  const RootId = await rootId()
  const enable = () => org('EnablePolicyType', { RootId, PolicyType: 'SERVICE_CONTROL_POLICY' })
  await assert.rejects(enable(), { code: 'PolicyTypeNotAvailableForOrganizationException' })
  const { Handshake } = await org('EnableAllFeatures', {})
  const HandshakeId = Handshake?.Id ?? ''
  assert.equal(Handshake?.State, 'REQUESTED')
  await assert.rejects(org('EnableAllFeatures', {}), {
    ...{ code: 'HandshakeConstraintViolationException' },
    members: { Reason: 'ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION' },
  })
  await assert.rejects(org('AcceptHandshake', { HandshakeId }), { code: 'InvalidHandshakeTransitionException' })
  const Filter = { ActionType: 'APPROVE_ALL_FEATURES' as const }
  const [approval] = (await org('ListHandshakesForAccount', { Filter }, other)).Handshakes ?? []
  await org('AcceptHandshake', { HandshakeId: approval?.Id ?? '' }, other)
  assert.equal((await org('DescribeHandshake', { HandshakeId })).Handshake?.State, 'OPEN')
  await org('AcceptHandshake', { HandshakeId })
  assert.equal((await org('DescribeOrganization', {})).Organization?.FeatureSet, 'ALL')
  await enable()
  await assert.rejects(org('EnableAllFeatures', {}), {
    ...{ code: 'HandshakeConstraintViolationException', members: { Reason: 'ORGANIZATION_ALREADY_HAS_ALL_FEATURES' } },
  })
})

test('the approval of a member that has left is not waited for', async () => {
  const { org, joinOther } = await organizationsFixture()
  await org('CreateOrganization', { FeatureSet: 'CONSOLIDATED_BILLING' })
  await joinOther()
  const HandshakeId = (await org('EnableAllFeatures', {})).Handshake?.Id ?? ''
  await org('LeaveOrganization', {}, other)
  assert.equal((await org('DescribeHandshake', { HandshakeId })).Handshake?.State, 'OPEN')
})

test('a member that declines ends the way to all features', async () => {
  const { org, joinOther } = await organizationsFixture()
  await org('CreateOrganization', { FeatureSet: 'CONSOLIDATED_BILLING' })
  await joinOther()
  const { Handshake } = await org('EnableAllFeatures', {})
  const Filter = { ParentHandshakeId: Handshake?.Id }
  const [approval] = (await org('ListHandshakesForAccount', { Filter }, other)).Handshakes ?? []
  await org('DeclineHandshake', { HandshakeId: approval?.Id ?? '' }, other)
  const HandshakeId = Handshake?.Id ?? ''
  assert.equal((await org('DescribeHandshake', { HandshakeId })).Handshake?.State, 'CANCELED')
  assert.equal((await org('EnableAllFeatures', {})).Handshake?.State, 'REQUESTED')
})
