import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '../../../../core/durations.ts'
import { aliases, keyMaterials, keys } from '../../storage/collections.ts'
import { accountId, kmsFixture, present, region } from '../../testing.ts'

const scope = { accountId, region }

test('ScheduleKeyDeletion waits 30 days when nothing is said, and else from 7 to 30', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  assert.deepEqual(await kms.call('ScheduleKeyDeletion', { KeyId }), {
    KeyId: arn,
    DeletionDate: new Date(kms.clock.nowMs() + 30 * dayMs),
    KeyState: 'PendingDeletion',
    PendingWindowInDays: 30,
  })
  await kms.call('CancelKeyDeletion', { KeyId })
  const outOfRange = { code: 'ValidationException', message: 'PendingWindowInDays must be between 7 and 30' }
  for (const PendingWindowInDays of [6, 31]) {
    await assert.rejects(kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays }), outOfRange)
  }
  const { DeletionDate } = await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  assert.deepEqual(DeletionDate, new Date(kms.clock.nowMs() + 7 * dayMs))
})

test('ScheduleKeyDeletion leaves the date of a key already pending deletion as it was', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  const { DeletionDate } = await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  kms.clock.advance(60)
  await assert.rejects(kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 30 }), {
    code: 'KMSInvalidStateException',
    message: `${arn} is pending deletion.`,
  })
  assert.deepEqual((await kms.call('DescribeKey', { KeyId })).KeyMetadata?.DeletionDate, DeletionDate)
})

test('CancelKeyDeletion leaves the key disabled until EnableKey', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  await assert.rejects(kms.call('CancelKeyDeletion', { KeyId }), {
    code: 'KMSInvalidStateException',
    message: `${arn} is not pending deletion.`,
  })
  await kms.call('ScheduleKeyDeletion', { KeyId })
  assert.deepEqual(await kms.call('CancelKeyDeletion', { KeyId }), { KeyId: arn })
  const { KeyMetadata } = await kms.call('DescribeKey', { KeyId })
  assert.deepEqual([KeyMetadata?.KeyState, KeyMetadata?.DeletionDate], ['Disabled', undefined])
  const Plaintext = Buffer.from('x')
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }), { code: 'DisabledException' })
  await kms.advanceDays(31)
  await kms.call('EnableKey', { KeyId })
  await kms.call('Encrypt', { KeyId, Plaintext })
})

test('a key pending deletion can be managed but not used', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  await kms.call('ScheduleKeyDeletion', { KeyId })
  const pending = { code: 'KMSInvalidStateException', message: `${arn} is pending deletion.` }
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') }), pending)
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob }), pending)
  await assert.rejects(kms.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }), pending)
  await assert.rejects(kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId }), pending)
  await assert.rejects(kms.call('EnableKey', { KeyId }), pending)
  await assert.rejects(kms.call('UpdateKeyDescription', { KeyId, Description: 'x' }), pending)
  const { Policy } = await kms.call('GetKeyPolicy', { KeyId })
  await kms.call('PutKeyPolicy', { KeyId, Policy: present(Policy) })
})

test('a key is gone when its window has ended, with its material and its aliases, and the ledger says so', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  const other = await kms.key()
  await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  await kms.advanceDays(6.9)
  await kms.call('DescribeKey', { KeyId })
  const serviceEvents = () => kms.store.records.filter(({ eventType }) => eventType === 'AwsServiceEvent')
  assert.deepEqual(serviceEvents(), [])
  await kms.advanceDays(0.2)
  await assert.rejects(kms.call('DescribeKey', { KeyId }), {
    code: 'NotFoundException',
    message: `Key '${arn}' does not exist`,
  })
  await assert.rejects(kms.call('DescribeKey', { KeyId: 'alias/app' }), { code: 'NotFoundException' })
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob }), { message: /perform: kms:Decrypt/ })
  const left = await kms.store.in(keyMaterials).list(scope)
  assert.deepEqual(
    left.map(({ id }) => id.split('/')[0]),
    [other.keyId],
  )
  assert.deepEqual(await kms.store.in(aliases).list(scope), [])
  const [event, ...more] = serviceEvents()
  assert.deepEqual(more, [])
  const { eventID, ...record } = present(event)
  assert.match(eventID, /^[0-9a-f-]{36}$/)
  assert.deepEqual(record, {
    eventVersion: '1.11',
    userIdentity: { accountId, invokedBy: 'AWS Internal' },
    eventTime: '2026-03-08T14:24:00Z',
    eventSource: 'kms.amazonaws.com',
    eventName: 'DeleteKey',
    awsRegion: region,
    sourceIPAddress: 'AWS Internal',
    userAgent: 'AWS Internal',
    requestParameters: null,
    responseElements: null,
    readOnly: false,
    resources: [{ accountId, type: 'AWS::KMS::Key', ARN: arn }],
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: accountId,
    serviceEventDetails: { keyId: KeyId },
    eventCategory: 'Management',
  })
})

test('the deletion runs twice without harm, and not at all when it was cancelled or put off', async () => {
  const kms = await kmsFixture()
  const { keyId, arn } = await kms.key()
  await kms.call('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
  const dueAtMs = kms.clock.nowMs() + 7 * dayMs
  const work = { kind: 'kms.delete-key', key: arn, dueAtMs }
  const run = () => kms.repeatWork(work.kind, work.key, work.dueAtMs)
  await kms.call('CancelKeyDeletion', { KeyId: keyId })
  await run()
  await kms.call('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 8 })
  await run()
  assert.ok(await kms.store.in(keys).get(scope, keyId))
  work.dueAtMs += dayMs
  await run()
  await run()
  assert.equal(await kms.store.in(keys).get(scope, keyId), undefined)
  assert.equal(kms.store.records.filter(({ eventName }) => eventName === 'DeleteKey').length, 1)
})
