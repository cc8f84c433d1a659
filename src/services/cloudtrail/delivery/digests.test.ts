import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import type { ListPublicKeysResponse } from '@aws-sdk/client-cloudtrail'
import { accountId, region } from '../../../testing/callers.ts'
import { iam } from '../../iam/iam.ts'
import { bucketName, bucketPolicy, cloudtrailFixture } from '../testing.ts'

const folder = `AWSLogs/${accountId}/CloudTrail-Digest/`
const validated = { EnableLogFileValidation: true }

interface Digest {
  awsAccountId: string
  digestStartTime: string
  digestEndTime: string
  digestS3Bucket: string
  digestS3Object: string
  digestPublicKeyFingerprint: string
  newestEventTime: string | null
  previousDigestS3Object: string | null
  previousDigestHashValue: string | null
  previousDigestSignature: string | null
  logFiles: { s3Object: string; hashValue: string; oldestEventTime: string }[]
}

type Fixture = Awaited<ReturnType<typeof cloudtrailFixture>>

/** Reads the digests under a prefix, in order, and checks of each the signature, the link to the one before, and its files. */
async function checkedDigests({ keys, object, trail }: Fixture, inRegion = region): Promise<Digest[]> {
  const range = { StartTime: new Date(0), EndTime: new Date('2100-01-01T00:00:00Z') }
  const { PublicKeyList = [] } = await trail<ListPublicKeysResponse>('ListPublicKeys', range, { region: inRegion })
  const digests: Digest[] = []
  for (const key of await keys(`${folder}${inRegion}/`)) {
    const { text, Metadata = {} } = await object(key)
    const digest = JSON.parse(text) as Digest
    assert.deepEqual([digest.digestS3Bucket, digest.digestS3Object], [bucketName, key])
    const hash = createHash('sha256').update(text).digest('hex')
    const signed = [digest.digestEndTime, `${bucketName}/${key}`, hash, digest.previousDigestSignature ?? 'null'].join(
      '\n',
    )
    const published = PublicKeyList.find(({ Fingerprint }) => Fingerprint === digest.digestPublicKeyFingerprint)
    const publicKey = createPublicKey({ key: Buffer.from(published?.Value ?? []), format: 'der', type: 'pkcs1' })
    const signature = Buffer.from(Metadata.signature ?? '', 'hex')
    assert.ok(verify('RSA-SHA256', Buffer.from(signed), publicKey, signature), key)
    assert.equal(Metadata['signature-algorithm'], 'SHA256withRSA')
    if (digest.previousDigestS3Object !== null) {
      const before = await object(digest.previousDigestS3Object)
      assert.equal(digest.previousDigestHashValue, createHash('sha256').update(before.text).digest('hex'))
      assert.equal(digest.previousDigestSignature, before.Metadata?.signature)
      assert.equal((JSON.parse(before.text) as Digest).digestEndTime, digest.digestStartTime)
    }
    for (const { s3Object, hashValue } of digest.logFiles) {
      assert.equal(
        createHash('sha256')
          .update((await object(s3Object)).text)
          .digest('hex'),
        hashValue,
      )
    }
    digests.push(digest)
  }
  return digests
}

const filesOf = (digests: readonly Digest[]) =>
  digests.flatMap(({ logFiles }) => logFiles.map(({ s3Object }) => s3Object))

test('every hour a digest names the files of that hour, signed and chained to the one before; scenario 46: also an hour without any', async () => {
  const fixture = await cloudtrailFixture({ modules: [iam] })
  const { start, call, pass, keys, trail } = fixture
  await start('audit', validated)
  await pass(60)
  await call('iam', 'CreateUser', { UserName: 'a' })
  await pass(60)
  const first = await checkedDigests(fixture)
  assert.deepEqual(
    first.map(({ digestStartTime, digestEndTime }) => [digestStartTime, digestEndTime]),
    [
      ['2026-03-01T12:00:00Z', '2026-03-01T13:00:00Z'],
      ['2026-03-01T13:00:00Z', '2026-03-01T14:00:00Z'],
    ],
  )
  assert.match(
    first[0]?.digestS3Object ?? '',
    new RegExp(
      `^${folder}${region}/2026/03/01/${accountId}_CloudTrail-Digest_${region}_audit_${region}_20260301T130000Z[.]json[.]gz$`,
    ),
  )
  assert.deepEqual(filesOf(first), await keys(`AWSLogs/${accountId}/CloudTrail/`))
  await pass(180)
  const [, , third, fourth] = await checkedDigests(fixture)
  // What tests read is recorded; behind it come hours without anything.
  assert.deepEqual([fourth?.logFiles, fourth?.newestEventTime], [[], null])
  assert.ok(third)
  const { LatestDigestDeliveryTime } = await trail('GetTrailStatus', { Name: 'audit' })
  assert.deepEqual(LatestDigestDeliveryTime, new Date('2026-03-01T17:00:00Z'))
})

test('scenario 45: after a stop a last digest names the file of the stop, and logging that is started again begins a new chain', async () => {
  const fixture = await cloudtrailFixture({ modules: [iam] })
  const { start, trail, pass, keys, events } = fixture
  await start('audit', validated)
  await pass(90)
  await trail('StopLogging', { Name: 'audit' })
  await pass(2)
  const [, last, ...more] = await checkedDigests(fixture)
  assert.deepEqual(more, [])
  assert.equal(last?.digestStartTime, '2026-03-01T13:00:00Z')
  assert.deepEqual(
    (await events()).map(({ eventName }) => eventName).filter((name) => /Logging/.test(name)),
    ['StartLogging', 'StopLogging'],
  )
  await pass(180)
  await trail('StartLogging', { Name: 'audit' })
  await pass(65)
  const all = await checkedDigests(fixture)
  assert.equal(all.length, 3)
  const { previousDigestS3Object, previousDigestHashValue, previousDigestSignature, digestStartTime } = all[2] ?? {}
  assert.deepEqual([previousDigestS3Object, previousDigestHashValue, previousDigestSignature], [null, null, null])
  assert.equal(digestStartTime, '2026-03-01T16:32:00Z')
  assert.deepEqual(filesOf(all), await keys(`AWSLogs/${accountId}/CloudTrail/`))
})

test('a deleted trail has a last digest, too', async () => {
  const fixture = await cloudtrailFixture()
  const { start, trail, pass, keys } = fixture
  await start('audit', validated)
  await pass(30)
  await trail('DeleteTrail', { Name: 'audit' })
  await pass(2)
  const digests = await checkedDigests(fixture)
  assert.equal(digests.length, 1)
  assert.deepEqual(filesOf(digests).sort(), await keys(`AWSLogs/${accountId}/CloudTrail/`))
})

test('each Region that has events has digests of its own, with a key of its own', async () => {
  const fixture = await cloudtrailFixture({ modules: [iam] })
  const { start, trail, pass, call } = fixture
  await start('audit', { ...validated, IsMultiRegionTrail: true })
  await pass(60)
  await call('cloudtrail', 'LookupEvents', {}, { region: 'eu-west-1' })
  await pass(60)
  const [european, ...more] = await checkedDigests(fixture, 'eu-west-1')
  assert.deepEqual(more, [])
  assert.equal(european?.digestStartTime, '2026-03-01T13:00:00Z')
  assert.match(european?.digestS3Object ?? '', /_CloudTrail-Digest_eu-west-1_audit_us-east-1_20260301T140000Z/)
  const current = async (inRegion: string) => {
    const { PublicKeyList } = await trail<ListPublicKeysResponse>('ListPublicKeys', {}, { region: inRegion })
    return PublicKeyList?.map(({ Fingerprint }) => Fingerprint)
  }
  const keys = [await current('us-east-1'), await current('eu-west-1'), await current('eu-central-1')]
  assert.deepEqual(
    keys.map((found) => found?.length),
    [1, 1, 0],
  )
  assert.notDeepEqual(keys[0], keys[1])
})

test('scenario 48: keys are exchanged in time, and digests of both are verified with the keys of their range', async () => {
  const fixture = await cloudtrailFixture()
  const { start, trail, pass, clock } = fixture
  await start('audit', validated)
  await pass(60)
  await trail('StopLogging', { Name: 'audit' })
  await pass(2)
  clock.timeMs += 91 * 24 * 3_600_000
  await trail('StartLogging', { Name: 'audit' })
  await pass(60)
  const digests = await checkedDigests(fixture)
  const prints = new Set(digests.map(({ digestPublicKeyFingerprint }) => digestPublicKeyFingerprint))
  assert.equal(prints.size, 2)
  const { PublicKeyList = [] } = await trail<ListPublicKeysResponse>('ListPublicKeys', {})
  assert.equal(PublicKeyList.length, 1)
  assert.equal(PublicKeyList[0]?.Fingerprint, digests.at(-1)?.digestPublicKeyFingerprint)
})

test('digests of hours in which the server did not run are made later, under names that say so', async () => {
  const fixture = await cloudtrailFixture()
  const { start, pass, clock, keys, object } = fixture
  await start('audit', validated)
  await pass(60)
  // As if the server had been off.
  clock.timeMs += 5 * 3_600_000
  await pass(1)
  const digests = await checkedDigests(fixture)
  assert.equal(digests.length, 6)
  const late = (await keys(folder)).filter((key) => key.endsWith('_backfill.json.gz'))
  assert.equal(late.length, 3)
  const { Metadata } = await object(late[0] ?? '')
  assert.equal(Metadata?.['backfill-generation-timestamp'], '2026-03-01T18:00:00Z')
})

test('a bucket that refuses digests shows in the status, and gets the chain without a gap when it is mended', async () => {
  const fixture = await cloudtrailFixture()
  const { start, call, trail, pass, keys } = fixture
  await start('audit', validated)
  await pass(60)
  await call('s3', 'DeleteBucketPolicy', { Bucket: bucketName })
  await pass(180)
  assert.equal((await trail('GetTrailStatus', { Name: 'audit' })).LatestDigestDeliveryError, 'AccessDenied')
  await call('s3', 'PutBucketPolicy', { Bucket: bucketName, Policy: JSON.stringify(bucketPolicy(bucketName)) })
  await pass(120)
  const digests = await checkedDigests(fixture)
  assert.equal(digests.length, 6)
  assert.deepEqual(digests.filter(({ previousDigestS3Object }) => previousDigestS3Object === null).length, 1)
  assert.deepEqual(filesOf(digests).sort(), (await keys(`AWSLogs/${accountId}/CloudTrail/`)).sort())
  assert.equal((await trail('GetTrailStatus', { Name: 'audit' })).LatestDigestDeliveryError, undefined)
})

test('validation that is turned off ends the chain; turned on again, a new one begins', async () => {
  const fixture = await cloudtrailFixture()
  const { start, trail, pass, keys } = fixture
  await start('audit', validated)
  await pass(70)
  await trail('UpdateTrail', { Name: 'audit', EnableLogFileValidation: false })
  await pass(180)
  assert.equal((await keys(folder)).length, 1)
  await trail('UpdateTrail', { Name: 'audit', EnableLogFileValidation: true })
  await pass(60)
  const digests = await checkedDigests(fixture)
  assert.deepEqual(
    digests.map(({ digestStartTime }) => digestStartTime),
    ['2026-03-01T12:00:00Z', '2026-03-01T16:10:00Z'],
  )
  assert.equal(digests[1]?.previousDigestS3Object, null)
})

test('ListPublicKeys refuses a range that ends before it starts, and tokens', async () => {
  const { trail } = await cloudtrailFixture()
  const range = { StartTime: new Date(2000), EndTime: new Date(1000) }
  await assert.rejects(trail('ListPublicKeys', range), { code: 'InvalidTimeRangeException' })
  await assert.rejects(trail('ListPublicKeys', { NextToken: 'x' }), { code: 'InvalidTokenException' })
  assert.deepEqual(await trail('ListPublicKeys', {}), { PublicKeyList: [] })
})
