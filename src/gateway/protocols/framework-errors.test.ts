import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awsJson1_1 } from './aws-json.ts'
import { awsQuery } from './aws-query.ts'
import { internalFailure, operationNotBuilt, serviceUnavailable } from './framework-errors.ts'
import type { Protocol } from './protocol.ts'
import { restJson1 } from './rest-json.ts'
import { restXml } from './rest-xml.ts'
import { formRequest, jsonRequest, jsonService, queryService, wireRequest } from './testing.ts'
import { bodyTooLarge } from './unrouted.ts'

const json = jsonService('kms')
const query = queryService('iam')
const requestId = 'b25f48e8-84fd-11e6-80d9-574e0c4664cb'

test('an unknown operation is refused in the form of its protocol', () => {
  const inJson = awsJson1_1.encodeError(json, awsJson1_1.errors.unknownOperation(json, 'Foo'), requestId)
  assert.equal(inJson.status, 400)
  assert.equal(inJson.body, '{"__type":"UnknownOperationException"}')
  const inQuery = awsQuery.encodeError(query, awsQuery.errors.unknownOperation(query, 'Foo'), requestId)
  assert.equal(inQuery.status, 400)
  assert.match(
    String(inQuery.body),
    /<Type>Sender<\/Type><Code>InvalidAction<\/Code><Message>Could not find operation Foo for version 2010-05-08<\/Message>/,
  )
})

test('an operation that is not built is named, with a status that clients do not repeat', () => {
  const error = operationNotBuilt(json, 'ReplicateKey')
  assert.equal(error.status, 400)
  assert.match(error.message, /^AWS Test ReplicateKey .*Strongroom does not support yet/)
})

test('faults and unavailability carry a status that clients repeat', () => {
  assert.equal(internalFailure().status, 500)
  assert.equal(serviceUnavailable(awsJson1_1).status, 503)
  assert.match(serviceUnavailable(awsJson1_1).message, /Nothing was done; try again/)
  assert.doesNotMatch(serviceUnavailable(awsJson1_1, { outcomeUnknown: true }).message, /Nothing was done/)
  const answer = awsQuery.encodeError(query, serviceUnavailable(awsQuery), requestId)
  assert.match(String(answer.body), /<Type>Receiver<\/Type><Code>ServiceUnavailable<\/Code>/)
})

test('a method that the protocol has no use for is refused', () => {
  assert.equal(awsJson1_1.errors.wrongMethod('DELETE').status, 404)
  assert.equal(awsQuery.errors.wrongMethod('DELETE').status, 405)
})

test('the error for an unknown service has the form of the request', () => {
  const message = 'Strongroom has no "sqs".'
  const unknown = ({ encodeUnrouted, errors }: Protocol) => encodeUnrouted(errors.unknownService(message), requestId)
  const inJson = unknown(awsJson1_1)
  assert.deepEqual(JSON.parse(String(inJson.body)), {
    __type: 'UnknownOperationException',
    message,
  })
  const inQuery = unknown(awsQuery)
  assert.match(String(inQuery.body), /<Code>InvalidAction<\/Code><Message>Strongroom has no &quot;sqs&quot;\./)
  const inRest = unknown(restJson1)
  assert.equal(inRest.status, 404)
  assert.equal(inRest.headers['x-amzn-ErrorType'], 'UnknownOperationException')
  const inS3 = unknown(restXml)
  assert.match(String(inS3.body), /<Error><Code>NotImplemented<\/Code><Message>Strongroom has no &quot;sqs&quot;\./)
  for (const answer of [inJson, inQuery, inRest]) assert.equal(answer.headers['x-amzn-RequestId'], requestId)
  assert.equal(inS3.headers['x-amz-request-id'], requestId)
})

test('a body over the limit is refused with 413 in the form that its headers promise', () => {
  const target = { ...jsonRequest(''), headers: { 'x-amz-target': 'TrentService.ListKeys' } }
  const inJson = bodyTooLarge(target, 1000)
  assert.equal(JSON.parse(String(inJson.body)).__type, 'RequestEntityTooLargeException')
  const inQuery = bodyTooLarge(formRequest(''), 1000)
  assert.match(String(inQuery.body), /<Code>RequestEntityTooLargeException<\/Code>/)
  const inRest = bodyTooLarge(wireRequest({ method: 'PUT', path: '/bucket/key' }), 1000)
  for (const answer of [inJson, inQuery, inRest]) {
    assert.equal(answer.status, 413)
    assert.match(String(answer.headers['x-amzn-RequestId']), /^[0-9a-f-]{36}$/)
    assert.match(String(answer.body), /1000 bytes/)
  }
})
