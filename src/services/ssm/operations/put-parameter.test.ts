import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '../../../core/service-error.ts'
import { kms } from '../../kms/kms.ts'
import { accountId, ssmFixture } from '../testing.ts'

const put = { Name: '/p', Value: 'v', Type: 'SecureString' } as const

/** Parameter Store beside KMS, and the records of KMS. */
async function secureFixture() {
  const ssm = await ssmFixture(kms)
  const kmsRecords = () => ssm.store.records.filter(({ eventSource }) => eventSource === 'kms.amazonaws.com')
  return { ...ssm, kmsRecords }
}

test('PutParameter asks KMS once, as the caller, with the ARN of the parameter, and keeps what it gets', async () => {
  const ssm = await secureFixture()
  const { KeyMetadata } = (await ssm.ask('kms', 'CreateKey', {})) as { KeyMetadata: { KeyId: string; Arn: string } }
  await ssm.ask('kms', 'CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyMetadata.KeyId })
  const before = ssm.kmsRecords().length
  await ssm.call('PutParameter', { ...put, KeyId: 'alias/app' })
  const EncryptionContext = { PARAMETER_ARN: `arn:aws:ssm:us-east-1:${accountId}:parameter/p` }
  const asked = ssm.kmsRecords().slice(before)
  assert.deepEqual(
    asked.map(({ eventName, userIdentity, resources }) => [
      eventName,
      userIdentity.arn,
      userIdentity.invokedBy,
      resources?.[0]?.ARN,
    ]),
    [['Encrypt', `arn:aws:iam::${accountId}:root`, 'ssm.amazonaws.com', KeyMetadata.Arn]],
  )
  assert.deepEqual(asked[0]?.requestParameters?.encryptionContext, EncryptionContext)
  assert.equal(asked[0]?.requestParameters?.keyId, 'alias/app')
  const { Parameter } = await ssm.call('GetParameter', { Name: '/p' })
  const CiphertextBlob = Buffer.from(Parameter?.Value ?? '', 'base64')
  const opened = (await ssm.ask('kms', 'Decrypt', { CiphertextBlob, EncryptionContext })) as { Plaintext: Uint8Array }
  assert.equal(Buffer.from(opened.Plaintext).toString(), 'v')
})

test('PutParameter is refused when the tier that it encrypted for has been changed meanwhile', async () => {
  const ssm = await secureFixture()
  await ssm.call('PutParameter', put)
  ssm.beforeHandling('kms', 'Encrypt', () =>
    ssm.call('PutParameter', { ...put, Overwrite: true, Tier: 'Advanced', Value: 'other' }),
  )
  await assert.rejects(ssm.call('PutParameter', { ...put, Overwrite: true }), { code: 'TooManyUpdates' })
  const { Parameter } = await ssm.call('GetParameter', { Name: '/p' })
  assert.equal(Parameter?.Version, 2)
  // An overwrite that changes nothing of this goes through.
  ssm.beforeHandling('kms', 'GenerateDataKey', () =>
    ssm.call('PutParameter', { ...put, Overwrite: true, Value: 'third' }),
  )
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
    const ssm = await secureFixture()
    ssm.beforeHandling('kms', 'Encrypt', () => {
      throw new ServiceError(code, 400, 'the words of KMS')
    })
    await assert.rejects(ssm.call('PutParameter', put), (error: { code: string; message: string }) => {
      assert.equal(error.code, expected)
      assert.match(error.message, /^the words of KMS/)
      if (expected !== 'ThrottlingException') {
        const id = ssm.kmsRecords().find(({ errorCode }) => errorCode === code)?.requestID
        assert.ok(id)
        assert.ok(error.message.endsWith(`(Service: AWSKMS; Status Code: 400; Error Code: ${code}; Request ID: ${id})`))
      }
      return true
    })
    await assert.rejects(ssm.call('GetParameter', { Name: '/p' }), { code: 'ParameterNotFound' })
  }
})

test('the value of a SecureString is never kept as it is, whatever the tier', async () => {
  const ssm = await secureFixture()
  for (const Tier of ['Standard', 'Advanced'] as const) {
    await ssm.call('PutParameter', { ...put, Name: `/${Tier}`, Tier, Value: 'very secret' })
    const { Parameter } = await ssm.call('GetParameter', { Name: `/${Tier}` })
    assert.equal(Buffer.from(Parameter?.Value ?? '', 'base64').includes('very secret'), false)
  }
  assert.ok(ssm.store.records.length > 4)
  assert.equal(JSON.stringify(ssm.store.records).includes('very secret'), false)
})

test('PutParameter is refused when the pattern that the value was matched with has been changed meanwhile', async () => {
  const ssm = await secureFixture()
  await ssm.call('PutParameter', { ...put, AllowedPattern: '[a-z]' })
  ssm.beforeHandling('kms', 'Encrypt', () =>
    ssm.call('PutParameter', { ...put, Overwrite: true, AllowedPattern: '[0-9]', Value: '1' }),
  )
  await assert.rejects(ssm.call('PutParameter', { ...put, Overwrite: true }), { code: 'TooManyUpdates' })
  await assert.rejects(ssm.call('PutParameter', { ...put, Overwrite: true }), {
    code: 'ParameterPatternMismatchException',
    message: 'Parameter value, cannot be validated against allowedPattern: [0-9]',
  })
})
