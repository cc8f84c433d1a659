import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as s3 from '@aws-sdk/client-s3'
import { hostIdOf } from '../../core/host-id.ts'
import { ServiceError } from '../../core/service-error.ts'
import { restXml } from './rest-xml.ts'
import { bucketInHost, inPathStyle, newS3RequestId, s3Error } from './s3-form.ts'
import { clientConfig, fixtureSchemas, wireRequest, xmlService } from './testing.ts'

const bucketIn = (host: string) => bucketInHost({ headers: { host } })

test('a bucket may stand in the host, with a Region or without, and nothing else there is taken for one', () => {
  for (const [host, bucket] of [
    ['photos.s3.localhost:4566', 'photos'],
    ['photos.s3.eu-west-1.localhost:4566', 'photos'],
    ['my.photos.s3.us-east-1.amazonaws.com', 'my.photos'],
    ['photos.s3-eu-west-1.amazonaws.com', 'photos'],
    ['photos.s3.amazonaws.com', 'photos'],
    ['photos.s3.dualstack.us-gov-west-1.amazonaws.com', 'photos'],
    ['a.s3.localhost.localstack.cloud', 'a'],
  ] as const) {
    assert.equal(bucketIn(host), bucket, host)
  }
  for (const host of [
    'localhost:4566',
    's3.localhost',
    's3.us-east-1.amazonaws.com',
    '127.0.0.1:4566',
    '[::1]:4566',
    'photos.localhost',
    'photos.s3',
    '.s3.localhost',
    '',
  ]) {
    assert.equal(bucketIn(host), undefined, host)
  }
})

test('a bucket in the host is read as if it were in the path, and a key stays as it is', () => {
  const read = (request: Parameters<typeof wireRequest>[0]) => {
    const schemas = fixtureSchemas('s3')
    const definition = xmlService('s3')
    const [binding] = definition.bindings
    assert.ok(binding)
    const operation = (name: string) => {
      const schema = schemas.operation(name)
      return schema && { schema }
    }
    const asked = restXml.read(wireRequest(request), { definition, binding }, { definition, schemas, operation })
    return [asked.operation.schema.name, (asked.document as { labels: object }).labels]
  }
  const host = 'photos.s3.localhost'
  assert.deepEqual(read({ method: 'GET', path: '/a//b/../c%20d/', headers: { host } }), [
    'GetObject',
    { Bucket: 'photos', Key: 'a//b/../c d/' },
  ])
  assert.deepEqual(read({ method: 'GET', path: '/photos//a' }), ['GetObject', { Bucket: 'photos', Key: '/a' }])
  assert.deepEqual(read({ method: 'PUT', path: '/', headers: { host } }), ['CreateBucket', { Bucket: 'photos' }])
  for (const path of ['/photos', '/photos/']) {
    assert.deepEqual(read({ method: 'GET', path, query: 'list-type=2' }), ['ListObjectsV2', { Bucket: 'photos' }])
  }
  assert.deepEqual(read({ method: 'GET', path: '/' }), ['ListBuckets', {}])
  assert.equal(inPathStyle(wireRequest({ path: '/k', headers: { host: 'localhost' } })).path, '/k')
})

test('an error has its members between message and ids, which its headers repeat; the SDK reads them', async () => {
  const id = newS3RequestId()
  assert.match(id, /^[A-Z0-9]{16}$/)
  assert.match(hostIdOf(id), /^[A-Za-z0-9+/]{76}$/)
  const error = new ServiceError('NoSuchKey', 404, 'The specified key does not exist.', { Key: 'a<b' })
  const { headers, body } = s3Error(error, id)
  assert.deepEqual([headers['x-amz-request-id'], headers['x-amz-id-2']], [id, hostIdOf(id)])
  assert.equal(
    body,
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>' +
      `<Key>a&lt;b</Key><RequestId>${id}</RequestId><HostId>${hostIdOf(id)}</HostId></Error>`,
  )
  const answer = () => restXml.encodeError(xmlService('s3'), error, id, fixtureSchemas('s3'))
  const client = new s3.S3Client({ ...clientConfig(answer), forcePathStyle: true })
  await assert.rejects(client.send(new s3.GetObjectCommand({ Bucket: 'b', Key: 'k' })), (thrown) => {
    assert.ok(thrown instanceof s3.NoSuchKey)
    assert.deepEqual([thrown.$metadata.requestId, thrown.$metadata.extendedRequestId], [id, hostIdOf(id)])
    return true
  })
})
