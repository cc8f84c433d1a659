import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operationOf, schemasOf } from '../protocols/testing.ts'
import { compileShownMembers, parameterTime } from './shown-members.ts'

const encrypt = operationOf(schemasOf('kms'), 'Encrypt')

test('parameterTime prints midnight, noon and the afternoon as CloudTrail does', () => {
  assert.equal(parameterTime(new Date('2023-07-18T16:07:39Z')), 'Jul 18, 2023, 4:07:39 PM')
  assert.equal(parameterTime(new Date('2023-01-02T00:00:05Z')), 'Jan 2, 2023, 12:00:05 AM')
  assert.equal(parameterTime(new Date('2023-12-31T12:30:00Z')), 'Dec 31, 2023, 12:30:00 PM')
})

test('compileShownMembers leaves out sensitive members and bytes and keeps the encryption context as sent', () => {
  const show = compileShownMembers(encrypt.input)
  const shown = show({ KeyId: 'alias/a', Plaintext: new Uint8Array(3), EncryptionContext: { Purpose: 'x' } })
  assert.deepEqual(shown, { keyId: 'alias/a', encryptionContext: { Purpose: 'x' } })
  assert.deepEqual(compileShownMembers(encrypt.output)({ CiphertextBlob: new Uint8Array(1) }), null)
})

test('compileShownMembers lower-cases only the first letter, in nested structures too, and prints times', () => {
  const show = compileShownMembers(operationOf(schemasOf('kms'), 'CreateKey').output)
  const KeyMetadata = { AWSAccountId: '111122223333', KeyId: 'k', CreationDate: new Date('2022-08-10T22:38:27Z') }
  assert.deepEqual(show({ KeyMetadata }), {
    keyMetadata: { aWSAccountId: '111122223333', keyId: 'k', creationDate: 'Aug 10, 2022, 10:38:27 PM' },
  })
})

test('compileShownMembers leaves out the status, which is that of the answer and no member of it', () => {
  assert.equal(
    compileShownMembers(operationOf(schemasOf('lambda'), 'DeleteFunction').output)({ StatusCode: 204 }),
    null,
  )
})

test('compileShownMembers hides the members that it is given, all of them for *', () => {
  const value = { KeyId: 'k', GrantTokens: ['t'] }
  assert.deepEqual(compileShownMembers(encrypt.input, ['GrantTokens'])(value), { keyId: 'k' })
  assert.equal(compileShownMembers(encrypt.input, ['*'])(value), null)
})

test('compileShownMembers shows a mask in place of a sensitive value, and nothing where there is none', () => {
  const show = compileShownMembers(encrypt.input, [], { Plaintext: 'HIDDEN' })
  assert.deepEqual(show({ KeyId: 'k', Plaintext: new Uint8Array(3) }), { keyId: 'k', plaintext: 'HIDDEN' })
  assert.deepEqual(show({ KeyId: 'k' }), { keyId: 'k' })
})

test('compileShownMembers shows a mask in each structure of a list', () => {
  const { input } = operationOf(schemasOf('secrets-manager'), 'ReplicateSecretToRegions')
  const show = compileShownMembers(input, [], { 'AddReplicaRegions.KmsKeyId': 'HIDDEN' })
  const regions = [{ Region: 'eu-west-1', KmsKeyId: 'k' }, { Region: 'eu-west-2' }]
  assert.deepEqual(show({ SecretId: 's', AddReplicaRegions: regions }), {
    secretId: 's',
    addReplicaRegions: [{ region: 'eu-west-1', kmsKeyId: 'HIDDEN' }, { region: 'eu-west-2' }],
  })
})

test('compileShownMembers shows a member under the name it is given', () => {
  const show = compileShownMembers(encrypt.input, [], {}, { KeyId: 'key' })
  assert.deepEqual(show({ KeyId: 'k' }), { key: 'k' })
})

test('compileShownMembers keeps a map key __proto__ as data', () => {
  const EncryptionContext = JSON.parse('{"__proto__":"x"}')
  const shown = compileShownMembers(encrypt.input)({ EncryptionContext })
  assert.equal(JSON.stringify(shown), '{"encryptionContext":{"__proto__":"x"}}')
})
