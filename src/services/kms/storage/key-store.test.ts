import assert from 'node:assert/strict'
import type { KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { accountId, kmsFixture, present, region } from '../testing.ts'
import { keyMaterials, keys } from './collections.ts'
import { findMacKey, findPrivateKey, findSecretKey } from './key-store.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

test('nothing in memory keeps the material of a key that was deleted', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  const held = await heldInMemory()
  await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  await turnOfEventLoop()
  collectGarbage()
  // As long as the key is there, its material is kept ready for use.
  assert.ok(held.every((reference) => reference.deref()))
  await kms.advanceDays(7)
  await turnOfEventLoop()
  collectGarbage()
  assert.deepEqual(
    held.map((reference) => reference.deref()),
    [undefined, undefined],
  )

  async function heldInMemory(): Promise<WeakRef<object>[]> {
    const [stored] = await kms.store.in(keyMaterials).list({ accountId, region })
    const { materialId = '' } = stored?.document ?? {}
    const material = await kms.store.in(keyMaterials).get({ accountId, region }, stored?.id ?? '')
    const secret = (await findSecretKey(kms.store, { accountId, region, keyId: KeyId, arn }, materialId)) as KeyObject
    assert.ok(material && secret)
    return [new WeakRef(material), new WeakRef(secret)]
  }
})

test('a key whose material goes while it is used waits for import, or is gone; lost material is a fault', async () => {
  const kms = await kmsFixture()
  const scope = { accountId, region }
  for (const [KeySpec, KeyUsage, find] of [
    ['ECC_NIST_P256', 'SIGN_VERIFY', findPrivateKey],
    ['HMAC_256', 'GENERATE_VERIFY_MAC', findMacKey],
  ] as const) {
    const { keyId, arn } = await kms.key({ KeySpec, KeyUsage })
    const key = present(await kms.store.in(keys).get(scope, keyId))
    assert.ok(await find(kms.store, key))
    const id = `${keyId}/${key.currentMaterialId}`
    await kms.store.transaction((tx) => tx.in(keyMaterials).delete(scope, id))
    await assert.rejects(find(kms.store, key), { name: 'Error', message: `${arn} has lost its key material` })
    await kms.store.transaction((tx) => tx.in(keys).put(scope, keyId, { ...key, origin: 'EXTERNAL' }))
    await assert.rejects(find(kms.store, key), {
      code: 'KMSInvalidStateException',
      message: `${arn} is pending import.`,
    })
    await kms.store.transaction((tx) => tx.in(keys).delete(scope, keyId))
    await assert.rejects(find(kms.store, key), { code: 'NotFoundException' })
  }
})

const turnOfEventLoop = () => new Promise((resolve) => setImmediate(resolve))
