import { ServiceError } from '../../core/service-error.ts'
import { signingAlgorithm } from '../../crypto/sigv4/string-to-sign.ts'
import { type Mismatch, quoted, type Refusals, type SignatureClaim, type Times } from './errors.ts'
import { formatExtended } from './signing-date.ts'

/**
 * S3's own refusals, with the elements that S3 puts beside the message as members.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export const s3Refusals: Refusals = {
  bothForms: (authorization) =>
    invalidArgument(
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter ' +
        'or the Authorization header should be specified',
      'Authorization',
      shownAuthorization(authorization),
    ),
  noAuthentication: () => new ServiceError('AccessDenied', 403, 'Access Denied'),
  missingParts: (claim, missing) => {
    if (claim.form === 'presigned') {
      return queryParametersError(
        'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, ' +
          'X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
      )
    }
    if (claim.signer.algorithm !== signingAlgorithm) return s3Refusals.unsupportedAlgorithm(claim)
    if (missing.some((part) => part !== 'X-Amz-Date')) {
      return headerMalformed(
        'the authorization header requires three components: Credential, SignedHeaders, and Signature.',
      )
    }
    return s3Refusals.malformedDate(claim)
  },
  malformedDate: ({ form }) =>
    form === 'presigned'
      ? queryParametersError("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
      : new ServiceError('AccessDenied', 403, 'AWS authentication requires a valid Date or x-amz-date header'),
  malformedExpiry: (fault) =>
    queryParametersError(
      {
        'not-a-number': 'X-Amz-Expires should be a number',
        negative: 'X-Amz-Expires must be non-negative',
        'too-long':
          'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ' +
          '604800 seconds',
      }[fault],
    ),
  signatureExpired: (times) => requestTimeTooSkewed(times),
  presignedExpired: (times) =>
    new ServiceError('AccessDenied', 403, 'Request has expired', {
      'X-Amz-Expires': String(times.allowedSeconds),
      ...presignedTimes(times),
    }),
  notYetCurrent: (times, form) =>
    form === 'header'
      ? requestTimeTooSkewed(times)
      : new ServiceError('AccessDenied', 403, 'Request is not yet valid', {
          'X-Amz-Date': String(times.signed.timeMs),
          ...presignedTimes(times),
        }),
  unsignedHeaders: (names) =>
    new ServiceError('AccessDenied', 403, 'There were headers present in the request which were not signed', {
      HeadersNotSigned: names.map(quoted).join(', '),
    }),
  unsupportedAlgorithm: ({ form, signer, authorization }) => {
    if (form === 'presigned') return queryParametersError(`X-Amz-Algorithm only supports "${signingAlgorithm}"`)
    return signer.algorithm === 'AWS'
      ? signatureVersion2()
      : invalidArgument('Unsupported Authorization Type', 'Authorization', shownAuthorization(authorization))
  },
  malformedCredential: ({ form }) =>
    aboutCredential(
      form,
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    ),
  // S3 names the first fault only.
  wrongScope: ({ region, service, terminator, date }, faults, form) => {
    const { expectedRegion, expectedService, signed } = faults
    if (faults.region) {
      const expecting = expectedRegion === undefined ? '' : `; expecting '${expectedRegion}'`
      const members = expectedRegion === undefined ? {} : { Region: expectedRegion }
      return aboutCredential(form, `the region '${quoted(region)}' is wrong${expecting}`, members)
    }
    if (faults.service) {
      const text = `incorrect service "${quoted(service)}". This endpoint belongs to "${expectedService}".`
      return aboutCredential(form, text)
    }
    if (faults.terminator) {
      return aboutCredential(form, `incorrect terminal "${quoted(terminator)}". This endpoint uses "aws4_request".`)
    }
    const day = signed.basic.slice(0, 8)
    const text = `Invalid credential date "${quoted(date)}". This date is not the same as X-Amz-Date: "${day}".`
    return form === 'header' ? headerMalformed(text) : queryParametersError(text)
  },
  unknownKey: (accessKeyId) =>
    new ServiceError('InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.', {
      AWSAccessKeyId: quoted(accessKeyId),
    }),
  // S3 quotes the token as Token-0; a token is a secret and stays out of errors here.
  invalidToken: () => new ServiceError('InvalidToken', 400, 'The provided token is malformed or otherwise invalid.'),
  expiredToken: () => new ServiceError('ExpiredToken', 400, 'The provided token has expired.'),
  signatureMismatch,
}

/** Returns the refusal for the mechanism that S3 had before Signature Version 4, in the header (`AWS AKID:signature`) or in the query. */
export const signatureVersion2 = (): ServiceError =>
  new ServiceError(
    'InvalidRequest',
    400,
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
  )

export const missingContentSha256 = (): ServiceError =>
  new ServiceError('InvalidRequest', 400, 'Missing required header for this request: x-amz-content-sha256')

export const malformedContentSha256 = (value: string): ServiceError =>
  invalidArgument(
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, ' +
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    'x-amz-content-sha256',
    quoted(value),
  )

export const contentSha256Mismatch = (claimed: string, computed: string): ServiceError =>
  new ServiceError(
    'XAmzContentSHA256Mismatch',
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { ClientComputedContentSHA256: claimed, S3ComputedContentSHA256: computed },
  )

function signatureMismatch({ accessKeyId, signature, stringToSign, canonicalRequest }: Mismatch): ServiceError {
  const shown = withoutSecrets(canonicalRequest)
  return new ServiceError('SignatureDoesNotMatch', 403, signatureMismatchText, {
    AWSAccessKeyId: quoted(accessKeyId),
    StringToSign: stringToSign,
    SignatureProvided: quoted(signature),
    StringToSignBytes: spacedHex(stringToSign),
    CanonicalRequest: shown,
    CanonicalRequestBytes: spacedHex(shown),
  })
}

/** A chunk or the trailer of an upload does not carry the signature it should. */
export const chunkSignatureMismatch = (stringToSign: string, signature: string): ServiceError =>
  new ServiceError('SignatureDoesNotMatch', 403, signatureMismatchText, {
    StringToSign: stringToSign,
    SignatureProvided: quoted(signature),
    StringToSignBytes: spacedHex(stringToSign),
  })

const signatureMismatchText =
  'The request signature we calculated does not match the signature you provided. Check your key and signing method.'

// Session tokens and customers' own encryption keys are part of what is signed, and must not come back in an error.
const withoutSecrets = (canonicalRequest: string) =>
  canonicalRequest
    .replace(/^(x-amz-security-token|x-amz-\S*server-side-encryption-customer-key):.*$/gm, '$1:REDACTED')
    .replace(/((?:^|&)x-amz-security-token=)[^&\n]*/gim, '$1REDACTED')

const spacedHex = (text: string) =>
  Buffer.from(text, 'latin1')
    .toString('hex')
    .replace(/..(?=.)/g, '$& ')

const aboutCredential = (form: SignatureClaim['form'], text: string, members?: Record<string, unknown>) =>
  form === 'header'
    ? headerMalformed(text, members)
    : queryParametersError(`Error parsing the X-Amz-Credential parameter; ${text}`, members)

const headerMalformed = (text: string, members?: Record<string, unknown>) =>
  new ServiceError('AuthorizationHeaderMalformed', 400, `The authorization header is malformed; ${text}`, members)

const queryParametersError = (text: string, members?: Record<string, unknown>) =>
  new ServiceError('AuthorizationQueryParametersError', 400, text, members)

const invalidArgument = (text: string, ArgumentName: string, ArgumentValue: string) =>
  new ServiceError('InvalidArgument', 400, text, { ArgumentName, ArgumentValue })

// A header of another mechanism may hold a password.
const shownAuthorization = (authorization: string) =>
  authorization.startsWith('AWS') ? quoted(authorization) : quoted(authorization.split(' ', 1)[0] ?? '')

const requestTimeTooSkewed = ({ signed, nowMs, skewSeconds }: Times) =>
  new ServiceError(
    'RequestTimeTooSkewed',
    403,
    'The difference between the request time and the current time is too large.',
    {
      RequestTime: signed.basic,
      ServerTime: formatExtended(nowMs),
      MaxAllowedSkewMilliseconds: String(skewSeconds * 1000),
    },
  )

const presignedTimes = ({ signed, nowMs, allowedSeconds }: Times) => ({
  Expires: formatExtended(signed.timeMs + allowedSeconds * 1000),
  ServerTime: formatExtended(nowMs),
})

/** An error of a body in chunks, beside those of its signatures. */
export const missingContentLength = (): ServiceError =>
  new ServiceError('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.')

export const requestTimeout = (): ServiceError =>
  new ServiceError(
    'RequestTimeout',
    400,
    'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.',
  )

export const incompleteBody = (): ServiceError =>
  new ServiceError(
    'IncompleteBody',
    400,
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  )

/** @param chunk - counted from one. */
export const invalidChunkSize = (chunk: number, sizeBytes: number): ServiceError =>
  new ServiceError('InvalidChunkSizeError', 400, 'Only the last chunk is allowed to have a size less than 8192 bytes', {
    Chunk: String(chunk),
    BadChunkSize: String(sizeBytes),
  })

export const malformedTrailer = (): ServiceError =>
  new ServiceError(
    'MalformedTrailerError',
    400,
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  )
