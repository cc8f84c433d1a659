import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId } from '../../../../testing/callers.ts'
import { s3Fixture } from '../../testing.ts'

test('records say how a request was signed and how many bytes went in and out; those of services say nothing of it', async () => {
  const { request, put, lastRecord } = await s3Fixture()
  await put('k', 'hello')
  assert.equal(lastRecord().additionalEventData, undefined)
  const answer = await request('GET', '/photos/k')
  const common = { SignatureVersion: 'SigV4', CipherSuite: 'TLS_X', AuthenticationMethod: 'AuthHeader' }
  const { additionalEventData, requestID } = lastRecord()
  assert.deepEqual(additionalEventData, {
    ...{ ...common, bytesTransferredIn: 0, bytesTransferredOut: 5 },
    'x-amz-id-2': answer.headers['x-amz-id-2'],
  })
  assert.equal(requestID, answer.headers['x-amz-request-id'])
  const recorded = async (...asked: Parameters<typeof request>) => {
    const { body } = await request(...asked)
    const { bytesTransferredIn, bytesTransferredOut } = lastRecord().additionalEventData ?? {}
    return [bytesTransferredIn, bytesTransferredOut, String(body).length]
  }
  const body = '<Tagging><TagSet/></Tagging>'
  assert.deepEqual(await recorded('PUT', '/photos/k?tagging', { body }), [28, 0, 0])
  assert.deepEqual((await recorded('HEAD', '/photos/k')).slice(0, 2), [0, 0])
  for (const target of ['/photos?list-type=2', '/photos/missing', '/photos?website']) {
    const [bytesIn, bytesOut, length] = await recorded('GET', target)
    assert.deepEqual([bytesIn, bytesOut], [0, length], target)
    assert.ok(Number(length) > 0, target)
  }
})

test("a browser's question that the CORS rules answer with yes is recorded with the bucket's owner, and others are not", async () => {
  const { s3, gateway, store } = await s3Fixture()
  const CORSRules = [{ AllowedMethods: ['PUT'], AllowedOrigins: ['https://app.example.com'] }]
  await s3('PutBucketCors', { Bucket: 'photos', CORSConfiguration: { CORSRules } })
  const before = store.records.length
  const ask = (path: string, origin: string) => {
    const headers = { origin, 'access-control-request-method': 'PUT' }
    const request = { method: 'OPTIONS', path, query: '', rawHeaders: [], headers, body: Buffer.alloc(0) }
    return gateway.crossOrigin.preflight(request, { ip: '192.0.2.1', host: 's3.example.com' })
  }
  assert.equal((await ask('/photos/k', 'https://evil.example.com'))?.status, 403)
  assert.equal((await ask('/missing/k', 'https://app.example.com'))?.status, 403)
  assert.equal(store.records.length, before)
  assert.equal((await ask('/photos/k', 'https://app.example.com'))?.status, 200)
  const [record, ...more] = store.records.slice(before)
  assert.deepEqual(more, [])
  assert.ok(record)
  const { eventName, eventSource, managementEvent, readOnly, userIdentity, recipientAccountId, requestParameters } =
    record
  assert.deepEqual(
    [eventName, eventSource, managementEvent, readOnly, recipientAccountId, requestParameters, userIdentity],
    [
      ...['PreflightRequest', 's3.amazonaws.com', true, true, accountId],
      { bucketName: 'photos', Host: 's3.example.com' },
      { type: 'Unknown', principalId: 'Anonymous' },
    ],
  )
})
