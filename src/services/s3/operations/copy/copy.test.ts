import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { CompleteMultipartUploadOutput, CopyObjectOutput, UploadPartCopyOutput } from '@aws-sdk/client-s3'
import { s3Fixture } from '../../testing.ts'

const Bucket = 'photos'

async function copying() {
  const fixture = await s3Fixture()
  return {
    ...fixture,
    copy: (Key: string, CopySource: string, more: object = {}) =>
      fixture.s3<CopyObjectOutput>('CopyObject', { Bucket, Key, CopySource, ...more }),
  }
}

test('a copy has the bytes, metadata and tags of its source, unless the request replaces them', async () => {
  const { put, copy, read, get } = await copying()
  const bytes = randomBytes(100_000)
  const { ETag } = await put('a b/ü.txt', bytes, {
    ...{ Metadata: { colour: 'red' }, ContentType: 'text/plain', Tagging: 'team=blue', StorageClass: 'STANDARD_IA' },
  })
  const { CopyObjectResult } = await copy('kept', `/photos/${encodeURIComponent('a b/ü.txt')}`)
  assert.equal(CopyObjectResult?.ETag, ETag)
  assert.ok((await read('kept')).equals(bytes))
  const kept = await get('kept')
  assert.deepEqual(
    [kept.Metadata, kept.ContentType, kept.TagCount, kept.StorageClass],
    [{ colour: 'red' }, 'text/plain', 1, undefined],
  )
  const replacing = { MetadataDirective: 'REPLACE', TaggingDirective: 'REPLACE', Metadata: { size: 'small' } }
  await copy('replaced', 'photos/a%20b/%C3%BC.txt', replacing)
  const replaced = await get('replaced')
  assert.deepEqual(
    [replaced.Metadata, replaced.ContentType, replaced.TagCount],
    [{ size: 'small' }, 'binary/octet-stream', undefined],
  )
})

test('an object is copied onto itself only with a change, or from an older version', async () => {
  const { put, copy, s3, read } = await copying()
  await put('k', 'one')
  await assert.rejects(copy('k', 'photos/k'), {
    code: 'InvalidRequest',
    message: /^This copy request is illegal because it is trying to copy an object to itself/,
  })
  await copy('k', 'photos/k', { StorageClass: 'STANDARD_IA' })
  await s3('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } })
  await put('k', 'two')
  const { CopySourceVersionId } = await copy('k', 'photos/k?versionId=null')
  assert.equal(CopySourceVersionId, 'null')
  assert.equal((await read('k')).toString(), 'one')
})

test('copies obey the conditions on their source and on their target', async () => {
  const { put, copy } = await copying()
  const { ETag } = await put('k', 'one')
  await assert.rejects(copy('new', 'photos/k', { CopySourceIfMatch: '"x"' }), {
    code: 'PreconditionFailed',
    members: { Condition: 'x-amz-copy-source-If-Match' },
  })
  await assert.rejects(copy('new', 'photos/k', { CopySourceIfNoneMatch: ETag }), { status: 412 })
  await put('there', 'x')
  await assert.rejects(copy('there', 'photos/k', { IfNoneMatch: '*' }), { members: { Condition: 'If-None-Match' } })
  await copy('new', 'photos/k', { CopySourceIfMatch: ETag, IfNoneMatch: '*' })
  await assert.rejects(copy('new', 'photos/missing'), { code: 'NoSuchKey' })
  await assert.rejects(copy('new', 'nowhere-at-all/k'), { code: 'NoSuchBucket' })
  for (const source of ['photos', 'photos/', '%zz']) {
    await assert.rejects(copy('new', source), { code: 'InvalidArgument' })
  }
})

test('a copy needs to read its source and to write its target', async () => {
  const { put, permissions } = await copying()
  await put('k', 'one', { Tagging: 'a=1' })
  const input = { Bucket, Key: 'new', CopySource: 'photos/k?versionId=null', MetadataDirective: 'COPY' }
  const asked = await permissions('s3', 'CopyObject', input)
  assert.deepEqual(
    asked.map(({ action, resource }) => [action, resource]),
    [
      ['s3:GetObjectVersion', 'arn:aws:s3:::photos/k'],
      ['s3:PutObject', 'arn:aws:s3:::photos/new'],
    ],
  )
  assert.equal(asked[0]?.context?.['s3:ExistingObjectTag/a'], '1')
  assert.equal(asked[1]?.context?.['s3:x-amz-copy-source'], input.CopySource)
  assert.equal(asked[1]?.context?.['s3:x-amz-metadata-directive'], 'COPY')
})

test('parts are made of ranges of other objects', async () => {
  const { put, s3, read } = await copying()
  const bytes = randomBytes(6 * 1024 ** 2)
  await put('source', bytes)
  const { UploadId } = await s3('CreateMultipartUpload', { Bucket, Key: 'made' })
  const part = (PartNumber: number, CopySourceRange?: string) =>
    s3<UploadPartCopyOutput>('UploadPartCopy', {
      ...{ Bucket, Key: 'made', UploadId, PartNumber, CopySource: 'photos/source', CopySourceRange },
    })
  const one = await part(1)
  const two = await part(2, 'bytes=10-19')
  const Parts = [one, two].map(({ CopyPartResult }, index) => ({ PartNumber: index + 1, ETag: CopyPartResult?.ETag }))
  await s3<CompleteMultipartUploadOutput>('CompleteMultipartUpload', {
    ...{ Bucket, Key: 'made', UploadId, MultipartUpload: { Parts } },
  })
  assert.ok((await read('made')).equals(Buffer.concat([bytes, bytes.subarray(10, 20)])))
  const { UploadId: another } = await s3('CreateMultipartUpload', { Bucket, Key: 'made' })
  await assert.rejects(
    s3('UploadPartCopy', {
      ...{ Bucket, Key: 'made', UploadId: another, PartNumber: 1, CopySource: 'photos/source' },
      CopySourceRange: `bytes=0-${bytes.length}`,
    }),
    { code: 'InvalidArgument' },
  )
})
