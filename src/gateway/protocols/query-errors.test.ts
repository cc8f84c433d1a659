import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '../../core/service-error.ts'
import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import { awsQuery } from './aws-query.ts'
import { protocolNamed } from './index.ts'
import { jsonService } from './testing.ts'

const id = 'b25f48e8-84fd-11e6-80d9-574e0c4664cb'

/** A service that spoke the query protocol before JSON, and still does. */
const queues: ServiceDefinition = {
  ...jsonService('sqs', 'awsJson1_0'),
  bindings: [
    { protocol: 'awsJson1_0', targetPrefixes: ['AmazonSQS'] },
    {
      protocol: 'awsQuery',
      version: '2012-11-05',
      xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
      errorCodes: { QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue' },
    },
  ],
}
const absent = new ServiceError('QueueDoesNotExist', 400, 'The specified queue does not exist.')

test('JSON clients that ask for them get the codes of the query protocol in a header', () => {
  for (const version of ['1.0', '1.1']) {
    const type = { 'content-type': `application/x-amz-json-${version}` }
    const spoken = protocolNamed('awsJson1_0', { headers: { ...type, 'x-amzn-query-mode': 'true' } })
    const { headers, body } = spoken.encodeError(queues, absent, id)
    assert.equal(headers['x-amzn-query-error'], 'AWS.SimpleQueueService.NonExistentQueue;Sender')
    assert.equal(headers['Content-Type'], `application/x-amz-json-${version}`)
    assert.match(JSON.parse(String(body)).__type, /(^|#)QueueDoesNotExist$/)
    const fault = spoken.encodeError(queues, new ServiceError('InternalFailure', 500), id)
    assert.equal(fault.headers['x-amzn-query-error'], 'InternalFailure;Receiver')
    const plain = protocolNamed('awsJson1_0', { headers: type }).encodeError(queues, absent, id)
    assert.equal(plain.headers['x-amzn-query-error'], undefined)
  }
})

test('an error has its code of the query protocol in that protocol', () => {
  assert.match(
    String(awsQuery.encodeError(queues, absent, id).body),
    /<Type>Sender<\/Type><Code>AWS.SimpleQueueService.NonExistentQueue<\/Code>/,
  )
  const other = new ServiceError('toString', 400, 'another')
  assert.match(String(awsQuery.encodeError(queues, other, id).body), /<Code>toString<\/Code>/)
})
