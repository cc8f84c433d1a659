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
  sessionToken,
  signed,
  temporary,
  wire,
  withAuthorization,
  withHeader,
  withQuery,
} from '../../../test/sigv4/requests.ts'
import type { WireRequest } from '../http/wire.ts'
import type { AuthenticateOptions } from './authenticate.ts'

const family = 's3'
const at = (time: string) => ({ nowMs: Date.parse(time) })
const signedOn = (time: string) => ({ date: new Date(time) })
const expired = { resolver: { resolve: async () => ({ refused: 'expired-token', secretAccessKey }) as const } }
const malformed = (text: string) => `The authorization header is malformed; ${text}`
const unreadable = (text: string) => `Error parsing the X-Amz-Credential parameter; ${text}`
const withCredential = (request: WireRequest, credential: string) =>
  request.query === ''
    ? withAuthorization(request, (text) => text.replace(/Credential=[^,]+/, `Credential=${credential}`))
    : withQuery(request, (text) => text.replace(/Credential=[^&]+/, `Credential=${encodeURIComponent(credential)}`))

interface Row {
  condition: string
  request: Promise<WireRequest> | WireRequest
  options?: Partial<AuthenticateOptions>
  code: string
  status: number
  message: string
  members?: Record<string, string>
}

const notSupported = 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.'
const requiredParameters =
  'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, ' +
  'X-Amz-SignedHeaders, and X-Amz-Expires parameters.'
const tooLong =
  'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 ' +
  'seconds'
const tooSkewed = {
  code: 'RequestTimeTooSkewed',
  status: 403,
  message: 'The difference between the request time and the current time is too large.',
}
const headerMalformed = { code: 'AuthorizationHeaderMalformed', status: 400 }
const parametersError = { code: 'AuthorizationQueryParametersError', status: 400 }
const notSigned = {
  code: 'AccessDenied',
  status: 403,
  message: 'There were headers present in the request which were not signed',
}
const replacedParameter = (parameter: string, value: string) =>
  presigned({ method: 'GET' }, { family }).then((request) =>
    withQuery(request, (text) => text.replace(new RegExp(`(X-Amz-${parameter})=[^&]+`), `$1=${value}`)),
  )
const droppedParameter = (parameter: string) =>
  presigned({ method: 'GET' }, { family }).then((request) =>
    withQuery(request, (text) => text.replace(new RegExp(`X-Amz-${parameter}=[^&]+&?`), '')),
  )

async function bothForms() {
  const { query } = await presigned({}, { family })
  return withHeader({ ...(await signed({}, { family })), query }, 'authorization', 'AWS4-HMAC-SHA256 x')
}

const rows: Row[] = [
  {
    condition: 'both forms',
    request: bothForms(),
    code: 'InvalidArgument',
    status: 400,
    message:
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or ' +
      'the Authorization header should be specified',
    members: { ArgumentName: 'Authorization', ArgumentValue: 'AWS4-HMAC-SHA256 x' },
  },
  { condition: 'no credentials', request: wire({}), code: 'AccessDenied', status: 403, message: 'Access Denied' },
  {
    condition: 'Signature Version 2 in the header',
    request: signed({}, { family }).then((request) => withHeader(request, 'authorization', `AWS ${accessKeyId}:c2ln`)),
    code: 'InvalidRequest',
    status: 400,
    message: notSupported,
  },
  {
    condition: 'Signature Version 2 in the query',
    request: wire({ target: `/b/k?AWSAccessKeyId=${accessKeyId}&Expires=1175139620&Signature=c2ln` }),
    code: 'InvalidRequest',
    status: 400,
    message: notSupported,
  },
  {
    condition: 'another mechanism, whose password must not come back',
    request: wire({ headers: { authorization: 'Basic dXNlcjpwYXNz' } }),
    code: 'InvalidArgument',
    status: 400,
    message: 'Unsupported Authorization Type',
    members: { ArgumentName: 'Authorization', ArgumentValue: 'Basic' },
  },
  {
    condition: 'another algorithm',
    request: signed({}, { family }).then((request) =>
      withHeader(request, 'authorization', 'AWS4-HMAC-SHA25 Credential=x'),
    ),
    code: 'InvalidArgument',
    status: 400,
    message: 'Unsupported Authorization Type',
    members: { ArgumentName: 'Authorization', ArgumentValue: 'AWS4-HMAC-SHA25 Credential=x' },
  },
  {
    condition: 'another algorithm in the query',
    request: replacedParameter('Algorithm', 'AWS4-HMAC-SHA1'),
    ...parametersError,
    message: 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"',
  },
  {
    condition: 'a header without a signature',
    request: signed({}, { family }).then((request) =>
      withAuthorization(request, (text) => text.replace(/, Signature=.*/, '')),
    ),
    ...headerMalformed,
    message: malformed('the authorization header requires three components: Credential, SignedHeaders, and Signature.'),
  },
  {
    condition: 'no date',
    request: signed({}, { family }).then((request) => withHeader(request, 'x-amz-date', undefined)),
    code: 'AccessDenied',
    status: 403,
    message: 'AWS authentication requires a valid Date or x-amz-date header',
  },
  {
    condition: 'a date in another form',
    request: signed({}, { family }).then((request) => withHeader(request, 'x-amz-date', '2013-05-24')),
    code: 'AccessDenied',
    status: 403,
    message: 'AWS authentication requires a valid Date or x-amz-date header',
  },
  {
    condition: 'a date in another form in the query',
    request: replacedParameter('Date', '2013-05-24'),
    ...parametersError,
    message: "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
  },
  ...['Credential', 'SignedHeaders', 'Expires', 'Signature', 'Algorithm', 'Date'].map((parameter) => ({
    condition: `a query without X-Amz-${parameter}`,
    request: droppedParameter(parameter),
    ...parametersError,
    message: requiredParameters,
  })),
  {
    condition: 'a date too old',
    request: signed({}, { family, ...signedOn('2013-06-09T09:45:14Z') }),
    options: at('2013-06-09T10:00:15.500Z'),
    ...tooSkewed,
    members: {
      RequestTime: '20130609T094514Z',
      ServerTime: '2013-06-09T10:00:15Z',
      MaxAllowedSkewMilliseconds: '900000',
    },
  },
  {
    condition: 'a date of the future',
    request: signed({}, { family, ...signedOn('2013-06-09T10:15:16Z') }),
    options: at('2013-06-09T10:00:15Z'),
    ...tooSkewed,
    members: {
      RequestTime: '20130609T101516Z',
      ServerTime: '2013-06-09T10:00:15Z',
      MaxAllowedSkewMilliseconds: '900000',
    },
  },
  {
    condition: 'a presigned request one second late',
    request: presigned({ method: 'GET' }, { family, expiresIn: 60, ...signedOn('2013-06-09T10:00:00Z') }),
    options: at('2013-06-09T10:01:01Z'),
    code: 'AccessDenied',
    status: 403,
    message: 'Request has expired',
    members: { 'X-Amz-Expires': '60', Expires: '2013-06-09T10:01:00Z', ServerTime: '2013-06-09T10:01:01Z' },
  },
  {
    condition: 'a presigned request of the future',
    request: presigned({ method: 'GET' }, { family, expiresIn: 60, ...signedOn('2016-09-09T10:09:35Z') }),
    options: at('2016-09-08T10:09:44Z'),
    code: 'AccessDenied',
    status: 403,
    message: 'Request is not yet valid',
    members: {
      'X-Amz-Date': '1473415775000',
      Expires: '2016-09-09T10:10:35Z',
      ServerTime: '2016-09-08T10:09:44Z',
    },
  },
  {
    condition: 'an expiry of more than a week',
    request: replacedParameter('Expires', '604801'),
    ...parametersError,
    message: tooLong,
  },
  {
    condition: 'an expiry of many digits',
    request: replacedParameter('Expires', '9'.repeat(400)),
    ...parametersError,
    message: tooLong,
  },
  {
    condition: 'a negative expiry',
    request: replacedParameter('Expires', '-1'),
    ...parametersError,
    message: 'X-Amz-Expires must be non-negative',
  },
  ...['1.5', 'ten', '1e3', '%201'].map((expires) => ({
    condition: `an expiry of ${expires}`,
    request: replacedParameter('Expires', expires),
    ...parametersError,
    message: 'X-Amz-Expires should be a number',
  })),
  {
    condition: 'headers that are not signed',
    request: signed({}, { family }).then((request) =>
      withHeader(withHeader(request, 'x-amz-acl', 'public-read'), 'x-amz-meta-a', '1'),
    ),
    ...notSigned,
    members: { HeadersNotSigned: 'x-amz-acl, x-amz-meta-a' },
  },
  {
    condition: 'a header that is not signed, on a presigned request',
    request: presigned({ method: 'PUT' }, { family }).then((request) =>
      withHeader(request, 'x-amz-acl', 'public-read'),
    ),
    ...notSigned,
    members: { HeadersNotSigned: 'x-amz-acl' },
  },
  {
    condition: 'a host that is not signed',
    request: signed({}, { family }).then((request) => withAuthorization(request, (text) => text.replace('host;', ''))),
    ...notSigned,
    members: { HeadersNotSigned: 'host' },
  },
  {
    condition: 'a credential of four parts',
    request: signed({}, { family }).then((request) => withCredential(request, 'a/b/c/d')),
    ...headerMalformed,
    message: malformed('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'),
  },
  {
    condition: 'a credential of four parts in the query',
    request: presigned({}, { family }).then((request) => withCredential(request, 'a/b/c/d')),
    ...parametersError,
    message: unreadable('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'),
  },
  ...[
    {
      wrong: 'region',
      credential: 'a/20260301/us-west-2/s3/aws4_request',
      text: "the region 'us-west-2' is wrong; expecting 'us-east-1'",
      members: { Region: 'us-east-1' },
    },
    {
      wrong: 'service',
      credential: 'a/20260301/us-east-1/kms/aws4_request',
      text: 'incorrect service "kms". This endpoint belongs to "s3".',
    },
    {
      wrong: 'terminator',
      credential: 'a/20260301/us-east-1/s3/aws5_request',
      text: 'incorrect terminal "aws5_request". This endpoint uses "aws4_request".',
    },
  ].flatMap(({ wrong, credential, text, members }) => [
    {
      condition: `the wrong ${wrong}`,
      request: signed({}, { family }).then((request) => withCredential(request, credential)),
      options: { expectedRegion: 'us-east-1' },
      ...headerMalformed,
      message: malformed(text),
      members,
    },
    {
      condition: `the wrong ${wrong} in the query`,
      request: presigned({}, { family }).then((request) => withCredential(request, credential)),
      options: { expectedRegion: 'us-east-1' },
      ...parametersError,
      message: unreadable(text),
      members,
    },
  ]),
  {
    condition: 'a region that there is not',
    request: signed({}, { family, region: 'us-east-9' }),
    options: { regionRefusal: () => 'Use us-east-1.' },
    ...headerMalformed,
    message: malformed("the region 'us-east-9' is wrong"),
  },
  {
    condition: 'the scope of another day',
    request: signed({}, { family }).then((request) => withCredential(request, 'a/20260302/us-east-1/s3/aws4_request')),
    ...headerMalformed,
    message: malformed('Invalid credential date "20260302". This date is not the same as X-Amz-Date: "20260301".'),
  },
  {
    condition: 'the scope of another day in the query',
    request: presigned({}, { family }).then((request) =>
      withCredential(request, 'a/20260302/us-east-1/s3/aws4_request'),
    ),
    ...parametersError,
    message: 'Invalid credential date "20260302". This date is not the same as X-Amz-Date: "20260301".',
  },
  {
    condition: 'no x-amz-content-sha256',
    request: signed({}, { family }).then((request) => withHeader(request, 'x-amz-content-sha256', undefined)),
    code: 'InvalidRequest',
    status: 400,
    message: 'Missing required header for this request: x-amz-content-sha256',
  },
  ...['', 'unsigned-payload', 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD', 'a'.repeat(63), `${'a'.repeat(64)},b`].map(
    (value) => ({
      condition: `an x-amz-content-sha256 of '${value}'`,
      request: signed({}, { family }).then((request) => withHeader(request, 'x-amz-content-sha256', value)),
      code: 'InvalidArgument',
      status: 400,
      message:
        'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, ' +
        'STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
      members: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: value },
    }),
  ),
  {
    condition: 'an x-amz-content-sha256 that is not the body’s',
    request: signed({ body: 'a', headers: { 'x-amz-content-sha256': hash('sha256', 'b') } }, { family }),
    code: 'XAmzContentSHA256Mismatch',
    status: 400,
    message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
    members: { ClientComputedContentSHA256: hash('sha256', 'b'), S3ComputedContentSHA256: hash('sha256', 'a') },
  },
  {
    condition: 'an unknown access key',
    request: signed({}, { family, credentials: { ...longTerm, accessKeyId: 'AKIAUNKNOWN' } }),
    code: 'InvalidAccessKeyId',
    status: 403,
    message: 'The AWS Access Key Id you provided does not exist in our records.',
    members: { AWSAccessKeyId: 'AKIAUNKNOWN' },
  },
  {
    condition: 'a temporary key without its token',
    request: signed({}, { family, credentials: { ...temporary, sessionToken: undefined } }),
    code: 'InvalidToken',
    status: 400,
    message: 'The provided token is malformed or otherwise invalid.',
  },
  {
    condition: 'a token past its time',
    request: signed({}, { family, credentials: temporary }),
    options: expired,
    code: 'ExpiredToken',
    status: 400,
    message: 'The provided token has expired.',
  },
]

test('S3 refuses in its own words, with its own elements', async () => {
  for (const { condition, request, options, code, status, message, members = {} } of rows) {
    assert.deepEqual(await refusal(await request, family, options), { code, status, message, members }, condition)
  }
})

test('S3 shows what it computed when a signature does not match', async () => {
  const request = await signed({ method: 'GET', path: '/b/k' }, { family })
  const signature = 'f'.repeat(64)
  const wrong = withAuthorization(request, (text) => text.replace(/Signature=.*/, `Signature=${signature}`))
  const empty = hash('sha256', '')
  const canonicalRequest =
    `GET\n/b/k\n\nhost:localhost:4566\nx-amz-content-sha256:${empty}\nx-amz-date:20260301T120000Z\n\n` +
    `host;x-amz-content-sha256;x-amz-date\n${empty}`
  const scope = '20260301/us-east-1/s3/aws4_request'
  const stringToSign = `AWS4-HMAC-SHA256\n20260301T120000Z\n${scope}\n${hash('sha256', canonicalRequest)}`
  const bytes = (text: string) => [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  assert.deepEqual(await refusal(wrong, family), {
    code: 'SignatureDoesNotMatch',
    status: 403,
    message:
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    members: {
      AWSAccessKeyId: accessKeyId,
      StringToSign: stringToSign,
      SignatureProvided: signature,
      StringToSignBytes: bytes(stringToSign),
      CanonicalRequest: canonicalRequest,
      CanonicalRequestBytes: bytes(canonicalRequest),
    },
  })
})

test('no refusal of S3 holds a secret that the request carried or that the server knows', async () => {
  const customerKey = Buffer.alloc(32, 'k').toString('base64')
  const headers = {
    'x-amz-server-side-encryption-customer-key': customerKey,
    'x-amz-copy-source-server-side-encryption-customer-key': customerKey,
  }
  const credentials = { ...temporary, secretAccessKey: 'x'.repeat(40) }
  const inHeader = await signed({ headers }, { family, credentials })
  const inQuery = await presigned({}, { family, credentials })
  for (const request of [inHeader, inQuery]) {
    const { code, members } = await refusal(request, family)
    assert.equal(code, 'SignatureDoesNotMatch')
    const bytes = String(members.CanonicalRequestBytes)
    const shown = JSON.stringify(members) + Buffer.from(bytes.replaceAll(' ', ''), 'hex').toString('latin1')
    assert.match(shown, /REDACTED/)
    for (const secret of [sessionToken, encodeURIComponent(sessionToken), customerKey, secretAccessKey]) {
      assert.ok(!shown.includes(secret))
    }
  }
  assert.ok(authorizationOf(inHeader).includes('x-amz-server-side-encryption-customer-key'))
})
