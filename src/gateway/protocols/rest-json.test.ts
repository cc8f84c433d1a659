import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from '../../core/service-error.ts'
import type { WireRequest } from '../http/wire.ts'
import { restJson1 } from './rest-json.ts'
import { compileRoutes } from './rest-routes.ts'
import { operationOf, operationsOf, restService, schemasOf, testOperation, wireRequest } from './testing.ts'

const service = restService('lambda')
const schemas = schemasOf('lambda')

const routes = compileRoutes(operationsOf(schemas))
const id = 'b25f48e8-84fd-11e6-80d9-574e0c4664cb'

const schemaOf = (name: string) => operationOf(schemas, name)

/** Decodes a request as the gateway does. */
function decode(request: Partial<WireRequest>): { operation: string; input: Record<string, unknown> } {
  const wire = wireRequest(request)
  const match = routes.match(wire)
  if (typeof match !== 'object') throw new Error(`no operation: ${match}`)
  const schema = schemaOf(match.operation)
  const document = restJson1.parse(wire, { schema, labels: match.labels })
  return { operation: match.operation, input: restJson1.decode(schema, document) }
}

const functions = '/2015-03-31/functions'

test('operations are found by method and path, with what stands in the path decoded once', () => {
  assert.deepEqual(routes.match({ method: 'GET', path: functions, query: '' }), {
    operation: 'ListFunctions',
    labels: {},
  })
  const arn = 'arn%3Aaws%3Alambda%3Aus-east-1%3A111122223333%3Afunction%3Af'
  assert.deepEqual(routes.match({ method: 'POST', path: `${functions}/${arn}/invocations`, query: 'Qualifier=live' }), {
    operation: 'Invoke',
    labels: { FunctionName: 'arn:aws:lambda:us-east-1:111122223333:function:f' },
  })
  const twice = routes.match({ method: 'GET', path: `${functions}/a%252Fb`, query: '' })
  assert.deepEqual(twice, { operation: 'GetFunction', labels: { FunctionName: 'a%2Fb' } })
})

test('paths are read as they are signed: without empty and dotted segments', () => {
  for (const path of [`${functions}/`, `/${functions}`, `${functions}//`, `/x/..${functions}/.`]) {
    const match = routes.match({ method: 'GET', path, query: '' })
    assert.deepEqual(match, { operation: 'ListFunctions', labels: {} }, path)
  }
})

test('unknown paths, bad escapes and wrong methods lead nowhere', () => {
  assert.equal(routes.match({ method: 'GET', path: '/2015-03-31/function', query: '' }), undefined)
  assert.equal(routes.match({ method: 'GET', path: `${functions}/%zz`, query: '' }), undefined)
  assert.equal(routes.match({ method: 'GET', path: '/', query: '' }), undefined)
  assert.equal(routes.match({ method: 'PATCH', path: `${functions}/f`, query: '' }), 'wrong-method')
  assert.equal(routes.match({ method: 'get', path: functions, query: '' }), 'wrong-method')
})

test('operations on one path are distinguished by their query', () => {
  const layers = '/2018-10-31/layers'
  const byArn = routes.match({ method: 'GET', path: layers, query: 'find=LayerVersion&Arn=x' })
  assert.deepEqual(byArn, { operation: 'GetLayerVersionByArn', labels: {} })
  assert.deepEqual(routes.match({ method: 'GET', path: layers, query: '' }), { operation: 'ListLayers', labels: {} })
})

test('labels of several segments take the rest of the path, but for what stands behind them', () => {
  const operation = (name: string, path: string) => ({
    ...{ name, path, method: 'GET', status: 200 },
    ...{ input: undefined, output: undefined },
  })
  const greedy = compileRoutes([operation('Get', '/b/{Bucket}/{Key+}'), operation('Acl', '/b/{Bucket}/{Key+}/acl')])
  const match = (path: string) => greedy.match({ method: 'GET', path, query: '' })
  assert.deepEqual(match('/b/x/a/b%2Fc/d'), { operation: 'Get', labels: { Bucket: 'x', Key: 'a/b/c/d' } })
  assert.deepEqual(match('/b/x/a/b/acl'), { operation: 'Acl', labels: { Bucket: 'x', Key: 'a/b' } })
  assert.equal(match('/b/x'), undefined)
})

test('members come from the path, the query, headers and the body, each from its own place alone', () => {
  const body = Buffer.from(JSON.stringify({ FunctionName: 'other', Qualifier: 'other', StatementId: 's', Unknown: 1 }))
  const headers = { 'x-amz-log-type': 'Tail' }
  const request = { method: 'POST', path: `${functions}/f/policy`, query: 'Qualifier=a%20b+c', headers, body }
  assert.deepEqual(decode(request), {
    operation: 'AddPermission',
    input: { FunctionName: 'f', Qualifier: 'a b c', StatementId: 's' },
  })
  const untag = { method: 'DELETE', path: '/2017-03-31/tags/arn%3Ax', query: 'tagKeys=a&tagKeys=b%26c' }
  assert.deepEqual(decode(untag).input, { Resource: 'arn:x', TagKeys: ['a', 'b&c'] })
})

test('a header that a signature may leave out is not a member of an input', () => {
  const Kind = { shape: 'String', location: 'header', locationName: 'X-Kind' } as const
  const schema = testOperation({ DoRequest: { type: 'structure', members: { Kind } } })
  assert.throws(() => restJson1.parse(wireRequest({}), { schema, labels: {} }), /nothing signs the header of Kind/)
})

test('a payload of bytes is taken as it is', () => {
  const body = Buffer.from('{"not": parsed')
  const headers = { 'x-amz-invocation-type': 'Event', 'x-amz-client-context': 'e30=' }
  const { input } = decode({ method: 'POST', path: `${functions}/f/invocations`, headers, body })
  assert.deepEqual(input, { FunctionName: 'f', InvocationType: 'Event', ClientContext: 'e30=', Payload: body })
})

test('bodies that are not JSON, and members of other types, are refused as in the other JSON protocols', () => {
  const post = (body: string | Buffer) => () => decode({ method: 'POST', path: functions, body: Buffer.from(body) })
  const refusal = { code: 'SerializationException', status: 400 }
  for (const body of ['{', '[]', '"x"', '\ufeff{}', Buffer.from([0x7b, 0xff, 0x7d]), '{"Timeout":"x"}']) {
    assert.throws(post(body), refusal)
  }
  assert.throws(post('{"Timeout":"x"}'), { ...refusal, message: 'STRING_VALUE cannot be converted to Integer' })
  assert.throws(post('{"Code":{"ZipFile":"a"}}'), { ...refusal, message: /^Base64 encoded length is expected/ })
  const list = (query: string) => () => decode({ method: 'GET', path: functions, query })
  assert.throws(list('MaxItems=x'), { ...refusal, message: 'STRING_VALUE cannot be converted to Integer' })
  assert.throws(list('Marker=%zz'), refusal)
  assert.deepEqual(decode({ method: 'POST', path: functions, body: Buffer.alloc(0) }).input, {})
})

test('fractions are kept where the service has them, and cut off elsewhere', () => {
  const body = Buffer.from('{"RoutingConfig":{"AdditionalVersionWeights":{"2":0.25}},"FunctionVersion":"1"}')
  const { input } = decode({ method: 'POST', path: `${functions}/f/aliases`, body })
  assert.deepEqual(
    { ...(input.RoutingConfig as { AdditionalVersionWeights: object }).AdditionalVersionWeights },
    { 2: 0.25 },
  )
  const create = decode({ method: 'POST', path: functions, body: Buffer.from('{"Timeout":3.9}') })
  assert.equal(create.input.Timeout, 3)
})

test('answers have their status, their headers and their payload where the service model has them', () => {
  const Payload = new Uint8Array(Buffer.from('{"a":1}'))
  const output = { StatusCode: 200, FunctionError: 'Unhandled', ExecutedVersion: '7', Payload }
  const invoked = restJson1.encode(service, schemaOf('Invoke'), output, id)
  assert.equal(invoked.status, 200)
  assert.deepEqual(invoked.headers, {
    'X-Amz-Function-Error': 'Unhandled',
    'X-Amz-Executed-Version': '7',
    'Content-Type': 'application/json',
    'x-amzn-RequestId': id,
  })
  assert.equal(invoked.body.toString(), '{"a":1}')
  const event = restJson1.encode(service, schemaOf('Invoke'), { StatusCode: 202 }, id)
  assert.deepEqual([event.status, event.body], [202, ''])
  const created = restJson1.encode(service, schemaOf('CreateFunction'), { FunctionName: 'f' }, id)
  assert.deepEqual([created.status, created.body], [201, '{"FunctionName":"f"}'])
  const deleted = restJson1.encode(service, schemaOf('DeleteAlias'), undefined, id)
  assert.deepEqual([deleted.status, deleted.body, deleted.headers['Content-Type']], [204, '', undefined])
})

test('errors name their code in a header, and have the members of their shape', () => {
  const encode = (error: ServiceError) => {
    const { status, headers, body } = restJson1.encodeError(service, error, id, schemas)
    return { status, type: headers['x-amzn-ErrorType'], headers, body: JSON.parse(String(body)) }
  }
  const missing = encode(new ServiceError('ResourceNotFoundException', 404, 'Function not found: f'))
  assert.deepEqual([missing.status, missing.type], [404, 'ResourceNotFoundException'])
  assert.deepEqual(missing.body, { Type: 'User', Message: 'Function not found: f' })
  const throttled = new ServiceError('TooManyRequestsException', 429, 'Rate Exceeded.', {
    Reason: 'ConcurrentInvocationLimitExceeded',
    retryAfterSeconds: 3,
  })
  const { headers, body } = encode(throttled)
  assert.equal(headers['Retry-After'], '3')
  assert.deepEqual(body, { Type: 'User', Reason: 'ConcurrentInvocationLimitExceeded', message: 'Rate Exceeded.' })
  assert.equal(encode(new ServiceError('KMSAccessDeniedException', 502, 'x')).body.Type, 'Service')
  const validation = encode(new ServiceError('ValidationException', 400, '1 validation error detected: …'))
  assert.deepEqual(validation.body, { message: '1 validation error detected: …' })
  const denied = encode(new ServiceError('AccessDeniedException', 403, 'User: x is not authorized'))
  assert.deepEqual(denied.body, { Message: 'User: x is not authorized' })
  assert.deepEqual(encode(new ServiceError('UnknownOperationException', 404)).body, {})
})

test('whatever comes in is decoded or refused in AWS’s words', () => {
  const json = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.constant('{"__proto__":{"Timeout":1},"Timeout":2}'),
  )
  const segment = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.constantFrom('functions', '2015-03-31', '%', '..', 'code', '%2e%2e'),
  )
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
    path: fc.oneof(
      fc.constantFrom(functions, `${functions}/f`, `${functions}/f/aliases`, `${functions}/f/invocations`),
      fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`),
    ),
    query: fc.oneof(fc.string(), fc.constantFrom('MaxItems=1e3', 'Qualifier', 'tagKeys=&tagKeys', '%', 'Marker=%ff')),
    body: json.map((text) => Buffer.from(text)),
  })
  fc.assert(
    fc.property(request, (parts) => {
      const wire = wireRequest(parts)
      const match = routes.match(wire)
      if (typeof match !== 'object') return
      try {
        decode(parts)
      } catch (error) {
        assert.ok(error instanceof ServiceError, String(error))
        assert.equal(error.code, 'SerializationException')
      }
      assert.equal(({} as { Timeout?: number }).Timeout, undefined)
    }),
    { numRuns: 500 },
  )
})
