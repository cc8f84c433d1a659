import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { CreateKeyResponse } from '@aws-sdk/client-kms'
import { alice, newUser, policyOf } from '../../../../testing/callers.ts'
import { kms } from '../../../kms/kms.ts'
import { s3Fixture } from '../../testing.ts'

const Bucket = 'photos'
const ServerSideEncryption = 'aws:kms'

async function withKey() {
  const fixture = await s3Fixture({ modules: [kms] })
  const { KeyMetadata } = (await fixture.call('kms', 'CreateKey', {})) as CreateKeyResponse
  const { Arn: keyArn = '', KeyId: keyId = '' } = KeyMetadata ?? {}
  const setDefault = (SSEAlgorithm: string, more: object = {}, KMSMasterKeyID?: string) =>
    fixture.s3('PutBucketEncryption', {
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm, KMSMasterKeyID }, ...more }],
      },
    })
  const kmsCalls = (from = 0) =>
    fixture.store.records
      .slice(from)
      .filter(({ eventSource, eventName }) => eventSource === 'kms.amazonaws.com' && eventName !== 'CreateKey')
      .map(({ eventName, requestParameters, userIdentity }) => [
        eventName,
        (requestParameters?.encryptionContext as Record<string, string> | undefined)?.['aws:s3:arn'],
        userIdentity.invokedBy,
      ])
  return { ...fixture, keyArn, keyId, setDefault, kmsCalls }
}

test('scenario 8: KMS makes a data key for each object, or with a bucket key one for many', async () => {
  const { put, read, kmsCalls, keyArn, keyId, store } = await withKey()
  const bytes = randomBytes(100_000)
  const answer = await put('k', bytes, { ServerSideEncryption, SSEKMSKeyId: keyId })
  assert.deepEqual(
    [answer.ServerSideEncryption, answer.SSEKMSKeyId, answer.BucketKeyEnabled],
    [ServerSideEncryption, keyArn, undefined],
  )
  assert.notEqual(answer.ETag, `"${createHash('md5').update(bytes).digest('hex')}"`)
  assert.ok((await read('k')).equals(bytes))
  assert.deepEqual(kmsCalls(), [
    ['GenerateDataKey', 'arn:aws:s3:::photos/k', 's3.amazonaws.com'],
    ['Decrypt', 'arn:aws:s3:::photos/k', 's3.amazonaws.com'],
  ])
  const before = store.records.length
  for (let n = 0; n < 100; n++) {
    const { BucketKeyEnabled } = await put(`k${n}`, `${n}`, {
      ServerSideEncryption,
      SSEKMSKeyId: keyId,
      BucketKeyEnabled: true,
    })
    assert.equal(BucketKeyEnabled, true)
  }
  assert.deepEqual(kmsCalls(before), [['GenerateDataKey', 'arn:aws:s3:::photos', 's3.amazonaws.com']])
  assert.equal((await read('k42')).toString(), '42')
  assert.equal(kmsCalls(before).length, 2)
})

test('scenario 9: an object whose key is disabled cannot be read, and its description can', async () => {
  const { put, read, s3, call, keyId, keyArn } = await withKey()
  await put('k', 'sealed', { ServerSideEncryption, SSEKMSKeyId: keyArn })
  await call('kms', 'DisableKey', { KeyId: keyId })
  await assert.rejects(read('k'), { code: 'KMS.DisabledException', status: 400, message: `${keyArn} is disabled.` })
  await assert.rejects(put('k', 'x', { ServerSideEncryption, SSEKMSKeyId: keyArn }), { code: 'KMS.DisabledException' })
  assert.equal((await s3('HeadObject', { Bucket, Key: 'k' })).SSEKMSKeyId, keyArn)
  await call('kms', 'EnableKey', { KeyId: keyId })
  assert.equal((await read('k')).toString(), 'sealed')
})

test('scenario 49 of the identity plane: a reader without kms:Decrypt is denied in the words of KMS', async () => {
  const { put, read, putUser, keyArn } = await withKey()
  await put('k', 'sealed', { ServerSideEncryption, SSEKMSKeyId: keyArn })
  const caller = newUser('reader')
  await putUser(caller, [policyOf({ Effect: 'Allow', Action: 's3:*', Resource: '*' })])
  await assert.rejects(read('k', {}, { caller }), {
    code: 'AccessDenied',
    status: 403,
    message:
      /is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action/,
  })
})

test('an unknown key, a context without its algorithm and other algorithms have their errors', async () => {
  const { put } = await withKey()
  await assert.rejects(
    put('k', 'x', { ServerSideEncryption, SSEKMSKeyId: 'arn:aws:kms:us-east-1:111122223333:key/0' }),
    {
      code: 'KMS.NotFoundException',
    },
  )
  await assert.rejects(put('k', 'x', { ServerSideEncryption: 'rot13' as never }), {
    code: 'InvalidEncryptionAlgorithmError',
    message: 'The Encryption request you specified is not valid. Supported value: AES256.',
  })
  await assert.rejects(put('k', 'x', { ServerSideEncryption: 'AES256', SSEKMSKeyId: 'k' }), { code: 'InvalidArgument' })
  await assert.rejects(put('k', 'x', { SSEKMSKeyId: 'k' }), { code: 'InvalidArgument' })
  await assert.rejects(put('k', 'x', { ServerSideEncryption, SSEKMSEncryptionContext: 'e30x' }), {
    code: 'InvalidArgument',
  })
})

test("the context of a request is kept with the object, beside what S3 adds; without a key, AWS's own is used", async () => {
  const { put, read, store } = await withKey()
  const SSEKMSEncryptionContext = Buffer.from('{"department":"x"}').toString('base64')
  const { SSEKMSKeyId } = await put('k', 'sealed', { ServerSideEncryption, SSEKMSEncryptionContext })
  assert.match(SSEKMSKeyId ?? '', /^arn:aws:kms:us-east-1:111122223333:key\//)
  const generated = store.records.find(({ eventName }) => eventName === 'GenerateDataKey')
  assert.deepEqual(generated?.requestParameters?.encryptionContext, {
    department: 'x',
    'aws:s3:arn': 'arn:aws:s3:::photos/k',
  })
  assert.equal((await read('k')).toString(), 'sealed')
})

test('the default of the bucket encrypts what says nothing, and is not copied from a source', async () => {
  const { put, s3, read, setDefault, keyArn, keyId } = await withKey()
  await put('plain', 'x')
  await setDefault('aws:kms', { BucketKeyEnabled: true }, keyId)
  const { ServerSideEncryptionConfiguration } = await s3('GetBucketEncryption', { Bucket })
  assert.deepEqual(ServerSideEncryptionConfiguration, {
    Rules: [
      {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyId },
        BucketKeyEnabled: true,
        BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
      },
    ],
  })
  const copied = await s3('CopyObject', { Bucket, Key: 'copied', CopySource: 'photos/plain' })
  assert.deepEqual([copied.SSEKMSKeyId, copied.BucketKeyEnabled], [keyArn, true])
  await s3('DeleteBucketEncryption', { Bucket })
  const back = await s3('CopyObject', { Bucket, Key: 'back', CopySource: 'photos/copied' })
  assert.equal(back.ServerSideEncryption, 'AES256')
  assert.equal((await read('back')).toString(), 'x')
  await assert.rejects(setDefault('AES256', {}, keyId), {
    code: 'InvalidArgument',
    message: 'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
  })
})

test('dual-layer encryption encrypts twice, and ranges are read through both layers', async () => {
  const { put, read, keyArn } = await withKey()
  for (const size of [10, 200_000]) {
    const bytes = randomBytes(size)
    const answer = await put('k', bytes, {
      ServerSideEncryption: 'aws:kms:dsse',
      SSEKMSKeyId: keyArn,
      BucketKeyEnabled: true,
    })
    assert.deepEqual([answer.ServerSideEncryption, answer.BucketKeyEnabled], ['aws:kms:dsse', undefined])
    assert.ok((await read('k')).equals(bytes))
    for (const [start, end] of [
      [0, 1],
      [5, 9],
      [size - 3, size],
      [Math.floor(size / 2) + 1, size - 1],
    ] as const) {
      assert.ok((await read('k', { Range: `bytes=${start}-${end - 1}` })).equals(bytes.subarray(start, end)))
    }
  }
})

test('parts are encrypted under the data key of their upload, which KMS decrypts for each', async () => {
  const { s3, read, kmsCalls, keyArn } = await withKey()
  const started = await s3('CreateMultipartUpload', { Bucket, Key: 'k', ServerSideEncryption, SSEKMSKeyId: keyArn })
  const bodies = [randomBytes(5 * 1024 ** 2), randomBytes(10)]
  const Parts: object[] = []
  for (const [index, Body] of bodies.entries()) {
    const upload = { Bucket, Key: 'k', UploadId: started.UploadId, PartNumber: index + 1 }
    const { ETag, SSEKMSKeyId } = await s3('UploadPart', { ...upload, Body })
    assert.equal(SSEKMSKeyId, keyArn)
    Parts.push({ PartNumber: index + 1, ETag })
  }
  const completion = { Bucket, Key: 'k', UploadId: started.UploadId, MultipartUpload: { Parts } }
  assert.match(String((await s3('CompleteMultipartUpload', completion)).ETag), /-2"$/)
  assert.deepEqual(
    kmsCalls().map(([name]) => name),
    ['GenerateDataKey', 'Decrypt', 'Decrypt', 'Decrypt'],
  )
  assert.ok((await read('k')).equals(Buffer.concat(bodies)))
})

const customerKey = (key = randomBytes(32)) => ({
  SSECustomerAlgorithm: 'AES256',
  SSECustomerKey: key.toString('base64'),
  SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
})

test("scenario 12: customers' keys are refused by a new bucket; once allowed, the object is read with its key alone", async () => {
  const { put, read, s3, setDefault, get } = await withKey()
  const key = customerKey()
  await assert.rejects(put('k', 'x', key), { code: 'AccessDenied', status: 403 })
  await setDefault('AES256', { BlockedEncryptionTypes: { EncryptionType: ['NONE'] } })
  const bytes = randomBytes(100_000)
  const { SSECustomerKeyMD5, ServerSideEncryption: none } = await put('k', bytes, key)
  assert.deepEqual([SSECustomerKeyMD5, none], [key.SSECustomerKeyMD5, undefined])
  assert.ok((await read('k', key)).equals(bytes))
  await assert.rejects(get('k'), {
    code: 'InvalidRequest',
    message:
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
  })
  await assert.rejects(get('k', customerKey()), {
    code: 'AccessDenied',
    message:
      'Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.',
  })
  await assert.rejects(put('k', 'x', { ...key, SSECustomerKeyMD5: 'AAAA' }), {
    message: 'The calculated MD5 hash of the key did not match the hash that was provided.',
  })
  await assert.rejects(put('k', 'x', { ...key, SSECustomerKey: undefined }), {
    message: /must provide an appropriate secret key\.$/,
  })
  await assert.rejects(put('k', 'x', { ...key, SSECustomerAlgorithm: 'AES128' }), {
    message: /must provide a valid encryption algorithm\.$/,
  })
  await assert.rejects(put('k', 'x', customerKey(randomBytes(16))), {
    message: 'The secret key was invalid for the specified algorithm.',
  })
  await assert.rejects(put('k', 'x', { ...key, ServerSideEncryption: 'AES256' }), { code: 'InvalidArgument' })
  const source = {
    CopySourceSSECustomerAlgorithm: key.SSECustomerAlgorithm,
    CopySourceSSECustomerKey: key.SSECustomerKey,
    CopySourceSSECustomerKeyMD5: key.SSECustomerKeyMD5,
  }
  await s3('CopyObject', { Bucket, Key: 'plain', CopySource: 'photos/k', ...source })
  assert.ok((await read('plain')).equals(bytes))
  await assert.rejects(s3('CopyObject', { Bucket, Key: 'plain', CopySource: 'photos/k' }), { code: 'InvalidRequest' })
  const { UploadId } = await s3('CreateMultipartUpload', { Bucket, Key: 'parts', ...key })
  const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1, Body: bytes }
  await assert.rejects(s3('UploadPart', part), { message: /^The multipart upload initiate requested encryption\./ })
  await assert.rejects(s3('UploadPart', { ...part, ...customerKey() }), {
    message: 'The provided encryption parameters did not match the ones used originally.',
  })
  await s3('UploadPart', { ...part, ...key })
})

test("customers' keys come over TLS where the setting demands it", async () => {
  const { put, s3 } = await s3Fixture({ settings: { 's3.customer-keys-over-http': false } })
  await s3('PutBucketEncryption', {
    Bucket,
    ServerSideEncryptionConfiguration: { Rules: [{ BlockedEncryptionTypes: { EncryptionType: ['NONE'] } }] },
  })
  await assert.rejects(put('k', 'x', customerKey()), { message: /must be made over a secure connection\.$/ })
})

test('UpdateObjectEncryption moves an object to another key, and leaves everything else', async () => {
  const { put, get, read, s3, keyArn } = await withKey()
  const bytes = randomBytes(50_000)
  const { ETag } = await put('k', bytes, { Metadata: { a: 'b' } })
  const { LastModified } = await get('k')
  await s3('UpdateObjectEncryption', { Bucket, Key: 'k', ObjectEncryption: { SSEKMS: { KMSKeyArn: keyArn } } })
  const moved = await get('k')
  assert.deepEqual(
    [moved.SSEKMSKeyId, moved.ETag, moved.LastModified, moved.Metadata],
    [keyArn, ETag, LastModified, { a: 'b' }],
  )
  assert.ok((await read('k')).equals(bytes))
})

test('nothing at rest shows the bytes of an object, and with a KMS key the storage key alone opens none', async () => {
  const { put, store, sealer, keyArn } = await withKey()
  await put('plain', 'the plaintext of an object')
  await put('kms', 'the plaintext of an object', { ServerSideEncryption, SSEKMSKeyId: keyArn }, { caller: alice })
  const rows = await store.sql('s3').all<{ id: string; bytes: Uint8Array }>('SELECT id, bytes FROM s3_contents')
  assert.equal(rows.length, 2)
  const opened = rows.map(({ id, bytes }) => {
    assert.ok(!Buffer.from(bytes).includes('plaintext'))
    return sealer.open(bytes, `s3-content:${id}`).includes('plaintext')
  })
  assert.deepEqual(opened.sort(), [false, true])
})
