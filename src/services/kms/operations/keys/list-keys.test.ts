import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kmsFixture, stranger } from '../../testing.ts'

test('ListKeys pages through 120 keys without gap or double', async () => {
  const kms = await kmsFixture()
  const made = await Promise.all(Array.from({ length: 120 }, () => kms.key()))
  const pages: { Keys?: { KeyId?: string; KeyArn?: string }[]; Truncated?: boolean; NextMarker?: string }[] = []
  let Marker: string | undefined
  do {
    const page = await kms.call('ListKeys', { Limit: 50, Marker })
    pages.push(page)
    Marker = page.NextMarker
  } while (Marker !== undefined)
  assert.deepEqual(
    pages.map(({ Keys, Truncated }) => [Keys?.length, Truncated]),
    [
      [50, true],
      [50, true],
      [20, false],
    ],
  )
  const listed = pages.flatMap(({ Keys = [] }) => Keys.map(({ KeyId, KeyArn }) => ({ keyId: KeyId, arn: KeyArn })))
  const byId = (a: { keyId?: string }, b: { keyId?: string }) => ((a.keyId ?? '') < (b.keyId ?? '') ? -1 : 1)
  assert.deepEqual(listed, made.sort(byId))
})

test('ListKeys shows keys pending deletion, and neither other regions nor other accounts', async () => {
  const kms = await kmsFixture()
  const { keyId } = await kms.key()
  await kms.call('ScheduleKeyDeletion', { KeyId: keyId })
  assert.equal((await kms.call('ListKeys', {})).Keys?.length, 1)
  assert.deepEqual((await kms.call('ListKeys', {}, { region: 'eu-west-1' })).Keys, [])
  assert.deepEqual((await kms.call('ListKeys', {}, { caller: stranger })).Keys, [])
})

test('ListKeys refuses forged markers and those of another region', async () => {
  const kms = await kmsFixture()
  await Promise.all([kms.key(), kms.key()])
  const { NextMarker: Marker } = await kms.call('ListKeys', { Limit: 1 })
  await assert.rejects(kms.call('ListKeys', { Marker: 'forged' }), { code: 'InvalidMarkerException' })
  await assert.rejects(kms.call('ListKeys', { Marker }, { region: 'eu-west-1' }), { code: 'InvalidMarkerException' })
  await assert.rejects(kms.call('ListAliases', { Marker }), { code: 'InvalidMarkerException' })
})
