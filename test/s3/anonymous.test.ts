import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import type { LookupFunction } from 'node:net'
import { after, before, test } from 'node:test'
import * as client from '@aws-sdk/client-s3'
import * as control from '@aws-sdk/client-s3-control'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'

let server: Strongroom
let s3: client.S3Client
const open = { BlockPublicAcls: false, IgnorePublicAcls: false, BlockPublicPolicy: false, RestrictPublicBuckets: false }
const Bucket = 'open-photos'

before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  const { endpoint, region, credentials } = server
  s3 = new client.S3Client({ endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true })
  await s3.send(new client.CreateBucketCommand({ Bucket }))
  await s3.send(new client.PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: open }))
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/public/*` },
      { Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/inbox/*` },
    ],
  })
  await s3.send(new client.PutBucketPolicyCommand({ Bucket, Policy }))
  for (const Key of ['public/a b.txt', 'private.txt']) {
    await s3.send(new client.PutObjectCommand({ Bucket, Key, Body: 'content' }))
  }
})
after(async () => {
  s3.destroy()
  await server.stop()
})

const loopback: LookupFunction = (_name, { all }, found) =>
  all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4)

const ask = async (path: string, options: RequestInit = {}) => {
  const answer = await fetch(`${server.endpoint}/${path}`, options)
  const text = await answer.text()
  return { status: answer.status, text, code: /<Code>(\w+)</.exec(text)?.[1] }
}

test('a browser reads what the policy of a bucket opens to everyone, and nothing else', async () => {
  assert.deepEqual(await ask(`${Bucket}/public/a%20b.txt`), { status: 200, text: 'content', code: undefined })
  assert.equal((await ask(`${Bucket}/public/a%20b.txt`, { method: 'HEAD' })).status, 200)
  for (const path of [`${Bucket}/private.txt`, `${Bucket}/public/missing`, Bucket, `${Bucket}/?list-type=2`]) {
    const { status, code, text } = await ask(path)
    assert.deepEqual([path, status, code], [path, 403, 'AccessDenied'])
    assert.match(text, /<Message>Access Denied</)
  }
  assert.equal((await ask('no-such-bucket/a')).code, 'NoSuchBucket')
})

test('everyone can bring an object where the policy says so, also by a form', async () => {
  assert.equal((await ask(`${Bucket}/inbox/put`, { method: 'PUT', body: 'from outside' })).status, 200)
  assert.equal((await ask(`${Bucket}/private.txt`, { method: 'PUT', body: 'x' })).code, 'AccessDenied')
  const form = new FormData()
  form.append('key', 'inbox/form')
  form.append('file', new Blob(['by a form']), 'f')
  assert.equal((await ask(Bucket, { method: 'POST', body: form })).status, 204)
  for (const [Key, content] of [
    ['inbox/put', 'from outside'],
    ['inbox/form', 'by a form'],
  ]) {
    const { Body } = await s3.send(new client.GetObjectCommand({ Bucket, Key }))
    assert.equal(await Body?.transformToString(), content)
  }
})

test('what needs a signature says so to those who do not sign', async () => {
  assert.deepEqual((({ status, code }) => [status, code])(await ask(`${Bucket}/?policy`)), [403, 'AccessDenied'])
  assert.equal((await ask(`${Bucket}`, { method: 'PUT' })).code, 'AccessDenied')
})

test("an account's block of public access closes the bucket to everyone, by the SDK's client of S3 Control", async () => {
  const { endpoint, region, credentials } = server
  // The SDK puts the account before the host, and not every resolver knows names under localhost.
  const requestHandler = { httpAgent: new Agent({ lookup: loopback }) }
  const named = endpoint.replace('127.0.0.1', 'localhost')
  const s3control = new control.S3ControlClient({
    endpoint: named,
    region,
    credentials,
    maxAttempts: 1,
    requestHandler,
  })
  const AccountId = server.accountId
  const PublicAccessBlockConfiguration = { ...open, RestrictPublicBuckets: true }
  await s3control.send(new control.PutPublicAccessBlockCommand({ AccountId, PublicAccessBlockConfiguration }))
  assert.equal((await ask(`${Bucket}/public/a%20b.txt`)).code, 'AccessDenied')
  const found = await s3control.send(new control.GetPublicAccessBlockCommand({ AccountId }))
  assert.deepEqual(found.PublicAccessBlockConfiguration, PublicAccessBlockConfiguration)
  await s3control.send(new control.DeletePublicAccessBlockCommand({ AccountId }))
  await assert.rejects(s3control.send(new control.GetPublicAccessBlockCommand({ AccountId })), {
    name: 'NoSuchPublicAccessBlockConfiguration',
  })
  assert.equal((await ask(`${Bucket}/public/a%20b.txt`)).status, 200)
  s3control.destroy()
})
