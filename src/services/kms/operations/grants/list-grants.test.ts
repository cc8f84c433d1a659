import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerOf, userOf } from '../../../../../test/fixtures/call.ts'
import { accountId, kmsFixture, otherAccountId, present, stranger } from '../../testing.ts'

const aliceArn = `arn:aws:iam::${accountId}:user/alice`
const strangerArn = `arn:aws:iam::${otherAccountId}:user/mallory`

async function listFixture() {
  const kms = await kmsFixture()
  return { ...kms, ...(await kms.key()) }
}

test('ListGrants shows a grant as it was made', async () => {
  const kms = await listFixture()
  const Constraints = { EncryptionContextSubset: { dept: 'hr' } }
  const given = { GranteePrincipal: aliceArn, RetiringPrincipal: accountId, Constraints }
  const { GrantId } = await kms.call('CreateGrant', {
    KeyId: kms.keyId,
    Operations: ['Decrypt', 'Encrypt', 'Decrypt'],
    ...given,
  })
  const { Grants, Truncated } = await kms.call('ListGrants', { KeyId: kms.arn })
  assert.equal(Truncated, false)
  assert.deepEqual(Grants, [
    {
      ...{ KeyId: kms.arn, GrantId, Name: '', CreationDate: kms.clock.now() },
      ...given,
      IssuingAccount: `arn:aws:iam::${accountId}:root`,
      Operations: ['Decrypt', 'Encrypt'],
    },
  ])
})

test('ListGrants filters by grant and by grantee, and pages through the rest', async () => {
  const kms = await listFixture()
  const KeyId = kms.keyId
  const ids: string[] = []
  for (const GranteePrincipal of [aliceArn, strangerArn, aliceArn, aliceArn, `arn:aws:iam::${otherAccountId}:root`]) {
    ids.push(present((await kms.call('CreateGrant', { KeyId, Operations: ['Encrypt'], GranteePrincipal })).GrantId))
  }
  const list = async (filter: object) => {
    const { Grants } = await kms.call('ListGrants', { KeyId, ...filter })
    return Grants?.map(({ GrantId }) => GrantId)
  }
  assert.deepEqual(await list({}), ids.toSorted())
  assert.deepEqual(await list({ GranteePrincipal: strangerArn }), [ids[1]])
  assert.deepEqual(await list({ GranteePrincipal: otherAccountId }), [ids[4]])
  assert.deepEqual(await list({ GrantId: ids[3] }), [ids[3]])
  assert.deepEqual(await list({ GrantId: ids[3], GranteePrincipal: strangerArn }), [])
  assert.deepEqual(await list({ GranteeServicePrincipal: 'rds.amazonaws.com' }), [])
  const first = await kms.call('ListGrants', { KeyId, Limit: 3 })
  const second = await kms.call('ListGrants', { KeyId, Limit: 3, Marker: present(first.NextMarker) })
  assert.deepEqual(
    [...present(first.Grants), ...present(second.Grants)].map(({ GrantId }) => GrantId),
    ids.toSorted(),
  )
  const ofOtherList = kms.call('ListGrants', { KeyId, GranteePrincipal: aliceArn, Marker: present(first.NextMarker) })
  await assert.rejects(ofOtherList, { code: 'InvalidMarkerException' })
})

test('ListRetirableGrants finds the grants of any account that a principal of the own account may retire', async () => {
  const kms = await listFixture()
  const retirableBy = async (RetiringPrincipal: string, KeyId: string) => {
    const input = { KeyId, Operations: ['Encrypt' as const], GranteePrincipal: aliceArn, RetiringPrincipal }
    return present((await kms.call('CreateGrant', input)).GrantId)
  }
  const other = await kms.key()
  const ids = [await retirableBy(strangerArn, kms.keyId), await retirableBy(strangerArn, other.keyId)]
  await retirableBy(aliceArn, kms.keyId)
  const list = (caller = stranger) => kms.call('ListRetirableGrants', { RetiringPrincipal: strangerArn }, { caller })
  const { Grants } = await list()
  assert.deepEqual(
    Grants?.map(({ GrantId }) => GrantId),
    ids.toSorted(),
  )
  assert.ok(Grants?.every(({ RetiringPrincipal }) => RetiringPrincipal === strangerArn))
  const outsider = callerOf(userOf(accountId, 'alice', 'AIDAALICEEXAMPLE12345'))
  await assert.rejects(list(outsider), { code: 'AccessDeniedException' })
  await kms.call('RevokeGrant', { KeyId: kms.keyId, GrantId: present(ids[0]) })
  assert.equal((await list()).Grants?.length, 1)
})
