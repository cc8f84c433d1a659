import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CreateKeyResponse } from '@aws-sdk/client-kms'
import { dayMs, hourMs, minuteMs } from '../../../core/durations.ts'
import { accountId } from '../../../testing/callers.ts'
import { kms } from '../../kms/kms.ts'
import { logsFixture, messagesOf } from '../testing.ts'

const groupArn = `arn:aws:logs:us-east-1:${accountId}:log-group:g`
const notAllowed = {
  code: 'AccessDeniedException',
  status: 400,
  message: `The specified KMS key does not exist or is not allowed to be used with Arn '${groupArn}'`,
}

async function keyFixture() {
  const fixture = await logsFixture({ modules: [kms] })
  const root = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'kms:*', Resource: '*' }
  const service = {
    Effect: 'Allow',
    Principal: { Service: 'logs.us-east-1.amazonaws.com' },
    Action: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
    Resource: '*',
    Condition: { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': groupArn } },
  }
  const key = async (...Statement: object[]) => {
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [root, ...Statement] })
    const { KeyMetadata } = (await fixture.call('kms', 'CreateKey', { Policy })) as CreateKeyResponse
    return KeyMetadata?.Arn ?? ''
  }
  return { ...fixture, key, service }
}

test('scenario 19: a key whose policy lacks the regional Logs principal is refused, and no group exists', async () => {
  const { key, service, logs } = await keyFixture()
  const withoutService = await key()
  const ofOtherRegion = await key({ ...service, Principal: { Service: 'logs.eu-west-1.amazonaws.com' } })
  const ofOtherGroup = await key({
    ...service,
    Condition: { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': `${groupArn}x` } },
  })
  const missing = withoutService.replace(/[^/]+$/, '00000000-0000-0000-0000-000000000000')
  for (const kmsKeyId of [withoutService, ofOtherRegion, ofOtherGroup, missing]) {
    await assert.rejects(logs('CreateLogGroup', { logGroupName: 'g', kmsKeyId }), notAllowed)
    assert.deepEqual(await logs('DescribeLogGroups', {}), { logGroups: [] })
  }
  await logs('CreateLogGroup', { logGroupName: 'g' })
  await assert.rejects(logs('AssociateKmsKey', { logGroupName: 'g', kmsKeyId: withoutService }), notAllowed)
  await assert.rejects(logs('AssociateKmsKey', { logGroupName: 'g', kmsKeyId: 'alias/x' }), {
    code: 'InvalidParameterException',
  })
  await logs('AssociateKmsKey', { resourceIdentifier: groupArn, kmsKeyId: await key(service) })
  await assert.rejects(logs('AssociateKmsKey', { kmsKeyId: withoutService }), { code: 'InvalidParameterException' })
})

test('only what is ingested while a key is associated is encrypted with it; KMS is asked as the service, for the group', async () => {
  const { key, service, logs, group, put, get, store, clock, call } = await keyFixture()
  const kmsKeyId = await key(service)
  const to = await group('g')
  await put(to, ['before'])
  await logs('AssociateKmsKey', { logGroupName: 'g', kmsKeyId })
  clock.advance(60)
  const from = store.records.length
  await put(to, ['under the key'])
  await put(to, ['again'])
  const [{ eventName, userIdentity, requestParameters } = assert.fail(), ...others] = store.records.slice(from)
  assert.deepEqual(others, [])
  assert.deepEqual(
    [eventName, userIdentity.type, userIdentity.invokedBy, requestParameters?.encryptionContext],
    ['GenerateDataKey', 'AWSService', 'logs.us-east-1.amazonaws.com', { 'aws:logs:arn': groupArn }],
  )
  await logs('DisassociateKmsKey', { logGroupName: 'g' })
  clock.advance(60)
  await put(to, ['after'])
  assert.deepEqual(messagesOf(await get(to)), ['before', 'under the key', 'again', 'after'])

  await call('kms', 'DisableKey', { KeyId: kmsKeyId })
  clock.advance(6 * 60)
  await assert.rejects(get(to), { code: 'InvalidParameterException', message: /is disabled/ })
  const early = { startTime: clock.nowMs() - dayMs, endTime: clock.nowMs() - 460_000 }
  assert.deepEqual(messagesOf(await get(to, early)), ['before'])
  await assert.rejects(logs('AssociateKmsKey', { logGroupName: 'g', kmsKeyId }), { code: 'InvalidParameterException' })
  await call('kms', 'EnableKey', { KeyId: kmsKeyId })
  assert.equal(messagesOf(await get(to)).length, 4)
})

test('blocks whose key is disabled are merged when it can be used again', async () => {
  const { key, service, group, put, get, call, advance, store } = await keyFixture()
  const kmsKeyId = await key(service)
  const to = await group('g', ['s'], { kmsKeyId })
  await put(to, ['one'])
  await put(to, ['two'])
  await call('kms', 'DisableKey', { KeyId: kmsKeyId })
  const blocks = async () => (await store.sql('logs').all('SELECT id FROM logs_blocks')).length
  await advance(hourMs)
  assert.equal(await blocks(), 2)
  await call('kms', 'EnableKey', { KeyId: kmsKeyId })
  await advance(hourMs + minuteMs)
  assert.equal(await blocks(), 1)
  assert.deepEqual(messagesOf(await get(to)), ['one', 'two'])
})
