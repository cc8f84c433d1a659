import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, kmsFixture, policyOf, refusedAction, stranger } from '../../testing.ts'

const Plaintext = Buffer.from('secret')
const x = { context: 'x' }
const y = { context: 'y' }

async function twoKeys() {
  const kms = await kmsFixture()
  const [source, destination] = [await kms.key(), await kms.key()]
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId: source.keyId, Plaintext, EncryptionContext: x })
  const input = {
    CiphertextBlob,
    SourceEncryptionContext: x,
    DestinationKeyId: destination.keyId,
    DestinationEncryptionContext: y,
  }
  return { kms, source, destination, input }
}

test('ReEncrypt moves a blob to another key and context, and shows no plaintext', async () => {
  const { kms, source, destination, input } = await twoKeys()
  const { CiphertextBlob, ...answer } = await kms.call('ReEncrypt', input)
  const { resources, additionalEventData } = kms.lastRecord()
  const materialOf = async (KeyId: string) =>
    (await kms.call('DescribeKey', { KeyId })).KeyMetadata?.CurrentKeyMaterialId
  const [from, to] = [await materialOf(source.keyId), await materialOf(destination.keyId)]
  assert.deepEqual(answer, {
    SourceKeyId: source.arn,
    KeyId: destination.arn,
    SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    SourceKeyMaterialId: from,
    DestinationKeyMaterialId: to,
  })
  const resource = (ARN: string) => ({ accountId: '111122223333', type: 'AWS::KMS::Key', ARN })
  assert.deepEqual(resources, [resource(source.arn), resource(destination.arn)])
  assert.deepEqual(additionalEventData, { sourceKeyMaterialId: from, destinationKeyMaterialId: to })
  const decrypted = await kms.call('Decrypt', { CiphertextBlob, EncryptionContext: y })
  assert.deepEqual([decrypted.KeyId, decrypted.Plaintext], [destination.arn, Plaintext])
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, EncryptionContext: x }), {
    code: 'InvalidCiphertextException',
  })
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, EncryptionContext: y, KeyId: source.keyId }), {
    code: 'IncorrectKeyException',
  })
})

test('ReEncrypt asks for ReEncryptFrom on the source and ReEncryptTo on the destination, each with its own context', async () => {
  const { kms, source, destination, input } = await twoKeys()
  const [from, to] = await kms.permissions('ReEncrypt', input)
  assert.deepEqual([from?.action, from?.resource], ['kms:ReEncryptFrom', source.arn])
  assert.deepEqual([to?.action, to?.resource], ['kms:ReEncryptTo', destination.arn])
  assert.equal(from?.context?.['kms:EncryptionContext:context'], 'x')
  assert.equal(to?.context?.['kms:EncryptionContext:context'], 'y')
  assert.equal(from?.context?.['kms:ReEncryptOnSameKey'], 'false')
  const same = await kms.permissions('ReEncrypt', { ...input, DestinationKeyId: source.arn })
  assert.deepEqual(
    same.map(({ context }) => context?.['kms:ReEncryptOnSameKey']),
    ['true', 'true'],
  )
})

test('ReEncrypt is refused to a caller who may only take data from the source', async () => {
  const { kms, source, input } = await twoKeys()
  await kms.putUser(alice, [policyOf({ Effect: 'Allow', Action: 'kms:ReEncryptFrom', Resource: source.arn })])
  assert.equal(await refusedAction(kms.call('ReEncrypt', input, { caller: alice })), 'kms:ReEncryptTo')
})

test('ReEncrypt refuses as Decrypt does for the source and as Encrypt does for the destination', async () => {
  const { kms, source, destination, input } = await twoKeys()
  const reEncrypt = (change: object) => kms.call('ReEncrypt', { ...input, ...change })
  await assert.rejects(reEncrypt({ SourceEncryptionContext: y }), { code: 'InvalidCiphertextException' })
  await assert.rejects(reEncrypt({ SourceKeyId: destination.keyId }), { code: 'IncorrectKeyException' })
  await assert.rejects(reEncrypt({ CiphertextBlob: Buffer.from('x') }), { code: 'InvalidCiphertextException' })
  await assert.rejects(reEncrypt({ SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }), {
    code: 'InvalidKeyUsageException',
  })
  await assert.rejects(reEncrypt({ DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }), {
    code: 'InvalidKeyUsageException',
  })
  for (const DestinationKeyId of ['nokey', `111122223333/${source.keyId}`]) {
    await assert.rejects(reEncrypt({ DestinationKeyId }), {
      code: 'NotFoundException',
      message: `Invalid keyId '${DestinationKeyId}'`,
    })
  }
  await assert.rejects(reEncrypt({ DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }), {
    code: 'ValidationException',
    message: /'sourceKeyId'/,
  })
  await kms.call('DisableKey', { KeyId: destination.keyId })
  await assert.rejects(reEncrypt({}), { code: 'DisabledException', message: `${destination.arn} is disabled.` })
  await reEncrypt({ DestinationKeyId: source.keyId })
  await kms.call('DisableKey', { KeyId: source.keyId })
  await assert.rejects(reEncrypt({}), { code: 'DisabledException', message: `${source.arn} is disabled.` })
})

test('ReEncrypt crosses accounts where the key policies let it', async () => {
  const kms = await kmsFixture()
  const Policy = policyOf({ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' })
  const source = await kms.key({ Policy })
  const mine = await kms.key({}, { caller: stranger })
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId: source.keyId, Plaintext })
  const input = { CiphertextBlob, SourceKeyId: source.keyId, DestinationKeyId: mine.keyId }
  const answer = await kms.call('ReEncrypt', input, { caller: stranger })
  assert.deepEqual([answer.SourceKeyId, answer.KeyId], [source.arn, mine.arn])
})
