import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import * as s3 from '@aws-sdk/client-s3'
import aws4 from 'aws4'
import type { StoredBlob } from '../core/blobs.ts'
import type { BodyStream } from '../core/body-stream.ts'
import type { Call } from '../core/call.ts'
import type { ServiceDefinition } from '../core/services/service-definition.ts'
import { accountId, region, root, rootSecret } from '../testing/callers.ts'
import { eventually } from '../testing/eventually.ts'
import { serviceFixture } from '../testing/service-fixture.ts'
import { defaultLimits } from './http/limits.ts'
import { Listener } from './http/listener.ts'
import { fixtureModel, xmlService } from './protocols/testing.ts'

interface Put {
  Key: string
  Body: BodyStream
}

/** A service that keeps objects as S3 does, as far as their bytes go, and a listener before it. */
async function storage(t: TestContext, limits: Partial<typeof defaultLimits> = {}) {
  const kept = new Map<string, StoredBlob>()
  const received: { key: string; bytes: number; trailers: Record<string, string> }[] = []
  let fail: ((failure: Error) => void) | undefined
  const definition: ServiceDefinition<Call> = {
    ...xmlService('s3'),
    loadModel: async () => fixtureModel('s3'),
    operations: {
      PutObject: {
        handle: async (call: Call, { Key, Body }: Put) => {
          const blob = await fixture.blobs.put(Body)
          received.push({ key: Key, bytes: blob.bytes, trailers: Object.fromEntries(Body.trailers) })
          return call.transaction(async (tx) => {
            await fixture.blobs.commit(tx, blob)
            kept.set(Key, blob)
            return { ETag: `"${blob.id}"` }
          })
        },
        permissions: (_call: Call, { Key }: Put) => [
          // Another account's objects are denied to this one.
          { action: 's3:PutObject', resource: `arn:aws:s3:::b/${Key}`, resourceAccountId: Key.split('/')[0] },
        ],
        readOnly: false,
        streamsBody: true,
      },
      GetObject: {
        handle: async (_call: Call, { Key }: { Key: string }) => {
          if (Key === 'broken') {
            const Body = new Readable({ read() {} })
            Body.push('half of it')
            fail = (failure) => Body.destroy(failure)
            return { Body, ContentLength: 1000 }
          }
          const blob = kept.get(Key)
          assert.ok(blob)
          return { Body: await fixture.blobs.read(blob.id), ContentLength: blob.bytes }
        },
        permissions: 'none',
        readOnly: true,
      },
    },
  }
  const fixture = await serviceFixture([], {
    others: [{ definition, instance: { context: (call: Call) => call } }],
  })
  const { gateway } = fixture
  const listener = new Listener({
    host: '127.0.0.1',
    port: 0,
    limits: { ...defaultLimits, ...limits },
    answer: (request, source, client) => gateway.answer(request, source, client),
    takesStream: (head) => gateway.takesStream(head),
    bodyLimit: (head) => gateway.bodyLimit(head),
    tooLarge: (head) => gateway.tooLarge(head, defaultLimits.bodyBytes),
    atCapacity: () => assert.fail('there is capacity'),
    onFault: (fault) => fixture.faults.push(fault),
  })
  const { port } = await listener.listen()
  const client = new s3.S3Client({
    region,
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: root.accessKeyId ?? '', secretAccessKey: rootSecret },
  })
  t.after(async () => {
    client.destroy()
    await listener.close(0)
  })
  /** Sends a signed head and what is written after it; resolves with all that is answered until the connection ends. */
  const raw = async (key: string, headers: Record<string, string>, write: (send: Send) => Promise<void> | void) => {
    const signed = aws4.sign(
      { method: 'PUT', host: `127.0.0.1:${port}`, path: `/b/${key}`, service: 's3', region, headers },
      { accessKeyId: root.accessKeyId ?? '', secretAccessKey: rootSecret },
    )
    const lines = Object.entries(signed.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`)
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    const answer: Buffer[] = []
    socket.on('data', (chunk: Buffer) => answer.push(chunk))
    socket.write(`PUT /b/${key} HTTP/1.1\r\n${lines.join('')}\r\n`)
    await write({ socket, answered: () => Buffer.concat(answer).toString() })
    if (!socket.closed) await once(socket, 'close')
    return Buffer.concat(answer).toString()
  }
  return { ...fixture, client, received, raw, fail: (failure: Error) => fail?.(failure) }
}

interface Send {
  socket: ReturnType<typeof connect>
  answered(): string
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const large = randomBytes(3 * 1024 * 1024 + 17)
const own = `${accountId}/object`

test('the SDK puts objects larger than bodies may be, from bytes and from streams, and gets them back', async (t) => {
  const { client, received, store, faults } = await storage(t)
  await client.send(new s3.PutObjectCommand({ Bucket: 'b', Key: own, Body: large }))
  const stream = Readable.from([large.subarray(0, 100_000), large.subarray(100_000)])
  await client.send(new s3.PutObjectCommand({ Bucket: 'b', Key: `${own}2`, Body: stream, ContentLength: large.length }))
  await client.send(new s3.PutObjectCommand({ Bucket: 'b', Key: `${own}3`, Body: '' }))
  assert.deepEqual(
    received.map(({ bytes }) => bytes),
    [large.length, large.length, 0],
  )
  for (const Key of [own, `${own}2`]) {
    const { Body } = await client.send(new s3.GetObjectCommand({ Bucket: 'b', Key }))
    assert.equal(sha256((await Body?.transformToByteArray()) ?? large.subarray(1)), sha256(large))
  }
  assert.deepEqual(
    store.records.map(({ eventName, errorCode }) => [eventName, errorCode]),
    [...Array(3).fill(['PutObject', undefined]), ...Array(2).fill(['GetObject', undefined])],
  )
  assert.deepEqual(faults, [])
})

test('signed chunks with a trailer are verified on the way, and give the trailer', async (t) => {
  const { raw, received } = await storage(t)
  const headers = {
    'X-Amz-Content-Sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'X-Amz-Decoded-Content-Length': '5',
    'X-Amz-Trailer': 'x-amz-checksum-crc32',
    'Content-Encoding': 'aws-chunked',
    'Transfer-Encoding': 'chunked',
    Connection: 'close',
  }
  const body = '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n'
  const answer = await raw(own, headers, ({ socket }) => {
    for (const piece of [body.slice(0, 4), body.slice(4)]) {
      socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`)
    }
    socket.write('0\r\n\r\n')
  })
  assert.match(answer, /^HTTP\/1\.1 200 /)
  assert.deepEqual(received, [{ key: own, bytes: 5, trailers: { 'x-amz-checksum-crc32': 'NhCmhg==' } }])
})

test('a body that is not what was signed, or breaks off, changes nothing and is recorded as refused', async (t) => {
  const { raw, received, store, faults } = await storage(t)
  const headers = { 'X-Amz-Content-Sha256': sha256(large), 'Content-Length': String(large.length), Connection: 'close' }
  const altered = Buffer.from(large)
  altered[large.length - 1] = (altered[large.length - 1] ?? 0) ^ 1
  assert.match(
    await raw(own, headers, ({ socket }) => void socket.write(altered)),
    / 400 [\s\S]*XAmzContentSHA256Mismatch/,
  )
  await raw(own, headers, async ({ socket }) => {
    socket.write(large.subarray(0, 1_000_000))
    await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
  })
  await eventually(() => store.records.length === 2)
  assert.deepEqual(
    store.records.map(({ errorCode }) => errorCode),
    ['XAmzContentSHA256Mismatch', 'IncompleteBody'],
  )
  assert.deepEqual(received, [])
  assert.deepEqual(faults, [])
})

test('a client that pauses for too long within its body is refused', async (t) => {
  const { raw } = await storage(t, { headersTimeoutMs: 100 })
  const headers = { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD', 'Content-Length': '10' }
  assert.match(await raw(own, headers, ({ socket }) => void socket.write('half')), / 400 [\s\S]*<Code>RequestTimeout</)
})

test('a client that waits for permission to send sends nothing when it is denied', async (t) => {
  const { raw, received } = await storage(t)
  const headers = {
    'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD',
    'Content-Length': String(large.length),
    Expect: '100-continue',
    Connection: 'close',
  }
  const denied = await raw('999999999999/object', headers, () => {})
  assert.match(denied, /^HTTP\/1\.1 403 [\s\S]*<Code>AccessDenied</)
  const allowed = await raw(own, headers, async ({ socket, answered }) => {
    await eventually(() => answered() === 'HTTP/1.1 100 Continue\r\n\r\n')
    socket.write(large)
  })
  assert.match(allowed, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
  assert.equal(received.length, 1)
})

test('a client that is denied sees the answer although it goes on sending', async (t) => {
  const { client, raw } = await storage(t)
  const put = new s3.PutObjectCommand({ Bucket: 'b', Key: '999999999999/object', Body: large })
  await assert.rejects(client.send(put), { name: 'AccessDenied' })
  const headers = { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD', 'Content-Length': String(large.length) }
  const answer = await raw('999999999999/object', headers, ({ socket }) => void socket.write(large))
  assert.match(answer, /^HTTP\/1\.1 403 [\s\S]*Connection: close/)
})

test('an answer whose stream fails ends the connection, so that no client takes the half for the whole', async (t) => {
  const { client, faults, fail } = await storage(t)
  const { Body } = await client.send(new s3.GetObjectCommand({ Bucket: 'b', Key: 'broken' }))
  const failure = new Error('the disk is gone')
  fail(failure)
  await assert.rejects(Body?.transformToByteArray() ?? Promise.resolve(), { code: 'ECONNRESET' })
  assert.deepEqual(faults, [failure])
})
