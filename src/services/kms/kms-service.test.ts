import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Operation } from '../../core/operation.ts'
import { kms } from './kms.ts'
import type { KmsContext } from './kms-context.ts'
import { kmsOperations } from './kms-service.ts'
import { kmsFixture } from './testing.ts'

const operations: Record<string, Operation<KmsContext, never, unknown>> = kmsOperations

test('the operation table tells reads from writes as CloudTrail does: cryptographic operations are reads', () => {
  const reads = /^(Describe|Get|List|Generate|(En|De|ReEn)crypt$|Sign$|Verify|DeriveSharedSecret$|(En|De)capsulate$)/
  for (const [name, { readOnly }] of Object.entries(operations)) assert.equal(readOnly, reads.test(name), name)
})

test('every operation is one of the SDK, asks for a permission, and hides grant tokens if it takes any', async () => {
  const { operations: known, shapes } = await kms.definition.loadModel()
  for (const [name, { permissions, audit }] of Object.entries(operations)) {
    const input = known[name]?.input
    assert.ok(input, `${name} is not an operation of KMS`)
    assert.notEqual(permissions, 'none', name)
    const takesTokens = Object.hasOwn(shapes[input]?.members ?? {}, 'GrantTokens')
    if (takesTokens) assert.ok(audit?.hideRequest?.includes('GrantTokens'), name)
  }
})

test('cryptographic operations show nothing of their answer, as reads do', () => {
  const names = [
    ...(['Encrypt', 'Decrypt', 'ReEncrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'] as const),
    ...(['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', 'GenerateRandom', 'Sign', 'Verify'] as const),
    ...(['GenerateMac', 'VerifyMac', 'DeriveSharedSecret', 'Encapsulate', 'Decapsulate'] as const),
  ]
  for (const name of names) {
    const { readOnly, audit, category }: Operation<KmsContext, never, unknown> = kmsOperations[name]
    assert.deepEqual([readOnly, audit?.response, category], [true, undefined, undefined], name)
  }
})

test('writes with an empty answer show the ARN of their key in the record', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  const other = await kms.key()
  const shown = async <Name extends 'CreateAlias' | 'UpdateAlias' | 'DeleteAlias' | 'DisableKey' | 'TagResource'>(
    name: Name,
    input: Parameters<(typeof kmsOperations)[Name]['handle']>[1],
  ) => {
    await kms.call(name, input)
    return kms.lastRecord().responseElements
  }
  const AliasName = 'alias/app'
  assert.deepEqual(await shown('CreateAlias', { AliasName, TargetKeyId: KeyId }), { keyId: arn })
  assert.deepEqual(await shown('UpdateAlias', { AliasName, TargetKeyId: other.keyId }), { keyId: other.arn })
  assert.deepEqual(await shown('DeleteAlias', { AliasName }), { keyId: other.arn })
  assert.deepEqual(await shown('DisableKey', { KeyId }), { keyId: arn })
  assert.deepEqual(await shown('TagResource', { KeyId, Tags: [] }), { keyId: arn })
})

test('CreateKey names the new key in its record, and none when it failed', async () => {
  const kms = await kmsFixture()
  const { arn } = await kms.key()
  assert.deepEqual(kms.lastRecord().resources, [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: arn }])
  await assert.rejects(kms.key({ KeySpec: 'RSA_2048' }), { code: 'ValidationException' })
  assert.equal(kms.lastRecord().errorCode, 'ValidationException')
  assert.equal(kms.lastRecord().resources, undefined)
})

test('alias operations name the alias and the keys in their record', async () => {
  const kms = await kmsFixture()
  const { keyId: TargetKeyId, arn } = await kms.key()
  await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId })
  assert.deepEqual(kms.lastRecord().resources, [
    { accountId: '111122223333', type: 'AWS::KMS::Alias', ARN: 'arn:aws:kms:us-east-1:111122223333:alias/app' },
    { accountId: '111122223333', type: 'AWS::KMS::Key', ARN: arn },
  ])
})

/** What a key is, in as few words as possible. */
interface Model {
  state: 'Enabled' | 'Disabled' | 'PendingDeletion' | 'gone'
  daysLeft: number
  aliased: boolean
}

type Step = 'enable' | 'disable' | 'schedule' | 'cancel' | 'encrypt' | 'decrypt' | 'alias' | 'tag' | 'wait'

/** The model's answer: the error's code, or `ok`; the model changes as the key should. */
function expected(model: Model, step: Step): string {
  const { state } = model
  if (step === 'wait') {
    model.daysLeft -= 4
    if (state === 'PendingDeletion' && model.daysLeft <= 0) Object.assign(model, { state: 'gone', aliased: false })
    return 'ok'
  }
  if (state === 'gone') return step === 'decrypt' ? 'AccessDeniedException' : 'NotFoundException'
  const isPending = state === 'PendingDeletion'
  if (step === 'cancel') {
    if (!isPending) return 'KMSInvalidStateException'
    model.state = 'Disabled'
    return 'ok'
  }
  if (isPending) return 'KMSInvalidStateException'
  if (step === 'encrypt' || step === 'decrypt') return state === 'Enabled' ? 'ok' : 'DisabledException'
  if (step === 'alias') {
    if (model.aliased) return 'AlreadyExistsException'
    model.aliased = true
  }
  if (step === 'enable') model.state = 'Enabled'
  if (step === 'disable') model.state = 'Disabled'
  if (step === 'schedule') Object.assign(model, { state: 'PendingDeletion', daysLeft: 7 })
  return 'ok'
}

test('any sequence of operations leaves a key in the state that a small model foretells', async () => {
  const steps = fc.array(
    fc.constantFrom<Step>('enable', 'disable', 'schedule', 'cancel', 'encrypt', 'decrypt', 'alias', 'tag', 'wait'),
    { minLength: 5, maxLength: 25 },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const kms = await kmsFixture()
      const { keyId: KeyId } = await kms.key()
      const Plaintext = Buffer.from('x')
      const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext })
      const model: Model = { state: 'Enabled', daysLeft: 0, aliased: false }
      const run: Record<Step, () => Promise<unknown>> = {
        enable: () => kms.call('EnableKey', { KeyId }),
        disable: () => kms.call('DisableKey', { KeyId }),
        schedule: () => kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }),
        cancel: () => kms.call('CancelKeyDeletion', { KeyId }),
        encrypt: () => kms.call('Encrypt', { KeyId, Plaintext }),
        decrypt: () => kms.call('Decrypt', { CiphertextBlob }),
        alias: () => kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId }),
        tag: () => kms.call('TagResource', { KeyId, Tags: [{ TagKey: 'a', TagValue: '' }] }),
        wait: () => kms.advanceDays(4),
      }
      for (const step of sequence) {
        const answer = await run[step]().then(
          () => 'ok',
          (error) => error.code ?? error.constructor.name,
        )
        assert.equal(answer, expected(model, step), `${step} in ${sequence}`)
      }
      const state = await kms.call('DescribeKey', { KeyId }).then(
        ({ KeyMetadata }) => KeyMetadata?.KeyState,
        () => 'gone',
      )
      assert.equal(state, model.state)
      const { Aliases } = await kms.call('ListAliases', {})
      assert.equal(Aliases?.filter(({ TargetKeyId }) => TargetKeyId).length, model.aliased ? 1 : 0)
      await kms.store.close()
    }),
    { numRuns: 40 },
  )
})
