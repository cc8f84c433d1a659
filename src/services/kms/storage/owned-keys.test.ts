import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FixedClock } from '../../../../test/fixtures/call.ts'
import { testStore } from '../../../storage/testing.ts'
import { kmsWork } from '../kms.ts'
import { kmsFixture, present } from '../testing.ts'
import { createOwnedKeys } from './owned-keys.ts'

const service = 'kms.amazonaws.com'
const context = { tenant: '111122223333' }

async function ownedFixture() {
  const store = await testStore()
  const clock = new FixedClock()
  return { store, clock, owned: createOwnedKeys({ store, clock }) }
}

test('an AWS owned key opens what it made under the same context, and nothing else', async () => {
  const { owned } = await ownedFixture()
  const key = await owned.of(service, 'us-east-1')
  const [otherService, otherRegion] = [
    await owned.of('sqs.amazonaws.com', 'us-east-1'),
    await owned.of(service, 'eu-west-1'),
  ]
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (plaintext, place) => {
      const ciphertext = key.encrypt(plaintext, context)
      assert.deepEqual(key.decrypt(ciphertext, context), Buffer.from(plaintext))
      assert.equal(key.decrypt(ciphertext, { tenant: '444455556666' }), undefined)
      assert.equal(otherService.decrypt(ciphertext, context), undefined)
      assert.equal(otherRegion.decrypt(ciphertext, context), undefined)
      const altered = Buffer.from(ciphertext)
      const at = place % altered.length
      altered[at] = (altered[at] ?? 0) ^ 1
      assert.equal(key.decrypt(altered, context), undefined)
      assert.equal(key.decrypt(ciphertext.subarray(0, at), context), undefined)
    }),
    { numRuns: 40 },
  )
})

test('first uses at the same time make one AWS owned key', async () => {
  const { store, clock, owned } = await ownedFixture()
  const keys = await Promise.all(Array.from({ length: 5 }, () => owned.of(service, 'us-east-1')))
  const ciphertext = present(keys[0]).encrypt(Buffer.from('x'), context)
  for (const key of keys) assert.equal(String(key.decrypt(ciphertext, context)), 'x')
  const elsewhere = await createOwnedKeys({ store, clock }).of(service, 'us-east-1')
  assert.equal(String(elsewhere.decrypt(ciphertext, context)), 'x')
})

test('an AWS owned key rotates every year and opens what it made before', async () => {
  const { store, clock, owned } = await ownedFixture()
  const before = (await owned.of(service, 'us-east-1')).encrypt(Buffer.from('x'), context)
  const runners = kmsWork({ clock, store, keyStores: {} as never, metrics: { add() {}, watch() {} } })
  for (const year of [1, 2]) {
    clock.advance(365 * 24 * 60 * 60)
    const leased = present(await store.leaseDue(Object.keys(runners), clock.nowMs(), clock.nowMs() + 60_000))
    await store.completeDue(leased, await present(runners[leased.work.kind])(leased.work))
    const key = await owned.of(service, 'us-east-1')
    assert.equal(String(key.decrypt(before, context)), 'x', `year ${year}`)
    const materialOf = (ciphertext: Buffer) => ciphertext.toString('hex', 1, 17)
    assert.notEqual(materialOf(key.encrypt(Buffer.from('x'), context)), materialOf(before))
  }
})

test('K6: no account sees an AWS owned key, and nothing is recorded of it', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const records = kms.store.records.length
  // The token of a grant is kept to KMS by a key of its own.
  const { GrantToken } = await kms.call('CreateGrant', {
    KeyId,
    Operations: ['Encrypt'],
    GranteePrincipal: '111122223333',
  })
  assert.deepEqual(
    kms.store.records.slice(records).map(({ eventName }) => eventName),
    ['CreateGrant'],
  )
  assert.equal((await kms.call('ListKeys', {})).Keys?.length, 1)
  const CiphertextBlob = Buffer.from(present(GrantToken), 'base64url')
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob }), { code: 'InvalidCiphertextException' })
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, KeyId }), { code: 'InvalidCiphertextException' })
})
