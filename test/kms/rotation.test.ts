import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  paginateListKeyRotations,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms'
import { startTestServer } from '../fixtures/clients.ts'
import { day, Keys, present } from './fixture.ts'

let keys: Keys
before(async () => {
  keys = new Keys(await startTestServer({ settings: { 'kms.import': 'any' } }))
})
after(() => keys.server.stop())

const rotate = (KeyId: string) => keys.kms.send(new RotateKeyOnDemandCommand({ KeyId }))
const status = (KeyId: string) => keys.kms.send(new GetKeyRotationStatusCommand({ KeyId }))

async function rotations(KeyId: string) {
  const found = []
  for await (const page of paginateListKeyRotations({ client: keys.kms, pageSize: 10 }, { KeyId })) {
    found.push(...present(page.Rotations))
  }
  return found
}

test('scenario 6: K4: after three rotations on demand each of four blobs decrypts, under four materials, and the newest encrypts', async () => {
  const { KeyId } = await keys.create()
  const blobs = [await keys.encrypt(KeyId, 'version 0')]
  for (let turn = 1; turn <= 3; turn++) {
    await rotate(KeyId)
    blobs.push(await keys.encrypt(KeyId, `version ${turn}`))
  }
  const answers = await Promise.all(blobs.map((blob) => keys.decrypt(blob)))
  assert.deepEqual(
    answers.map(({ text }) => text),
    ['version 0', 'version 1', 'version 2', 'version 3'],
  )
  assert.equal(new Set(answers.map(({ KeyMaterialId }) => KeyMaterialId)).size, 4)
  const newest = (await keys.describe(KeyId)).CurrentKeyMaterialId
  assert.equal(answers.at(-1)?.KeyMaterialId, newest)
  const [event] = await keys.records('RotateKey')
  assert.equal(event.eventType, 'AwsServiceEvent')
  assert.deepEqual(event.serviceEventDetails, {
    keyId: KeyId,
    rotationType: 'ON_DEMAND',
    keyOrigin: 'AWS_KMS',
    previousKeyMaterialId: answers[2]?.KeyMaterialId,
    currentKeyMaterialId: newest,
  })
})

test('scenario 7: the 26th rotation on demand is refused, and automatic rotation still works', async () => {
  const { KeyId, arn } = await keys.create()
  for (let turn = 0; turn < 25; turn++) await rotate(KeyId)
  await assert.rejects(rotate(KeyId), {
    name: 'LimitExceededException',
    message:
      'The on-demand rotations limit has been reached for the given keyId. ' +
      `No more on-demand rotations can be performed for this key: ${arn}`,
  })
  await keys.kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }))
  await keys.server.advance(91 * day)
  const found = await rotations(KeyId)
  assert.deepEqual([found.length, found.at(-1)?.RotationType], [26, 'AUTOMATIC'])
})

test('scenario 8: a rotation on demand leaves NextRotationDate as it is', async () => {
  const { KeyId } = await keys.create()
  await keys.kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }))
  const { $metadata: _before, ...before } = await status(KeyId)
  await rotate(KeyId)
  const { $metadata: _after, ...after } = await status(KeyId)
  assert.deepEqual(after, before)
  assert.equal(before.RotationPeriodInDays, 90)
})

test('scenario 9: a rotation period of 89 or 2561 days fails validation', async () => {
  const { KeyId } = await keys.create()
  const enable = (RotationPeriodInDays: number) =>
    keys.kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays }))
  for (const days of [89, 2561]) {
    await assert.rejects(enable(days), { name: 'ValidationException', message: /at 'rotationPeriodInDays' failed/ })
  }
  for (const days of [90, 2560]) await enable(days)
})

test('scenario 10: RSA, HMAC and imported keys are never rotated automatically', async () => {
  const refused = { name: 'UnsupportedOperationException' }
  const rsa = await keys.create({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  const hmac = await keys.create({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const external = await keys.create({ Origin: 'EXTERNAL' })
  await keys.import(external.KeyId, randomBytes(32))
  for (const { KeyId } of [rsa, hmac, external]) {
    await assert.rejects(keys.kms.send(new EnableKeyRotationCommand({ KeyId })), refused)
  }
  for (const { KeyId } of [rsa, hmac]) await assert.rejects(rotate(KeyId), refused)
})

test('scenario 11: a key disabled past its date rotates promptly when it is enabled, and CloudTrail and EventBridge show it', async () => {
  const { KeyId, arn } = await keys.create()
  await keys.kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }))
  await keys.kms.send(new DisableKeyCommand({ KeyId }))
  await keys.server.advance(100 * day)
  assert.deepEqual(await rotations(KeyId), [])
  await keys.kms.send(new EnableKeyCommand({ KeyId }))
  await keys.server.advance(0)
  const [rotation, ...more] = await rotations(KeyId)
  assert.deepEqual([rotation?.RotationType, more.length], ['AUTOMATIC', 0])
  const [event] = await keys.records('RotateKey')
  assert.deepEqual(
    [event.eventType, event.serviceEventDetails.keyId, event.serviceEventDetails.rotationType],
    ['AwsServiceEvent', KeyId, 'AUTOMATIC'],
  )
  assert.deepEqual(event.userIdentity, { accountId: keys.server.accountId, invokedBy: 'AWS Internal' })
  const published = keys.events.filter(({ resources }) => resources[0] === arn)
  assert.deepEqual(
    published.map((event) => [event.source, event['detail-type'], event.detail]),
    [['aws.kms', 'KMS CMK Rotation', { 'key-id': KeyId }]],
  )
})

test('K4: years of automatic rotation pass in a moment, each at its time', async () => {
  const { KeyId } = await keys.create()
  await keys.kms.send(new EnableKeyRotationCommand({ KeyId }))
  const first = await keys.encrypt(KeyId, 'of the first year')
  const start = keys.server.now().getTime()
  await keys.server.advance(5 * 365 * day + 60)
  const found = await rotations(KeyId)
  assert.deepEqual(
    found.map(({ RotationDate }) => Math.round((present(RotationDate).getTime() - start) / (day * 1000))),
    [1, 2, 3, 4, 5].map((year) => year * 365),
  )
  assert.equal((await keys.decrypt(first)).text, 'of the first year')
})

test('K4: keys that KMS does not rotate are rotated by hand: a new key under the same alias', async () => {
  const [one, other] = [await keys.create(), await keys.create()]
  const AliasName = 'alias/by-hand'
  await keys.kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: one.KeyId }))
  const blob = await keys.encrypt(AliasName, 'old')
  await keys.kms.send(new UpdateAliasCommand({ AliasName, TargetKeyId: other.KeyId }))
  assert.equal((await keys.decrypt(blob)).KeyId, one.arn)
  assert.equal((await keys.decrypt(await keys.encrypt(AliasName, 'new'))).KeyId, other.arn)
})

test('scenario 12: deletion waits 30 days when nothing is said, 7 to 30 otherwise, and is scheduled once', async () => {
  const { KeyId, arn } = await keys.create()
  const schedule = (PendingWindowInDays?: number) =>
    keys.kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays }))
  for (const days of [6, 31]) await assert.rejects(schedule(days), { name: 'ValidationException' })
  const answer = await schedule()
  assert.deepEqual([answer.KeyState, answer.PendingWindowInDays], ['PendingDeletion', 30])
  assert.ok(Math.abs(present(answer.DeletionDate).getTime() - keys.inDays(30).getTime()) < 60_000)
  await assert.rejects(schedule(7), { name: 'KMSInvalidStateException', message: `${arn} is pending deletion.` })
})

test('scenario 13: a key whose deletion is cancelled is disabled, not enabled', async () => {
  const { KeyId, arn } = await keys.create()
  await keys.kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
  await keys.kms.send(new CancelKeyDeletionCommand({ KeyId }))
  assert.equal((await keys.describe(KeyId)).KeyState, 'Disabled')
  await assert.rejects(keys.encrypt(KeyId, 'x'), { name: 'DisabledException', message: `${arn} is disabled.` })
  await keys.server.advance(8 * day)
  await keys.kms.send(new EnableKeyCommand({ KeyId }))
  await keys.encrypt(KeyId, 'x')
})
