import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as client from '@aws-sdk/client-s3'
import { startStrongroom } from '../../src/server/server.ts'
import { type PostgresFixture, startPostgres } from '../fixtures/postgres.ts'

let postgres: PostgresFixture | string
let folder: string
before(async () => {
  postgres = await startPostgres()
  folder = mkdtempSync(join(tmpdir(), 'strongroom-s3-postgres-'))
})
after(async () => {
  if (typeof postgres !== 'string') await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

const Bucket = 'shared'

test('two nodes on one database see one bucket: objects of every size, lists, versions, parts and one winner', async (t) => {
  if (typeof postgres === 'string') return t.skip(postgres)
  const databaseUrl = await postgres.newDatabase()
  const rootKey = { kind: 'value', value: 'cd'.repeat(32), from: 'the test' } as const
  const servers = []
  for (const node of ['one', 'other']) {
    const dataDir = join(folder, node)
    servers.push(await startStrongroom({ port: 0, databaseUrl, dataDir, rootKey, logLevel: 'error' }))
  }
  const clients = servers.map(
    ({ endpoint, region, credentials }) =>
      new client.S3Client({ endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true }),
  )
  const [one, other] = clients
  assert.ok(one && other)
  await one.send(new client.CreateBucketCommand({ Bucket }))
  const read = async (Key: string, Range?: string) => {
    const { Body } = await other.send(new client.GetObjectCommand({ Bucket, Key, Range }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  }
  const keys = ['B', 'a', 'a/b', 'ä', '\u{1F600}', 'Z z']
  for (const Key of keys) {
    const bytes = randomBytes(Key === 'a' ? 700_000 : 1000)
    await one.send(new client.PutObjectCommand({ Bucket, Key, Body: bytes }))
    assert.ok((await read(Key)).equals(bytes))
    assert.ok((await read(Key, 'bytes=500-600')).equals(bytes.subarray(500, 601)))
  }
  const { Contents } = await other.send(new client.ListObjectsV2Command({ Bucket }))
  assert.deepEqual(
    Contents?.map(({ Key }) => Key),
    [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  )
  const rolled = await other.send(new client.ListObjectsV2Command({ Bucket, Delimiter: '/', Prefix: 'a' }))
  assert.deepEqual([rolled.Contents?.length, rolled.CommonPrefixes], [1, [{ Prefix: 'a/' }]])

  const puts = Array.from({ length: 20 }, (_, n) =>
    (n % 2 ? one : other).send(new client.PutObjectCommand({ Bucket, Key: 'race', Body: `${n}`, IfNoneMatch: '*' })),
  )
  const results = await Promise.allSettled(puts)
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) {
    if (result.status === 'rejected') assert.match(String(result.reason.$metadata?.httpStatusCode), /^4(09|12)$/)
  }

  await one.send(new client.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  await other.send(new client.PutObjectCommand({ Bucket, Key: 'a', Body: 'newer' }))
  await one.send(new client.DeleteObjectCommand({ Bucket, Key: 'a' }))
  await assert.rejects(read('a'), { name: 'NoSuchKey' })
  const versions = await other.send(new client.ListObjectVersionsCommand({ Bucket, Prefix: 'a', Delimiter: '/' }))
  assert.deepEqual([versions.Versions?.length, versions.DeleteMarkers?.length], [2, 1])

  const { UploadId } = await one.send(new client.CreateMultipartUploadCommand({ Bucket, Key: 'parts' }))
  const Parts: client.CompletedPart[] = []
  const bodies = [randomBytes(5 * 1024 ** 2), randomBytes(99)]
  for (const [index, Body] of bodies.entries()) {
    const part = { Bucket, Key: 'parts', UploadId, PartNumber: index + 1 }
    const { ETag } = await (index ? one : other).send(new client.UploadPartCommand({ ...part, Body }))
    Parts.push({ PartNumber: index + 1, ETag })
  }
  await other.send(
    new client.CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload: { Parts } }),
  )
  assert.ok((await read('parts')).equals(Buffer.concat(bodies)))
  for (const each of clients) each.destroy()
  for (const server of servers) await server.stop()
})
