import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListObjectsOutput, ListObjectsV2Output, ListObjectVersionsOutput } from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { s3Fixture } from '../../testing.ts'

const Bucket = 'photos'
const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

type Fixture = Awaited<ReturnType<typeof s3Fixture>>

/** All keys and common prefixes of a list, page by page. */
async function listed({ s3 }: Fixture, input: object) {
  const found: string[] = []
  for (let ContinuationToken: string | undefined; ; ) {
    const page = await s3<ListObjectsV2Output>('ListObjectsV2', { Bucket, ...input, ContinuationToken })
    const keys = [...(page.Contents ?? []).map(({ Key = '' }) => Key)]
    const prefixes = (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => `${Prefix} …`)
    assert.equal(page.KeyCount, keys.length + prefixes.length)
    found.push(...[...keys, ...prefixes].sort(bytewise))
    ContinuationToken = page.NextContinuationToken
    assert.equal(page.IsTruncated, ContinuationToken !== undefined)
    if (ContinuationToken === undefined) return found
  }
}

test('lists are in the order of bytes, roll up common prefixes, and are the same in pages of any size', async () => {
  const letter = fc.constantFrom('a', 'b', '/', '\u{1F600}', '\uFFFD', 'é', '\u{10ffff}')
  const key = fc.string({ unit: letter, minLength: 1, maxLength: 5 })
  const lists = fc.record({
    keys: fc.uniqueArray(key, { maxLength: 20 }),
    Prefix: fc.constantFrom('', 'a', 'a/', 'é'),
    Delimiter: fc.constantFrom('', '/', 'b', 'é'),
    MaxKeys: fc.constantFrom(1, 2, 3, 1000),
    StartAfter: fc.option(key, { nil: undefined }),
  })
  await fc.assert(
    fc.asyncProperty(lists, async ({ keys, Prefix, Delimiter, MaxKeys, StartAfter }) => {
      const fixture = await s3Fixture()
      for (const one of keys) await fixture.put(one, '')
      const prefixOf = (one: string) => {
        const at = Delimiter === '' ? -1 : one.indexOf(Delimiter, Prefix.length)
        return at < 0 ? undefined : one.slice(0, at + Delimiter.length)
      }
      const passed = StartAfter?.startsWith(Prefix) ? prefixOf(StartAfter) : undefined
      const inOrder = keys
        .filter((one) => one.startsWith(Prefix) && (StartAfter === undefined || bytewise(one, StartAfter) > 0))
        .filter((one) => passed === undefined || !one.startsWith(passed))
        .sort(bytewise)
      const expected = new Set(inOrder.map((one) => (prefixOf(one) === undefined ? one : `${prefixOf(one)} …`)))
      assert.deepEqual(await listed(fixture, { Prefix, Delimiter, MaxKeys, StartAfter }), [...expected])
    }),
    { numRuns: 40 },
  )
})

test('ListObjects goes on behind a marker, and gives the next one where there is a delimiter', async () => {
  const { s3, put } = await s3Fixture()
  for (const key of ['a', 'b/1', 'b/2', 'c', 'd/1']) await put(key, '')
  const page = (input: object) => s3<ListObjectsOutput>('ListObjects', { Bucket, ...input })
  const first = await page({ MaxKeys: 2 })
  assert.deepEqual(
    [first.Contents?.map(({ Key }) => Key), first.IsTruncated, first.NextMarker],
    [['a', 'b/1'], true, undefined],
  )
  assert.ok(first.Contents?.[0]?.Owner?.ID)
  const rolled = await page({ MaxKeys: 2, Delimiter: '/' })
  assert.deepEqual(
    [rolled.Contents?.map(({ Key }) => Key), rolled.CommonPrefixes, rolled.NextMarker],
    [['a'], [{ Prefix: 'b/' }], 'b/'],
  )
  const rest = await page({ MaxKeys: 2, Delimiter: '/', Marker: 'b/' })
  assert.deepEqual(
    [rest.Contents?.map(({ Key }) => Key), rest.CommonPrefixes, rest.IsTruncated],
    [['c'], [{ Prefix: 'd/' }], false],
  )
})

test('lists refuse what they do not know, and write keys as URLs when they are asked to', async () => {
  const { s3, put } = await s3Fixture()
  await put('a b/ü+(1).txt', '')
  const list = (input: object) => s3<ListObjectsV2Output>('ListObjectsV2', { Bucket, ...input })
  const { Contents, Prefix, EncodingType } = await list({ EncodingType: 'url', Prefix: 'a ' })
  assert.deepEqual([Contents?.[0]?.Key, Prefix, EncodingType], ['a+b/%C3%BC%2B%281%29.txt', 'a+', 'url'])
  await assert.rejects(list({ EncodingType: 'xml' }), { message: 'Invalid Encoding Method specified in Request' })
  await assert.rejects(list({ ContinuationToken: 'x' }), { message: 'The continuation token provided is incorrect' })
  await assert.rejects(list({ MaxKeys: -1 }), { code: 'InvalidArgument' })
  assert.deepEqual(await list({ MaxKeys: 0 }), {
    Name: Bucket,
    Prefix: '',
    MaxKeys: 0,
    KeyCount: 0,
    IsTruncated: false,
  })
})

test('a page of a list reads as many rows whatever the bucket holds', async () => {
  const fixture = await s3Fixture()
  const { store, s3, put } = fixture
  await put('z', '')
  const { id } = (await store.in({ name: 's3.buckets' } as never).get({ accountId: '', region: '' }, Bucket)) as {
    id: string
  }
  const [template] = await store.sql('s3').all<{ details: string }>('SELECT details FROM s3_versions')
  const fill = (from: number, to: number) =>
    store.transaction(async (tx) => {
      for (let n = from; n < to; n++) {
        const key = `${String(n % 50).padStart(2, '0')}/${n}`
        await tx
          .sql('s3')
          .run(
            "INSERT INTO s3_versions (bucket, key, place, version, current, marker, modified_ms, bytes, etag, storage_class, details) VALUES (?, ?, -1, 'null', 1, 0, 0, 0, '', 'STANDARD', ?)",
            [id, key, template?.details ?? ''],
          )
      }
    })
  const rowsOf = async (input: object) => {
    let rows = 0
    const reader = store.sql('s3')
    const counted = {
      ...reader,
      all: async (...given: Parameters<typeof reader.all>) => {
        const found = await reader.all(...given)
        rows += found.length
        return found as never
      },
    }
    const { context, operation } = fixture.begin('s3', 'ListObjectsV2')
    const handle = operation.declaration?.handle as (context: unknown, input: object) => Promise<unknown>
    await handle({ ...(context as object), store: { ...store, sql: () => counted } }, { Bucket, ...input })
    return rows
  }
  const lists = [
    { MaxKeys: 10 },
    { Delimiter: '/' },
    { MaxKeys: 3, Delimiter: '/', Prefix: '1' },
    { Prefix: '49/', MaxKeys: 5 },
  ]
  await fill(0, 1000)
  const few = await Promise.all(lists.map(rowsOf))
  await fill(1000, 10_000)
  assert.deepEqual(await Promise.all(lists.map(rowsOf)), few)
  assert.ok(Math.max(...few) < 400, String(few))
  assert.equal((await s3<ListObjectsV2Output>('ListObjectsV2', { Bucket, Delimiter: '/' })).CommonPrefixes?.length, 50)
})

test('ListObjectVersions gives every version and marker, the newest of a key first, in pages', async () => {
  const { s3, put } = await s3Fixture()
  await put('a', 'before')
  await s3('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } })
  for (const key of ['a', 'b', 'a']) await put(key, key)
  await s3('DeleteObject', { Bucket, Key: 'b' })
  const all: string[] = []
  for (let next: object = {}; ; ) {
    const page = await s3<ListObjectVersionsOutput>('ListObjectVersions', { Bucket, MaxKeys: 1, ...next })
    for (const { Key, IsLatest } of page.Versions ?? []) all.push(`${Key} ${IsLatest}`)
    for (const { Key, IsLatest } of page.DeleteMarkers ?? []) all.push(`${Key} marker ${IsLatest}`)
    if (!page.IsTruncated) break
    next = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
  }
  assert.deepEqual(all, ['a true', 'a false', 'a false', 'b marker true', 'b false'])
  await assert.rejects(s3('ListObjectVersions', { Bucket, VersionIdMarker: 'null' }), {
    message: 'A version-id marker cannot be specified without a key marker.',
  })
  const { Contents } = await s3<ListObjectsV2Output>('ListObjectsV2', { Bucket })
  assert.deepEqual(
    Contents?.map(({ Key }) => Key),
    ['a'],
  )
})
