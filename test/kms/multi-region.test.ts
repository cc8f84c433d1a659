import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateAliasCommand,
  type CreateKeyCommandInput,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  GenerateMacCommand,
  GetKeyPolicyCommand,
  ListAliasesCommand,
  ListResourceTagsCommand,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  UpdatePrimaryRegionCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms'
import { eventually } from '../../src/testing/eventually.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { day, Keys, present } from './fixture.ts'

const r1 = 'us-east-1'
const r2 = 'eu-west-1'
const Plaintext = 'the same everywhere'

let keys: Keys
before(async () => {
  keys = new Keys(await startTestServer())
})
after(() => keys.server.stop())

const replicate = (KeyId: string, ReplicaRegion = r2, region = r1) =>
  keys.in(region).send(new ReplicateKeyCommand({ KeyId, ReplicaRegion }))

async function pair(input: CreateKeyCommandInput = {}) {
  const key = await keys.create({ MultiRegion: true, ...input })
  await replicate(key.KeyId)
  await keys.server.advance(0)
  return { ...key, replicaArn: key.arn.replace(r1, r2) }
}

test('scenario 42: K10: a replica has the same id and, of its own, policy, description, tags and aliases', async () => {
  const Tags = [{ TagKey: 'team', TagValue: 'blue' }]
  const { KeyId, arn } = await keys.create({ MultiRegion: true, Description: 'primary', Tags })
  await keys.kms.send(new CreateAliasCommand({ AliasName: 'alias/primary', TargetKeyId: KeyId }))
  const { ReplicaKeyMetadata: replica } = await replicate(KeyId)
  assert.deepEqual([replica?.KeyId, replica?.Arn], [KeyId, arn.replace(r1, r2)])
  assert.deepEqual([replica?.KeyState, replica?.Enabled, replica?.Description], ['Creating', false, ''])
  await keys.server.advance(0)
  const there = keys.in(r2)
  assert.equal((await keys.describe(KeyId, there)).KeyState, 'Enabled')
  const { Policy } = await there.send(new GetKeyPolicyCommand({ KeyId }))
  assert.equal(JSON.parse(present(Policy)).Id, 'key-default-1')
  assert.deepEqual((await there.send(new ListResourceTagsCommand({ KeyId }))).Tags, [])
  assert.deepEqual((await there.send(new ListAliasesCommand({ KeyId }))).Aliases, [])
  const [here] = await keys.records('ReplicateKey', r1)
  assert.deepEqual(here.requestParameters, { keyId: KeyId, replicaRegion: r2 })
  const [created] = await keys.records('CreateKey', r2)
  assert.equal(created.responseElements.keyMetadata.arn, arn.replace(r1, r2))
  assert.deepEqual([created.awsRegion, created.userIdentity.invokedBy], [r2, 'kms.amazonaws.com'])
  assert.deepEqual(created.resources, [
    { accountId: keys.server.accountId, type: 'AWS::KMS::Key', ARN: arn.replace(r1, r2) },
  ])
  assert.equal((await keys.records('SynchronizeMultiRegionKey', r1))[0].serviceEventDetails.keyId, KeyId)
})

test('scenario 43: K10: one Region decrypts what the other encrypted, and verifies what it signed', async () => {
  const { KeyId, replicaArn } = await pair()
  const blob = await keys.encrypt(KeyId, Plaintext)
  const answer = await keys.decrypt(blob, undefined, keys.in(r2))
  assert.deepEqual([answer.text, answer.KeyId], [Plaintext, replicaArn])
  for (const KeySpec of ['ECC_NIST_P256', 'RSA_2048', 'ML_DSA_44'] as const) {
    const signing = await pair({ KeySpec, KeyUsage: 'SIGN_VERIFY' })
    const algorithms = { ECC_NIST_P256: 'ECDSA_SHA_256', RSA_2048: 'RSASSA_PSS_SHA_256', ML_DSA_44: 'ML_DSA_SHAKE_256' }
    const request = {
      KeyId: signing.KeyId,
      Message: Buffer.from('signed'),
      SigningAlgorithm: algorithms[KeySpec] as 'ECDSA_SHA_256',
    }
    const { Signature } = await keys.in(r2).send(new SignCommand(request))
    const { SignatureValid } = await keys.in(r1).send(new VerifyCommand({ ...request, Signature }))
    assert.equal(SignatureValid, true, KeySpec)
  }
  const { KeyId: hmac } = await pair({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const request = { KeyId: hmac, Message: Buffer.from('tagged'), MacAlgorithm: 'HMAC_SHA_256' } as const
  const { Mac } = await keys.in(r1).send(new GenerateMacCommand(request))
  assert.equal((await keys.in(r2).send(new VerifyMacCommand({ ...request, Mac }))).MacValid, true)
})

test('scenario 44: K10: only the primary is replicated, and once to each Region', async () => {
  const { KeyId, replicaArn } = await pair()
  await assert.rejects(replicate(KeyId, 'ap-south-1', r2), {
    name: 'UnsupportedOperationException',
    message: `${replicaArn} is not a multi-region primary key.`,
  })
  await assert.rejects(replicate(KeyId), { name: 'AlreadyExistsException' })
})

test('scenario 45: K10: the replica becomes the primary, and nothing stops meanwhile', async () => {
  const { KeyId, arn, replicaArn } = await pair()
  const blob = await keys.encrypt(KeyId, Plaintext)
  await keys.kms.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: r2 }))
  for (const region of [r1, r2]) {
    assert.equal((await keys.describe(KeyId, keys.in(region))).KeyState, 'Updating')
    await keys.encrypt(KeyId, 'x', keys.in(region))
    assert.equal((await keys.decrypt(blob, undefined, keys.in(region))).text, Plaintext)
  }
  await keys.server.advance(0)
  for (const [region, Arn, MultiRegionKeyType] of [
    [r1, arn, 'REPLICA'],
    [r2, replicaArn, 'PRIMARY'],
  ] as const) {
    const metadata = await keys.describe(KeyId, keys.in(region))
    assert.deepEqual([metadata.Arn, metadata.KeyState], [Arn, 'Enabled'])
    assert.deepEqual(metadata.MultiRegionConfiguration, {
      MultiRegionKeyType,
      PrimaryKey: { Arn: replicaArn, Region: r2 },
      ReplicaKeys: [{ Arn: arn, Region: r1 }],
    })
    const [record] = await keys.records('UpdatePrimaryRegion', region)
    assert.deepEqual(record.responseElements, { keyId: Arn })
    assert.equal(record.userIdentity.invokedBy, region === r2 ? 'kms.amazonaws.com' : undefined)
  }
  await assert.rejects(keys.kms.send(new EnableKeyRotationCommand({ KeyId })), {
    name: 'UnsupportedOperationException',
  })
  await keys.in(r2).send(new EnableKeyRotationCommand({ KeyId }))
})

test('scenario 46: K10: a primary with a replica is deleted 7 days after its replica, and has no date until then', async () => {
  const { KeyId } = await pair()
  const schedule = (region: string) =>
    keys.in(region).send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
  const answer = await schedule(r1)
  assert.deepEqual([answer.KeyState, answer.DeletionDate], ['PendingReplicaDeletion', undefined])
  assert.equal((await keys.describe(KeyId)).PendingDeletionWindowInDays, 7)
  await schedule(r2)
  await keys.server.advance(7 * day)
  const primary = await keys.describe(KeyId)
  assert.equal(primary.KeyState, 'PendingDeletion')
  assert.ok(Math.abs(present(primary.DeletionDate).getTime() - keys.inDays(7).getTime()) < 60_000)
  await keys.server.advance(7 * day)
  await assert.rejects(keys.kms.send(new DescribeKeyCommand({ KeyId })), { name: 'NotFoundException' })
})

test('scenario 47: K10: an automatic rotation gives every Region the same material before any encrypts with it', async () => {
  const { KeyId } = await pair()
  await keys.kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }))
  const before = (await keys.describe(KeyId)).CurrentKeyMaterialId
  await keys.server.advance(90 * day)
  const ids = await Promise.all([r1, r2].map((region) => keys.describe(KeyId, keys.in(region))))
  assert.notEqual(ids[0]?.CurrentKeyMaterialId, before)
  assert.equal(ids[0]?.CurrentKeyMaterialId, ids[1]?.CurrentKeyMaterialId)
  const blob = await keys.encrypt(KeyId, Plaintext, keys.in(r2))
  assert.equal((await keys.decrypt(blob)).text, Plaintext)
})

test('a replica is ready within moments of its own accord', async () => {
  const { KeyId } = await keys.create({ MultiRegion: true })
  await replicate(KeyId)
  const states = new Set<string | undefined>()
  const state = async () => {
    const { KeyState } = await keys.describe(KeyId, keys.in(r2))
    states.add(KeyState)
    return KeyState
  }
  await eventually(state, (now) => now === 'Enabled')
  states.delete('Creating')
  assert.deepEqual([...states], ['Enabled'])
})
