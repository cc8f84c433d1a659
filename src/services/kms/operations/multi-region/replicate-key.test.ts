import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyMaterials } from '../../storage/collections.ts'
import { accountId, kmsFixture, policyOf, present } from '../../testing.ts'
import { describe, elsewhere, here, replicate, stored, there } from '../testing.ts'

test('K10: a multi-Region key has its own form of id, and is the primary of nothing but itself at first', async () => {
  const kms = await kmsFixture()
  const { keyId, arn } = await kms.key({ MultiRegion: true })
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
  const { keyId, arn } = await kms.key({
    MultiRegion: true,
    Description: 'first',
    Tags: [{ TagKey: 'a', TagValue: '1' }],
  })
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
  assert.equal('ReplicaTags' in answer, false)
  const Plaintext = Buffer.from('x')
  await assert.rejects(kms.call('Encrypt', { KeyId: keyId, Plaintext }, { region: there }), {
    code: 'KMSInvalidStateException',
    message: `${replicaArn} is creating.`,
  })
  await kms.advanceDays(0)
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
  const { keyId: KeyId, arn } = await kms.key({ MultiRegion: true })
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
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob }, { region: elsewhere }), {
    code: 'AccessDeniedException',
  })
  const other = await kms.key({ MultiRegion: true })
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, KeyId: other.keyId }), { code: 'IncorrectKeyException' })
})

test('ReplicateKey refuses keys that are not primary keys, Regions that have the key, and invalid Regions', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key({ MultiRegion: true })
  await replicate(kms, KeyId)
  const notPrimary = (of: string) => ({
    code: 'UnsupportedOperationException',
    message: `${of} is not a multi-region primary key.`,
  })
  const single = await kms.key()
  for (const region of [there, here, 'xx-nowhere-1']) {
    await assert.rejects(replicate(kms, single.keyId, region), notPrimary(single.arn))
  }
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
  const { keyId: KeyId, arn } = await kms.key({ MultiRegion: true })
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

test('ReplicateKey takes a policy, tags and a description, and makes sure that the policy does not lock the caller out', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key({ MultiRegion: true })
  const Principal = { AWS: `arn:aws:iam::${accountId}:root` }
  const locking = policyOf({ Effect: 'Allow', Principal, Action: 'kms:Encrypt', Resource: '*' })
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

test('K10: an asymmetric key is the same in every Region, private key and public key', async () => {
  const kms = await kmsFixture()
  const { keyId } = await kms.key({ MultiRegion: true, KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
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
