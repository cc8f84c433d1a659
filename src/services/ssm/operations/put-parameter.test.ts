import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, refusedBy, ssmFixture } from '../testing.ts'

const put = { Name: '/p', Value: 'v', Type: 'SecureString' } as const

/** Stands for KMS: the ciphertext of a test is its plaintext in front of a mark. */
const encrypts = (input: Record<string, unknown>) => ({
  CiphertextBlob: Buffer.concat([Buffer.from('sealed:'), input.Plaintext as Buffer]),
})

test('PutParameter asks KMS once, as the caller, with the ARN of the parameter, and keeps what it gets', async () => {
  const asked: unknown[] = []
  const ssm = await ssmFixture({
    kms: (operation, input) => {
      asked.push([operation, input.KeyId, input.EncryptionContext])
      return encrypts(input)
    },
  })
  await ssm.call('PutParameter', { ...put, KeyId: 'alias/app' })
  const context = { PARAMETER_ARN: `arn:aws:ssm:us-east-1:${accountId}:parameter/p` }
  assert.deepEqual(asked, [['Encrypt', 'alias/app', context]])
  const { Parameter } = await ssm.call('GetParameter', { Name: '/p' })
  assert.equal(Buffer.from(Parameter?.Value ?? '', 'base64').toString(), 'sealed:v')
})

test('PutParameter is refused when the tier that it encrypted for has been changed meanwhile', async () => {
  let meanwhile: (() => Promise<unknown>) | undefined
  const ssm = await ssmFixture({
    kms: async (operation, input) => {
      const other = meanwhile
      meanwhile = undefined
      await other?.()
      return operation === 'Encrypt'
        ? encrypts(input)
        : { Plaintext: Buffer.alloc(32, 1), CiphertextBlob: Buffer.from('wrapped'), KeyId: 'arn:aws:kms:k' }
    },
  })
  await ssm.call('PutParameter', put)
  meanwhile = () => ssm.call('PutParameter', { ...put, Overwrite: true, Tier: 'Advanced', Value: 'other' })
  await assert.rejects(ssm.call('PutParameter', { ...put, Overwrite: true }), { code: 'TooManyUpdates' })
  const { Parameter } = await ssm.call('GetParameter', { Name: '/p' })
  assert.equal(Parameter?.Version, 2)
  // An overwrite that changes nothing of this goes through.
  meanwhile = () => ssm.call('PutParameter', { ...put, Overwrite: true, Value: 'third' })
  assert.equal((await ssm.call('PutParameter', { ...put, Overwrite: true, Value: 'fourth' })).Version, 4)
})

test('PutParameter leaves nothing behind when KMS refuses, and carries its words where the key is to blame', async () => {
  for (const [code, expected] of [
    ['NotFoundException', 'InvalidKeyId'],
    ['DisabledException', 'InvalidKeyId'],
    ['KMSInvalidStateException', 'InvalidKeyId'],
    ['InvalidKeyUsageException', 'InvalidKeyId'],
    ['AccessDeniedException', 'AccessDeniedException'],
    ['ThrottlingException', 'ThrottlingException'],
  ] as const) {
    const ssm = await ssmFixture({
      kms: () => {
        throw refusedBy(code, 'the words of KMS')
      },
    })
    await assert.rejects(ssm.call('PutParameter', put), (error: { code: string; message: string }) => {
      assert.equal(error.code, expected)
      assert.match(error.message, /^the words of KMS/)
      if (expected !== 'ThrottlingException') {
        const id = '00000000-0000-4000-8000-000000000000'
        assert.ok(error.message.endsWith(`(Service: AWSKMS; Status Code: 400; Error Code: ${code}; Request ID: ${id})`))
      }
      return true
    })
    await assert.rejects(ssm.call('GetParameter', { Name: '/p' }), { code: 'ParameterNotFound' })
  }
})

test('the value of a SecureString is never kept as it is, whatever the tier', async () => {
  const ssm = await ssmFixture({
    kms: (operation, input) =>
      operation === 'Encrypt'
        ? { CiphertextBlob: Buffer.from('ciphertext') }
        : { Plaintext: Buffer.alloc(32, input.NumberOfBytes as number), CiphertextBlob: Buffer.from('k'), KeyId: 'a' },
  })
  for (const Tier of ['Standard', 'Advanced'] as const) {
    await ssm.call('PutParameter', { ...put, Name: `/${Tier}`, Tier, Value: 'very secret' })
    const { Parameter } = await ssm.call('GetParameter', { Name: `/${Tier}` })
    assert.equal(Buffer.from(Parameter?.Value ?? '', 'base64').includes('very secret'), false)
  }
  assert.equal(JSON.stringify(ssm.store.records).includes('very secret'), false)
})

test('PutParameter is refused when the pattern that the value was matched with has been changed meanwhile', async () => {
  let meanwhile: (() => Promise<unknown>) | undefined
  const ssm = await ssmFixture({
    kms: async (_operation, input) => {
      const other = meanwhile
      meanwhile = undefined
      await other?.()
      return encrypts(input)
    },
  })
  await ssm.call('PutParameter', { ...put, AllowedPattern: '[a-z]' })
  meanwhile = () => ssm.call('PutParameter', { ...put, Overwrite: true, AllowedPattern: '[0-9]', Value: '1' })
  await assert.rejects(ssm.call('PutParameter', { ...put, Overwrite: true }), { code: 'TooManyUpdates' })
  await assert.rejects(ssm.call('PutParameter', { ...put, Overwrite: true }), {
    code: 'ParameterPatternMismatchException',
    message: 'Parameter value, cannot be validated against allowedPattern: [0-9]',
  })
})
