import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import {
  accessKeyId,
  authorizationOf,
  longTerm,
  presigned,
  refusal,
  secretAccessKey,
  signed,
  temporary,
  verify,
  withAuthorization,
  withHeader,
  withQuery,
} from '../../../test/sigv4/requests.ts'
import type { WireRequest } from '../http/wire.ts'
import type { AuthenticateOptions, Family } from './authenticate.ts'

// Every row of AWS's answers to a request that does not say who sent it, word for word.

type ServiceFamily = Exclude<Family, 's3'>
const serviceFamilies: ServiceFamily[] = ['json', 'rest-json', 'query']

type Answer = Record<ServiceFamily, [code: string, status: number]>
const answer = (code: string, queryCode: string, queryStatus: number): Answer => ({
  json: [code, 400],
  'rest-json': [code, 403],
  query: [queryCode, queryStatus],
})
const invalidSignature = answer('InvalidSignatureException', 'SignatureDoesNotMatch', 403)
const incompleteSignature = answer('IncompleteSignatureException', 'IncompleteSignature', 400)
const missingToken = answer('MissingAuthenticationTokenException', 'MissingAuthenticationToken', 403)
const unrecognizedClient = answer('UnrecognizedClientException', 'InvalidClientTokenId', 403)
const expiredToken = answer('ExpiredTokenException', 'ExpiredToken', 403)

const at = (time: string) => ({ nowMs: Date.parse(time) })
const signedOn = (time: string) => ({ date: new Date(time) })
const expired = { resolver: { resolve: async () => ({ refused: 'expired-token', secretAccessKey }) as const } }

const hashed = (authorization: string) =>
  `(Hashed with SHA-256 and encoded with Base64) Authorization=${hash('sha256', authorization, 'base64')}`

interface Row {
  condition: string
  request(family: ServiceFamily): Promise<WireRequest>
  options?: Partial<AuthenticateOptions>
  answer: Answer
  message: string | ((family: ServiceFamily, request: WireRequest) => string)
}

const expiredText =
  'Signature expired: 20130301T000000Z is now earlier than 20130609T094515Z (20130609T100015Z - 15 min.)'
const mismatchText =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and ' +
  'signing method. Consult the service documentation for details.'
const invalidTokenText = 'The security token included in the request is invalid.'

const rows: Row[] = [
  {
    condition: 'a signature in the header and in the query',
    request: async (family) => {
      const query = (await presigned({}, { family })).query
      return { ...(await signed({}, { family })), query }
    },
    answer: invalidSignature,
    message: "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
  },
  {
    condition: 'no signature',
    request: async (family) => withHeader(await signed({}, { family }), 'authorization', undefined),
    answer: missingToken,
    message: (family) =>
      family === 'rest-json' ? 'Missing Authentication Token' : 'Request is missing Authentication Token',
  },
  {
    condition: 'a header without any part',
    request: async (family) =>
      withHeader(
        withHeader(await signed({}, { family }), 'authorization', 'AWS4-HMAC-SHA256'),
        'x-amz-date',
        undefined,
      ),
    answer: incompleteSignature,
    message: (family) =>
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
      "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a " +
      `'X-Amz-Date' or a 'Date' header. ` +
      (family === 'rest-json' ? hashed('AWS4-HMAC-SHA256') : 'Authorization=AWS4-HMAC-SHA256'),
  },
  {
    condition: 'a header without a signature',
    request: async (family) =>
      withAuthorization(await signed({}, { family }), (text) => text.replace(/, Signature=.*$/, '')),
    answer: incompleteSignature,
    message: (family, request) => {
      const sent = String(request.rawHeaders.at(-1)).trim()
      const shown = family === 'rest-json' ? hashed(sent) : `Authorization=${sent}`
      return `Authorization header requires 'Signature' parameter. ${shown}`
    },
  },
  {
    condition: 'a header of another mechanism, whose password must not come back',
    request: async (family) => withHeader(await signed({}, { family }), 'authorization', 'Basic dXNlcjpwYXNz'),
    answer: incompleteSignature,
    message:
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
      `Authorization header requires 'SignedHeaders' parameter. ${hashed('Basic dXNlcjpwYXNz')}`,
  },
  {
    condition: 'a query without a credential',
    request: async (family) =>
      withQuery(await presigned({}, { family }), (text) => text.replace(/&X-Amz-Cred[^&]+/, '')),
    answer: incompleteSignature,
    message: "AWS query-string parameters must include 'X-Amz-Credential'. Re-examine the query-string parameters.",
  },
  {
    condition: 'a query with nothing but a signature',
    request: async (family) => withQuery(await presigned({}, { family }), () => 'X-Amz-Signature=0f'),
    answer: incompleteSignature,
    message:
      "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include " +
      "'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters " +
      "must include 'X-Amz-Date'. Re-examine the query-string parameters.",
  },
  {
    condition: 'a date in another form',
    request: async (family) => withHeader(await signed({}, { family }), 'x-amz-date', '201'),
    answer: incompleteSignature,
    message: "Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/ISO_8601",
  },
  {
    condition: 'an old date',
    request: (family) => signed({}, { family, ...signedOn('2013-03-01T00:00:00Z') }),
    options: at('2013-06-09T10:00:15.999Z'),
    answer: invalidSignature,
    message: expiredText,
  },
  {
    condition: 'a future date',
    request: (family) => signed({}, { family, ...signedOn('2021-05-02T18:36:40Z') }),
    options: at('2021-05-02T17:36:40Z'),
    answer: invalidSignature,
    message:
      'Signature not yet current: 20210502T183640Z is still later than 20210502T175140Z (20210502T173640Z + 15 min.)',
  },
  {
    condition: 'a presigned request past its expiry',
    request: (family) => presigned({}, { family, expiresIn: 3600, ...signedOn('2026-03-01T12:00:00Z') }),
    options: at('2026-03-01T13:00:01Z'),
    answer: { ...invalidSignature, query: ['RequestExpired', 400] },
    message: (family) =>
      family === 'query'
        ? 'Request has expired'
        : 'Signature expired: 20260301T120000Z is now earlier than 20260301T120001Z (20260301T130001Z - 60 min.)',
  },
  {
    condition: 'a presigned request of the future',
    request: (family) => presigned({}, { family, ...signedOn('2021-05-02T18:36:40Z') }),
    options: at('2021-05-02T17:36:40Z'),
    answer: invalidSignature,
    message:
      'Signature not yet current: 20210502T183640Z is still later than 20210502T175140Z (20210502T173640Z + 15 min.)',
  },
  {
    condition: 'an expiry of more than a week',
    request: async (family) =>
      withQuery(await presigned({}, { family }), (text) => text.replace('Expires=900', 'Expires=604801')),
    answer: incompleteSignature,
    message:
      "AWS query-string parameters must include 'X-Amz-Expires' as a number of seconds from 0 to 604800. Re-examine the " +
      'query-string parameters.',
  },
  {
    condition: 'a host that is not signed',
    request: async (family) => withAuthorization(await signed({}, { family }), (text) => text.replace('host;', '')),
    answer: invalidSignature,
    message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
  },
  {
    condition: 'an operation that is not signed',
    request: async (family) => withHeader(await signed({}, { family }), 'x-amz-target', 'TrentService.DisableKey'),
    answer: invalidSignature,
    message: "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.",
  },
  {
    condition: 'another algorithm',
    request: async (family) =>
      withAuthorization(await signed({}, { family }), (text) => text.replace('SHA256', 'SHA25')),
    answer: incompleteSignature,
    message: "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25'",
  },
  {
    condition: 'the algorithm of Signature Version 4A',
    request: async (family) =>
      withQuery(await presigned({}, { family }), (text) => text.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256')),
    answer: incompleteSignature,
    message: "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'",
  },
  {
    condition: 'a credential of four parts',
    request: async (family) =>
      withAuthorization(await signed({}, { family }), (text) => text.replace(/Credential=[^,]+/, 'Credential=a/b/c/d')),
    answer: incompleteSignature,
    message:
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/d'",
  },
  {
    condition: 'a scope with nothing right in it',
    request: async (family) =>
      withAuthorization(await signed({}, { family, ...signedOn('2013-06-09T09:52:04Z') }), (text) =>
        text.replace(/Credential=[^,]+/, 'Credential=a/b/C/d/e'),
      ),
    options: at('2013-06-09T09:52:04Z'),
    answer: invalidSignature,
    message: (family) =>
      "Credential should be scoped to a valid region, not 'C'. Credential should be scoped to correct service: " +
      `'${{ json: 'kms', 'rest-json': 'lambda', query: 'iam' }[family]}'. Credential should be scoped with a valid ` +
      "terminator: 'aws4_request', not 'e'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of " +
      "date from HTTP: 'b' != '20130609', from '20130609T095204Z'.",
  },
  {
    condition: 'a region that there is not',
    request: (family) => signed({}, { family, region: 'us-east-9' }),
    options: { regionRefusal: () => 'Use us-east-1.' },
    answer: invalidSignature,
    message: "Credential should be scoped to a valid region, not 'us-east-9'. Use us-east-1.",
  },
  {
    condition: 'the scope of another service',
    request: (family) => signed({}, { family, service: 's3' }),
    options: { service: 'kms' },
    answer: invalidSignature,
    message: "Credential should be scoped to correct service: 'kms'.",
  },
  {
    condition: 'an unknown access key',
    request: (family) => signed({}, { family, credentials: { ...longTerm, accessKeyId: 'AKIAUNKNOWN' } }),
    answer: unrecognizedClient,
    message: invalidTokenText,
  },
  {
    condition: 'a temporary key without its token',
    request: (family) => signed({}, { family, credentials: { ...temporary, sessionToken: undefined } }),
    answer: unrecognizedClient,
    message: invalidTokenText,
  },
  {
    condition: 'a long-term key with a token',
    request: (family) => signed({}, { family, credentials: { ...temporary, accessKeyId } }),
    answer: unrecognizedClient,
    message: invalidTokenText,
  },
  {
    condition: 'an access key id longer than any, which no resolver is asked for',
    request: (family) => signed({}, { family, credentials: { ...longTerm, accessKeyId: 'A'.repeat(129) } }),
    options: { resolver: { resolve: () => assert.fail('the resolver was asked') } },
    answer: unrecognizedClient,
    message: invalidTokenText,
  },
  {
    condition: 'another secret',
    request: (family) => signed({}, { family, credentials: { ...longTerm, secretAccessKey: 'x'.repeat(40) } }),
    answer: invalidSignature,
    message: mismatchText,
  },
  {
    condition: 'an x-amz-content-sha256 that is not the body’s',
    request: async (family) =>
      withHeader(await signed({ body: 'a' }, { family }), 'x-amz-content-sha256', hash('sha256', 'b')),
    answer: invalidSignature,
    message: mismatchText,
  },
  {
    condition: 'a body that was not signed',
    request: (family) => signed({ body: 'a', headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, { family }),
    answer: invalidSignature,
    message: mismatchText,
  },
  {
    condition: 'a token past its time',
    request: (family) => signed({}, { family, credentials: temporary }),
    options: expired,
    answer: expiredToken,
    message: 'The security token included in the request is expired',
  },
  {
    condition: 'a token past its time, signed without its secret',
    request: (family) => signed({}, { family, credentials: { ...temporary, secretAccessKey: 'another' } }),
    options: expired,
    answer: invalidSignature,
    message: mismatchText,
  },
]

for (const family of serviceFamilies) {
  test(`the ${family} family refuses in AWS's words`, async () => {
    for (const { condition, request, options, answer, message } of rows) {
      const sent = await request(family)
      const [code, status] = answer[family]
      const text = typeof message === 'string' ? message : message(family, sent)
      assert.deepEqual(await refusal(sent, family, options), { code, status, message: text, members: {} }, condition)
    }
  })
}

test('what callers send comes back short, and without what could act where it is shown', async () => {
  const request = await presigned({}, { family: 'json' })
  const odd = withQuery(request, (query) =>
    query.replace(/X-Amz-Date=[^&]+/, `X-Amz-Date=%1B%0A%FF${'x'.repeat(5000)}`),
  )
  const { message } = await refusal(odd, 'json')
  assert.equal(
    message,
    `Date must be in ISO-8601 'basic format'. Got '???${'x'.repeat(1021)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  )
})

test('of several faults the first in the order of AWS is reported', async () => {
  const family = 'json'
  const sound = await signed({ body: 'body' }, { family, credentials: temporary })
  const { query } = await presigned({}, { family })
  const faults: [name: RegExp, mend: (request: WireRequest) => WireRequest][] = [
    [/^Found both/, (request) => ({ ...request, query: '' })],
    [/requires 'Signature' parameter/, (request) => withPart(request, 'Signature=0')],
    [/^Date must be/, (request) => withHeader(request, 'x-amz-date', '20120301T120000Z')],
    [/^Signature expired/, (request) => withHeader(request, 'x-amz-date', '20260301T120000Z')],
    [/^'Host' or/, (request) => withPart(request, `SignedHeaders=${signedHeadersOf(sound)}`)],
    [/^Unsupported AWS/, (request) => withPart(request, 'AWS4-HMAC-SHA256')],
    [/^Credential must have/, (request) => withPart(request, `Credential=${'x/'.repeat(4)}`)],
    [/^Credential should be/, (request) => withPart(request, 'Credential=x/20260301/us-east-1/kms/aws4_request')],
    [/token included in the request is invalid/, (request) => withPart(request, credentialOf(sound))],
    [/^The request signature/, (request) => withHeader(request, 'authorization', authorizationOf(sound))],
  ]
  let request = withHeader({ ...sound, query }, 'authorization', 'AWS4 Credential=x, SignedHeaders=x-amz-date')
  request = withHeader(request, 'x-amz-date', 'yesterday')
  for (const [first, mend] of faults) {
    assert.match((await refusal(request, family)).message, first)
    request = mend(request)
  }
  await verify(request, family)
})

/** Puts one part in place of the part of the same name; a part without a name is the algorithm. */
function withPart(request: WireRequest, part: string): WireRequest {
  const index = request.rawHeaders.findIndex((name, position) => position % 2 === 0 && name === 'authorization')
  const [algorithm = '', ...parts] = String(request.rawHeaders[index + 1]).split(/[ ,]+/)
  const [name, value] = part.split('=', 2)
  if (value === undefined) return withHeader(request, 'authorization', [part, ...parts].join(' '))
  const others = parts.filter((other) => !other.startsWith(`${name}=`))
  return withHeader(request, 'authorization', [algorithm, ...others, part].join(' '))
}

const signedHeadersOf = (request: WireRequest) => /SignedHeaders=([^,]+)/.exec(authorizationOf(request))?.[1] ?? ''
const credentialOf = (request: WireRequest) => /Credential=[^,]+/.exec(authorizationOf(request))?.[0] ?? ''
