import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as client from '@aws-sdk/client-s3'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'

let server: Strongroom
let s3: client.S3Client
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  const { endpoint, region, credentials } = server
  s3 = new client.S3Client({ endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true })
  for (const Bucket of ['shared', 'closed']) await s3.send(new client.CreateBucketCommand({ Bucket }))
  const CORSRules: client.CORSRule[] = [
    {
      AllowedOrigins: ['https://*.example.test'],
      AllowedMethods: ['PUT', 'GET'],
      AllowedHeaders: ['x-amz-*', 'Content-Type'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: 600,
    },
    { AllowedOrigins: ['*'], AllowedMethods: ['GET'] },
  ]
  await s3.send(new client.PutBucketCorsCommand({ Bucket: 'shared', CORSConfiguration: { CORSRules } }))
})
after(async () => {
  s3.destroy()
  await server.stop()
})

/** Asks as a browser does, before a page's request or with it. */
async function ask(method: string, path: string, headers: Record<string, string>) {
  const answer = await fetch(`${server.endpoint}/${path}`, { method, headers })
  const of = (name: string) => answer.headers.get(`access-control-${name}`)
  const text = await answer.text()
  return {
    status: answer.status,
    of,
    code: /<Code>(\w+)</.exec(text)?.[1],
    message: /<Message>([^<]*)</.exec(text)?.[1],
  }
}

const question = (path: string, origin: string, method: string, headers?: string) =>
  ask('OPTIONS', path, {
    origin,
    'access-control-request-method': method,
    ...(headers && { 'access-control-request-headers': headers }),
  })

test('a page may do what the CORS rules of the bucket let its origin do', async () => {
  const { status, of } = await question('shared/a', 'https://app.example.test', 'PUT', 'X-Amz-Date, content-type')
  assert.equal(status, 200)
  assert.deepEqual(
    ['allow-origin', 'allow-methods', 'allow-headers', 'expose-headers', 'max-age', 'allow-credentials'].map(of),
    ['https://app.example.test', 'PUT, GET', 'x-amz-date, content-type', 'ETag', '600', 'true'],
  )
  const other = await question('shared/a', 'https://other.test', 'GET')
  assert.deepEqual([other.status, other.of('allow-origin'), other.of('allow-credentials')], [200, '*', null])
})

test('what no rule allows is refused before the page can send it', async () => {
  for (const refused of [
    await question('shared/a', 'https://other.test', 'PUT'),
    await question('shared/a', 'https://app.example.test', 'DELETE'),
    await question('shared/a', 'https://app.example.test', 'PUT', 'authorization'),
    await question('shared/a', 'https://example.test', 'PUT'),
  ]) {
    assert.deepEqual([refused.status, refused.code, refused.of('allow-origin')], [403, 'AccessForbidden', null])
    assert.match(refused.message ?? '', /^CORSResponse: This CORS request is not allowed\./)
  }
  const none = await question('closed/a', 'https://app.example.test', 'GET')
  assert.equal(none.message, 'CORSResponse: CORS is not enabled for this bucket.')
  assert.equal(
    (await question('missing/a', 'https://app.example.test', 'GET')).message,
    'CORSResponse: Bucket not found',
  )
})

test('answers say which page may read them, errors too', async () => {
  const denied = await ask('GET', 'shared/a', { origin: 'https://app.example.test' })
  assert.deepEqual([denied.status, denied.of('allow-origin')], [403, 'https://app.example.test'])
  assert.equal((await ask('GET', 'closed/a', { origin: 'https://app.example.test' })).of('allow-origin'), null)
})

test('other services answer every page, as before', async () => {
  const asked = await question('2015-03-31/functions', 'https://app.example.test', 'GET', 'authorization')
  assert.deepEqual([asked.status, asked.of('allow-origin')], [200, '*'])
  assert.equal((await question('', 'https://app.example.test', 'POST')).of('allow-origin'), '*')
})
