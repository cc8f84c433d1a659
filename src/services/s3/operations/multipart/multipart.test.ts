import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import type {
  CompleteMultipartUploadOutput,
  CreateMultipartUploadOutput,
  ListMultipartUploadsOutput,
  ListPartsOutput,
  UploadPartOutput,
} from '@aws-sdk/client-s3'
import { dayMs, hourMs } from '../../../../core/durations.ts'
import { checksumOf } from '../../../../crypto/checksums.ts'
import { s3Fixture } from '../../testing.ts'

const Bucket = 'photos'
const Key = 'film'
const mib = 1024 ** 2
const sum = async (algorithm: 'CRC32' | 'CRC64NVME' | 'SHA256', bytes: Uint8Array) =>
  (await checksumOf(algorithm, bytes)).toString('base64')

async function multipart() {
  const fixture = await s3Fixture()
  const { s3 } = fixture
  return {
    ...fixture,
    begin: async (more: object = {}) => {
      const { UploadId = '' } = await s3<CreateMultipartUploadOutput>('CreateMultipartUpload', { Bucket, Key, ...more })
      return UploadId
    },
    part: (UploadId: string, PartNumber: number, Body: Uint8Array, more: object = {}) =>
      s3<UploadPartOutput>('UploadPart', { Bucket, Key, UploadId, PartNumber, Body, ...more }),
    complete: (UploadId: string, Parts: object[], more: object = {}) =>
      s3<CompleteMultipartUploadOutput>('CompleteMultipartUpload', {
        ...{ Bucket, Key, UploadId, MultipartUpload: { Parts } },
        ...more,
      }),
  }
}

const bodies = [randomBytes(5 * mib), randomBytes(5 * mib + 7), randomBytes(1000)] as const
const whole = Buffer.concat(bodies)

/** Uploads the three bodies. */
async function uploaded({ begin, part }: Awaited<ReturnType<typeof multipart>>, more: object = {}) {
  const UploadId = await begin(more)
  const parts: { PartNumber: number; ETag: string }[] = []
  for (const [index, body] of bodies.entries()) {
    const { ETag = '' } = await part(UploadId, index + 1, body)
    parts.push({ PartNumber: index + 1, ETag })
  }
  return { UploadId, parts }
}

test('parts become one object, whose ETag and checksum follow from theirs, and are read across their borders', async () => {
  const fixture = await multipart()
  const { complete, read, get } = fixture
  const { UploadId, parts } = await uploaded(fixture, { Metadata: { a: 'b' }, ContentType: 'video/mp4' })
  await assert.rejects(read(Key), { code: 'NoSuchKey' })
  const { ETag, ChecksumCRC64NVME, ChecksumType } = await complete(UploadId, parts)
  const md5s = Buffer.concat(bodies.map((body) => createHash('md5').update(body).digest()))
  assert.equal(ETag, `"${createHash('md5').update(md5s).digest('hex')}-3"`)
  assert.deepEqual([ChecksumCRC64NVME, ChecksumType], [await sum('CRC64NVME', whole), 'FULL_OBJECT'])
  assert.ok((await read(Key)).equals(whole))
  for (const [start, end] of [
    [0, 1],
    [5 * mib - 2, 5 * mib + 2],
    [4 * mib, whole.length],
    [whole.length - 1001, whole.length - 999],
  ] as const) {
    assert.ok((await read(Key, { Range: `bytes=${start}-${end - 1}` })).equals(whole.subarray(start, end)))
  }
  const second = await get(Key, { PartNumber: 2 })
  assert.deepEqual([second.StatusCode, second.PartsCount, second.ContentLength], [206, 3, 5 * mib + 7])
  assert.ok((await read(Key, { PartNumber: 3 })).equals(bodies[2]))
  await assert.rejects(get(Key, { PartNumber: 4 }), { code: 'InvalidPartNumber', status: 416 })
  assert.deepEqual([second.Metadata, second.ContentType], [{ a: 'b' }, 'video/mp4'])
})

test('scenario 10: a part before the last that is too small is named', async () => {
  const { begin, part, complete } = await multipart()
  const UploadId = await begin()
  const parts: object[] = []
  for (const [index, bytes] of [5 * mib, mib, 10].entries()) {
    const { ETag } = await part(UploadId, index + 1, Buffer.alloc(bytes))
    parts.push({ PartNumber: index + 1, ETag })
  }
  await assert.rejects(complete(UploadId, parts), (error: { code: string; members: object }) => {
    assert.equal(error.code, 'EntityTooSmall')
    assert.deepEqual(error.members, {
      ProposedSize: mib,
      MinSizeAllowed: 5_242_880,
      PartNumber: 2,
      ETag: (parts[1] as { ETag: string }).ETag,
    })
    return true
  })
})

test('scenario 11: an upload that is completed twice answers the same, for a day', async () => {
  const fixture = await multipart()
  const { complete, advance, s3 } = fixture
  const { UploadId, parts } = await uploaded(fixture)
  const first = await complete(UploadId, parts)
  assert.deepEqual(await complete(UploadId, parts), first)
  await assert.rejects(s3('ListParts', { Bucket, Key, UploadId }), { code: 'NoSuchUpload' })
  await assert.rejects(s3('AbortMultipartUpload', { Bucket, Key, UploadId }), { code: 'NoSuchUpload' })
  await advance(dayMs)
  await assert.rejects(complete(UploadId, parts), { code: 'NoSuchUpload' })
})

test('what is wrong with the list of parts has its error, and the upload stays', async () => {
  const fixture = await multipart()
  const { complete } = fixture
  const { UploadId, parts } = await uploaded(fixture)
  const [one = { PartNumber: 1, ETag: '' }, two = one] = parts
  await assert.rejects(complete(UploadId, [two, one]), { code: 'InvalidPartOrder' })
  await assert.rejects(complete(UploadId, [one, { ...two, ETag: one.ETag }]), { code: 'InvalidPart' })
  await assert.rejects(complete(UploadId, [one, { PartNumber: 9, ETag: one.ETag }]), { code: 'InvalidPart' })
  await assert.rejects(complete(UploadId, []), { code: 'MalformedXML' })
  await assert.rejects(complete(UploadId, [], { MultipartUpload: undefined }), {
    code: 'InvalidRequest',
    message: 'You must specify at least one part',
  })
  await assert.rejects(complete(UploadId, [one], { MpuObjectSize: 5 }), {
    message: `The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: ${5 * mib}`,
  })
  await assert.rejects(complete('x', [one]), { code: 'NoSuchUpload' })
  await complete(UploadId, [one])
})

test('composite checksums need those of the parts; full ones are computed from them', async () => {
  const { begin, part, complete } = await multipart()
  const UploadId = await begin({ ChecksumAlgorithm: 'SHA256' })
  const { ETag, ChecksumSHA256 } = await part(UploadId, 1, bodies[2])
  assert.equal(ChecksumSHA256, await sum('SHA256', bodies[2]))
  await assert.rejects(complete(UploadId, [{ PartNumber: 1, ETag }]), {
    message:
      'The upload was created using a sha256 checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.',
  })
  const done = await complete(UploadId, [{ PartNumber: 1, ETag, ChecksumSHA256 }])
  assert.equal(done.ChecksumSHA256, `${await sum('SHA256', Buffer.from(ChecksumSHA256 ?? '', 'base64'))}-1`)
  assert.equal(done.ChecksumType, 'COMPOSITE')
  const full = await begin({ ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
  const uploaded = await part(full, 1, bodies[2])
  const Parts = [{ PartNumber: 1, ETag: uploaded.ETag }]
  await assert.rejects(complete(full, Parts, { ChecksumCRC32: 'AAAAAA==' }), { code: 'BadDigest' })
  assert.equal((await complete(full, Parts)).ChecksumCRC32, await sum('CRC32', bodies[2]))
  await assert.rejects(begin({ ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }), {
    message: 'The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.',
  })
  await assert.rejects(begin({ ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' }), {
    message: 'The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.',
  })
})

test('parts and uploads are listed in pages; a part that comes again replaces the one before', async () => {
  const { begin, part, s3, clock } = await multipart()
  const first = await begin()
  clock.timeMs += 1000
  const second = await begin()
  const other = await begin({ Key: 'a/b' })
  const uploads = (input: object = {}) => s3<ListMultipartUploadsOutput>('ListMultipartUploads', { Bucket, ...input })
  const ids = (page: ListMultipartUploadsOutput) => page.Uploads?.map(({ UploadId }) => UploadId)
  assert.deepEqual(ids(await uploads()), [other, first, second])
  const page = await uploads({ MaxUploads: 2 })
  assert.deepEqual([ids(page), page.IsTruncated], [[other, first], true])
  const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page
  assert.deepEqual(ids(await uploads({ KeyMarker, UploadIdMarker })), [second])
  const rolled = await uploads({ Delimiter: '/', Prefix: '' })
  assert.deepEqual([rolled.CommonPrefixes, ids(rolled)], [[{ Prefix: 'a/' }], [first, second]])
  for (const number of [3, 1, 2, 2]) await part(first, number, Buffer.from(`part ${number}`))
  const parts = (input: object = {}) => s3<ListPartsOutput>('ListParts', { Bucket, Key, UploadId: first, ...input })
  const some = await parts({ MaxParts: 2 })
  assert.deepEqual([some.Parts?.map(({ PartNumber }) => PartNumber), some.NextPartNumberMarker], [[1, 2], '2'])
  const rest = await parts({ PartNumberMarker: '2' })
  assert.deepEqual([rest.Parts?.map(({ PartNumber }) => PartNumber), rest.IsTruncated], [[3], false])
  for (const number of [0, 10_001]) {
    await assert.rejects(part(first, number, Buffer.alloc(1)), {
      message: 'Part number must be an integer between 1 and 10000, inclusive',
    })
  }
})

test('parts that are not used, uploads that are aborted and objects that are deleted leave no bytes', async () => {
  const fixture = await multipart()
  const { complete, s3, store, settle, begin, part, clock } = fixture
  const { UploadId, parts } = await uploaded(fixture)
  await complete(UploadId, parts.slice(0, 1))
  const aborted = await begin()
  await part(aborted, 1, bodies[0])
  await part(aborted, 2, bodies[2])
  await s3('AbortMultipartUpload', { Bucket, Key, UploadId: aborted })
  await s3('DeleteObject', { Bucket, Key })
  await part(await begin(), 1, bodies[2])
  await s3('DeleteBucket', { Bucket })
  await settle()
  // Those who are reading have an hour, of the whole and then of its last part.
  for (let hour = 0; hour < 2; hour++) {
    clock.timeMs += hourMs
    await settle()
  }
  for (const table of ['blob_content', 's3_contents', 's3_parts', 's3_versions']) {
    const [row] = await store.read((sql) => sql.all<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))
    assert.equal(Number(row?.n), 0, table)
  }
})

test('an object of parts that is overwritten while it is read is read to its end', async () => {
  const fixture = await multipart()
  const { complete, s3, settle, put } = fixture
  const { UploadId, parts } = await uploaded(fixture)
  await complete(UploadId, parts)
  const { Body, ContentLength = 0 } = await s3<{ Body: Readable; ContentLength: number }>('GetObject', { Bucket, Key })
  const pieces = Body[Symbol.asyncIterator]()
  const first = (await pieces.next()).value as Buffer
  await put(Key, 'other bytes')
  await settle()
  let bytes = first.length
  for (let piece = await pieces.next(); !piece.done; piece = await pieces.next()) bytes += piece.value.length
  assert.equal(bytes, ContentLength)
})
