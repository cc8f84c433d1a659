import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as cloudwatch from '@aws-sdk/client-cloudwatch'
import { cbor, SmithyRpcV2CborProtocol } from '@smithy/core/cbor'
import fc from 'fast-check'
import { ServiceError } from '../../core/service-error.ts'
import { readCborBody } from './cbor-document.ts'
import { protocolNamed } from './index.ts'
import { rpcv2Cbor } from './rpc-v2-cbor.ts'
import { cborService, clientConfig, fixtureSchemas, operationOf, plain, wireRequest } from './testing.ts'

const service = cborService('monitoring', 'GraniteServiceVersion20100801')
const schemas = fixtureSchemas('cloudwatch')
const id = 'b25f48e8-84fd-11e6-80d9-574e0c4664cb'
const head = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' }

test('a CBOR request is found by the service and the operation in its path', () => {
  const bound = [
    { definition: service, binding: { protocol: 'rpcv2Cbor', serviceName: 'GraniteServiceVersion20100801' } },
  ] as const
  const matched = (path: string) => rpcv2Cbor.match(wireRequest({ path, headers: head }), undefined, bound)
  assert.equal(matched('/service/GraniteServiceVersion20100801/operation/ListMetrics')?.operation, 'ListMetrics')
  assert.equal(
    matched('/base/service/aws.GraniteServiceVersion20100801/operation/ListMetrics')?.operation,
    'ListMetrics',
  )
  assert.equal(matched('/service/Other/operation/ListMetrics'), undefined)
  assert.ok(rpcv2Cbor.hasForm(wireRequest({ headers: head }), undefined))
  assert.ok(!rpcv2Cbor.hasForm(wireRequest({}), undefined))
})

test('the SDK throws the exception that a CBOR error names', async () => {
  const error = new ServiceError('ResourceNotFoundException', 404, 'no such alarm', { ResourceId: 'a' })
  const client = new cloudwatch.CloudWatchClient({
    ...clientConfig((request) => protocolNamed('rpcv2Cbor', request).encodeError(service, error, id, schemas)),
    protocol: SmithyRpcV2CborProtocol,
  } as cloudwatch.CloudWatchClientConfig)
  await assert.rejects(client.send(new cloudwatch.ListTagsForResourceCommand({ ResourceARN: 'arn:x' })), (thrown) => {
    assert.ok(thrown instanceof cloudwatch.ResourceNotFoundException)
    assert.deepEqual([thrown.message, thrown.ResourceId], ['no such alarm', 'a'])
    return true
  })
})

test('a client that knew the query protocol gets its codes in a header', () => {
  const error = new ServiceError('LimitExceededFault', 400, 'too many')
  const encode = (headers: Record<string, string>) =>
    protocolNamed('rpcv2Cbor', { headers }).encodeError(service, error, id, schemas).headers['x-amzn-query-error']
  assert.equal(encode({ ...head, 'x-amzn-query-mode': 'true' }), 'LimitExceeded;Sender')
  assert.equal(encode(head), undefined)
})

test('a denial, an unknown operation and a wrong method have the codes of the protocol', () => {
  assert.deepEqual(pick(rpcv2Cbor.errors.denied('no')), ['AccessDeniedException', 400])
  assert.deepEqual(pick(rpcv2Cbor.errors.unknownOperation(service, 'X')), ['UnknownOperationException', 404])
  assert.deepEqual(pick(rpcv2Cbor.errors.wrongMethod('GET')), ['MethodNotAllowedException', 405])
})

const pick = ({ code, status }: ServiceError) => [code, status]

test('CBOR that is not CBOR, or too much of it, is refused', () => {
  const refusal = { code: 'SerializationException', status: 400 }
  const deep = Buffer.concat([Buffer.alloc(70, 0x81), Buffer.from([0x01])])
  const many = Buffer.concat([Buffer.from([0x99, 0xff, 0xff]), Buffer.alloc(65535, 0x01)])
  const cases = [
    '',
    'ff',
    'a1',
    'a10101',
    'a2616101616102',
    '9bffffffffffffffff',
    '5bffffffffffffffff',
    '61ff',
    'c16161',
    'c26161',
    '0101',
    '1c',
  ]
  for (const body of [...cases.map((hex) => Buffer.from(hex, 'hex')), deep, many]) {
    assert.throws(() => readCborBody(body), refusal, body.subarray(0, 16).toString('hex'))
  }
  const wrongTypes = { AlarmNames: 'a' }
  const schema = operationOf(schemas, 'DescribeAlarms')
  assert.throws(() => rpcv2Cbor.decode(schema, wrongTypes), refusal)
  assert.throws(() => rpcv2Cbor.decode(schema, { AlarmNames: [new Uint8Array(1)] }), refusal)
})

test('CBOR of every form is read: indefinite lengths, floats of each width, times, keys of every name', () => {
  const read = (hex: string) => plain(readCborBody(Buffer.from(hex, 'hex')))
  assert.deepEqual(read('bf6161019f0203ffff'.replace('9f0203ff', '616d9f0203ff')), { a: 1, m: [2, 3] })
  assert.equal(read('7f616161 62ff'.replaceAll(' ', '')), 'ab')
  assert.deepEqual([read('f93c00'), read('fa3f800000'), read('fb3ff8000000000000'), read('20')], [1, 1, 1.5, -1])
  assert.deepEqual(read('c1fb41d954fc40000000'), new Date(1700000000000))
  assert.deepEqual(Object.entries(read('a1695f5f70726f746f5f5f01') as object), [['__proto__', 1]])
})

test('whatever bytes come in are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        readCborBody(Buffer.from(bytes))
      } catch (error) {
        assert.ok(error instanceof ServiceError, String(error))
      }
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    // Through JSON: the SDK's encoder writes -0 as 0.
    fc.property(fc.jsonValue().map(throughJson), (value) => {
      assert.deepEqual(plain(readCborBody(Buffer.from(cbor.serialize(value)))), plain(value))
    }),
  )
})

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
