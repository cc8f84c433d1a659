import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KmsFixture, kmsFixture } from '../../testing.ts'

const stateOf = async (kms: KmsFixture, KeyId: string) =>
  (await kms.call('DescribeKey', { KeyId })).KeyMetadata?.KeyState

test('DisableKey closes a key until EnableKey, and both may be repeated', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  const Plaintext = Buffer.from('x')
  for (let time = 0; time < 2; time++) {
    assert.equal(await kms.call('DisableKey', { KeyId }), undefined)
    assert.equal(await stateOf(kms, KeyId), 'Disabled')
    await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }), {
      code: 'DisabledException',
      message: `${arn} is disabled.`,
    })
  }
  await kms.call('EnableKey', { KeyId: arn })
  await kms.call('EnableKey', { KeyId })
  assert.equal(await stateOf(kms, KeyId), 'Enabled')
  await kms.call('Encrypt', { KeyId, Plaintext })
})

test('UpdateKeyDescription sets the text, also to nothing', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key({ Description: 'old' })
  for (const Description of ['new', '']) {
    await kms.call('UpdateKeyDescription', { KeyId, Description })
    assert.equal((await kms.call('DescribeKey', { KeyId })).KeyMetadata?.Description, Description)
  }
})

test('operations that change a key take no aliases', async () => {
  const kms = await kmsFixture()
  const { keyId } = await kms.key()
  await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: keyId })
  const refused = { code: 'InvalidArnException', message: 'Key Aliases are not supported for this operation.' }
  const KeyId = 'alias/app'
  await assert.rejects(kms.call('DisableKey', { KeyId }), refused)
  await assert.rejects(kms.call('UpdateKeyDescription', { KeyId, Description: '' }), refused)
  await assert.rejects(kms.call('ScheduleKeyDeletion', { KeyId }), refused)
  await assert.rejects(kms.call('PutKeyPolicy', { KeyId, Policy: '{}' }), refused)
  await assert.rejects(kms.call('TagResource', { KeyId, Tags: [] }), refused)
  await assert.rejects(kms.call('GetKeyRotationStatus', { KeyId }), refused)
})
