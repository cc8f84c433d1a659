import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as iam from '@aws-sdk/client-iam'
import fc from 'fast-check'
import { ServiceError } from '../../core/service-error.ts'
import type { WireResponse } from '../http/wire.ts'
import { awsQuery } from './aws-query.ts'
import { type Form, formTree, readForm } from './form.ts'
import { protocolNamed } from './index.ts'
import { compileQueryDecoder } from './query-decoder.ts'
import { queryAction } from './query-request.ts'
import type { OperationSchema } from './schema.ts'
import {
  clientConfig,
  formRequest,
  jsonRequest,
  operationOf,
  operationsOf,
  plain,
  queryService,
  schemasOf,
  testOperation,
  wireRequest,
} from './testing.ts'
import { compileXmlEncoder } from './xml-encoder.ts'

const service = queryService('iam')
const schemas = schemasOf('iam')
const requestId = 'b25f48e8-84fd-11e6-80d9-574e0c4664cb'

const decode = (schema: OperationSchema, form: string | Record<string, string>) =>
  awsQuery.decode(schema, awsQuery.parse(formRequest(form)))

const malformed = (message: string) => ({ code: 'MalformedInput', status: 400, message })

const parameters = (count: number, write: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => write(n)).join('&')
const tooManyParameters = 'The request has too many parameters: it may have 10000.'

function formOf(text: string): Form {
  const form: Form = new Map()
  readForm(form, Buffer.from(text))
  return form
}

test('a form becomes the members of the schema, and unknown parameters are left out', () => {
  const input = decode(operationOf(schemas, 'CreateUser'), {
    Action: 'CreateUser',
    Version: '2010-05-08',
    UserName: 'Zoë +%&=',
    'Tags.member.1.Key': 'team',
    'Tags.member.1.Value': '',
    'X-Amz-Signature': 'x',
    username: 'other',
  })
  assert.deepEqual(input, { UserName: 'Zoë +%&=', Tags: [{ Key: 'team', Value: '' }] })
})

test('parameters are taken from the query string of a GET, and from both parts of a POST', () => {
  const get = wireRequest({ method: 'GET', query: 'Action=GetUser&Version=2010-05-08&UserName=a%20b' })
  assert.deepEqual(awsQuery.decode(operationOf(schemas, 'GetUser'), awsQuery.parse(get)), { UserName: 'a b' })
  const post = { ...formRequest('UserName=a+b'), query: 'Action=GetUser&Version=2010-05-08' }
  assert.equal(queryAction(awsQuery.parse(post), service), 'GetUser')
  assert.deepEqual(awsQuery.decode(operationOf(schemas, 'GetUser'), awsQuery.parse(post)), { UserName: 'a b' })
})

test('a body that is not a form is answered as AWS answers what it cannot route', () => {
  assert.throws(() => awsQuery.parse(jsonRequest('{}')), { code: 'UnknownOperationException', status: 404 })
  const answer = awsQuery.encodeError(service, new ServiceError('UnknownOperationException', 404), requestId)
  assert.equal(answer.body, '<UnknownOperationException/>\n')
})

test('the items of a list stand in the order of their numbers, and gaps close up', () => {
  const keys = (form: string) => decode(operationOf(schemas, 'UntagUser'), form).TagKeys
  assert.deepEqual(keys('TagKeys.member.10=c&TagKeys.member.2=b&TagKeys.member.1=a'), ['a', 'b', 'c'])
  assert.deepEqual(keys('TagKeys.member.7=a'), ['a'])
  assert.deepEqual(keys('TagKeys='), [])
  assert.deepEqual(keys('TagKeys'), [])
  assert.equal(keys('Other=1'), undefined)
})

test('parameters that do not fit the schema are refused in the words of AWS', () => {
  const notListed = 'Start of list found where not expected'
  const cases: [schema: OperationSchema, form: string, message: string][] = [
    [operationOf(schemas, 'GetUser'), 'UserName.x=a', notListed],
    [operationOf(schemas, 'UntagUser'), 'TagKeys.member.x=a', notListed],
    [operationOf(schemas, 'UntagUser'), 'TagKeys.member.=a', notListed],
    [operationOf(schemas, 'UntagUser'), 'TagKeys.member.-1=a', notListed],
    [operationOf(schemas, 'UntagUser'), 'TagKeys.member.１=a', notListed],
    [operationOf(schemas, 'UntagUser'), 'TagKeys.member.0=a', '0 is not a valid index'],
    [operationOf(schemas, 'UntagUser'), 'TagKeys.member.01=a', 'Value found where not expected'],
    [operationOf(schemas, 'UntagUser'), 'TagKeys.member.1234567890=a', 'Index is illegal'],
    [operationOf(schemas, 'UntagUser'), 'TagKeys.1=a', 'Top level element may not be treated as a list'],
    [
      operationOf(schemas, 'UntagUser'),
      'TagKeys.member.1=a&TagKeys.2=b',
      'Top level element may not be treated as a list',
    ],
    [operationOf(schemas, 'UntagUser'), 'TagKeys=a', 'Unexpected list element termination'],
    [operationOf(schemas, 'UntagUser'), 'TagKeys.member=a', 'Unexpected list element termination'],
    [operationOf(schemas, 'TagUser'), 'Tags.member.1=a', 'Unexpected complex element termination'],
    [
      operationOf(schemas, 'UpdateAccountPasswordPolicy'),
      'RequireSymbols=TRUE',
      'boolean must follow xsd1.1 definition',
    ],
    [operationOf(schemas, 'UpdateAccountPasswordPolicy'), 'RequireSymbols=', 'missing value for boolean type'],
    [operationOf(schemas, 'ListUsers'), 'MaxItems=ten', 'The value of an integer parameter is not an integer'],
    [operationOf(schemas, 'ListUsers'), 'MaxItems=', 'The value of an integer parameter is not an integer'],
    [operationOf(schemas, 'ListUsers'), 'MaxItems=1.5', 'The value of an integer parameter is not an integer'],
    [operationOf(schemas, 'ListUsers'), 'MaxItems=0x10', 'The value of an integer parameter is not an integer'],
    [operationOf(schemas, 'GetUser'), 'UserName=a&UserName=b', 'A parameter is given more than once'],
    [operationOf(schemas, 'GetUser'), 'UserName=%zz', 'The request has a percent-encoding that is not valid'],
    [operationOf(schemas, 'GetUser'), 'UserName=%ED%A0%80', 'The request has a percent-encoding that is not valid'],
    [operationOf(schemas, 'GetUser'), `${'a.'.repeat(40)}=1`, 'A parameter name has too many parts'],
    [operationOf(schemas, 'GetUser'), parameters(10_001, (n) => `p${n}=1`), tooManyParameters],
    [operationOf(schemas, 'GetUser'), '&'.repeat(10_000), tooManyParameters],
    [operationOf(schemas, 'GetUser'), parameters(10_000, (n) => `p${n}${'.x'.repeat(30)}=1`), tooManyParameters],
  ]
  for (const [schema, form, message] of cases) assert.throws(() => decode(schema, form), malformed(message), form)
  const notUtf8 = { ...formRequest(''), body: Buffer.from([0x61, 0x3d, 0xff]) }
  assert.throws(() => awsQuery.parse(notUtf8), malformed('The request is not UTF-8'))
})

test('a form may have ten thousand parameters, in its body and its query together', () => {
  const half = (name: string) => parameters(5000, (n) => `${name}${n}.member.1.Key=1`)
  const request = { ...formRequest(half('b')), query: half('q') }
  assert.deepEqual(awsQuery.decode(operationOf(schemas, 'GetUser'), awsQuery.parse(request)), {})
  assert.throws(() => awsQuery.parse({ ...request, query: `${half('q')}&more` }), malformed(tooManyParameters))
})

test('booleans and integers are read as XML Schema writes them', () => {
  const form = 'RequireSymbols=1&RequireNumbers=false&MinimumPasswordLength=-7'
  assert.deepEqual(decode(operationOf(schemas, 'UpdateAccountPasswordPolicy'), form), {
    RequireSymbols: true,
    RequireNumbers: false,
    MinimumPasswordLength: -7,
  })
})

test('names that traits change, flattened lists, maps, bytes and times are read', () => {
  const { input } = testOperation({
    DoRequest: {
      type: 'structure',
      members: {
        Renamed: { shape: 'String', locationName: 'Other' },
        Items: { shape: 'Items' },
        Flat: { shape: 'Tags', flattened: true },
        Map: { shape: 'StringMap' },
        FlatMap: { shape: 'Counts' },
        Bytes: { shape: 'Blob' },
        When: { shape: 'Timestamp' },
      },
    },
    Items: { type: 'list', member: { shape: 'String', locationName: 'Item' } },
    Tag: { type: 'structure', members: { Key: { shape: 'String' }, Value: { shape: 'String' } } },
    Tags: { type: 'list', member: { shape: 'Tag' } },
    Counts: {
      type: 'map',
      flattened: true,
      key: { shape: 'String', locationName: 'Name' },
      value: { shape: 'Integer', locationName: 'Count' },
    },
  })
  const decodeShape = compileQueryDecoder(input)
  const form =
    'Other=r&Renamed=no&Items.Item.1=a&Items.Item.2=b&Flat.1.Key=k&Flat.2.Value=v&Map.entry.1.key=__proto__&' +
    'Map.entry.1.value=x&Map.entry.2.key=y&FlatMap.1.Name=n&FlatMap.1.Count=3&Bytes=aGk%3D&When=2026-01-02T03%3A04%3A05Z'
  assert.deepEqual(plain(decodeShape(formTree(formOf(form)))), {
    Renamed: 'r',
    Items: ['a', 'b'],
    Flat: [{ Key: 'k' }, { Value: 'v' }],
    Map: Object.fromEntries([
      ['__proto__', 'x'],
      ['y', null],
    ]),
    FlatMap: { n: 3 },
    Bytes: { bytes: '6869' },
    When: new Date('2026-01-02T03:04:05Z'),
  })
  const refused = (text: string, message: string) =>
    assert.throws(() => decodeShape(formTree(formOf(text))), malformed(message), text)
  refused('When=tomorrow', 'timestamp must follow ISO8601')
  refused('When=2026-13-02T03%3A04%3A05Z', 'timestamp must follow ISO8601')
  refused('Bytes=a', 'Base64 encoded length is expected a multiple of 4 bytes but found: 1')
  refused('Map.entry.1.value=x', 'Unexpected complex element termination')
})

test('the operation is what Action names, in the version of the service', () => {
  assert.equal(queryAction(formOf('Version=2010-05-08&Action=ListUsers'), service), 'ListUsers')
  assert.throws(() => queryAction(formOf('Version=2010-05-08'), service), { code: 'MissingAction', status: 400 })
  const invalid = (version: string) => ({
    code: 'InvalidAction',
    status: 400,
    message: `Could not find operation ListUsers for version ${version}`,
  })
  assert.throws(() => queryAction(formOf('Action=ListUsers&Version=2011-06-15'), service), invalid('2011-06-15'))
  assert.throws(() => queryAction(formOf('Action=ListUsers'), service), invalid('NO_VERSION_SPECIFIED'))
})

test('an answer is wrapped in response, result and metadata, with times in whole seconds', () => {
  const User = {
    Path: '/',
    UserName: 'a<b>&"c"',
    UserId: 'AIDAX',
    Arn: 'arn',
    CreateDate: new Date('2023-11-14T22:13:20.999Z'),
    PasswordLastUsed: undefined,
    Tags: [],
  }
  assert.deepEqual(awsQuery.encode(service, operationOf(schemas, 'GetUser'), { User, Secret: 'leak' }, requestId), {
    status: 200,
    headers: { 'Content-Type': 'text/xml', 'x-amzn-RequestId': requestId },
    body:
      '<GetUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetUserResult><User><Path>/</Path>' +
      '<UserName>a&lt;b&gt;&amp;&quot;c&quot;</UserName><UserId>AIDAX</UserId><Arn>arn</Arn>' +
      '<CreateDate>2023-11-14T22:13:20Z</CreateDate><Tags></Tags></User></GetUserResult>' +
      `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></GetUserResponse>`,
  })
})

test('an answer without output has no result element', () => {
  assert.equal(
    awsQuery.encode(service, operationOf(schemas, 'DeleteUser'), undefined, requestId).body,
    '<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">' +
      `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></DeleteUserResponse>`,
  )
})

test('other query services print milliseconds when there are any', () => {
  const answer = (time: string) => {
    const output = { User: { CreateDate: new Date(time) } }
    return awsQuery.encode(queryService('rds'), operationOf(schemas, 'GetUser'), output, requestId).body
  }
  assert.match(String(answer('2023-11-14T22:13:20.120Z')), /<CreateDate>2023-11-14T22:13:20\.120Z</)
  assert.match(String(answer('2023-11-14T22:13:20.000Z')), /<CreateDate>2023-11-14T22:13:20Z</)
})

test('lists, maps and names that traits change are written as they are read', () => {
  const { output } = testOperation({
    DoRequest: {
      type: 'structure',
      members: {
        Renamed: { shape: 'String', locationName: 'Other' },
        Items: { shape: 'Items' },
        Flat: { shape: 'Flat' },
        Map: { shape: 'Counts' },
        FlatMap: { shape: 'Flags', flattened: true },
        Bytes: { shape: 'Blob' },
      },
    },
    Items: { type: 'list', member: { shape: 'String', locationName: 'Item' } },
    Flat: { type: 'list', flattened: true, member: { shape: 'String', locationName: 'Ignored' } },
    Counts: { type: 'map', key: { shape: 'String' }, value: { shape: 'Integer' } },
    Flags: { type: 'map', key: { shape: 'String', locationName: 'Name' }, value: { shape: 'Boolean' } },
  })
  assert.ok(output)
  const encode = compileXmlEncoder(output, 'seconds')
  const value = {
    Renamed: 'r',
    Items: ['a'],
    Flat: [],
    Map: { 'a&b': 3 },
    FlatMap: { n: true },
    Bytes: Buffer.from('hi'),
  }
  assert.equal(
    encode(value),
    '<Other>r</Other><Items><Item>a</Item></Items><Map><entry><key>a&amp;b</key><value>3</value></entry></Map>' +
      '<FlatMap><Name>n</Name><value>true</value></FlatMap><Bytes>aGk=</Bytes>',
  )
  assert.equal(encode({ Flat: ['x', 'y'] }), '<Flat>x</Flat><Flat>y</Flat>')
})

test('what XML cannot carry becomes the replacement character', () => {
  const nameOf = (UserName: string) =>
    /<UserName>([\s\S]*)<\/UserName>/.exec(
      String(awsQuery.encode(service, operationOf(schemas, 'GetUser'), { User: { UserName } }, requestId).body),
    )?.[1]
  assert.equal(nameOf('a\u0000b\u001fc\ud800d\uffffe'), 'a\ufffdb\ufffdc\ufffdd\ufffde')
  assert.equal(nameOf('\t\n\r\u007f\u0085😀'), '\t\n&#xD;\u007f\u0085😀')
})

test('an error is a document with the side that is at fault', () => {
  const error = new ServiceError('NoSuchEntity', 404, 'The user with name <x> cannot be found.')
  assert.deepEqual(awsQuery.encodeError(service, error, requestId), {
    status: 404,
    headers: { 'Content-Type': 'text/xml', 'x-amzn-RequestId': requestId },
    body:
      '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>' +
      '<Code>NoSuchEntity</Code><Message>The user with name &lt;x&gt; cannot be found.</Message></Error>' +
      `<RequestId>${requestId}</RequestId></ErrorResponse>`,
  })
  const fault = awsQuery.encodeError(service, new ServiceError('InternalFailure', 500, 'm', { Detail: 'd' }), requestId)
  assert.match(
    String(fault.body),
    /<Type>Receiver<\/Type><Code>InternalFailure<\/Code><Message>m<\/Message><Detail>d<\/Detail>/,
  )
})

test('the SDK throws the exception that an encoded error names', async () => {
  const error = new ServiceError('NoSuchEntity', 404, 'The user with name x cannot be found.')
  const client = new iam.IAMClient(clientConfig(() => awsQuery.encodeError(service, error, requestId)))
  await assert.rejects(client.send(new iam.GetUserCommand({ UserName: 'x' })), (thrown) => {
    assert.ok(thrown instanceof iam.NoSuchEntityException)
    assert.equal(thrown.message, 'The user with name x cannot be found.')
    assert.equal(thrown.$metadata.requestId, requestId)
    return true
  })
})

test('no form makes a decoder throw anything but a refusal, or touch Object.prototype', () => {
  const before = Reflect.ownKeys(Object.prototype).length
  const operations = operationsOf(schemas)
  const part = fc.constantFrom(
    'Tags',
    'member',
    '1',
    '0',
    'x',
    'Key',
    'Value',
    'UserName',
    'PolicyInputList',
    'MaxItems',
    'ContextEntries',
    'ContextKeyValues',
    '__proto__',
    'constructor',
    '',
    'entry',
    'Properties',
    'RequireSymbols',
  )
  const name = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.'))
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.string({ unit: 'binary' }),
    fc.dictionary(name, fc.string()).map((form) => new URLSearchParams(form).toString()),
  )
  fc.assert(
    fc.property(fc.constantFrom(...operations), body, (schema, bytes) => {
      try {
        awsQuery.decode(schema, awsQuery.parse({ ...formRequest(''), body: Buffer.from(bytes) }))
      } catch (thrown) {
        if (!(thrown instanceof ServiceError)) throw thrown
        assert.equal(thrown.code, 'MalformedInput')
      }
    }),
    { numRuns: 2000 },
  )
  assert.equal(Reflect.ownKeys(Object.prototype).length, before)
})

test('a large form is read in little time, whatever is in it', () => {
  const full = parameters(9_000, (n) => `Tags.member.${n + 1}.Key=${'%41'.repeat(20)}`)
  const startedMicros = process.cpuUsage().user
  assert.equal((decode(operationOf(schemas, 'TagUser'), full).Tags as unknown[]).length, 9_000)
  assert.equal(
    decode(operationOf(schemas, 'GetUser'), `UserName=${'+'.repeat(1_000_000)}`).UserName,
    ' '.repeat(1_000_000),
  )
  for (const text of ['&', 'a&', '=&'])
    assert.throws(() => decode(operationOf(schemas, 'TagUser'), text.repeat(500_000)), ServiceError)
  assert.ok(process.cpuUsage().user - startedMicros < 500_000)
})

test('a request for JSON is answered in it, errors too', () => {
  const inJson = protocolNamed('awsQuery', { headers: { accept: 'application/json' } })
  const documentOf = ({ headers, body }: WireResponse) => {
    assert.equal(headers['Content-Type'], 'application/json')
    return JSON.parse(String(body))
  }
  const User = { UserName: 'alice', CreateDate: new Date('2026-03-01T12:00:00Z'), Tags: [] }
  assert.deepEqual(documentOf(inJson.encode(service, operationOf(schemas, 'GetUser'), { User }, requestId)), {
    GetUserResponse: {
      GetUserResult: { User: { UserName: 'alice', CreateDate: 1772366400, Tags: [] } },
      ResponseMetadata: { RequestId: requestId },
    },
  })
  assert.deepEqual(documentOf(inJson.encode(service, operationOf(schemas, 'DeleteUser'), undefined, requestId)), {
    DeleteUserResponse: { ResponseMetadata: { RequestId: requestId } },
  })
  const error = new ServiceError('NoSuchEntity', 404, 'There is no such user.')
  assert.deepEqual(documentOf(inJson.encodeError(service, error, requestId)), {
    Error: { Code: 'NoSuchEntity', Message: 'There is no such user.', Type: 'Sender' },
    RequestId: requestId,
  })
  for (const accept of [undefined, '*/*', 'text/xml', 'application/xml, application/json;q=0.5']) {
    assert.equal(protocolNamed('awsQuery', { headers: { accept } }), awsQuery)
  }
})
