import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import * as client from '@aws-sdk/client-s3'
import { startServerProcess } from '../fixtures/server-process.ts'

const mib = 1024 ** 2

const clientOf = ({ port, credentials }: Awaited<ReturnType<typeof startServerProcess>>) =>
  new client.S3Client({
    ...{ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1, forcePathStyle: true },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })

function* piecesOf(piece: Buffer, count: number): Generator<Buffer> {
  for (let n = 0; n < count; n++) yield piece
}

/** The most memory that a process has had so far. */
const peakBytes = (pid = 0) =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024

test('a gibibyte goes up and down within 150 MB of memory', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-large-'))
  const server = await startServerProcess(folder, { args: ['--dev'] })
  const s3 = clientOf(server)
  t.after(async () => {
    s3.destroy()
    await server.stop()
    rmSync(folder, { recursive: true })
  })
  await s3.send(new client.CreateBucketCommand({ Bucket: 'large' }))
  // What is loaded at the first request is not the request's.
  await s3.send(new client.PutObjectCommand({ Bucket: 'large', Key: 'warm', Body: randomBytes(8 * mib) }))
  await (await s3.send(new client.GetObjectCommand({ Bucket: 'large', Key: 'warm' }))).Body?.transformToByteArray()
  const before = peakBytes(server.child.pid)
  const piece = randomBytes(mib)
  const whole = createHash('md5')
  for (const one of piecesOf(piece, 1024)) whole.update(one)
  const md5 = whole.digest('hex')
  const { ETag } = await s3.send(
    new client.PutObjectCommand({
      ...{ Bucket: 'large', Key: 'k', Body: Readable.from(piecesOf(piece, 1024)), ContentLength: 1024 * mib },
    }),
  )
  assert.equal(ETag, `"${md5}"`)
  const { Body } = await s3.send(new client.GetObjectCommand({ Bucket: 'large', Key: 'k' }))
  const received = createHash('md5')
  for await (const one of Body as Readable) received.update(one)
  assert.equal(received.digest('hex'), md5)
  const grown = (peakBytes(server.child.pid) - before) / 1e6
  t.diagnostic(`${grown.toFixed(0)} MB more at the peak`)
  assert.ok(grown < 150, `${grown} MB`)
})

test('a killed server keeps every object that it acknowledged, whole, and removes what it had not', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-killed-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const acknowledged = new Map<string, string>()
  const attempted = new Map<string, string>()
  let number = 0
  for (let round = 0; round < 4; round++) {
    const server = await startServerProcess(folder, { args: ['--dev'] })
    const s3 = clientOf(server)
    if (round === 0) await s3.send(new client.CreateBucketCommand({ Bucket: 'kept' }))
    const writing = Array.from({ length: 6 }, async () => {
      for (;;) {
        const Key = `k${number++ % 400}`
        const Body = randomBytes(Math.floor(Math.random() ** 3 * 2 * mib))
        const md5 = `"${createHash('md5').update(Body).digest('hex')}"`
        attempted.set(Key, md5)
        await s3.send(new client.PutObjectCommand({ Bucket: 'kept', Key, Body }))
        acknowledged.set(Key, md5)
      }
    })
    const ended = Promise.allSettled(writing)
    const killedAt = acknowledged.size + 60
    while (acknowledged.size < Math.min(killedAt, 300)) await new Promise((resolve) => setImmediate(resolve))
    await server.kill()
    await ended
    s3.destroy()
  }
  const server = await startServerProcess(folder, { args: ['--dev'] })
  const s3 = clientOf(server)
  let read = 0
  let blobs = 0
  for await (const page of client.paginateListObjectsV2({ client: s3 }, { Bucket: 'kept' })) {
    for (const { Key = '', ETag, Size = 0 } of page.Contents ?? []) {
      // The last put of a key may have been cut off before its answer.
      assert.ok(ETag === acknowledged.get(Key) || ETag === attempted.get(Key), Key)
      const { Body } = await s3.send(new client.GetObjectCommand({ Bucket: 'kept', Key }))
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array(1)
      assert.equal(`"${createHash('md5').update(bytes).digest('hex')}"`, ETag)
      acknowledged.delete(Key)
      read++
      if (Size > 32 * 1024) blobs++
    }
  }
  assert.deepEqual([...acknowledged.keys()], [])
  t.diagnostic(`${read} objects read`)
  s3.destroy()
  await server.stop()
  const files = readdirSync(join(folder, 'blobs'), { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  )
  assert.equal(files.length, blobs)
})
