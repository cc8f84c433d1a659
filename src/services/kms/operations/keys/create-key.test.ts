import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeySpec, type KeyUsageType } from '@aws-sdk/client-kms'
import { algorithmsOf, keyType } from '../../domain/algorithms/key-specs.ts'
import { keyCountId, keyCounts, keyMaterials, keys } from '../../storage/collections.ts'
import { accountId, alice, kmsFixture, policyOf, present, refusedAction, region } from '../../testing.ts'

const scope = { accountId, region }
const rootStatement = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${accountId}:root` },
  Action: 'kms:*',
  Resource: '*',
}

test('CreateKey without parameters makes an enabled symmetric key with the default policy and no rotation', async () => {
  const kms = await kmsFixture()
  const { KeyMetadata } = await kms.call('CreateKey', {})
  const { KeyId, Arn, CurrentKeyMaterialId, ...rest } = present(KeyMetadata)
  assert.match(KeyId ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
  assert.equal(Arn, `arn:aws:kms:us-east-1:111122223333:key/${KeyId}`)
  assert.match(CurrentKeyMaterialId ?? '', /^[0-9a-f]{64}$/)
  assert.deepEqual(rest, {
    AWSAccountId: '111122223333',
    CreationDate: kms.clock.now(),
    Enabled: true,
    Description: '',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: 'Enabled',
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
  })
  const { Policy } = await kms.call('GetKeyPolicy', { KeyId: present(KeyId) })
  assert.match(Policy ?? '', /"Id" : "key-default-1"/)
  const status = await kms.call('GetKeyRotationStatus', { KeyId: present(KeyId) })
  assert.deepEqual(status, { KeyId: Arn, KeyRotationEnabled: false })
  assert.deepEqual(await kms.call('ListResourceTags', { KeyId: present(KeyId) }), { Tags: [], Truncated: false })
})

test('CreateKey makes every key spec with every usage it has, enabled, with a public key where there is one', async () => {
  const kms = await kmsFixture()
  const usages = ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT', 'GENERATE_VERIFY_MAC', 'ENCAPSULATE_DECAPSULATE']
  for (const keySpec of Object.values(KeySpec)) {
    if (keySpec === 'SM2') continue
    for (const keyUsage of usages as KeyUsageType[]) {
      const made = kms.key({ KeySpec: keySpec, KeyUsage: keyUsage })
      if (!algorithmsOf(keySpec, keyUsage)) {
        const message = `KeyUsage ${keyUsage} is not compatible with KeySpec ${keySpec}`
        await assert.rejects(made, { code: 'ValidationException', message })
        continue
      }
      const { keyId } = await made
      const { KeyMetadata } = await kms.call('DescribeKey', { KeyId: keyId })
      const { KeyState, KeySpec: spec, KeyUsage: usage, CurrentKeyMaterialId } = present(KeyMetadata)
      assert.deepEqual([KeyState, spec, usage], ['Enabled', keySpec, keyUsage])
      assert.equal(CurrentKeyMaterialId !== undefined, keySpec === 'SYMMETRIC_DEFAULT', keySpec)
      const key = present(await kms.store.in(keys).get(scope, keyId))
      assert.equal(key.publicKey !== undefined, keyType(keySpec) === 'asymmetric', keySpec)
    }
  }
})

test('CreateKey makes no SM2 key, which AWS has in China only', async () => {
  const kms = await kmsFixture()
  await assert.rejects(kms.key({ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }), { code: 'UnsupportedOperationException' })
})

test('scenario 26: CreateKey of an RSA key wants a usage, and one that fits', async () => {
  const kms = await kmsFixture()
  await assert.rejects(kms.key({ KeySpec: 'RSA_2048' }), {
    code: 'ValidationException',
    message: 'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
  })
  await assert.rejects(kms.key({ KeySpec: 'RSA_2048', KeyUsage: 'KEY_AGREEMENT' }), {
    code: 'ValidationException',
    message: 'KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048',
  })
})

test('CreateKey keeps description, tags and policy', async () => {
  const kms = await kmsFixture()
  const Policy = policyOf(rootStatement)
  const Tags = [{ TagKey: 'team', TagValue: 'a' }]
  const { keyId } = await kms.key({ Description: 'for tests', Tags, Policy })
  const { KeyMetadata } = await kms.call('DescribeKey', { KeyId: keyId })
  assert.equal(KeyMetadata?.Description, 'for tests')
  assert.deepEqual((await kms.call('ListResourceTags', { KeyId: keyId })).Tags, Tags)
  assert.deepEqual(await kms.call('GetKeyPolicy', { KeyId: keyId }), { Policy, PolicyName: 'default' })
})

test('CreateKey stores key material that no list of keys shows', async () => {
  const kms = await kmsFixture()
  await kms.key()
  const [material] = await kms.store.in(keyMaterials).list(scope)
  const secret = present(material).document.secret
  assert.equal(Buffer.from(secret, 'base64').length, 32)
  const rows = await kms.store.read((sql) => sql.all<{ document: string }>('SELECT document FROM documents'))
  assert.ok(rows.length >= 3)
  for (const { document } of rows) assert.ok(!document.includes(secret), 'the material stands unsealed')
})

test('CreateKey asks for kms:CreateKey on everything, and for kms:TagResource when there are tags', async () => {
  const kms = await kmsFixture()
  const Tags = [{ TagKey: 'team', TagValue: 'a' }]
  const [create, ...none] = await kms.permissions('CreateKey', { BypassPolicyLockoutSafetyCheck: true })
  assert.deepEqual(none, [])
  assert.deepEqual(create, {
    action: 'kms:CreateKey',
    resource: '*',
    printedResource: '*',
    context: {
      'kms:CallerAccount': accountId,
      'kms:MultiRegion': 'false',
      'kms:KeyOrigin': 'AWS_KMS',
      'kms:KeySpec': 'SYMMETRIC_DEFAULT',
      'kms:CustomerMasterKeySpec': 'SYMMETRIC_DEFAULT',
      'kms:KeyUsage': 'ENCRYPT_DECRYPT',
      'kms:CustomerMasterKeyUsage': 'ENCRYPT_DECRYPT',
      'kms:BypassPolicyLockoutSafetyCheck': 'true',
    },
  })
  const [tagged, tag] = await kms.permissions('CreateKey', { Tags })
  assert.equal(tag?.action, 'kms:TagResource')
  assert.equal(tag?.resource, 'arn:aws:kms:us-east-1:111122223333:key/*')
  assert.equal(tagged?.context?.['aws:RequestTag/team'], 'a')
  assert.deepEqual(tag?.context?.['aws:TagKeys'], ['team'])
})

test('CreateKey is refused to callers whose identity policies do not allow it, tags included', async () => {
  const kms = await kmsFixture()
  const onlyCreate = policyOf({ Effect: 'Allow', Action: 'kms:CreateKey', Resource: '*' })
  await kms.putUser(alice, [onlyCreate])
  await kms.key({}, { caller: alice })
  const Tags = [{ TagKey: 'team', TagValue: 'a' }]
  assert.equal(await refusedAction(kms.key({ Tags }, { caller: alice })), 'kms:TagResource')
})

test('CreateKey makes nothing when the policy would lock the caller out, unless the check is bypassed', async () => {
  const kms = await kmsFixture()
  const Policy = policyOf({ ...rootStatement, Action: 'kms:Encrypt' })
  await assert.rejects(kms.call('CreateKey', { Policy }), {
    code: 'MalformedPolicyDocumentException',
    message: 'The new key policy will not allow you to update the key policy in the future.',
  })
  assert.deepEqual((await kms.call('ListKeys', {})).Keys, [])
  await kms.key({ Policy, BypassPolicyLockoutSafetyCheck: true })
})

test('CreateKey looks at the whole request before it says what is not supported', async () => {
  const kms = await kmsFixture()
  const tags = [{ TagKey: 'aws:x', TagValue: '' }]
  await assert.rejects(kms.call('CreateKey', { Origin: 'EXTERNAL', Tags: tags }), { code: 'TagException' })
  await assert.rejects(kms.call('CreateKey', { KeySpec: 'RSA_2048' }), {
    code: 'ValidationException',
    message: 'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
  })
})

test('CreateKey stops at 100,000 keys, and goes on when one is deleted', async () => {
  const kms = await kmsFixture()
  const { keyId } = await kms.key()
  const count = async () => (await kms.store.in(keyCounts).get(scope, keyCountId))?.customerManaged
  assert.equal(await count(), 1)
  await kms.store.transaction((tx) => tx.in(keyCounts).put(scope, keyCountId, { customerManaged: 100_000 }))
  await assert.rejects(kms.call('CreateKey', {}), { code: 'LimitExceededException' })
  await kms.call('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
  await assert.rejects(kms.call('CreateKey', {}), { code: 'LimitExceededException' })
  await kms.advanceDays(8)
  await kms.key()
  assert.equal(await count(), 100_000)
})
