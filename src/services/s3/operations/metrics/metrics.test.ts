import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '../../../../core/durations.ts'
import { accountId, region } from '../../../../testing/callers.ts'
import { s3Fixture } from '../../testing.ts'

const Bucket = 'photos'

async function withMetrics() {
  const fixture = await s3Fixture()
  const { serviceMetrics } = fixture
  serviceMetrics.onPending(() => {})
  const sums = async () => {
    const all: Record<string, number> = {}
    for (const { namespace, name, dimensions, values, scope } of await serviceMetrics.take()) {
      assert.deepEqual([namespace, scope], ['AWS/S3', { accountId, region }])
      const { FilterId, StorageType } = dimensions ?? {}
      let sum = 0
      for (const [value, count] of values) sum += value * count
      all[`${FilterId ?? StorageType} ${name}`] = sum
    }
    return all
  }
  return {
    ...fixture,
    sums,
    configure: (Id: string, Filter?: object) =>
      fixture.s3('PutBucketMetricsConfiguration', { Bucket, Id, MetricsConfiguration: { Id, Filter } }),
  }
}

test('requests are counted for each configuration that they fit, by kind, with bytes and errors', async () => {
  const { configure, request, sums, put } = await withMetrics()
  await put('a/k', 'hello', { Tagging: 'team=red' })
  await request('GET', '/photos/a/k')
  assert.deepEqual(await sums(), {}, 'without a configuration nothing is counted')
  await configure('all')
  await configure('a', { Prefix: 'a/' })
  await configure('red', { And: { Prefix: 'a/', Tags: [{ Key: 'team', Value: 'red' }] } })
  assert.equal((await request('GET', '/photos/a/k')).status, 200)
  await request('HEAD', '/photos/a/k')
  await request('GET', '/photos/b')
  await request('GET', '/photos?list-type=2')
  await request('PUT', '/photos/a/new?tagging', { body: '<Tagging><TagSet/></Tagging>' })
  await request('DELETE', '/photos/b')
  await request('GET', '/photos?versioning')
  const counted = await sums()
  const of = (id: string, ...names: string[]) => names.map((name) => counted[`${id} ${name}`])
  assert.deepEqual(
    of('all', 'AllRequests', 'GetRequests', 'HeadRequests', 'ListRequests', 'PutRequests', 'DeleteRequests'),
    [7, 2, 1, 1, 1, 1],
  )
  assert.deepEqual(of('all', '4xxErrors', '5xxErrors', 'BytesUploaded'), [2, 0, 28])
  assert.deepEqual(of('a', 'AllRequests', 'GetRequests', 'HeadRequests', 'PutRequests', 'ListRequests'), [
    3,
    1,
    1,
    1,
    undefined,
  ])
  assert.deepEqual(of('red', 'AllRequests', 'GetRequests', 'BytesDownloaded', '4xxErrors'), [2, 1, 5, 0])
  assert.ok(of('red', 'FirstByteLatency', 'TotalRequestLatency').every((value) => value !== undefined && value >= 0))
})

test('a copy reads its source, and a request whose signature is wrong is an error of its bucket', async () => {
  const { configure, request, sums, put } = await withMetrics()
  await put('a', 'x')
  await configure('all')
  await request('PUT', '/photos/b', { headers: { 'x-amz-copy-source': '/photos/a' } })
  const copied = await sums()
  assert.deepEqual([copied['all PutRequests'], copied['all GetRequests'], copied['all AllRequests']], [1, 1, 1])
  assert.equal((await request('GET', '/photos/a', { secret: 'wrong' })).status, 403)
  await new Promise((resolve) => setImmediate(resolve))
  const refused = await sums()
  assert.deepEqual([refused['all AllRequests'], refused['all 4xxErrors']], [1, 1])
})

test('what a bucket holds is published every midnight: versions, markers and parts, by storage class', async () => {
  const { s3, put, advance, sums } = await withMetrics()
  await advance(dayMs)
  assert.deepEqual(await sums(), { 'AllStorageTypes NumberOfObjects': 0, 'StandardStorage BucketSizeBytes': 0 })
  await s3('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } })
  for (let number = 0; number < 2100; number++) await put(`k${number}`, 'xy')
  await put('cold', 'x'.repeat(1000), { StorageClass: 'STANDARD_IA' })
  await s3('DeleteObject', { Bucket, Key: 'k0' })
  const { UploadId } = await s3<{ UploadId: string }>('CreateMultipartUpload', { Bucket, Key: 'parts' })
  await s3('UploadPart', { Bucket, Key: 'parts', UploadId, PartNumber: 1, Body: 'x'.repeat(500) })
  await advance(dayMs)
  assert.deepEqual(await sums(), {
    'AllStorageTypes NumberOfObjects': 2103,
    'StandardStorage BucketSizeBytes': 4700,
    'StandardIAStorage BucketSizeBytes': 1000,
  })
  await s3('CreateBucket', { Bucket: 'gone' })
  await s3('DeleteBucket', { Bucket: 'gone' })
  await advance(dayMs)
  assert.equal(Object.keys(await sums()).length, 3)
})
