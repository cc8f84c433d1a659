import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type {
  RemoveRegionsFromReplicationResponse,
  ReplicateSecretToRegionsResponse,
} from '@aws-sdk/client-secrets-manager'
import { secretsManagerFixture, templateFunction } from '../testing.ts'

const frankfurt = 'eu-central-1'
const dublin = 'eu-west-1'

async function replicated() {
  const sm = await secretsManagerFixture()
  const replicate = async (SecretId: string, regions: readonly string[], more: object = {}) => {
    const AddReplicaRegions = regions.map((Region) => ({ Region }))
    const input = { SecretId, AddReplicaRegions, ...more }
    return (await sm.call('ReplicateSecretToRegions', input)) as ReplicateSecretToRegionsResponse
  }
  const statuses = async (SecretId: string) =>
    (await sm.describe(SecretId)).ReplicationStatus?.map(({ Region, Status }) => [Region, Status])
  return { ...sm, replicate, statuses }
}

const onReplica = {
  code: 'InvalidParameterException',
  message: "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
}

test('scenario 39: replicas have the same suffix and follow the primary in value, labels, tags, policy and rotation', async () => {
  const sm = await replicated()
  const name = await sm.create({ Tags: [{ Key: 'team', Value: 'red' }], Description: 'of orders' })
  const { ReplicationStatus } = await sm.replicate(name, [frankfurt, dublin])
  assert.deepEqual(
    ReplicationStatus?.map(({ Region, Status }) => [Region, Status]),
    [
      [frankfurt, 'InProgress'],
      [dublin, 'InProgress'],
    ],
  )
  await sm.settle()
  assert.deepEqual(await sm.statuses(name), [
    [frankfurt, 'InSync'],
    [dublin, 'InSync'],
  ])
  const primary = await sm.describe(name)
  const replica = await sm.describe(name, frankfurt)
  assert.equal(replica.ARN, primary.ARN?.replace('us-east-1', frankfurt))
  assert.deepEqual([primary.PrimaryRegion, replica.PrimaryRegion], ['us-east-1', 'us-east-1'])
  assert.deepEqual([replica.Tags, replica.Description], [primary.Tags, 'of orders'])
  assert.equal((await sm.read(name, {}, frankfurt)).SecretString, 'first')

  const second = await sm.put(name, 'second')
  await sm.call('TagResource', { SecretId: name, Tags: [{ Key: 'team', Value: 'blue' }] })
  assert.deepEqual(await sm.statuses(name), [
    [frankfurt, 'InProgress'],
    [dublin, 'InProgress'],
  ])
  await sm.settle()
  const followed = await sm.read(name, {}, dublin)
  assert.deepEqual([followed.SecretString, followed.VersionId], ['second', second])
  assert.equal((await sm.read(name, { VersionStage: 'AWSPREVIOUS' }, dublin)).SecretString, 'first')
  assert.deepEqual((await sm.describe(name, dublin)).Tags, [{ Key: 'team', Value: 'blue' }])
  assert.ok((await sm.describe(name)).ReplicationStatus?.find(({ Region }) => Region === dublin)?.LastAccessedDate)

  sm.rotator.run = templateFunction(sm)
  const RotationLambdaARN = 'arn:aws:lambda:us-east-1:111122223333:function:rotate'
  const ClientRequestToken = randomUUID()
  await sm.call('RotateSecret', { SecretId: name, ClientRequestToken, RotationLambdaARN })
  await sm.settle()
  assert.equal((await sm.read(name, {}, dublin)).VersionId, ClientRequestToken)

  const write = (operation: string, input: object) => sm.call(operation, { SecretId: name, ...input }, dublin)
  await assert.rejects(write('PutSecretValue', { ClientRequestToken: randomUUID(), SecretString: 'x' }), onReplica)
  await assert.rejects(write('UpdateSecret', { Description: 'x' }), onReplica)
  await assert.rejects(write('DeleteSecret', {}), onReplica)
  await assert.rejects(write('TagResource', { Tags: [] }), onReplica)
  await assert.rejects(write('RotateSecret', { ClientRequestToken, RotationLambdaARN }), onReplica)
  await assert.rejects(sm.call('DeleteSecret', { SecretId: name }), {
    code: 'InvalidParameterException',
    message: `You can't delete secret ${primary.ARN} that still has replica regions [eu-central-1, eu-west-1].`,
  })
  assert.deepEqual(sm.faults, [])
})

test('scenario 40: a name that is taken in the region makes the replica fail, unless it may be overwritten', async () => {
  const sm = await replicated()
  const name = await sm.create()
  const input = { Name: name, SecretString: 'another', ClientRequestToken: randomUUID() }
  await sm.call('CreateSecret', input, frankfurt)
  await sm.replicate(name, [frankfurt])
  await sm.settle()
  const [failed] = (await sm.describe(name)).ReplicationStatus ?? []
  assert.deepEqual(
    [failed?.Status, failed?.StatusMessage],
    ['Failed', `Replication failed: Secret name ${name} already exists in region ${frankfurt}.`],
  )
  assert.equal((await sm.read(name, {}, frankfurt)).SecretString, 'another')
  await sm.replicate(name, [frankfurt], { ForceOverwriteReplicaSecret: true })
  await sm.settle()
  assert.deepEqual(await sm.statuses(name), [[frankfurt, 'InSync']])
  assert.equal((await sm.read(name, {}, frankfurt)).SecretString, 'first')
})

test('scenario 41: a replica that is promoted is a secret of its own; one that is removed is gone at once', async () => {
  const sm = await replicated()
  const name = await sm.create()
  await sm.replicate(name, [frankfurt, dublin])
  await sm.settle()
  const { ARN } = await sm.describe(name, frankfurt)
  const stop = (inRegion: string) => sm.call('StopReplicationToReplica', { SecretId: name }, inRegion)
  await assert.rejects(stop('us-east-1'), { code: 'InvalidParameterException' })
  assert.deepEqual(await stop(frankfurt), { ARN })
  await sm.call(
    'PutSecretValue',
    { SecretId: name, SecretString: 'of its own', ClientRequestToken: randomUUID() },
    frankfurt,
  )
  assert.equal((await sm.read(name, {}, frankfurt)).SecretString, 'of its own')
  const promoted = await sm.describe(name, frankfurt)
  assert.deepEqual([promoted.ARN, promoted.PrimaryRegion], [ARN, undefined])
  assert.deepEqual(await sm.statuses(name), [[dublin, 'InSync']])
  await sm.put(name, 'second')
  await sm.settle()
  assert.equal((await sm.read(name, {}, frankfurt)).SecretString, 'of its own')

  const RemoveReplicaRegions = [dublin, 'ap-south-1']
  const removed = await sm.call('RemoveRegionsFromReplication', { SecretId: name, RemoveReplicaRegions })
  assert.deepEqual((removed as RemoveRegionsFromReplicationResponse).ReplicationStatus, [])
  await assert.rejects(sm.describe(name, dublin), { code: 'ResourceNotFoundException' })
  assert.equal((await sm.describe(name)).PrimaryRegion, undefined)
  await sm.call('DeleteSecret', { SecretId: name })
})

test('a replica is encrypted under the key of its region, and fails while that does not work', async () => {
  const sm = await replicated()
  const name = await sm.create()
  const AddReplicaRegions = [{ Region: frankfurt, KmsKeyId: randomUUID() }]
  await sm.call('ReplicateSecretToRegions', { SecretId: name, AddReplicaRegions })
  await sm.settle()
  const [failed] = (await sm.describe(name)).ReplicationStatus ?? []
  assert.equal(failed?.Status, 'Failed')
  assert.match(failed?.StatusMessage ?? '', /^Replication failed: Secrets Manager can't encrypt/)
  await assert.rejects(sm.describe(name, frankfurt), { code: 'ResourceNotFoundException' })
  await sm.replicate(name, [frankfurt])
  await sm.settle()
  assert.deepEqual(await sm.statuses(name), [[frankfurt, 'InSync']])
  const used = sm.store.records.filter(
    ({ eventName, awsRegion, errorCode }) => eventName === 'GenerateDataKey' && awsRegion === frankfurt && !errorCode,
  )
  assert.equal(used.length, 1)
  assert.equal(used[0]?.userIdentity.invokedBy, 'secretsmanager.amazonaws.com')
})

test('replicas can be asked for at creation, in regions that there are and not the secret’s own', async () => {
  const sm = await replicated()
  const name = await sm.create({ AddReplicaRegions: [{ Region: dublin }] })
  await sm.settle()
  assert.equal((await sm.read(name, {}, dublin)).SecretString, 'first')
  const invalid = { code: 'InvalidParameterException', message: 'Invalid replica region.' }
  for (const Region of ['us-east-1', 'xx-nowhere-1']) {
    await assert.rejects(sm.replicate(name, [Region]), invalid)
    await assert.rejects(sm.create({ AddReplicaRegions: [{ Region }] }), invalid)
  }
})
