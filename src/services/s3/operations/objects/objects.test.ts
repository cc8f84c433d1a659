import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { hourMs } from '../../../../core/durations.ts'
import { checksumOf } from '../../../../crypto/checksums.ts'
import { alice, newUser, policyOf, stranger } from '../../../../testing/callers.ts'
import { s3Fixture } from '../../testing.ts'

const md5 = (bytes: string | Uint8Array) => createHash('md5').update(bytes).digest('hex')

test('an object is read as it was put, with its headers, metadata, ETag and the checksum that S3 computes', async () => {
  const { put, get, read, s3 } = await s3Fixture()
  const answer = await put('a/b.txt', 'hello', {
    ContentType: 'text/plain',
    CacheControl: 'no-store',
    ContentEncoding: 'aws-chunked,gzip',
    Metadata: { colour: 'red' },
  })
  assert.equal(answer.ETag, `"${md5('hello')}"`)
  assert.equal(answer.ServerSideEncryption, 'AES256')
  const crc = (await checksumOf('CRC64NVME', Buffer.from('hello'))).toString('base64')
  assert.deepEqual([answer.ChecksumCRC64NVME, answer.ChecksumType], [crc, 'FULL_OBJECT'])
  assert.equal((await read('a/b.txt')).toString(), 'hello')
  const got = await get('a/b.txt', { ChecksumMode: 'ENABLED' })
  assert.deepEqual(
    [got.StatusCode, got.ContentLength, got.ContentType, got.CacheControl, got.ContentEncoding, got.Metadata],
    [200, 5, 'text/plain', 'no-store', 'gzip', { colour: 'red' }],
  )
  assert.equal(got.ChecksumCRC64NVME, crc)
  assert.equal(got.VersionId, undefined)
  const head = await s3('HeadObject', { Bucket: 'photos', Key: 'a/b.txt' })
  assert.deepEqual([head.ContentLength, head.ETag, head.Body], [5, answer.ETag, undefined])
  await put('plain', 'x')
  assert.equal((await get('plain')).ContentType, 'binary/octet-stream')
})

test('bytes of every size are kept, in rows and in blobs, and read in ranges', async () => {
  const { put, read, get, store } = await s3Fixture()
  for (const size of [0, 1, 32 * 1024, 32 * 1024 + 1, 300_000]) {
    const bytes = randomBytes(size)
    await put('k', bytes)
    assert.ok((await read('k')).equals(bytes), String(size))
    if (size === 0) continue
    const ranges = [
      [`bytes=0-0`, 0, 1],
      [`bytes=${size - 1}-`, size - 1, size],
      ['bytes=-1', size - 1, size],
      [`bytes=0-${size + 10}`, 0, size],
    ] as const
    for (const [Range, start, end] of ranges) {
      const part = await get('k', { Range })
      assert.deepEqual([part.StatusCode, part.ContentRange], [206, `bytes ${start}-${end - 1}/${size}`])
      assert.ok((await read('k', { Range })).equals(bytes.subarray(start, end)))
    }
    await assert.rejects(get('k', { Range: `bytes=${size}-` }), {
      code: 'InvalidRange',
      status: 416,
      members: { RangeRequested: `bytes=${size}-`, ActualObjectSize: size },
    })
    assert.equal((await get('k', { Range: 'bytes=0-0,2-3' })).StatusCode, 200)
  }
  const contents = await store.sql('s3').all<{ n: number }>('SELECT COUNT(*) AS n FROM s3_contents')
  assert.equal(Number(contents[0]?.n), 0)
})

test('a checksum or MD5 that is not that of the bytes is refused, and the key stays as it was', async () => {
  const { put, read, s3 } = await s3Fixture()
  await put('k', 'old')
  const wrong = Buffer.alloc(4).toString('base64')
  for (const body of ['new', randomBytes(100_000)]) {
    await assert.rejects(put('k', body, { ChecksumCRC32: wrong }), {
      code: 'BadDigest',
      message: 'The CRC32 you specified did not match the calculated checksum.',
    })
    await assert.rejects(put('k', body, { ContentMD5: createHash('md5').digest('base64') }), {
      code: 'BadDigest',
      message: 'The Content-MD5 you specified did not match what we received.',
    })
  }
  await assert.rejects(put('k', 'new', { ContentMD5: 'x' }), { code: 'InvalidDigest' })
  await assert.rejects(put('k', 'new', { ChecksumCRC32: 'AAA' }), {
    code: 'InvalidRequest',
    message: 'Value for x-amz-checksum-crc32 header is invalid.',
  })
  await assert.rejects(put('k', 'new', { ChecksumCRC32: wrong, ChecksumSHA1: wrong }), {
    message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
  })
  await assert.rejects(s3('PutObject', { Bucket: 'photos', Key: 'k', Body: 'new', ChecksumAlgorithm: 'CRC31' }), {
    message: /^Checksum algorithm provided is unsupported\./,
  })
  assert.equal((await read('k')).toString(), 'old')
})

test('every algorithm is computed, kept and given back', async () => {
  const { put, get } = await s3Fixture()
  for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256', 'SHA512', 'MD5', 'XXHASH64'] as const) {
    const value = (await checksumOf(algorithm, Buffer.from('bytes'))).toString('base64')
    const member = `Checksum${algorithm}` as const
    assert.equal((await put('k', 'bytes', { [member]: value }))[member], value)
    assert.equal((await get('k', { ChecksumMode: 'ENABLED' }))[member], value)
    assert.equal((await get('k'))[member], undefined)
  }
})

test('scenario 2: of twenty racing puts of one key with If-None-Match, one succeeds', async () => {
  const { put, read } = await s3Fixture()
  const bodies = Array.from({ length: 20 }, (_, index) => (index % 2 ? `body ${index}` : randomBytes(40_000)))
  const results = await Promise.allSettled(bodies.map((body) => put('k', body, { IfNoneMatch: '*' })))
  const won = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []))
  assert.equal(won.length, 1)
  for (const result of results) {
    if (result.status === 'rejected') assert.equal(result.reason.code, 'PreconditionFailed')
  }
  assert.deepEqual(await read('k'), Buffer.from(bodies[won[0] ?? 0] ?? ''))
})

test('scenario 3: a put with If-Match of an old ETag fails with its condition, and the old bytes remain', async () => {
  const { put, read } = await s3Fixture()
  const { ETag } = await put('k', 'one')
  await put('k', 'two')
  await assert.rejects(put('k', 'three', { IfMatch: ETag }), {
    code: 'PreconditionFailed',
    status: 412,
    members: { Condition: 'If-Match' },
  })
  assert.equal((await read('k')).toString(), 'two')
  await assert.rejects(put('new', 'x', { IfMatch: ETag }), { code: 'NoSuchKey' })
  await assert.rejects(put('k', 'x', { IfNoneMatch: '"abc"' }), {
    code: 'NotImplemented',
    members: {
      Header: 'If-None-Match',
      additionalMessage: "We don't accept the provided value of If-None-Match header for this API",
    },
  })
})

test('reads obey their conditions, ETags before dates', async () => {
  const { put, get, clock } = await s3Fixture()
  const { ETag = '' } = await put('k', 'one')
  const before = new Date(clock.nowMs() - 5000)
  const after = new Date(clock.nowMs() + 5000)
  const failures = [
    [{ IfMatch: '"other"' }, 'PreconditionFailed', 412],
    [{ IfUnmodifiedSince: before }, 'PreconditionFailed', 412],
    [{ IfNoneMatch: ETag }, 'NotModified', 304],
    [{ IfModifiedSince: after }, 'NotModified', 304],
    [{ IfNoneMatch: ETag, IfModifiedSince: before }, 'NotModified', 304],
  ] as const
  for (const [conditions, code, status] of failures) {
    await assert.rejects(get('k', conditions), { code, status }, JSON.stringify(conditions))
  }
  for (const conditions of [
    { IfMatch: ETag },
    { IfMatch: ETag, IfUnmodifiedSince: before },
    { IfNoneMatch: '"other"', IfModifiedSince: after },
    { IfUnmodifiedSince: after },
  ]) {
    assert.equal((await get('k', conditions)).ETag, ETag, JSON.stringify(conditions))
  }
})

test('a key that is replaced or deleted leaves no bytes behind', async () => {
  const { put, s3, read, store, settle, clock } = await s3Fixture()
  await put('k', randomBytes(100_000))
  await put('k', 'small')
  await put('other', randomBytes(100_000))
  assert.deepEqual(await s3('DeleteObject', { Bucket: 'photos', Key: 'other' }), {})
  await settle()
  assert.equal((await read('k')).toString(), 'small')
  await s3('DeleteObject', { Bucket: 'photos', Key: 'k' })
  await s3('DeleteObject', { Bucket: 'photos', Key: 'was never there' })
  // Those who are reading have an hour.
  clock.timeMs += hourMs
  await settle()
  const count = (statement: string) => store.read((sql) => sql.all<{ n: number }>(statement))
  assert.equal(Number((await count('SELECT COUNT(*) AS n FROM blob_content'))[0]?.n), 0)
  assert.equal(Number((await count('SELECT COUNT(*) AS n FROM s3_contents'))[0]?.n), 0)
  assert.equal(Number((await count('SELECT COUNT(*) AS n FROM s3_versions'))[0]?.n), 0)
  await s3('DeleteBucket', { Bucket: 'photos' })
})

test('DeleteObjects answers for each key by itself', async () => {
  const { put, s3, putUser } = await s3Fixture()
  await put('one', '1')
  await put('two', '2')
  const caller = newUser('deleter')
  await putUser(caller, [policyOf({ Effect: 'Allow', Action: 's3:DeleteObject', Resource: 'arn:aws:s3:::photos/one' })])
  const deletion = { Bucket: 'photos', Delete: { Objects: [{ Key: 'one' }, { Key: 'two' }] } }
  assert.deepEqual(await s3('DeleteObjects', deletion, { caller }), {
    Deleted: [{ Key: 'one' }],
    Errors: [{ Key: 'two', VersionId: undefined, Code: 'AccessDenied', Message: 'Access Denied' }],
  })
  assert.deepEqual(await s3('DeleteObjects', { ...deletion, Delete: { ...deletion.Delete, Quiet: true } }), {})
  for (const Objects of [[], Array.from({ length: 1001 }, (_, n) => ({ Key: `k${n}` }))]) {
    await assert.rejects(s3('DeleteObjects', { Bucket: 'photos', Delete: { Objects } }), { code: 'MalformedXML' })
  }
})

test('scenario 14: a missing key is a 403 for a caller who may not list the bucket, and else a 404', async () => {
  const { get, putUser } = await s3Fixture()
  await assert.rejects(get('missing'), { code: 'NoSuchKey', status: 404, members: { Key: 'missing' } })
  const caller = newUser('reader')
  await putUser(caller, [policyOf({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' })])
  await assert.rejects(get('missing', {}, { caller }), {
    code: 'AccessDenied',
    status: 403,
    message:
      'User: arn:aws:iam::111122223333:user/reader is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::photos" because no identity-based policy allows the s3:ListBucket action',
  })
  await assert.rejects(get('missing', {}, { caller: stranger }), { code: 'AccessDenied', message: 'Access Denied' })
})

test('limits of keys, metadata, storage classes and access control lists have their errors', async () => {
  const { put, s3 } = await s3Fixture()
  await put('k'.repeat(1024), 'x')
  await assert.rejects(put('é'.repeat(513), 'x'), { code: 'KeyTooLongError', message: 'Your key is too long' })
  await assert.rejects(put('k', 'x', { Metadata: { a: 'b'.repeat(2048) } }), { code: 'MetadataTooLarge' })
  await assert.rejects(put('k', 'x', { StorageClass: 'OUTPOSTS' }), { code: 'InvalidStorageClass' })
  await assert.rejects(put('k', 'x', { ACL: 'public-read' }), {
    code: 'AccessControlListNotSupported',
    message: 'The bucket does not allow ACLs',
  })
  await put('k', 'x', { ACL: 'bucket-owner-full-control', StorageClass: 'STANDARD_IA' })
  await assert.rejects(put('k', 'x', { Tagging: 'a=1&a=2' }), {
    code: 'InvalidTag',
    message: 'Cannot provide multiple Tags with the same key',
  })
  await assert.rejects(put('k', 'x', { ObjectLockMode: 'GOVERNANCE' }), { code: 'InvalidRequest' })
  await put('cold', 'x', { StorageClass: 'GLACIER' })
  await assert.rejects(s3('GetObject', { Bucket: 'photos', Key: 'cold' }), { code: 'InvalidObjectState', status: 403 })
})

test('permissions name the object, and carry the condition keys of what is written and of what is there', async () => {
  const { permissions, put } = await s3Fixture()
  await put('k', 'x', { Tagging: 'team=red' })
  const input = {
    ...{
      Bucket: 'photos',
      Key: 'k',
      Tagging: 'a=1',
      ACL: 'private',
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'id',
    },
    StorageClass: 'STANDARD',
  }
  const asked = await permissions('s3', 'PutObject', input, { caller: alice })
  assert.deepEqual(
    asked.map(({ action, resource }) => [action, resource]),
    ['PutObject', 'PutObjectTagging', 'PutObjectAcl'].map((action) => [`s3:${action}`, 'arn:aws:s3:::photos/k']),
  )
  assert.deepEqual(asked[0]?.context, {
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    's3:ResourceAccount': '111122223333',
    's3:RequestObjectTag/a': '1',
    's3:RequestObjectTagKeys': ['a'],
    's3:x-amz-acl': 'private',
    's3:x-amz-storage-class': 'STANDARD',
    's3:x-amz-server-side-encryption': 'aws:kms',
    's3:x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:us-east-1:111122223333:key/id',
  })
  const [read] = await permissions('s3', 'GetObject', { Bucket: 'photos', Key: 'k', VersionId: 'null' })
  assert.equal(read?.action, 's3:GetObjectVersion')
  assert.equal(read?.context?.['s3:ExistingObjectTag/team'], 'red')
  assert.equal(read?.context?.['s3:VersionId'], 'null')
})

test('calls on objects are data events that name object and bucket, and show no key of a customer', async () => {
  const { put, lastRecord } = await s3Fixture()
  await put('k', 'x', { Metadata: { a: 'b' } })
  const record = lastRecord()
  assert.equal(record.eventCategory, 'Data')
  assert.deepEqual(record.resources, [
    { type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::photos/k' },
    { accountId: '111122223333', type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::photos' },
  ])
  assert.equal(record.requestParameters?.bucketName, 'photos')
  await assert.rejects(put('k', 'x', { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'Zm9vYmFy' }))
  assert.ok(!JSON.stringify(lastRecord()).includes('Zm9vYmFy'))
})
