import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import type { LookupFunction } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import * as client from '@aws-sdk/client-s3'
import aws4 from 'aws4'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'

let server: Strongroom
let s3: client.S3Client
/** Addresses buckets in the host, as clients of AWS do. */
let byHost: client.S3Client
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  const { endpoint, region, credentials } = server
  s3 = new client.S3Client({ endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true })
  const { port } = new URL(endpoint)
  byHost = new client.S3Client({
    ...{ endpoint: `http://s3.localhost:${port}`, region, credentials, maxAttempts: 1 },
    // Names under localhost are not resolved everywhere.
    requestHandler: { httpAgent: new Agent({ lookup: loopback }) },
  })
  await s3.send(new client.CreateBucketCommand({ Bucket: 'photos' }))
})
after(async () => {
  s3.destroy()
  byHost.destroy()
  await server.stop()
})

const loopback: LookupFunction = (_name, { all }, found) =>
  all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4)

const put = (
  Key: string,
  Body: client.PutObjectCommandInput['Body'],
  more: Partial<client.PutObjectCommandInput> = {},
) => s3.send(new client.PutObjectCommand({ Bucket: 'photos', Key, Body, ...more }))

const read = async (Key: string, more: Partial<client.GetObjectCommandInput> = {}, by = s3) => {
  const { Body } = await by.send(new client.GetObjectCommand({ Bucket: 'photos', Key, ...more }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

/** Sends a request that no SDK sends. */
function raw(method: string, path: string, headers: Record<string, string>, body: Buffer | string = '') {
  const { host, hostname, port } = new URL(server.endpoint)
  const { region, credentials } = server
  const signed = aws4.sign({ service: 's3', region, method, path, host, headers }, credentials)
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers: signed.headers as never }, (answer) => {
      let text = ''
      answer.on('data', (chunk) => (text += chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

test('the SDK puts and gets bytes, streams and ranges, with the checksums that it verifies', async () => {
  const bytes = randomBytes(3_000_000)
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const) {
    await put('k', bytes, { ChecksumAlgorithm })
    assert.ok((await read('k', { ChecksumMode: 'ENABLED' })).equals(bytes))
  }
  await put('streamed', Readable.from([bytes.subarray(0, 70_000), bytes.subarray(70_000)]), {
    ContentLength: bytes.length,
  })
  assert.ok((await read('streamed')).equals(bytes))
  assert.ok((await read('streamed', { Range: 'bytes=65530-65550' })).equals(bytes.subarray(65530, 65551)))
  const head = await s3.send(new client.HeadObjectCommand({ Bucket: 'photos', Key: 'streamed' }))
  assert.equal(head.ContentLength, bytes.length)
  assert.equal(head.ETag, `"${createHash('md5').update(bytes).digest('hex')}"`)
  assert.equal((await put('empty', '')).ETag, '"d41d8cd98f00b204e9800998ecf8427e"')
  assert.equal((await read('empty')).length, 0)
})

test('a bucket may stand in the host, and keys are taken as they are', async () => {
  for (const Key of ['a b/ü+.txt', 'a//b/../c', '/leading', 'trailing/', '日本語', "it's (one) *of* them!", '%41']) {
    await put(Key, Key)
    assert.equal((await read(Key, {}, byHost)).toString(), Key)
    assert.equal((await read(Key)).toString(), Key)
  }
})

test('scenario 4: a wrong trailer checksum is a BadDigest, and there is no object', async () => {
  const headers = {
    'X-Amz-Content-Sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'X-Amz-Decoded-Content-Length': '5',
    'X-Amz-Trailer': 'x-amz-checksum-crc32',
    'Content-Encoding': 'aws-chunked',
  }
  const body = (sum: string) => `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${sum}\r\n\r\n`
  const wrong = await raw(
    'PUT',
    '/photos/trailed',
    { ...headers, 'Content-Length': String(body('AAAAAA==').length) },
    body('AAAAAA=='),
  )
  assert.equal(wrong.status, 400)
  assert.match(wrong.text, /<Code>BadDigest<\/Code><Message>The CRC32 you specified did not match/)
  await assert.rejects(read('trailed'), { name: 'NoSuchKey' })
  const right = await raw(
    'PUT',
    '/photos/trailed',
    { ...headers, 'Content-Length': String(body('NhCmhg==').length) },
    body('NhCmhg=='),
  )
  assert.deepEqual([right.status, right.headers['x-amz-checksum-crc32']], [200, 'NhCmhg=='])
  assert.equal((await read('trailed')).toString(), 'hello')
  const { ContentEncoding } = await s3.send(new client.HeadObjectCommand({ Bucket: 'photos', Key: 'trailed' }))
  assert.equal(ContentEncoding, undefined)
})

test('scenario 15: a PUT that was signed for other bytes stores nothing', async () => {
  const headers = { 'X-Amz-Content-Sha256': createHash('sha256').update('X').digest('hex'), 'Content-Length': '1' }
  const answer = await raw('PUT', '/photos/signed', headers, 'Y')
  assert.equal(answer.status, 400)
  assert.match(answer.text, /<Code>XAmzContentSHA256Mismatch</)
  await assert.rejects(read('signed'), { name: 'NoSuchKey' })
})

test('answers without a body have their headers: HEAD, 304, 206, 412, 301', async () => {
  const { ETag = '' } = await put('k', 'hello')
  const unsigned = { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' }
  const head = await raw('HEAD', '/photos/k', unsigned)
  assert.deepEqual([head.status, head.headers['content-length'], head.text], [200, '5', ''])
  const same = await raw('GET', '/photos/k', { ...unsigned, 'If-None-Match': ETag })
  assert.deepEqual([same.status, same.headers.etag, same.text], [304, ETag, ''])
  const part = await raw('GET', '/photos/k', { ...unsigned, Range: 'bytes=1-2' })
  assert.deepEqual([part.status, part.headers['content-range'], part.text], [206, 'bytes 1-2/5', 'el'])
  const failed = await raw('GET', '/photos/k', { ...unsigned, 'If-Match': '"x"' })
  assert.equal(failed.status, 412)
  assert.match(failed.text, /<Condition>If-Match<\/Condition><RequestId>/)
  const missing = await raw('HEAD', '/photos/missing', unsigned)
  assert.deepEqual([missing.status, missing.text], [404, ''])
  await assert.rejects(s3.send(new client.HeadObjectCommand({ Bucket: 'photos', Key: 'missing' })), {
    name: 'NotFound',
  })
})

test('a bucket of another Region is found by clients that follow redirects', async () => {
  const { endpoint, credentials } = server
  const base = { endpoint, credentials, forcePathStyle: true, maxAttempts: 1 }
  const there = new client.S3Client({ ...base, region: 'eu-west-1' })
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const
  await there.send(new client.CreateBucketCommand({ Bucket: 'elsewhere', CreateBucketConfiguration }))
  const location = await there.send(new client.GetBucketLocationCommand({ Bucket: 'elsewhere' }))
  assert.equal(location.LocationConstraint, 'eu-west-1')
  await assert.rejects(
    s3.send(new client.HeadBucketCommand({ Bucket: 'elsewhere' })),
    (error: client.S3ServiceException) => {
      assert.equal(error.$metadata.httpStatusCode, 301)
      assert.equal(error.$response?.headers['x-amz-bucket-region'], 'eu-west-1')
      return true
    },
  )
  const following = new client.S3Client({ ...base, region: server.region, followRegionRedirects: true })
  await following.send(new client.PutObjectCommand({ Bucket: 'elsewhere', Key: 'k', Body: 'x' }))
  there.destroy()
  following.destroy()
})

test('bodies of other requests are compared with their checksums; DeleteObjects must come with one', async () => {
  const body = '<Delete><Object><Key>k</Key></Object></Delete>'
  const post = (headers: Record<string, string>) =>
    raw('POST', '/photos?delete', { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD', ...headers }, body)
  const none = await post({})
  assert.equal(none.status, 400)
  assert.match(
    none.text,
    /<Message>Missing required header for this request: Content-MD5 OR x-amz-checksum-\*<\/Message>/,
  )
  assert.match((await post({ 'Content-MD5': 'AAAAAAAAAAAAAAAAAAAAAA==' })).text, /<Code>BadDigest</)
  assert.match((await post({ 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' })).text, /<Code>BadDigest</)
  const md5 = createHash('md5').update(body).digest('base64')
  assert.match((await post({ 'Content-MD5': md5 })).text, /<Deleted><Key>k<\/Key><\/Deleted>/)
})

test('condition keys say how a request was signed', async () => {
  const { endpoint, region, credentials } = server
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos/*' },
        Condition: { StringEquals: { 's3:authType': 'REST-QUERY-STRING' } },
      },
      {
        ...{ Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: 'arn:aws:s3:::photos/*' },
        Condition: { StringEquals: { 's3:x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
      },
    ],
  })
  await put('k', 'hello')
  await s3.send(new client.PutBucketPolicyCommand({ Bucket: 'photos', Policy }))
  assert.equal((await read('k')).toString(), 'hello')
  const { host } = new URL(endpoint)
  const signed = aws4.sign(
    { service: 's3', region, path: '/photos/k?X-Amz-Expires=60', host, signQuery: true },
    credentials,
  )
  const presigned = await fetch(`${endpoint}${signed.path}`)
  assert.equal(presigned.status, 403)
  const unsigned = await raw(
    'PUT',
    '/photos/k',
    { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD', 'Content-Length': '1' },
    'x',
  )
  assert.equal(unsigned.status, 403)
  await put('k', 'again')
  await s3.send(new client.DeleteBucketPolicyCommand({ Bucket: 'photos' }))
})
