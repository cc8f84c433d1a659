import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kmsFixture, otherAccountId, policyOf, stranger } from '../../testing.ts'

test('DescribeKey finds a key by id, ARN, alias name and alias ARN', async () => {
  const kms = await kmsFixture()
  const { keyId, arn } = await kms.key()
  await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: keyId })
  const aliasArn = 'arn:aws:kms:us-east-1:111122223333:alias/app'
  for (const KeyId of [keyId, arn, 'alias/app', aliasArn]) {
    assert.equal((await kms.call('DescribeKey', { KeyId })).KeyMetadata?.Arn, arn)
  }
})

test('DescribeKey answers keys that are not there as AWS does', async () => {
  const kms = await kmsFixture()
  const { keyId, arn } = await kms.key()
  const absentId = '00000000-0000-0000-0000-000000000000'
  const absentArn = arn.replace(keyId, absentId)
  const texts: [string, string][] = [
    ['fake-key-id', "Invalid keyId 'fake-key-id'"],
    [absentId, `Key '${absentArn}' does not exist`],
    [absentArn, `Key '${absentArn}' does not exist`],
    [arn.replace('us-east-1', 'eu-west-1'), 'Invalid arn eu-west-1'],
    ['alias/none', 'Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.'],
  ]
  for (const [KeyId, message] of texts) {
    await assert.rejects(kms.call('DescribeKey', { KeyId }), { code: 'NotFoundException', message })
  }
})

test('DescribeKey knows a key only in its own region and account', async () => {
  const kms = await kmsFixture()
  const { keyId } = await kms.key()
  await assert.rejects(kms.call('DescribeKey', { KeyId: keyId }, { region: 'eu-west-1' }), {
    code: 'NotFoundException',
    message: `Key 'arn:aws:kms:eu-west-1:111122223333:key/${keyId}' does not exist`,
  })
  await assert.rejects(kms.call('DescribeKey', { KeyId: keyId }, { caller: stranger }), {
    code: 'NotFoundException',
    message: `Key 'arn:aws:kms:us-east-1:${otherAccountId}:key/${keyId}' does not exist`,
  })
})

test('DescribeKey refuses strangers in the same words whether or not the key is there', async () => {
  const kms = await kmsFixture()
  const { keyId, arn } = await kms.key()
  const absentArn = arn.replace(keyId, '00000000-0000-0000-0000-000000000000')
  const denials = []
  for (const KeyId of [arn, absentArn]) {
    const [permission] = await kms.permissions('DescribeKey', { KeyId }, { caller: stranger })
    denials.push(permission?.denial)
    await assert.rejects(kms.call('DescribeKey', { KeyId }, { caller: stranger }), { code: 'AccessDeniedException' })
  }
  assert.equal(denials[0], denials[1])
  assert.match(String(denials[0]), /^on this resource because the resource does not exist in this Region, no resource-/)
})

test('DescribeKey names no key in the record of a stranger who is refused, be it by an alias', async () => {
  const kms = await kmsFixture()
  const { keyId } = await kms.key()
  await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: keyId })
  const KeyId = 'arn:aws:kms:us-east-1:111122223333:alias/app'
  await assert.rejects(kms.call('DescribeKey', { KeyId }, { caller: stranger }), { code: 'AccessDeniedException' })
  assert.equal(kms.lastRecord().errorCode, 'AccessDeniedException')
  assert.equal(kms.lastRecord().resources, undefined)
})

test('DescribeKey serves other accounts when the key policy lets it, and names the key in the record', async () => {
  const kms = await kmsFixture()
  const { arn } = await kms.key({
    Policy: policyOf({
      Effect: 'Allow',
      Principal: { AWS: ['111122223333', otherAccountId] },
      Action: 'kms:*',
      Resource: '*',
    }),
  })
  const { KeyMetadata } = await kms.call('DescribeKey', { KeyId: arn }, { caller: stranger })
  assert.equal(KeyMetadata?.AWSAccountId, '111122223333')
  assert.deepEqual(kms.lastRecord().resources, [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: arn }])
})

test('DescribeKey refuses grant tokens, of which there are none', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  await kms.call('DescribeKey', { KeyId, GrantTokens: [] })
  await assert.rejects(kms.call('DescribeKey', { KeyId, GrantTokens: ['x'] }), { code: 'InvalidGrantTokenException' })
})
