import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { wrapMaterial } from '../../../../test/fixtures/import.ts'
import { keyMaterials, keys } from '../storage/collections.ts'
import { accountId, alice, type InputOf, type KmsFixture, kmsFixture, policyOf, present } from '../testing.ts'

const here = 'us-east-1'
const there = 'eu-west-1'
const elsewhere = 'ap-south-1'
const moment = 0

async function primaryKey(kms: KmsFixture, input: InputOf<'CreateKey'> = {}) {
  return kms.key({ MultiRegion: true, ...input })
}

async function replicate(kms: KmsFixture, KeyId: string, ReplicaRegion = there, region = here) {
  const answer = await kms.call('ReplicateKey', { KeyId, ReplicaRegion }, { region })
  await kms.advanceDays(moment)
  return answer
}

const describe = async (kms: KmsFixture, KeyId: string, region = here) =>
  present((await kms.call('DescribeKey', { KeyId }, { region })).KeyMetadata)

const stored = async (kms: KmsFixture, keyId: string, region: string) =>
  present(await kms.store.in(keys).get({ accountId, region }, keyId))

async function importInto(kms: KmsFixture, KeyId: string, material: Uint8Array, region: string, more: object = {}) {
  const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const
  const parameters = await kms.call('GetParametersForImport', { KeyId, ...wrapping }, { region })
  return kms.call(
    'ImportKeyMaterial',
    {
      KeyId,
      ImportToken: present(parameters.ImportToken),
      EncryptedKeyMaterial: wrapMaterial(present(parameters.PublicKey), wrapping.WrappingAlgorithm, material),
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      ...more,
    },
    { region },
  )
}

test('K10: a multi-Region key has its own form of id, and is the primary of nothing but itself at first', async () => {
  const kms = await kmsFixture()
  const { keyId, arn } = await primaryKey(kms)
  assert.match(keyId, /^mrk-[0-9a-f]{32}$/)
  const { MultiRegion, MultiRegionConfiguration } = await describe(kms, keyId)
  assert.equal(MultiRegion, true)
  assert.deepEqual(MultiRegionConfiguration, {
    MultiRegionKeyType: 'PRIMARY',
    PrimaryKey: { Arn: arn, Region: here },
    ReplicaKeys: [],
  })
})

test('K10: ReplicateKey makes a key of the same id in another Region, with everything else of its own', async () => {
  const kms = await kmsFixture()
  const { keyId, arn } = await primaryKey(kms, { Description: 'first', Tags: [{ TagKey: 'a', TagValue: '1' }] })
  await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: keyId })
  kms.clock.advance(60)
  const answer = await kms.call('ReplicateKey', { KeyId: keyId, ReplicaRegion: there })
  const metadata = present(answer.ReplicaKeyMetadata)
  const replicaArn = arn.replace(here, there)
  assert.deepEqual(
    [metadata.Arn, metadata.KeyState, metadata.Enabled, metadata.Description, metadata.CurrentKeyMaterialId],
    [replicaArn, 'Creating', false, '', undefined],
  )
  assert.deepEqual(metadata.CreationDate, kms.clock.now())
  assert.deepEqual(metadata.MultiRegionConfiguration, {
    MultiRegionKeyType: 'REPLICA',
    PrimaryKey: { Arn: arn, Region: here },
    ReplicaKeys: [{ Arn: replicaArn, Region: there }],
  })
  assert.match(present(answer.ReplicaPolicy), /"Id" : "key-default-1"/)
  assert.deepEqual(answer.ReplicaTags, [])
  const Plaintext = Buffer.from('x')
  await assert.rejects(kms.call('Encrypt', { KeyId: keyId, Plaintext }, { region: there }), {
    code: 'KMSInvalidStateException',
    message: `${replicaArn} is creating.`,
  })
  await kms.advanceDays(moment)
  const replica = await describe(kms, keyId, there)
  assert.equal(replica.KeyState, 'Enabled')
  assert.equal(replica.CurrentKeyMaterialId, (await describe(kms, keyId)).CurrentKeyMaterialId)
  assert.deepEqual((await kms.call('ListAliases', {}, { region: there })).Aliases?.filter(isOwn), [])
  const [event] = kms.store.records.filter(({ eventName }) => eventName === 'SynchronizeMultiRegionKey')
  assert.deepEqual([event?.awsRegion, event?.serviceEventDetails], [here, { keyId }])
})

const isOwn = ({ AliasName = '' }) => !AliasName.startsWith('alias/aws/')

test('K10: what one Region encrypts, another decrypts, by its own key or without naming any', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await primaryKey(kms)
  await replicate(kms, KeyId)
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  const replicaArn = arn.replace(here, there)
  for (const name of [undefined, KeyId, replicaArn]) {
    const answer = await kms.call('Decrypt', { CiphertextBlob, KeyId: name }, { region: there })
    assert.deepEqual([String(answer.Plaintext), answer.KeyId], ['x', replicaArn])
  }
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, KeyId: arn }, { region: there }), {
    code: 'NotFoundException',
    message: `Invalid arn ${here}`,
  })
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob }, { region: elsewhere }), { message: /^not allowed/ })
  const other = await primaryKey(kms)
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, KeyId: other.keyId }), { code: 'IncorrectKeyException' })
})

test('ReplicateKey refuses what is no primary key, Regions that have the key, and Regions that are none', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await primaryKey(kms)
  await replicate(kms, KeyId)
  const notPrimary = (of: string) => ({
    code: 'UnsupportedOperationException',
    message: `${of} is not a multi-region primary key.`,
  })
  const single = await kms.key()
  await assert.rejects(replicate(kms, single.keyId), notPrimary(single.arn))
  await assert.rejects(replicate(kms, KeyId, elsewhere, there), notPrimary(arn.replace(here, there)))
  await assert.rejects(replicate(kms, KeyId, there), { code: 'AlreadyExistsException' })
  for (const region of [here, 'xx-nowhere-1', 'cn-north-1']) {
    await assert.rejects(replicate(kms, KeyId, region), { code: 'ValidationException' })
  }
  await kms.call('DisableKey', { KeyId })
  await assert.rejects(replicate(kms, KeyId, elsewhere), { code: 'DisabledException' })
})

test('ReplicateKey asks for the primary key by its policy and for kms:CreateKey and kms:TagResource in the other Region', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await primaryKey(kms)
  const Tags = [{ TagKey: 'a', TagValue: '1' }]
  const needed = await kms.permissions('ReplicateKey', { KeyId, ReplicaRegion: there, Tags })
  assert.deepEqual(
    needed.map(({ action, resource, context }) => [action, resource, context?.['aws:RequestedRegion']]),
    [
      ['kms:ReplicateKey', arn, undefined],
      ['kms:CreateKey', '*', there],
      ['kms:TagResource', `arn:aws:kms:${there}:${accountId}:key/*`, there],
    ],
  )
  const shown = needed.map(({ context }) => [context?.['kms:ReplicaRegion'], context?.['kms:MultiRegionKeyType']])
  assert.deepEqual(shown, [
    [there, 'PRIMARY'],
    [there, 'REPLICA'],
    [there, 'REPLICA'],
  ])
})

test('ReplicateKey takes a policy, tags and a description, and makes sure that the policy locks nobody out', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await primaryKey(kms)
  const locking = policyOf({ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'kms:Encrypt', Resource: '*' })
  const request = { KeyId, ReplicaRegion: there, Policy: locking }
  await assert.rejects(kms.call('ReplicateKey', request), { code: 'MalformedPolicyDocumentException' })
  const tag = { TagKey: 'b', TagValue: '2' }
  const answer = await kms.call('ReplicateKey', {
    ...request,
    ...{ BypassPolicyLockoutSafetyCheck: true, Description: 'second', Tags: [tag] },
  })
  assert.deepEqual([answer.ReplicaPolicy, answer.ReplicaTags], [locking, [tag]])
  assert.equal(answer.ReplicaKeyMetadata?.Description, 'second')
  assert.equal((await stored(kms, KeyId, here)).description, '')
})

test('K10: a rotation of the primary reaches every Region at once; replicas rotate on no call of their own', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await primaryKey(kms)
  await replicate(kms, KeyId)
  await kms.call('RotateKeyOnDemand', { KeyId })
  await replicate(kms, KeyId, elsewhere)
  await kms.call('DisableKey', { KeyId }, { region: elsewhere })
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  const regions = [here, there, elsewhere]
  const old = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('old') })
  await kms.advanceDays(90)
  const ids = await Promise.all(
    regions.map(async (region) => (await describe(kms, KeyId, region)).CurrentKeyMaterialId),
  )
  assert.equal(new Set(ids).size, 1)
  await kms.call('EnableKey', { KeyId }, { region: elsewhere })
  for (const region of regions) {
    const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') }, { region })
    for (const reader of regions) {
      const answer = await kms.call('Decrypt', { CiphertextBlob }, { region: reader })
      assert.deepEqual([String(answer.Plaintext), answer.KeyMaterialId], ['x', ids[0]])
    }
    const { CiphertextBlob: before } = old
    assert.equal(String((await kms.call('Decrypt', { CiphertextBlob: before }, { region })).Plaintext), 'old')
    const status = await kms.call('GetKeyRotationStatus', { KeyId }, { region })
    assert.deepEqual([status.KeyRotationEnabled, status.RotationPeriodInDays], [true, 90])
    assert.equal((await kms.call('ListKeyRotations', { KeyId }, { region })).Rotations?.length, 2)
  }
  for (const name of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand'] as const) {
    await assert.rejects(kms.call(name, { KeyId }, { region: there }), { code: 'UnsupportedOperationException' })
  }
})

test('K10: UpdatePrimaryRegion swaps the roles, keeps everything else, and moves the rotation along', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await primaryKey(kms)
  await replicate(kms, KeyId)
  await replicate(kms, KeyId, elsewhere)
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  assert.equal(await kms.call('UpdatePrimaryRegion', { KeyId, PrimaryRegion: there }), undefined)
  const states = async () => {
    const all = await Promise.all([here, there, elsewhere].map((region) => describe(kms, KeyId, region)))
    return all.map((metadata) => [metadata.KeyState, metadata.MultiRegionConfiguration?.MultiRegionKeyType])
  }
  assert.deepEqual(await states(), [
    ['Updating', 'REPLICA'],
    ['Updating', 'PRIMARY'],
    ['Enabled', 'REPLICA'],
  ])
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  await kms.call('Decrypt', { CiphertextBlob }, { region: there })
  const updating = { code: 'KMSInvalidStateException', message: `${arn} is updating.` }
  await assert.rejects(kms.call('DisableKey', { KeyId }), updating)
  await kms.advanceDays(moment)
  assert.deepEqual(await states(), [
    ['Enabled', 'REPLICA'],
    ['Enabled', 'PRIMARY'],
    ['Enabled', 'REPLICA'],
  ])
  assert.equal((await describe(kms, KeyId)).Arn, arn)
  await assert.rejects(kms.call('EnableKeyRotation', { KeyId }), { code: 'UnsupportedOperationException' })
  await kms.advanceDays(90)
  const rotations = kms.store.records.filter(({ eventName }) => eventName === 'RotateKey')
  assert.deepEqual(
    rotations.map(({ awsRegion }) => awsRegion),
    [there],
  )
  await kms.call('UpdatePrimaryRegion', { KeyId, PrimaryRegion: here }, { region: there })
})

test('UpdatePrimaryRegion refuses replicas, Regions without one, and keys that are not enabled', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await primaryKey(kms)
  await replicate(kms, KeyId)
  const update = (PrimaryRegion: string, region = here) =>
    kms.call('UpdatePrimaryRegion', { KeyId, PrimaryRegion }, { region })
  await assert.rejects(update(here, there), { code: 'UnsupportedOperationException' })
  await assert.rejects(update(elsewhere), { code: 'NotFoundException' })
  await assert.rejects(update(here), { code: 'ValidationException' })
  await kms.call('DisableKey', { KeyId }, { region: there })
  const message = `${arn.replace(here, there)} is disabled.`
  await assert.rejects(update(there), { code: 'DisabledException', message })
  await kms.call('EnableKey', { KeyId }, { region: there })
  await kms.call('DisableKey', { KeyId })
  await assert.rejects(update(there), { code: 'DisabledException', message: `${arn} is disabled.` })
})

test('UpdatePrimaryRegion asks both keys, each by its own policy', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await primaryKey(kms)
  const root = { Effect: 'Allow', Principal: { AWS: accountId }, Resource: '*' }
  const Policy = policyOf({ ...root, NotAction: 'kms:UpdatePrimaryRegion' })
  await kms.call('ReplicateKey', { KeyId, ReplicaRegion: there, Policy })
  await kms.advanceDays(moment)
  const request = { KeyId, PrimaryRegion: there }
  const needed = await kms.permissions('UpdatePrimaryRegion', request)
  assert.deepEqual(
    needed.map(({ action, resource, context }) => [action, resource, context?.['kms:PrimaryRegion']]),
    [arn, arn.replace(here, there)].map((resource) => ['kms:UpdatePrimaryRegion', resource, there]),
  )
  await assert.rejects(kms.call('UpdatePrimaryRegion', request, { caller: alice }), { message: /^not allowed/ })
})

test('K10: a primary key is deleted after its replicas: its own window begins when the last of them is gone', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await primaryKey(kms)
  await replicate(kms, KeyId)
  await replicate(kms, KeyId, elsewhere)
  const answer = await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  assert.deepEqual(
    [answer.KeyState, answer.PendingWindowInDays, answer.DeletionDate],
    ['PendingReplicaDeletion', 7, undefined],
  )
  assert.equal((await describe(kms, KeyId, there)).KeyState, 'Enabled')
  await assert.rejects(replicate(kms, KeyId, 'sa-east-1'), { code: 'KMSInvalidStateException' })
  await kms.advanceDays(40)
  await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }, { region: there })
  await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 9 }, { region: elsewhere })
  await kms.advanceDays(7)
  const waiting = await describe(kms, KeyId)
  assert.deepEqual([waiting.KeyState, waiting.PendingDeletionWindowInDays], ['PendingReplicaDeletion', 7])
  assert.deepEqual(
    waiting.MultiRegionConfiguration?.ReplicaKeys?.map(({ Region }) => Region),
    [elsewhere],
  )
  await kms.advanceDays(2)
  const pending = await describe(kms, KeyId)
  assert.deepEqual([pending.KeyState, pending.PendingDeletionWindowInDays], ['PendingDeletion', undefined])
  assert.deepEqual(pending.DeletionDate, new Date(kms.clock.nowMs() + 7 * 24 * 60 * 60 * 1000))
  await kms.advanceDays(7)
  await assert.rejects(describe(kms, KeyId), { code: 'NotFoundException' })
  for (const region of [here, there, elsewhere]) {
    assert.deepEqual(await kms.store.in(keyMaterials).list({ accountId, region }), [])
  }
})

test('CancelKeyDeletion brings a waiting primary key back, and a replica that was to be deleted', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await primaryKey(kms)
  await replicate(kms, KeyId)
  await kms.call('ScheduleKeyDeletion', { KeyId })
  await kms.call('ScheduleKeyDeletion', { KeyId }, { region: there })
  await kms.call('CancelKeyDeletion', { KeyId })
  await kms.call('CancelKeyDeletion', { KeyId }, { region: there })
  await kms.advanceDays(31)
  for (const region of [here, there]) {
    const { KeyState, PendingDeletionWindowInDays } = await describe(kms, KeyId, region)
    assert.deepEqual([KeyState, PendingDeletionWindowInDays], ['Disabled', undefined])
  }
  await kms.call('EnableKey', { KeyId })
  await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }, { region: there })
  await kms.advanceDays(7)
  assert.deepEqual((await describe(kms, KeyId)).MultiRegionConfiguration?.ReplicaKeys, [])
  await replicate(kms, KeyId)
  assert.equal((await describe(kms, KeyId, there)).KeyState, 'Enabled')
})

test('a replica with imported material waits for the same material, which the primary key had first', async () => {
  const kms = await kmsFixture()
  const [m1, m2] = [randomBytes(32), randomBytes(32)]
  const { keyId: KeyId } = await primaryKey(kms, { Origin: 'EXTERNAL' })
  await assert.rejects(replicate(kms, KeyId), { code: 'KMSInvalidStateException' })
  const first = await importInto(kms, KeyId, m1, here)
  await replicate(kms, KeyId)
  assert.equal((await describe(kms, KeyId, there)).KeyState, 'PendingImport')
  await assert.rejects(importInto(kms, KeyId, m2, there), { code: 'IncorrectKeyMaterialException' })
  assert.equal((await importInto(kms, KeyId, m1, there)).KeyMaterialId, first.KeyMaterialId)
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  await kms.call('Decrypt', { CiphertextBlob }, { region: there })

  const isNew = { ImportType: 'NEW_KEY_MATERIAL', KeyMaterialDescription: 'second' }
  await assert.rejects(importInto(kms, KeyId, m2, there, isNew), { code: 'UnsupportedOperationException' })
  const second = await importInto(kms, KeyId, m2, here, isNew)
  const pending = async (region: string) => {
    const all = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const
    const row = (await kms.call('ListKeyRotations', all, { region })).Rotations?.at(-1)
    return [row?.KeyMaterialState, row?.ImportState, row?.KeyMaterialDescription]
  }
  const waiting = 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
  assert.deepEqual(await pending(here), [waiting, 'IMPORTED', 'second'])
  assert.deepEqual(await pending(there), [waiting, 'PENDING_IMPORT', 'second'])
  assert.equal((await describe(kms, KeyId, there)).KeyState, 'Enabled')
  await assert.rejects(kms.call('RotateKeyOnDemand', { KeyId }), { code: 'KMSInvalidStateException' })
  await importInto(kms, KeyId, m2, there)
  assert.deepEqual(await pending(here), ['PENDING_ROTATION', 'IMPORTED', 'second'])
  const KeyMaterialId = second.KeyMaterialId
  await kms.call('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId }, { region: there })
  assert.deepEqual(await pending(here), [waiting, 'IMPORTED', 'second'])
  await importInto(kms, KeyId, m2, there)
  await kms.call('RotateKeyOnDemand', { KeyId })
  for (const region of [here, there]) {
    assert.equal((await describe(kms, KeyId, region)).CurrentKeyMaterialId, second.KeyMaterialId)
  }
})

test('material that waits for its rotation goes from all Regions with the primary key, and stops waiting for a replica that is gone', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await primaryKey(kms, { Origin: 'EXTERNAL' })
  const m1 = randomBytes(32)
  await importInto(kms, KeyId, m1, here)
  await replicate(kms, KeyId)
  await importInto(kms, KeyId, m1, there)
  const isNew = { ImportType: 'NEW_KEY_MATERIAL' }
  const m2 = randomBytes(32)
  const { KeyMaterialId } = await importInto(kms, KeyId, m2, here, isNew)
  await importInto(kms, KeyId, m2, there)
  await kms.call('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId })
  for (const region of [here, there]) {
    assert.equal((await stored(kms, KeyId, region)).materials.length, 1)
    assert.equal((await kms.store.in(keyMaterials).list({ accountId, region })).length, 1)
  }
  await importInto(kms, KeyId, randomBytes(32), here, isNew)
  await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }, { region: there })
  await kms.advanceDays(7)
  await kms.call('RotateKeyOnDemand', { KeyId })
})

test('K10: asymmetric and HMAC keys are the same in every Region: signatures and tags pass between them', async () => {
  const kms = await kmsFixture()
  const { keyId } = await primaryKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  await replicate(kms, keyId)
  const publicKeys = await Promise.all(
    [here, there].map(async (region) => (await kms.call('GetPublicKey', { KeyId: keyId }, { region })).PublicKey),
  )
  assert.deepEqual(publicKeys[0], publicKeys[1])
  const secrets = await Promise.all(
    [here, there].map((region) => kms.store.in(keyMaterials).list({ accountId, region })),
  )
  assert.deepEqual(secrets[0], secrets[1])
})

test('CreateKey of a multi-Region key asks for the role by which KMS synchronizes it', async () => {
  const kms = await kmsFixture()
  const needed = await kms.permissions('CreateKey', { MultiRegion: true })
  assert.deepEqual(
    needed.map(({ action }) => action),
    ['kms:CreateKey', 'iam:CreateServiceLinkedRole'],
  )
  assert.equal(needed[0]?.context?.['kms:MultiRegionKeyType'], 'PRIMARY')
  assert.match(String(needed[1]?.resource), /:role\/aws-service-role\/mrk\.kms\.amazonaws\.com\/AWSServiceRoleFor/)
})
