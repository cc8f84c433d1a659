import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyState, OriginType } from '@aws-sdk/client-kms'
import type { KmsKey } from './key.ts'
import { cancelDeletion, disableKey, enableKey, isDeletionDue, scheduleDeletion } from './key-lifecycle.ts'
import { checkKeyState, type KeyOperation, transitions } from './key-states.ts'
import { keyWith } from './testing.ts'

const { arn } = keyWith()

const keyIn = (state: KeyState, origin: OriginType = 'AWS_KMS') => keyWith({ state, origin })

const states: readonly KeyState[] = [
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingReplicaDeletion',
  'PendingImport',
  'Unavailable',
  'Creating',
  'Updating',
]

const answerOf = (operation: KeyOperation, key: KmsKey): string => {
  try {
    checkKeyState(operation, key)
    return 'ok'
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return `${code} ${message.replace(arn, '<arn>')}`
  }
}

const disabled = 'DisabledException <arn> is disabled.'
const invalid = (what: string) => `KMSInvalidStateException <arn> is ${what}.`
const deleting = [invalid('pending deletion'), invalid('pending replica deletion')]
const notDeleting = invalid('not pending deletion')

// In the order of `states`.
const expected: Partial<Record<KeyOperation, readonly string[]>> = {
  Encrypt: [
    ...['ok', disabled, ...deleting],
    ...[invalid('pending import'), invalid('unavailable'), invalid('creating'), 'ok'],
  ],
  EnableKey: ['ok', 'ok', ...deleting, invalid('pending import'), 'ok', invalid('creating'), invalid('updating')],
  CancelKeyDeletion: [
    ...[notDeleting, notDeleting, 'ok', 'ok'],
    ...[notDeleting, notDeleting, notDeleting, notDeleting],
  ],
  ScheduleKeyDeletion: ['ok', 'ok', ...deleting, 'ok', 'ok', 'ok', invalid('updating')],
  CreateAlias: ['ok', 'ok', ...deleting, 'ok', 'ok', 'ok', 'ok'],
  TagResource: ['ok', 'ok', ...deleting, 'ok', 'ok', 'ok', 'ok'],
  DescribeKey: ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'],
  RevokeGrant: ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'],
  CreateGrant: ['ok', disabled, ...deleting, invalid('pending import'), 'ok', invalid('creating'), 'ok'],
}

test('checkKeyState answers as the table of the developer guide does', () => {
  for (const [operation, answers] of Object.entries(expected)) {
    const actual = states.map((state) => answerOf(operation as KeyOperation, keyIn(state)))
    assert.deepEqual(actual, answers, operation)
  }
})

test('checkKeyState treats operations of one kind alike', () => {
  const alike: KeyOperation[][] = [
    ['Encrypt', 'Decrypt', 'ReEncrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'Sign', 'VerifyMac'],
    ['EnableKey', 'DisableKey'],
    ['CreateAlias', 'UpdateAlias', 'TagResource', 'UntagResource', 'UpdateKeyDescription'],
    ['DescribeKey', 'GetKeyPolicy', 'PutKeyPolicy', 'ListKeyPolicies', 'DeleteAlias', 'ListResourceTags'],
  ]
  for (const [first, ...others] of alike) {
    for (const other of others) {
      for (const state of states) {
        assert.equal(answerOf(other, keyIn(state)), answerOf(first ?? other, keyIn(state)), `${other} in ${state}`)
      }
    }
  }
})

test('checkKeyState looks at the origin before the state', () => {
  const refused = (origin: OriginType) =>
    `UnsupportedOperationException <arn> origin is ${origin} which is not valid for this operation.`
  for (const state of states) {
    assert.equal(answerOf('GetParametersForImport', keyIn(state, 'AWS_KMS')), refused('AWS_KMS'))
    assert.equal(answerOf('EnableKeyRotation', keyIn(state, 'EXTERNAL')), refused('EXTERNAL'))
    assert.equal(answerOf('GenerateDataKeyPair', keyIn(state, 'AWS_CLOUDHSM')), refused('AWS_CLOUDHSM'))
  }
  assert.equal(answerOf('GetKeyRotationStatus', keyIn('PendingImport', 'EXTERNAL')), refused('EXTERNAL'))
  assert.equal(answerOf('GetKeyRotationStatus', keyIn('Enabled', 'EXTERNAL')), 'ok')
})

test('transitions lead to states that exist, and out of every one of them', () => {
  assert.deepEqual(Object.keys(transitions).sort(), [...states].sort())
  for (const [from, to] of Object.entries(transitions)) {
    assert.ok(to.length > 0, from)
    for (const state of to) assert.ok(states.includes(state) && state !== from)
  }
})

test('enableKey and disableKey change nothing that is so already', () => {
  assert.equal(disableKey(keyIn('Enabled')).state, 'Disabled')
  assert.equal(enableKey(keyIn('Disabled')).state, 'Enabled')
  assert.equal(enableKey(keyIn('Enabled')).state, 'Enabled')
  assert.equal(disableKey(keyIn('Disabled')).state, 'Disabled')
})

test('scheduleDeletion takes windows of 7 to 30 days, and says so before it says anything of the state', () => {
  const dayMs = 86_400_000
  assert.equal(scheduleDeletion(keyIn('Enabled'), 7, 1000).deletionAtMs, 1000 + 7 * dayMs)
  assert.equal(scheduleDeletion(keyIn('Disabled'), 30, 0).deletionAtMs, 30 * dayMs)
  const outOfRange = { code: 'ValidationException', message: 'PendingWindowInDays must be between 7 and 30' }
  for (const days of [1, 6, 31, 365]) {
    assert.throws(() => scheduleDeletion(keyIn('PendingDeletion'), days, 0), outOfRange)
  }
})

test('cancelDeletion leaves a disabled key without a date', () => {
  const cancelled = cancelDeletion({ ...keyIn('PendingDeletion'), deletionAtMs: 5 })
  assert.deepEqual(cancelled, keyIn('Disabled'))
})

test('isDeletionDue is true only for the deletion that is wanted now', () => {
  const key = { ...keyIn('PendingDeletion'), deletionAtMs: 100 }
  assert.equal(isDeletionDue(key, 100), true)
  assert.equal(isDeletionDue(key, 99), false)
  assert.equal(isDeletionDue(keyIn('Disabled'), 100), false)
})

test('checkKeyState keeps rotation to symmetric encryption keys, which AWS refuses without text', () => {
  for (const operation of ['EnableKeyRotation', 'GetKeyRotationStatus', 'RotateKeyOnDemand'] as const) {
    for (const keySpec of ['RSA_2048', 'HMAC_256'] as const) {
      for (const state of states) {
        assert.equal(answerOf(operation, keyWith({ state, keySpec })), 'UnsupportedOperationException ', operation)
      }
    }
  }
})

test('checkKeyState asks primary keys for what related keys share', () => {
  const notPrimary = 'UnsupportedOperationException <arn> is not a multi-region primary key.'
  const regions = { primary: 'us-east-1', replicas: ['eu-west-1'] }
  const answers = (operation: KeyOperation) => [
    answerOf(operation, keyWith()),
    answerOf(operation, keyWith({ regions })),
    answerOf(operation, keyWith({ regions, region: 'eu-west-1' })),
  ]
  for (const operation of ['ReplicateKey', 'UpdatePrimaryRegion'] as const) {
    assert.deepEqual(answers(operation), [notPrimary, 'ok', notPrimary])
  }
  for (const operation of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand'] as const) {
    assert.deepEqual(answers(operation), ['ok', 'ok', notPrimary])
  }
  assert.deepEqual(answers('GetKeyRotationStatus'), ['ok', 'ok', 'ok'])
})

test('checkKeyState answers for an unavailable key of a custom key store as the table of the developer guide does', () => {
  const unavailable = invalid('unavailable')
  const noMultiRegion = 'UnsupportedOperationException <arn> is not a multi-region primary key.'
  for (const origin of ['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] as const) {
    const unsupported = `UnsupportedOperationException <arn> origin is ${origin} which is not valid for this operation.`
    const column: [answer: string, operations: KeyOperation[]][] = [
      [notDeleting, ['CancelKeyDeletion']],
      ['ok', ['CreateAlias', 'DeleteAlias', 'UpdateAlias', 'ListAliases', 'CreateGrant', 'RetireGrant', 'RevokeGrant']],
      ['ok', ['ListGrants', 'DescribeKey', 'GetKeyPolicy', 'PutKeyPolicy', 'ListKeyPolicies', 'ListResourceTags']],
      [
        'ok',
        ['EnableKey', 'DisableKey', 'ScheduleKeyDeletion', 'TagResource', 'UntagResource', 'UpdateKeyDescription'],
      ],
      [unavailable, ['Encrypt', 'Decrypt', 'ReEncrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext']],
      [unsupported, ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', 'RotateKeyOnDemand']],
      [unsupported, ['EnableKeyRotation', 'DisableKeyRotation', 'GetKeyRotationStatus', 'ListKeyRotations']],
      [unsupported, ['GetParametersForImport', 'ImportKeyMaterial', 'DeleteImportedKeyMaterial']],
      [noMultiRegion, ['ReplicateKey', 'UpdatePrimaryRegion']],
    ]
    for (const [answer, operations] of column) {
      for (const operation of operations) {
        assert.equal(answerOf(operation, keyIn('Unavailable', origin)), answer, `${operation} of ${origin}`)
      }
    }
  }
})
