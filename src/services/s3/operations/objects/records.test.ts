import assert from 'node:assert/strict'
import { test } from 'node:test'
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
