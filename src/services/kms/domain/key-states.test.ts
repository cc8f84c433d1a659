import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyState, OriginType } from '@aws-sdk/client-kms'
import { dayMs } from '../../../core/durations.ts'
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

/**
 * The table of the developer guide as it is printed. `ok/7`: with a key that KMS holds, and with one in a custom key store,
 * where the guide leaves open which of two refusals it is (`1/7`) the first; `-`: the guide leaves the cell empty, and the
 * operation is refused. Columns: Enabled, Disabled, pending deletion (of
 * either kind), PendingImport, Unavailable, Creating, Updating.
 */
const guide = `
CancelKeyDeletion          4     4     ok    4   4    4      4
CreateAlias                ok    ok    3     ok  ok   ok     ok
CreateGrant                ok    1     3     5   ok   14     ok
Encrypt                    ok    1     3     5   11   14     ok
Decrypt                    ok    1     3     5   11   14     ok
ReEncrypt                  ok    1     3     5   11   14     ok
GenerateDataKey            ok    1     3     5   11   14     ok
GenerateDataKeyWithoutPlaintext ok 1   3     5   11   14     ok
GenerateDataKeyPair        ok    1     3     5   7    14     ok
GenerateDataKeyPairWithoutPlaintext ok 1 3   5   7    14     ok
Sign                       ok    1     3     5   -    14     ok
Verify                     ok    1     3     5   -    14     ok
GenerateMac                ok    1     3     5   -    14     ok
VerifyMac                  ok    1     3     5   -    14     ok
DeriveSharedSecret         ok    1     3     5   -    14     ok
Encapsulate                ok    1     3     5   -    14     ok
Decapsulate                ok    1     3     5   -    14     ok
GetPublicKey               ok    ok    3     ok  -    14     ok
DescribeKey                ok    ok    ok    ok  ok   ok     ok
GetKeyPolicy               ok    ok    ok    ok  ok   ok     ok
PutKeyPolicy               ok    ok    ok    ok  ok   ok     ok
ListKeyPolicies            ok    ok    ok    ok  ok   ok     ok
ListAliases                ok    ok    ok    ok  ok   ok     ok
ListGrants                 ok    ok    ok    ok  ok   ok     ok
ListResourceTags           ok    ok    ok    ok  ok   ok     ok
RetireGrant                ok    ok    ok    ok  ok   ok     ok
RevokeGrant                ok    ok    ok    ok  ok   ok     ok
DeleteAlias                ok    ok    ok    ok  ok   ok     ok
GetKeyLastUsage            ok    ok    ok    ok  ok   ok     ok
DisableKey                 ok    ok    3     5   ok   14     15
EnableKey                  ok    ok    3     5   ok   14     15
EnableKeyRotation          ok/7  1/7   3/7   6   7    14     ok/7
DisableKeyRotation         ok/7  1/7   3/7   6   7    14     ok/7
GetKeyRotationStatus       ok/7  ok/7  ok/7  6   7    ok/7   ok/7
ListKeyRotations           ok/7  ok/7  ok/7  ok  7    ok/7   ok/7
RotateKeyOnDemand          ok/7  1/7   3/7   5   7    14     ok/7
GetParametersForImport     ok/9  ok/9  8/9   ok  9    14     15
ImportKeyMaterial          ok/9  ok/9  8/9   ok  9    14     ok
DeleteImportedKeyMaterial  ok/9  ok/9  ok/9  ok  -    14     15
ReplicateKey               ok    1     3     5   -    14     15
UpdatePrimaryRegion        ok    1     3     5   -    14     ok
ScheduleKeyDeletion        ok    ok    3     ok  ok   ok     15
TagResource                ok    ok    3     ok  ok   ok     ok
UntagResource              ok    ok    3     ok  ok   ok     ok
UpdateKeyDescription       ok    ok    3     ok  ok   ok     ok
UpdateAlias                ok    ok    3     ok  ok   ok     ok
`

const columns: readonly (readonly KeyState[])[] = [
  ['Enabled'],
  ['Disabled'],
  ['PendingDeletion', 'PendingReplicaDeletion'],
  ['PendingImport'],
  ['Unavailable'],
  ['Creating'],
  ['Updating'],
]

const takesImports = /^(GetParametersForImport|ImportKeyMaterial|DeleteImportedKeyMaterial)$/
const onPrimaryKeys = /^(ReplicateKey|UpdatePrimaryRegion)$/
const regions = { primary: 'us-east-1', replicas: [] }

/** The key that a cell of the guide speaks of. */
function keyOfCell(operation: string, state: KeyState, inKeyStore: boolean): KmsKey {
  if (inKeyStore || state === 'Unavailable') return keyIn(state, 'EXTERNAL_KEY_STORE')
  const external = state === 'PendingImport' || takesImports.test(operation)
  return { ...keyIn(state, external ? 'EXTERNAL' : 'AWS_KMS'), ...(onPrimaryKeys.test(operation) && { regions }) }
}

function answerOfNote(note: string, { state, origin }: KmsKey): string {
  const invalid = (what: string) => `KMSInvalidStateException <arn> is ${what}.`
  const pending = state === 'PendingReplicaDeletion' ? 'pending replica deletion' : 'pending deletion'
  const wrongOrigin = `UnsupportedOperationException <arn> origin is ${origin} which is not valid for this operation.`
  const answers: Record<string, string> = {
    ...{ ok: 'ok', 1: 'DisabledException <arn> is disabled.', 3: invalid(pending), 8: invalid(pending) },
    ...{ 4: invalid('not pending deletion'), 5: invalid('pending import'), 11: invalid('unavailable') },
    ...{ 6: wrongOrigin, 7: wrongOrigin, 9: wrongOrigin, 14: invalid('creating'), 15: invalid('updating') },
  }
  return answers[note] ?? `no note ${note}`
}

test('checkKeyState answers in every cell as the table of the developer guide does', () => {
  const seen = new Set<string>()
  for (const row of guide.trim().split('\n')) {
    const [operation = '', ...cells] = row.split(/\s+/)
    assert.equal(cells.length, columns.length, operation)
    seen.add(operation)
    for (const [place, cell] of cells.entries()) {
      for (const state of columns[place] ?? []) {
        const [held = '', inKeyStore = held] = cell.split('/')
        for (const stored of [false, true]) {
          const key = keyOfCell(operation, state, stored && cell.includes('/'))
          const note = stored && /^(ok|8)$/.test(held) ? inKeyStore : held
          const answer = answerOf(operation as KeyOperation, key)
          if (note === '-') assert.notEqual(answer, 'ok', `${operation} in ${state}`)
          else assert.equal(answer, answerOfNote(note, key), `${operation} in ${state}`)
        }
      }
    }
  }
  assert.equal(seen.size, 46)
})

test('checkKeyState looks at the state before the origin and the key spec', () => {
  const disabled = 'DisabledException <arn> is disabled.'
  for (const operation of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand'] as const) {
    for (const keySpec of ['SYMMETRIC_DEFAULT', 'RSA_2048', 'HMAC_256'] as const) {
      const answerIn = (state: KeyState) => answerOf(operation, keyWith({ state, keySpec }))
      assert.equal(answerIn('Disabled'), disabled)
      assert.equal(answerIn('PendingDeletion'), 'KMSInvalidStateException <arn> is pending deletion.')
      assert.equal(answerIn('Creating'), 'KMSInvalidStateException <arn> is creating.')
    }
    assert.equal(answerOf(operation, keyIn('Disabled', 'EXTERNAL_KEY_STORE')), disabled)
  }
  assert.equal(answerOf('ReplicateKey', keyIn('Disabled')), disabled)
  assert.equal(answerOf('GenerateDataKeyPair', keyIn('Disabled', 'AWS_CLOUDHSM')), disabled)
})

test('checkKeyState refuses imports into keys whose origin takes none, pending deletion too', () => {
  const refused = 'UnsupportedOperationException <arn> origin is AWS_KMS which is not valid for this operation.'
  for (const state of ['Enabled', 'Disabled', 'PendingDeletion', 'PendingReplicaDeletion'] as const) {
    assert.equal(answerOf('GetParametersForImport', keyIn(state)), refused)
    assert.equal(answerOf('ImportKeyMaterial', keyIn(state)), refused)
  }
})

test('checkKeyState tells the rotation status of every key that KMS holds, once it has material', () => {
  for (const keySpec of ['RSA_2048', 'ECC_NIST_P256', 'HMAC_256', 'ML_DSA_44'] as const) {
    for (const state of ['Enabled', 'Disabled', 'PendingDeletion', 'Creating', 'Updating'] as const) {
      assert.equal(answerOf('GetKeyRotationStatus', keyWith({ state, keySpec })), 'ok')
    }
  }
  assert.equal(answerOf('GetKeyRotationStatus', keyIn('Enabled', 'EXTERNAL')), 'ok')
  const unsupported = 'UnsupportedOperationException <arn> origin is EXTERNAL which is not valid for this operation.'
  assert.equal(answerOf('GetKeyRotationStatus', keyIn('PendingImport', 'EXTERNAL')), unsupported)
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
  for (const operation of ['EnableKeyRotation', 'ListKeyRotations', 'RotateKeyOnDemand'] as const) {
    for (const keySpec of ['RSA_2048', 'HMAC_256'] as const) {
      assert.equal(answerOf(operation, keyWith({ keySpec })), 'UnsupportedOperationException ', operation)
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
  const unavailable = 'KMSInvalidStateException <arn> is unavailable.'
  const notDeleting = 'KMSInvalidStateException <arn> is not pending deletion.'
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
