import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { strictly } from '../../../test/sigv4/requests.ts'
import {
  canonicalQuery,
  canonicalRequest,
  canonicalUri,
  decodedComponent,
  headerValues,
  queryParameters,
} from './canonical-request.ts'

test('the canonical URI outside S3 is the normalised path, encoded once more', () => {
  const cases: [sent: string, canonical: string][] = [
    ['', '/'],
    ['/', '/'],
    ['//', '/'],
    ['/./', '/'],
    ['/../..', '/'],
    ['/a', '/a'],
    ['/a/', '/a/'],
    ['//a///b//', '/a/b/'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/a/b/..', '/a'],
    ['/a/b/../', '/a/'],
    ['/a%2Fb', '/a%252Fb'],
    ['/%2e%2e/a', '/%252e%252e/a'],
    ['/functions/arn%3Aaws%3Alambda', '/functions/arn%253Aaws%253Alambda'],
    ['/a b+c~d_e-f.g', '/a%20b%2Bc~d_e-f.g'],
    ["/!'()*:@&=$,;", '/%21%27%28%29%2A%3A%40%26%3D%24%2C%3B'],
    ['/\xc3\xa9', '/%C3%A9'],
    ['*', '%2A'],
  ]
  for (const [sent, canonical] of cases) assert.equal(canonicalUri(sent, 'normalised'), canonical, sent)
})

test('the canonical URI of S3 is the path with every byte decoded once and encoded once', () => {
  const cases: [sent: string, canonical: string][] = [
    ['', '/'],
    ['/', '/'],
    ['/a//b/../c/.', '/a//b/../c/.'],
    ['/a%2Fb', '/a/b'],
    ['/%41%7e%2d', '/A~-'],
    ['/a%3ab', '/a%3Ab'],
    ['/a:b', '/a%3Ab'],
    ['/a+b', '/a%2Bb'],
    ['/100%', '/100%25'],
    ['/%zz%4', '/%25zz%254'],
    ['/%25zz', '/%25zz'],
    ['/\xc3\xa9%c3%a9', '/%C3%A9%C3%A9'],
    ['/%00%ff', '/%00%FF'],
  ]
  for (const [sent, canonical] of cases) assert.equal(canonicalUri(sent, 's3'), canonical, sent)
})

test('the canonical query is decoded once, encoded strictly and sorted by name, then by value', () => {
  const cases: [sent: string, canonical: string][] = [
    ['', ''],
    ['&&', ''],
    ['acl', 'acl='],
    ['acl=', 'acl='],
    ['=v', '=v'],
    ['b=2&a=1', 'a=1&b=2'],
    ['a=2&a=1&a', 'a=&a=1&a=2'],
    ['a=10&a=1&a=9', 'a=1&a=10&a=9'],
    // A joined `name=value` would sort `a-b` before `a`.
    ['a-b=1&a=2', 'a=2&a-b=1'],
    ['A=1&a=2&B=3', 'A=1&B=3&a=2'],
    ['a=b=c', 'a=b%3Dc'],
    ['a=b+c%20d', 'a=b%20c%20d'],
    ['a=b%2Bc', 'a=b%2Bc'],
    ['%41=%7E%2d', 'A=~-'],
    ['a=%c3%a9\xc3\xa9', 'a=%C3%A9%C3%A9'],
    ['a=100%&b=%zz', 'a=100%25&b=%25zz'],
    ["a=!'()*", 'a=%21%27%28%29%2A'],
  ]
  for (const [sent, canonical] of cases) assert.equal(canonicalQuery(queryParameters(sent)), canonical, sent)
})

test('canonical queries do not depend on order, and are canonical themselves', () => {
  const pairs = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), { maxLength: 8 })
  fc.assert(
    fc.property(pairs, (all) => {
      const query = all.map(([name, value]) => `${strictly(name)}=${strictly(value)}`)
      const canonical = canonicalQuery(queryParameters(query.join('&')))
      assert.equal(canonicalQuery(queryParameters(query.toReversed().join('&'))), canonical)
      assert.equal(canonicalQuery(queryParameters(query.toSorted().join('&'))), canonical)
      assert.equal(canonicalQuery(queryParameters(canonical)), canonical)
    }),
  )
})

test('a decoded component is the bytes that were sent', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const [[, value = ''] = []] = queryParameters(`a=${strictly(text)}`)
      assert.equal(Buffer.from(decodedComponent(value), 'latin1').toString('utf8'), text)
    }),
  )
})

test('header values are trimmed, their inner spaces made one, and repeated headers joined in order of arrival', () => {
  const headers = headerValues([
    'Host',
    'a:4566',
    'X-B',
    '  two   spaces \t and\ta tab ',
    'x-a',
    '2',
    'X-A',
    ' 1',
    'X-Empty',
    '   ',
    'X-Bytes',
    'a\xa0\xa0b',
    '__proto__',
    'p',
    'constructor',
    'c',
  ])
  assert.deepEqual(
    [...headers],
    [
      ['host', 'a:4566'],
      ['x-b', 'two spaces and a tab'],
      ['x-a', '2,1'],
      ['x-empty', ''],
      ['x-bytes', 'a\xa0\xa0b'],
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ],
  )
})

test('the canonical request is that of the S3 documentation', () => {
  // Amazon S3 API reference, "Signature Calculations for the Authorization Header", example GET Object.
  const payloadHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  const canonical = canonicalRequest({
    method: 'GET',
    uri: '/test.txt',
    query: '',
    headers: headerValues([
      ...['Host', 'examplebucket.s3.amazonaws.com', 'Range', 'bytes=0-9'],
      ...['x-amz-content-sha256', payloadHash, 'x-amz-date', '20130524T000000Z'],
    ]),
    signedHeaders: ['host', 'range', 'x-amz-content-sha256', 'x-amz-date'],
    payloadHash,
  })
  assert.equal(
    canonical,
    `GET
/test.txt

host:examplebucket.s3.amazonaws.com
range:bytes=0-9
x-amz-content-sha256:${payloadHash}
x-amz-date:20130524T000000Z

host;range;x-amz-content-sha256;x-amz-date
${payloadHash}`,
  )
})

test('canonicalisation takes time in proportion to its input', () => {
  const texts = ['%', ' ', '\t', '/', '/..', '&', '=', '+', '%4', 'a-'].map((piece) => piece.repeat(50_000))
  const startedMs = performance.now()
  for (const text of texts) {
    canonicalUri(`/${text}`, 'normalised')
    canonicalUri(`/${text}`, 's3')
    canonicalQuery(queryParameters(text))
    headerValues(['x', text])
  }
  assert.ok(performance.now() - startedMs < 5_000)
})
