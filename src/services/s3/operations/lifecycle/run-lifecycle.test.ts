import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { LifecycleRule } from '@aws-sdk/client-s3'
import type { AwsEvent } from '../../../../core/aws-event.ts'
import { dayMs, hourMs } from '../../../../core/durations.ts'
import type { FixtureOptions } from '../../../../testing/service-fixture.ts'
import { s3Fixture } from '../../testing.ts'

const Bucket = 'photos'

async function lifecycleFixture(rules: Partial<LifecycleRule>[], options: FixtureOptions = {}) {
  const fixture = await s3Fixture(options)
  const { s3, clock, advance } = fixture
  const Rules = rules.map((rule, place) => ({
    ...{ ID: `rule-${place}`, Status: 'Enabled' as const },
    ...(rule.Prefix === undefined && rule.Filter === undefined && { Filter: {} }),
    ...rule,
  }))
  await s3('PutBucketLifecycleConfiguration', { Bucket, LifecycleConfiguration: { Rules } })
  return {
    ...fixture,
    /** Lets days pass, to one o'clock. */
    days: (count: number) => advance((Math.floor(clock.nowMs() / dayMs) + count) * dayMs + hourMs - clock.nowMs()),
    keys: async () => {
      const { Contents = [] } = await s3<{ Contents?: { Key: string }[] }>('ListObjectsV2', { Bucket })
      return Contents.map(({ Key }) => Key)
    },
    versions: async () => {
      const { Versions = [], DeleteMarkers = [] } = await s3<{
        Versions?: { Key: string; VersionId: string }[]
        DeleteMarkers?: { Key: string }[]
      }>('ListObjectVersions', { Bucket })
      return { versions: Versions.map(({ Key }) => Key), markers: DeleteMarkers.map(({ Key }) => Key) }
    },
  }
}

const versioned = { Bucket, VersioningConfiguration: { Status: 'Enabled' } }

test('objects expire at the midnight behind their days, where prefix, tags and sizes fit', async () => {
  const { put, days, keys, get } = await lifecycleFixture([
    { Prefix: 'logs/', Expiration: { Days: 2 } },
    { Filter: { And: { Prefix: 'tmp/', Tags: [{ Key: 'keep', Value: 'no' }] } }, Expiration: { Days: 1 } },
    { Filter: { ObjectSizeGreaterThan: 5 }, Expiration: { Days: 3 } },
  ])
  const answer = await put('logs/a', 'x')
  assert.match(answer.Expiration ?? '', /^expiry-date="\w{3}, \d\d \w{3} \d{4} 00:00:00 GMT", rule-id="rule-0"$/)
  await put('tmp/a', 'x', { Tagging: 'keep=no' })
  await put('tmp/b', 'x', { Tagging: 'keep=yes' })
  await put('large', '123456')
  await put('small', '12345')
  assert.equal((await get('logs/a')).Expiration, answer.Expiration)
  assert.equal((await get('small')).Expiration, undefined)
  await days(1)
  assert.deepEqual(await keys(), ['large', 'logs/a', 'small', 'tmp/a', 'tmp/b'])
  await days(1)
  assert.deepEqual(await keys(), ['large', 'logs/a', 'small', 'tmp/b'])
  await days(1)
  assert.deepEqual(await keys(), ['large', 'small', 'tmp/b'])
  await days(30)
  assert.deepEqual(await keys(), ['small', 'tmp/b'])
})

test('in a bucket with versions an expired object gets a delete marker, noncurrent versions and lone markers go for good', async () => {
  const { s3, put, days, versions } = await lifecycleFixture([
    { Prefix: 'a', Expiration: { Days: 1 } },
    { Filter: {}, NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 1 } },
    { Filter: { Prefix: 'b' }, Expiration: { ExpiredObjectDeleteMarker: true } },
  ])
  await s3('PutBucketVersioning', versioned)
  for (const key of ['a', 'b', 'c', 'c', 'c', 'c']) await put(key, 'x')
  await days(2)
  assert.deepEqual(await versions(), { versions: ['a', 'b', 'c', 'c', 'c', 'c'], markers: ['a'] })
  await days(2)
  // Of what is not current, the newest one stays.
  assert.deepEqual(await versions(), { versions: ['a', 'b', 'c', 'c'], markers: ['a'] })
  const { VersionId } = await s3<{ VersionId: string }>('HeadObject', { Bucket, Key: 'b' })
  await s3('DeleteObject', { Bucket, Key: 'b' })
  await s3('DeleteObject', { Bucket, Key: 'b', VersionId })
  await days(1)
  assert.deepEqual(await versions(), { versions: ['a', 'c', 'c'], markers: ['a'] })
})

test('a locked version outlives every rule', async () => {
  const { s3, put, days, versions, clock } = await lifecycleFixture([
    { Filter: {}, NoncurrentVersionExpiration: { NoncurrentDays: 1 } },
  ])
  await s3('PutBucketVersioning', versioned)
  await s3('PutObjectLockConfiguration', { Bucket, ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' } })
  const ObjectLockRetainUntilDate = new Date(clock.nowMs() + 10 * dayMs)
  const ContentMD5 = createHash('md5').update('locked').digest('base64')
  await put('a', 'locked', { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate, ContentMD5 })
  await put('a', 'newer')
  await days(5)
  assert.deepEqual((await versions()).versions, ['a', 'a'])
  await days(7)
  assert.deepEqual((await versions()).versions, ['a'])
})

test('objects go to the cheapest class whose day has come, small ones only where a rule is about sizes', async () => {
  const { put, days, s3 } = await lifecycleFixture([
    {
      Filter: { Prefix: 'big' },
      Transitions: [
        { Days: 1, StorageClass: 'STANDARD_IA' },
        { Days: 3, StorageClass: 'GLACIER' },
      ],
    },
    {
      Filter: { And: { Prefix: 'small', ObjectSizeGreaterThan: 0 } },
      Transitions: [{ Days: 1, StorageClass: 'ONEZONE_IA' }],
    },
  ])
  await put('big', Buffer.alloc(200_000))
  await put('big-but-small', 'x')
  await put('small', 'x')
  const classes = async () => {
    const { Contents = [] } = await s3<{ Contents?: { StorageClass: string }[] }>('ListObjectsV2', { Bucket })
    return Contents.map(({ StorageClass }) => StorageClass)
  }
  await days(2)
  assert.deepEqual(await classes(), ['STANDARD_IA', 'STANDARD', 'ONEZONE_IA'])
  await days(2)
  assert.deepEqual(await classes(), ['GLACIER', 'STANDARD', 'ONEZONE_IA'])
  await assert.rejects(s3('GetObject', { Bucket, Key: 'big' }), { code: 'InvalidObjectState' })
})

test('uploads that are never completed are given up after their days', async () => {
  const { s3, days } = await lifecycleFixture([
    { Filter: { Prefix: 'in/' }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } },
  ])
  for (const Key of ['in/a', 'out/a']) {
    const { UploadId } = await s3<{ UploadId: string }>('CreateMultipartUpload', { Bucket, Key })
    await s3('UploadPart', { Bucket, Key, UploadId, PartNumber: 1, Body: Buffer.from('part') })
  }
  const uploads = async () => {
    const { Uploads = [] } = await s3<{ Uploads?: { Key: string }[] }>('ListMultipartUploads', { Bucket })
    return Uploads.map(({ Key }) => Key)
  }
  await days(2)
  assert.deepEqual(await uploads(), ['in/a', 'out/a'])
  await days(1)
  assert.deepEqual(await uploads(), ['out/a'])
})

test('more objects than one page has are all looked at, notifications report them, and no data event is recorded', async () => {
  const { s3, put, days, keys, bus, store } = await lifecycleFixture([{ Filter: {}, Expiration: { Days: 1 } }])
  const events: AwsEvent[] = []
  bus.subscribe((event) => {
    events.push(event)
  })
  await s3('PutBucketNotificationConfiguration', {
    Bucket,
    NotificationConfiguration: { EventBridgeConfiguration: {} },
  })
  for (let place = 0; place < 1203; place++) await put(`key-${String(place).padStart(5, '0')}`, 'x')
  events.length = 0
  const recorded = store.records.length
  await days(2)
  assert.deepEqual(await keys(), [])
  const deleted = events.filter((event) => event['detail-type'] === 'Object Deleted')
  assert.equal(deleted.length, 1203)
  assert.deepEqual(
    [deleted[0]?.detail.reason, deleted[0]?.detail.requester],
    ['Lifecycle Expiration', 's3.amazonaws.com'],
  )
  assert.deepEqual(
    store.records.slice(recorded).filter(({ eventName }) => eventName.startsWith('Delete')),
    [],
  )
})

test('a rule that is removed, disabled or replaced does nothing any more', async () => {
  const { s3, put, days, keys } = await lifecycleFixture([{ Filter: {}, Expiration: { Days: 1 } }])
  await put('a', 'x')
  await s3('DeleteBucketLifecycle', { Bucket })
  await days(3)
  assert.deepEqual(await keys(), ['a'])
  const Rules = [{ ID: 'off', Status: 'Disabled', Filter: {}, Expiration: { Days: 1 } }]
  await s3('PutBucketLifecycleConfiguration', { Bucket, LifecycleConfiguration: { Rules } })
  await days(3)
  assert.deepEqual(await keys(), ['a'])
})

/** As `lifecycleFixture`, with something that happens while a page is looked at: the first one of uploads, or of versions. */
async function interferedFixture(rules: Partial<LifecycleRule>[]) {
  const meanwhile: { phase?: 'uploads' | 'versions'; happens?: () => Promise<unknown> } = {}
  const fixture = await lifecycleFixture(rules, {
    wrapWork: (runner) => async (work) => {
      const finish = await runner(work)
      if (work.kind !== 's3.lifecycle') return finish
      const { phase } = work.payload as { phase: string }
      if (phase === meanwhile.phase) await meanwhile.happens?.()
      return finish
    },
  })
  return { ...fixture, meanwhile }
}

test('rules that are removed while a page of objects is looked at do nothing to these objects any more', async () => {
  const { s3, put, days, keys, meanwhile } = await interferedFixture([{ Filter: {}, Expiration: { Days: 1 } }])
  await put('a', 'x')
  await days(1)
  assert.deepEqual(await keys(), ['a'])
  let happened = 0
  meanwhile.happens = async () => {
    happened++
    await s3('DeleteBucketLifecycle', { Bucket })
  }
  meanwhile.phase = 'versions'
  await days(2)
  assert.deepEqual([happened, await keys()], [1, ['a']])
})

test('an upload that is completed while uploads are looked at stays complete', async () => {
  const { s3, days, read, meanwhile } = await interferedFixture([
    { Filter: {}, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
  ])
  const { UploadId } = await s3<{ UploadId: string }>('CreateMultipartUpload', { Bucket, Key: 'a' })
  const { ETag } = await s3<{ ETag: string }>('UploadPart', { Bucket, Key: 'a', UploadId, PartNumber: 1, Body: 'part' })
  const complete = () =>
    s3<{ ETag: string }>('CompleteMultipartUpload', {
      ...{ Bucket, Key: 'a', UploadId },
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
    })
  await days(1)
  const completed: { ETag: string }[] = []
  meanwhile.phase = 'uploads'
  meanwhile.happens = async () => completed.push(await complete())
  await days(1)
  assert.equal(completed.length, 1)
  assert.equal((await read('a')).toString(), 'part')
  // Completing it again answers the same, as on AWS.
  assert.equal((await complete()).ETag, completed[0]?.ETag)
})
