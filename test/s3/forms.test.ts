import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import * as client from '@aws-sdk/client-s3'
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'

let server: Strongroom
let s3: client.S3Client
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  const { endpoint, region, credentials } = server
  s3 = new client.S3Client({ endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true })
  await s3.send(new client.CreateBucketCommand({ Bucket: 'photos' }))
})
after(async () => {
  s3.destroy()
  await server.stop()
})

type Given = Partial<PresignedPostOptions> & { by?: client.S3Client }

/** Has the SDK sign a policy, and sends the form that a browser would. */
async function post(
  Key: string,
  content: string | Uint8Array<ArrayBuffer>,
  { by = s3, ...given }: Given = {},
  more: { fields?: Record<string, string>; fileName?: string; without?: string } = {},
) {
  const { url, fields } = await createPresignedPost(by as never, { Bucket: 'photos', Key, Expires: 60, ...given })
  const form = new FormData()
  for (const [name, value] of Object.entries({ ...fields, ...more.fields })) {
    if (name !== more.without) form.append(name, value)
  }
  form.append('file', new Blob([content], { type: 'text/plain' }), more.fileName ?? 'file.txt')
  const answer = await fetch(url, { method: 'POST', body: form, redirect: 'manual' })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

const read = async (Key: string) => {
  const { Body, ...head } = await s3.send(new client.GetObjectCommand({ Bucket: 'photos', Key }))
  return { content: Buffer.from((await Body?.transformToByteArray()) ?? []), ...head }
}

const isThere = (Key: string) =>
  s3.send(new client.HeadObjectCommand({ Bucket: 'photos', Key })).then(
    () => true,
    () => false,
  )

test("a browser's form with a signed policy stores its file, with the metadata of its fields", async () => {
  const Fields = { 'Content-Type': 'text/css', 'x-amz-meta-owner': 'alice', 'Cache-Control': 'no-store' }
  const { status, headers } = await post('forms/a.css', 'body {}', { Fields })
  assert.equal(status, 204)
  const { content, ContentType, Metadata, CacheControl, ETag } = await read('forms/a.css')
  assert.deepEqual([String(content), ContentType, CacheControl], ['body {}', 'text/css', 'no-store'])
  assert.deepEqual(Metadata, { owner: 'alice' })
  assert.equal(headers.get('etag'), ETag)
})

test('a file of many megabytes comes as it is, and its name takes the place that the key leaves it', async () => {
  const content = new Uint8Array(randomBytes(12_000_000))
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what S3 puts the name in place of.
  const { status } = await post('forms/${filename}', content, {}, { fileName: 'C:\\pictures\\a b.bin' })
  assert.equal(status, 204)
  assert.ok((await read('forms/a b.bin')).content.equals(content))
})

test('a form says what its answer is: 200, 204, 201 with a document, or a redirection', async () => {
  const asked = (Fields: Record<string, string>) => post('forms/answer', 'x', { Fields })
  assert.equal((await asked({ success_action_status: '200' })).status, 200)
  assert.equal((await asked({ success_action_status: '999' })).status, 204)
  const created = await asked({ success_action_status: '201' })
  assert.equal(created.status, 201)
  assert.match(created.text, /<Bucket>photos<\/Bucket><Key>forms\/answer<\/Key><ETag>&quot;[0-9a-f]{32}&quot;<\/ETag>/)
  const moved = await asked({ success_action_redirect: 'http://127.0.0.1/done?a=1' })
  const location = new URL(moved.headers.get('location') ?? '')
  assert.deepEqual(
    [moved.status, location.searchParams.get('a'), location.searchParams.get('bucket')],
    [303, '1', 'photos'],
  )
  assert.equal(location.searchParams.get('key'), 'forms/answer')
})

test('a file outside the range of the policy is refused with its size, and nothing is stored', async () => {
  const Conditions: PresignedPostOptions['Conditions'] = [['content-length-range', 3, 5]]
  const small = await post('forms/range', 'ab', { Conditions })
  assert.deepEqual([small.status, /<Code>(\w+)</.exec(small.text)?.[1]], [400, 'EntityTooSmall'])
  assert.match(small.text, /<ProposedSize>2<\/ProposedSize><MinSizeAllowed>3</)
  const large = await post('forms/range', 'abcdef', { Conditions })
  assert.match(large.text, /<Code>EntityTooLarge<.*<MaxSizeAllowed>5</)
  assert.equal(await isThere('forms/range'), false)
  assert.equal((await post('forms/range', 'abcd', { Conditions })).status, 204)
})

test('what the policy does not allow is refused with the condition that failed', async () => {
  const denied = async (...[Key, content, given, more]: Parameters<typeof post>) => {
    const { status, text } = await post(Key, content, given, more)
    assert.deepEqual([status, /<Code>(\w+)</.exec(text)?.[1]], [403, 'AccessDenied'])
    return /<Message>([^<]*)</.exec(text)?.[1]?.replaceAll('&quot;', '"')
  }
  const according = 'Invalid according to Policy:'
  assert.equal(await denied('forms/late', 'x', { Expires: -1 }), `${according} Policy expired.`)
  assert.equal(
    await denied('forms/other', 'x', {}, { fields: { key: 'forms/elsewhere' } }),
    `${according} Policy Condition failed: ["eq", "$key", "forms/other"]`,
  )
  const Conditions: PresignedPostOptions['Conditions'] = [['starts-with', '$Content-Type', 'image/']]
  assert.equal(
    await denied('forms/type', 'x', { Conditions }, { fields: { 'Content-Type': 'text/html' } }),
    `${according} Policy Condition failed: ["starts-with", "$content-type", "image/"]`,
  )
  assert.equal(
    await denied('forms/extra', 'x', {}, { fields: { 'x-amz-meta-a': 'b' } }),
    `${according} Extra input fields: x-amz-meta-a`,
  )
  assert.equal((await post('forms/ignored', 'x', {}, { fields: { 'x-ignore-me': 'b' } })).status, 204)
  for (const key of ['forms/late', 'forms/other', 'forms/elsewhere', 'forms/type', 'forms/extra']) {
    assert.equal(await isThere(key), false)
  }
})

test('a policy counts only with the signature of a caller who may store the object', async () => {
  const code = ({ status, text }: { status: number; text: string }) => [status, /<Code>(\w+)</.exec(text)?.[1]]
  const tampered = { 'X-Amz-Signature': '0'.repeat(64) }
  assert.deepEqual(code(await post('forms/s', 'x', {}, { fields: tampered })), [403, 'SignatureDoesNotMatch'])
  const { endpoint, region } = server
  const unknown = { accessKeyId: 'AKIAUNKNOWNUNKNOWN00', secretAccessKey: 'x'.repeat(40) }
  const by = new client.S3Client({ endpoint, region, credentials: unknown, forcePathStyle: true })
  assert.deepEqual(code(await post('forms/s', 'x', { by })), [403, 'InvalidAccessKeyId'])
  assert.deepEqual(code(await post('forms/s', 'x', {}, { without: 'X-Amz-Signature' })), [400, 'InvalidArgument'])
  // Without both, the sender is anonymous, and the bucket is not open to everyone.
  const { url } = await createPresignedPost(s3 as never, { Bucket: 'photos', Key: 'forms/s' })
  const form = new FormData()
  form.append('key', 'forms/s')
  form.append('file', new Blob(['x']), 'x')
  const answer = await fetch(url, { method: 'POST', body: form })
  assert.deepEqual(code({ status: answer.status, text: await answer.text() }), [403, 'AccessDenied'])
  assert.equal(await isThere('forms/s'), false)
})

test('a form that is not one is refused, whatever is wrong with it', async () => {
  const send = async (body: string | Buffer<ArrayBuffer>, type = 'multipart/form-data; boundary=b') => {
    const answer = await fetch(`${server.endpoint}/photos`, { method: 'POST', body, headers: { 'content-type': type } })
    return [answer.status, /<Code>(\w+)</.exec(await answer.text())?.[1]]
  }
  const field = (name: string, value: string) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  assert.deepEqual(await send('', 'multipart/form-data'), [400, 'MalformedPOSTRequest'])
  assert.deepEqual(await send('no boundary at all'), [400, 'MalformedPOSTRequest'])
  assert.deepEqual(await send(`${field('key', 'a')}--b--\r\n`), [400, 'InvalidArgument'])
  assert.deepEqual(await send(field('key', 'a')), [400, 'MalformedPOSTRequest'])
  assert.deepEqual(await send(`${field('key', 'a')}${field('key', 'b')}${field('file', 'x')}--b--\r\n`), [
    400,
    'InvalidArgument',
  ])
  assert.deepEqual(await send(`${field('policy', 'x'.repeat(30_000))}--b--\r\n`), [
    400,
    'MaxPostPreDataLengthExceededError',
  ])
  // A file that breaks off is not stored.
  assert.deepEqual(
    await send(`${field('key', 'cut')}--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhalf`),
    [403, 'AccessDenied'],
  )
  for (let round = 0; round < 200; round++) {
    const [status] = await send(randomBytes(1 + ((round * 37) % 900)) as Buffer<ArrayBuffer>)
    assert.equal(status, 400)
  }
})

test('a signed form whose file breaks off stores nothing', async () => {
  const { url, fields } = await createPresignedPost(s3 as never, { Bucket: 'photos', Key: 'forms/cut' })
  const parts = Object.entries(fields).map(
    ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const body = `${parts.join('')}--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n${'half'.repeat(1000)}`
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  })
  assert.match(await answer.text(), /<Code>MalformedPOSTRequest</)
  assert.equal(await isThere('forms/cut'), false)
})
