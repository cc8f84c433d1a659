import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerOf } from '../../../../../test/fixtures/call.ts'
import { accountId, alice, type KmsFixture, kmsFixture, otherAccountId, policyOf, stranger } from '../../testing.ts'
import { encryptionConditionKeys } from './condition-keys.ts'

const Plaintext = Buffer.from('x')
const refused = { code: 'AccessDeniedException' }

/** Makes a key that every principal may use under a condition. */
const keyUnder = (kms: KmsFixture, Condition: object) =>
  kms.key({
    Policy: policyOf(
      { Effect: 'Allow', Principal: { AWS: accountId }, NotAction: ['kms:Encrypt', 'kms:ReEncrypt*'], Resource: '*' },
      { Effect: 'Allow', Principal: '*', Action: ['kms:Encrypt', 'kms:ReEncrypt*'], Resource: '*', Condition },
    ),
  })

test('Encrypt asks with everything that is known of caller, key and request', async () => {
  const kms = await kmsFixture()
  const Tags = [{ TagKey: 'team', TagValue: 'red' }]
  const { keyId, arn } = await kms.key({ Tags })
  for (const name of ['alias/b', 'alias/a']) {
    await kms.call('CreateAlias', { AliasName: name, TargetKeyId: keyId })
  }
  const EncryptionContext = { dept: 'hr', Purpose: '' }
  const [permission] = await kms.permissions('Encrypt', { KeyId: 'alias/b', Plaintext, EncryptionContext })
  assert.equal(permission?.resource, arn)
  assert.equal(permission?.resourceAccountId, accountId)
  assert.equal(permission?.policy?.kind, 'key-policy')
  assert.deepEqual(permission?.context, {
    'kms:CallerAccount': accountId,
    'kms:MultiRegion': 'false',
    'kms:KeyOrigin': 'AWS_KMS',
    'kms:KeySpec': 'SYMMETRIC_DEFAULT',
    'kms:CustomerMasterKeySpec': 'SYMMETRIC_DEFAULT',
    'kms:KeyUsage': 'ENCRYPT_DECRYPT',
    'kms:CustomerMasterKeyUsage': 'ENCRYPT_DECRYPT',
    'kms:ResourceAliases': ['alias/a', 'alias/b'],
    'kms:RequestAlias': 'alias/b',
    'aws:ResourceTag/team': 'red',
    'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
    'kms:EncryptionContextKeys': ['dept', 'Purpose'],
    'kms:EncryptionContext:dept': 'hr',
    'kms:EncryptionContext:Purpose': '',
  })
})

test('kms:EncryptionContext decides by the context of the request', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await keyUnder(kms, { StringEquals: { 'kms:EncryptionContext:dept': 'hr' } })
  await kms.call('Encrypt', { KeyId, Plaintext, EncryptionContext: { dept: 'hr', x: '1' } })
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext, EncryptionContext: { dept: 'it' } }), refused)
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }), refused)
})

test('kms:RequestAlias lets a key be used by one of its names only', async () => {
  const kms = await kmsFixture()
  const { keyId } = await keyUnder(kms, { StringEquals: { 'kms:RequestAlias': 'alias/app' } })
  await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: keyId })
  await kms.call('Encrypt', { KeyId: 'alias/app', Plaintext })
  await kms.call('Encrypt', { KeyId: 'arn:aws:kms:us-east-1:111122223333:alias/app', Plaintext })
  await assert.rejects(kms.call('Encrypt', { KeyId: keyId, Plaintext }), refused)
})

test('kms:ViaService is there only when a service calls for the caller', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await keyUnder(kms, {
    StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com', 'kms:CallerAccount': accountId },
  })
  const calledVia = ['cloudformation.amazonaws.com', 'secretsmanager.amazonaws.com']
  await kms.call('Encrypt', { KeyId, Plaintext }, { caller: alice, calledVia })
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }, { caller: alice }), refused)
  const other = ['secretsmanager.amazonaws.com', 's3.amazonaws.com']
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }, { caller: alice, calledVia: other }), refused)
})

test('kms:CallerAccount is the account of the caller, not of the key', async () => {
  const kms = await kmsFixture()
  const { arn: KeyId } = await keyUnder(kms, { StringEquals: { 'kms:CallerAccount': otherAccountId } })
  await kms.call('Encrypt', { KeyId, Plaintext }, { caller: stranger })
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }), refused)
})

test('kms:ReEncryptOnSameKey keeps data on its key', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await keyUnder(kms, { BoolIfExists: { 'kms:ReEncryptOnSameKey': 'true' } })
  const other = await kms.key()
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext })
  await kms.call('ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId })
  await assert.rejects(kms.call('ReEncrypt', { CiphertextBlob, DestinationKeyId: other.keyId }), refused)
})

test('kms:ScheduleKeyDeletionPendingWindowInDays is the window that will be, the default included', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const windowOf = async (PendingWindowInDays?: number) => {
    const [permission] = await kms.permissions('ScheduleKeyDeletion', { KeyId, PendingWindowInDays })
    return permission?.context?.['kms:ScheduleKeyDeletionPendingWindowInDays']
  }
  assert.deepEqual([await windowOf(), await windowOf(7)], ['30', '7'])
})

test('for a service that calls for itself the key policy alone decides', async () => {
  const kms = await kmsFixture()
  const trail = callerOf({ kind: 'service', service: 'cloudtrail.amazonaws.com', sourceAccount: accountId })
  const { arn: KeyId } = await kms.key()
  const input = { KeyId, KeySpec: 'AES_256' as const }
  await assert.rejects(kms.call('GenerateDataKey', input, { caller: trail }), refused)
  const account = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'kms:*', Resource: '*' }
  const service = { ...account, Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 'kms:GenerateDataKey*' }
  await kms.call('PutKeyPolicy', { KeyId, Policy: policyOf(account, service) })
  await kms.call('GenerateDataKey', input, { caller: trail })
  const [permission] = await kms.permissions('GenerateDataKey', input, { caller: trail })
  assert.equal(permission?.context?.['kms:CallerAccount'], undefined)
})

test('encryptionConditionKeys refuses an encryption context that is too large before policies are compared with it', () => {
  assert.throws(() => encryptionConditionKeys({ a: 'x'.repeat(8192) }), { code: 'ValidationException' })
  assert.deepEqual(encryptionConditionKeys({ a: 'x' })(), {
    'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
    'kms:EncryptionContextKeys': ['a'],
    'kms:EncryptionContext:a': 'x',
  })
})
