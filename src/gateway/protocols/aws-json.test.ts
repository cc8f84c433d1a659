import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as kms from '@aws-sdk/client-kms'
import fc from 'fast-check'
import { ServiceError } from '../../core/service-error.ts'
import { awsJson1_0, awsJson1_1 } from './aws-json.ts'
import { unroutable } from './framework-errors.ts'
import { protocolNamed } from './index.ts'
import { compileJsonDecoder } from './json-decoder.ts'
import { type OperationSchema, ServiceSchema } from './schema.ts'
import {
  clientConfig,
  jsonRequest,
  jsonService,
  operationOf,
  operationsOf,
  plain,
  schemasOf,
  testOperation,
} from './testing.ts'

const service = jsonService('kms')
const schemas = schemasOf('kms')
const requestId = 'b25f48e8-84fd-11e6-80d9-574e0c4664cb'

const decodeBody = (schema: OperationSchema, body: string | Uint8Array) =>
  awsJson1_1.decode(schema, awsJson1_1.parse(jsonRequest(body)))

const decode = (schema: OperationSchema, document: unknown) => decodeBody(schema, JSON.stringify(document))

const serialization = (message: string) => ({ code: 'SerializationException', status: 400, message })

test('a JSON body becomes the members of the schema, and unknown members are left out', () => {
  const input = decode(operationOf(schemas, 'Encrypt'), {
    __type: 'com.amazonaws.kms#EncryptRequest',
    KeyId: 'alias/a',
    Plaintext: 'aGVsbG8=',
    DryRun: null,
    Unknown: { KeyId: 'alias/b' },
  })
  assert.deepEqual(plain(input), { KeyId: 'alias/a', Plaintext: { bytes: '68656c6c6f' } })
  assert.ok(!('DryRun' in input))
})

test('an empty body is an input without members', () => {
  assert.deepEqual(decodeBody(operationOf(schemas, 'ListKeys'), ''), {})
})

test('a body that is not a JSON object in UTF-8 is refused without a word', () => {
  const invalid: (string | Uint8Array)[] = [
    '{',
    '{}}',
    '"x"',
    'null',
    '1',
    'true',
    '{"a":1,}',
    '\ufeff{}',
    "{'a':1}",
    'NaN',
  ]
  invalid.push(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), '{"Limit":1e999}', '{"Marker":"\\ud800"}')
  for (const body of invalid)
    assert.throws(() => decodeBody(operationOf(schemas, 'ListKeys'), body), serialization(''), String(body))
  assert.throws(
    () => decodeBody(operationOf(schemas, 'Encrypt'), '{"EncryptionContext":{"\\udc00":"x"}}'),
    serialization(''),
  )
  assert.throws(
    () => decodeBody(operationOf(schemas, 'ListKeys'), '[]'),
    serialization('Start of list found where not expected'),
  )
})

test('a value of the wrong JSON type is refused in the words of AWS', () => {
  const structureOrMap = 'Start of structure or map found where not expected'
  const notBase64 = 'only base-64-encoded strings are convertible to bytes'
  const cases: [schema: OperationSchema, member: string, value: unknown, message: string][] = [
    [operationOf(schemas, 'Encrypt'), 'KeyId', 5, 'NUMBER_VALUE cannot be converted to String'],
    [operationOf(schemas, 'Encrypt'), 'KeyId', 5.5, 'DECIMAL_VALUE cannot be converted to String'],
    [operationOf(schemas, 'Encrypt'), 'KeyId', true, 'TRUE_VALUE cannot be converted to String'],
    [operationOf(schemas, 'Encrypt'), 'KeyId', false, 'FALSE_VALUE cannot be converted to String'],
    [operationOf(schemas, 'Encrypt'), 'KeyId', ['a'], 'Unrecognized collection type class java.lang.String'],
    [operationOf(schemas, 'Encrypt'), 'KeyId', {}, structureOrMap],
    [operationOf(schemas, 'ListKeys'), 'Limit', '5', 'STRING_VALUE cannot be converted to Integer'],
    [operationOf(schemas, 'ListKeys'), 'Limit', true, 'TRUE_VALUE cannot be converted to Integer'],
    [operationOf(schemas, 'ListKeys'), 'Limit', [5], 'Unrecognized collection type class java.lang.Integer'],
    [operationOf(schemas, 'Encrypt'), 'DryRun', 'true', 'Unexpected token received from parser'],
    [operationOf(schemas, 'Encrypt'), 'DryRun', 1, 'NUMBER_VALUE cannot be converted to Boolean'],
    [operationOf(schemas, 'Encrypt'), 'Plaintext', 1, notBase64],
    [operationOf(schemas, 'Encrypt'), 'Plaintext', false, notBase64],
    [operationOf(schemas, 'Encrypt'), 'Plaintext', [1], 'Unrecognized collection type class java.nio.ByteBuffer'],
    [operationOf(schemas, 'Encrypt'), 'Plaintext', {}, structureOrMap],
    [operationOf(schemas, 'Encrypt'), 'GrantTokens', 'a', 'Unexpected field type'],
    [operationOf(schemas, 'Encrypt'), 'GrantTokens', {}, structureOrMap],
    [operationOf(schemas, 'Encrypt'), 'GrantTokens', [1], 'NUMBER_VALUE cannot be converted to String'],
    [operationOf(schemas, 'Encrypt'), 'EncryptionContext', 'a', 'Unexpected field type'],
    [operationOf(schemas, 'Encrypt'), 'EncryptionContext', { a: 1 }, 'NUMBER_VALUE cannot be converted to String'],
    [
      operationOf(schemas, 'Encrypt'),
      'EncryptionContext',
      ['a'],
      'Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>',
    ],
    [operationOf(schemas, 'TagResource'), 'Tags', ['a'], 'Unexpected value type in payload'],
    [operationOf(schemas, 'TagResource'), 'Tags', [['a']], 'Unrecognized collection type class com.amazonaws.kms.Tag'],
    [operationOf(schemas, 'Decrypt'), 'Recipient', 'a', 'Unexpected field type'],
    [
      operationOf(schemas, 'Decrypt'),
      'Recipient',
      [],
      'Unrecognized collection type class com.amazonaws.kms.RecipientInfo',
    ],
    [
      operationOf(schemas, 'ImportKeyMaterial'),
      'ValidTo',
      'now',
      'STRING_VALUE cannot be converted to milliseconds since epoch',
    ],
  ]
  for (const [schema, member, value, message] of cases) {
    assert.throws(
      () => decode(schema, { [member]: value }),
      serialization(message),
      `${member}: ${JSON.stringify(value)}`,
    )
  }
})

test('bytes are taken in strict base64 alone', () => {
  const badEnd = 'Invalid last non-pad Base64 character dectected'
  const cases: [text: string, message: string][] = [
    ['abc', 'Base64 encoded length is expected a multiple of 4 bytes but found: 3'],
    ['YQ=', 'Base64 encoded length is expected a multiple of 4 bytes but found: 3'],
    ['YQ', 'Base64 encoded length is expected a multiple of 4 bytes but found: 2'],
    ['=+/=', badEnd],
    ['YR==', badEnd],
    ['YQ==YQ==', badEnd],
    ['ab!d', badEnd],
    ['ab-_', badEnd],
    ['a\nbc', badEnd],
    ['YQ==\n\n\n\n', badEnd],
  ]
  for (const [text, message] of cases) {
    assert.throws(() => decode(operationOf(schemas, 'Encrypt'), { Plaintext: text }), serialization(message), text)
  }
  assert.deepEqual(plain(decode(operationOf(schemas, 'Encrypt'), { Plaintext: '' })), { Plaintext: { bytes: '' } })
})

test('fractions of integers are cut off, and times are rounded to milliseconds', () => {
  assert.deepEqual(decode(operationOf(schemas, 'ListKeys'), { Limit: 7.9 }), { Limit: 7 })
  const input = decode(operationOf(schemas, 'ImportKeyMaterial'), { ValidTo: 1700000000.1234 })
  assert.deepEqual(input, { ValidTo: new Date(1700000000123) })
  assert.throws(() => decode(operationOf(schemas, 'ImportKeyMaterial'), { ValidTo: 1e300 }), serialization(''))
})

test('null is absent in structures and lists, and kept in maps for the validator to refuse', () => {
  const input = decode(operationOf(schemas, 'Encrypt'), {
    KeyId: null,
    GrantTokens: ['a', null, 'b'],
    EncryptionContext: { a: null, b: 'c' },
  })
  assert.deepEqual(plain(input), { GrantTokens: ['a', 'b'], EncryptionContext: { a: null, b: 'c' } })
})

test('names of Object.prototype are map keys like any other', () => {
  const body = '{"KeyId":"k","EncryptionContext":{"__proto__":"x","constructor":"y","toString":"z"}}'
  const { EncryptionContext: context } = decodeBody(operationOf(schemas, 'Encrypt'), body) as {
    EncryptionContext: Record<string, string>
  }
  assert.deepEqual(Object.entries(context), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
    ['toString', 'z'],
  ])
  assert.equal(Object.getPrototypeOf(context), null)
  assert.deepEqual(decodeBody(operationOf(schemas, 'Encrypt'), '{"__proto__":{"KeyId":"k"}}'), {})
})

test('schemas that contain themselves are decoded', () => {
  const node = testOperation({ DoRequest: { type: 'structure', members: { Next: { shape: 'DoRequest' } } } })
  const decodeNode = compileJsonDecoder(node.input)
  assert.deepEqual(decodeNode({ Next: { Next: { Next: {} } } }), { Next: { Next: { Next: {} } } })
})

test('a media type that is not JSON is answered as AWS answers what it cannot route', () => {
  for (const type of ['application/x-amz-json-1.0', 'application/json', 'Application/X-AMZ-JSON-1.1; charset=utf-8']) {
    assert.deepEqual(awsJson1_1.parse(jsonRequest('{"a":1}', type)), { a: 1 })
  }
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', '']) {
    assert.throws(() => awsJson1_1.parse(jsonRequest('{}', type)), { code: 'UnknownOperationException', status: 404 })
  }
  const answer = awsJson1_1.encodeError(service, unroutable(), requestId)
  assert.equal(answer.body, '<UnknownOperationException/>\n')
  assert.equal(answer.headers['Content-Type'], 'text/xml')
})

test('an answer holds the members of the schema alone, absent ones omitted', () => {
  const output = { KeyId: 'k', DeletionDate: new Date(1700000000123), KeyState: undefined, Secret: 'leak' }
  const answer = awsJson1_1.encode(service, operationOf(schemas, 'ScheduleKeyDeletion'), output, requestId)
  assert.deepEqual(answer, {
    status: 200,
    headers: { 'Content-Type': 'application/x-amz-json-1.1', 'x-amzn-RequestId': requestId },
    body: '{"KeyId":"k","DeletionDate":1700000000.123}',
  })
})

test('map keys of an answer are written as they are, and numbers that JSON has not as words', () => {
  const schema = testOperation({
    DoRequest: { type: 'structure', members: { Map: { shape: 'StringMap' }, Numbers: { shape: 'Numbers' } } },
    Numbers: { type: 'list', member: { shape: 'Double' } },
  })
  const map = Object.fromEntries([['__proto__', 'x']])
  const { body } = awsJson1_1.encode(service, schema, { Map: map, Numbers: [0.5, Number.NaN, -Infinity] }, requestId)
  assert.equal(body, '{"Map":{"__proto__":"x"},"Numbers":[0.5,"NaN","-Infinity"]}')
})

test('kinds of values that no service here has are found when a schema is compiled', () => {
  for (const Kind of [{ type: 'bigdecimal' }, { type: 'structure', eventstream: true }] as const) {
    const schema = testOperation({ DoRequest: { type: 'structure', members: { Member: { shape: 'Kind' } } }, Kind })
    assert.throws(() => decode(schema, {}), /no protocol knows/)
  }
})

test('bytes are encoded from the view they stand in', () => {
  const view = new Uint8Array(new TextEncoder().encode('xxhelloxx').buffer, 2, 5)
  const { body } = awsJson1_1.encode(service, operationOf(schemas, 'Decrypt'), { Plaintext: view }, requestId)
  assert.equal(body, '{"Plaintext":"aGVsbG8="}')
})

test('an operation without output answers an empty body, one without output members an empty object', () => {
  assert.equal(awsJson1_1.encode(service, operationOf(schemas, 'EnableKey'), undefined, requestId).body, '')
  assert.equal(
    awsJson1_1.encode(service, operationOf(schemas, 'ConnectCustomKeyStore'), undefined, requestId).body,
    '{}',
  )
})

test('an error names its code and says its message under the member that AWS uses', () => {
  const bodyOf = (error: ServiceError, definition = service) =>
    JSON.parse(String(awsJson1_1.encodeError(definition, error, requestId, schemas).body))
  const notFound = new ServiceError('NotFoundException', 400, 'Key x does not exist')
  assert.deepEqual(bodyOf(notFound), { __type: 'NotFoundException', message: 'Key x does not exist' })
  assert.deepEqual(bodyOf(new ServiceError('AccessDeniedException', 400, 'no')), {
    __type: 'AccessDeniedException',
    Message: 'no',
  })
  assert.deepEqual(bodyOf(new ServiceError('SerializationException', 400, 'no')), {
    __type: 'SerializationException',
    Message: 'no',
  })
  assert.deepEqual(bodyOf(new ServiceError('ValidationException', 400, 'no')), {
    __type: 'ValidationException',
    message: 'no',
  })
  assert.deepEqual(bodyOf(new ServiceError('KMSInvalidSignatureException', 400)), {
    __type: 'KMSInvalidSignatureException',
  })
  assert.deepEqual(bodyOf(new ServiceError('XException', 400, 'no', { Reason: 'R' })), {
    __type: 'XException',
    message: 'no',
    Reason: 'R',
  })
})

test("a message member is spelt as the error's shape spells it, or as the service does", () => {
  const errors = new ServiceSchema('test', {
    apiVersion: '',
    operations: {},
    shapes: {
      String: { type: 'string' },
      CapitalException: { type: 'structure', error: {}, members: { Message: { shape: 'String' } } },
      BareException: { type: 'structure', error: {}, members: {} },
    },
  })
  const bodyOf = (code: string, messageMember: 'message' | 'Message') =>
    awsJson1_1.encodeError({ ...service, messageMember }, new ServiceError(code, 400, 'no'), requestId, errors).body
  assert.equal(bodyOf('CapitalException', 'message'), '{"__type":"CapitalException","Message":"no"}')
  assert.equal(bodyOf('BareException', 'Message'), '{"__type":"BareException","Message":"no"}')
  assert.equal(bodyOf('UnknownOperationException', 'Message'), '{"__type":"UnknownOperationException","message":"no"}')
})

test('AWS JSON 1.0 writes the namespace of the error', () => {
  const bodyOf = (code: string) =>
    JSON.parse(String(awsJson1_0.encodeError(service, new ServiceError(code, 400), requestId, schemas).body)).__type
  assert.equal(bodyOf('NotFoundException'), 'com.amazonaws.kms#NotFoundException')
  assert.equal(bodyOf('ValidationException'), 'com.amazon.coral.validate#ValidationException')
  assert.equal(bodyOf('SerializationException'), 'com.amazon.coral.service#SerializationException')
})

test('JSON services answer in the version of AWS JSON that they were asked in', () => {
  const named = (type: string) => protocolNamed('awsJson1_1', jsonRequest('{}', type)).name
  assert.equal(named('application/x-amz-json-1.0'), 'awsJson1_0')
  assert.equal(named('application/x-amz-json-1.1'), 'awsJson1_1')
  assert.equal(named('application/json'), 'awsJson1_1')
  assert.equal(protocolNamed('awsJson1_0').name, 'awsJson1_0')
  assert.equal(protocolNamed('awsQuery', jsonRequest('{}')).name, 'awsQuery')
})

test('the SDK throws the exception that an encoded error names', async () => {
  const error = new ServiceError('KMSInvalidStateException', 400, 'arn:x is pending deletion.')
  const client = new kms.KMSClient(clientConfig(() => awsJson1_1.encodeError(service, error, requestId, schemas)))
  await assert.rejects(client.send(new kms.EnableKeyCommand({ KeyId: 'k' })), (thrown) => {
    assert.ok(thrown instanceof kms.KMSInvalidStateException)
    assert.equal(thrown.message, 'arn:x is pending deletion.')
    assert.equal(thrown.$metadata.requestId, requestId)
    return true
  })
})

test('no body makes a decoder throw anything but a refusal, or touch Object.prototype', () => {
  const before = Reflect.ownKeys(Object.prototype).length
  const operations = operationsOf(schemas)
  const names = fc.constantFrom(
    'KeyId',
    'Plaintext',
    'EncryptionContext',
    'Tags',
    'GrantTokens',
    'Constraints',
    'ValidTo',
    'Recipient',
    'Limit',
    'DryRun',
    '__proto__',
    'constructor',
    '__type',
  )
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.json(),
    fc
      .dictionary(names, fc.oneof(fc.jsonValue(), fc.dictionary(names, fc.jsonValue())))
      .map((value) => JSON.stringify(value)),
  )
  fc.assert(
    fc.property(fc.constantFrom(...operations), body, (schema, bytes) => {
      try {
        const input = decodeBody(schema, bytes)
        assert.equal(Object.getPrototypeOf(input), Object.prototype)
      } catch (thrown) {
        if (!(thrown instanceof ServiceError)) throw thrown
        assert.equal(thrown.code, 'SerializationException')
      }
    }),
    { numRuns: 2000 },
  )
  assert.equal(Reflect.ownKeys(Object.prototype).length, before)
})
