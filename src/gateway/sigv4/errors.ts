import { hash } from 'node:crypto'
import { ServiceError } from '../../core/service-error.ts'
import type { CredentialScope } from '../../crypto/sigv4/scope.ts'
import type { Signer } from './signer.ts'
import { formatBasic, type SigningDate } from './signing-date.ts'

/** The place of a request's signature: the Authorization header, or the query. */
export type Form = 'header' | 'presigned'

/** A request's claim about its signature; nothing of it is verified. Missing parts are empty. */
export interface SignatureClaim {
  form: Form
  /** The Authorization header as sent; empty for presigned requests. */
  authorization: string
  signer: Signer
  signature: string
  date: string
  /** Presigned requests only. */
  expires: string
  securityToken: string | undefined
  /** x-amz-content-sha256, from the header or, presigned, from the query. */
  contentSha256: string | undefined
}

export type RequiredPart =
  | 'X-Amz-Algorithm'
  | 'X-Amz-Credential'
  | 'X-Amz-Signature'
  | 'X-Amz-SignedHeaders'
  | 'X-Amz-Date'
  | 'X-Amz-Expires'

/** The times at which a request was signed and received. */
export interface Times {
  signed: SigningDate
  nowMs: number
  skewSeconds: number
  /** How long after signing the request may come: the skew, or what a presigned request asks for. */
  allowedSeconds: number
}

/** The mistakes in a credential's scope; at least one member is set. */
export interface ScopeFaults {
  region?: boolean
  /** Why the region is not served, and what to do: a sentence. */
  regionHint?: string
  service?: boolean
  terminator?: boolean
  date?: boolean
  expectedService: string
  expectedRegion?: string
  signed: SigningDate
}

export interface Mismatch {
  accessKeyId: string
  signature: string
  stringToSign: string
  canonicalRequest: string
}

/** Every way in which a request fails to say who sent it, in the words of one family of services. */
export interface Refusals {
  bothForms(authorization: string): ServiceError
  noAuthentication(): ServiceError
  missingParts(claim: SignatureClaim, missing: readonly RequiredPart[]): ServiceError
  malformedDate(claim: SignatureClaim): ServiceError
  malformedExpiry(fault: 'not-a-number' | 'negative' | 'too-long'): ServiceError
  signatureExpired(times: Times): ServiceError
  presignedExpired(times: Times): ServiceError
  notYetCurrent(times: Times, form: Form): ServiceError
  /** @param names - lower case. */
  unsignedHeaders(names: readonly string[]): ServiceError
  unsupportedAlgorithm(claim: SignatureClaim): ServiceError
  malformedCredential(claim: SignatureClaim): ServiceError
  wrongScope(credential: CredentialScope, faults: ScopeFaults, form: Form): ServiceError
  /** @param hint - a sentence behind AWS's. */
  unknownKey(accessKeyId: string, hint?: string): ServiceError
  invalidToken(): ServiceError
  expiredToken(): ServiceError
  signatureMismatch(mismatch: Mismatch): ServiceError
}

/**
 * The refusals of services that speak JSON (every status is 400), REST-JSON (403) or the query protocol.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
export function serviceRefusals(family: 'json' | 'rest-json' | 'query'): Refusals {
  const refusal = (kind: Kind, message: string) => {
    if (family === 'query') return new ServiceError(queryCodes[kind], queryStatuses[kind], message)
    const code = kind === 'RequestExpired' ? 'InvalidSignature' : kind
    return new ServiceError(`${code}Exception`, family === 'json' ? 400 : 403, message)
  }
  return {
    bothForms: () =>
      refusal(
        'InvalidSignature',
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
      ),
    noAuthentication: () =>
      refusal(
        'MissingAuthenticationToken',
        family === 'rest-json' ? 'Missing Authentication Token' : 'Request is missing Authentication Token',
      ),
    missingParts: (claim, missing) =>
      refusal(
        'IncompleteSignature',
        claim.form === 'presigned'
          ? [...missing.map(queryRequires), 'Re-examine the query-string parameters.'].join(' ')
          : [...missing.map(headerRequires), shownAuthorization(claim.authorization, family)].join(' '),
      ),
    malformedDate: ({ date }) =>
      refusal(
        'IncompleteSignature',
        `Date must be in ISO-8601 'basic format'. Got '${quoted(date)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
      ),
    malformedExpiry: () =>
      refusal(
        'IncompleteSignature',
        "AWS query-string parameters must include 'X-Amz-Expires' as a number of seconds from 0 to 604800. " +
          'Re-examine the query-string parameters.',
      ),
    signatureExpired: (times) => refusal('InvalidSignature', expiredText(times)),
    presignedExpired: (times) =>
      refusal('RequestExpired', family === 'query' ? 'Request has expired' : expiredText(times)),
    notYetCurrent: ({ signed, nowMs, skewSeconds }) =>
      refusal(
        'InvalidSignature',
        `Signature not yet current: ${signed.basic} is still later than ${formatBasic(nowMs + skewSeconds * 1000)} ` +
          `(${formatBasic(nowMs)} + ${duration(skewSeconds)})`,
      ),
    unsignedHeaders: ([name = '']) => {
      const shown = name === 'host' ? "'Host' or ':authority'" : `'${inTitleCase(name)}'`
      return refusal('InvalidSignature', `${shown} must be a 'SignedHeader' in the AWS Authorization.`)
    },
    unsupportedAlgorithm: ({ signer }) =>
      refusal('IncompleteSignature', `Unsupported AWS 'algorithm': '${quoted(signer.algorithm)}'`),
    malformedCredential: ({ signer }) =>
      refusal(
        'IncompleteSignature',
        'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, ' +
          `got '${quoted(signer.credential)}'`,
      ),
    wrongScope: (credential, faults) => refusal('InvalidSignature', scopeText(credential, faults)),
    unknownKey: (_accessKeyId, hint) =>
      refusal('UnrecognizedClient', hint === undefined ? invalidTokenText : `${invalidTokenText} ${hint}`),
    invalidToken: () => refusal('UnrecognizedClient', invalidTokenText),
    expiredToken: () => refusal('ExpiredToken', 'The security token included in the request is expired'),
    signatureMismatch: () =>
      refusal(
        'InvalidSignature',
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access ' +
          'Key and signing method. Consult the service documentation for details.',
      ),
  }
}

type Kind = keyof typeof queryCodes

const queryCodes = {
  InvalidSignature: 'SignatureDoesNotMatch',
  MissingAuthenticationToken: 'MissingAuthenticationToken',
  IncompleteSignature: 'IncompleteSignature',
  UnrecognizedClient: 'InvalidClientTokenId',
  ExpiredToken: 'ExpiredToken',
  RequestExpired: 'RequestExpired',
}

const queryStatuses: Record<Kind, number> = {
  InvalidSignature: 403,
  MissingAuthenticationToken: 403,
  IncompleteSignature: 400,
  UnrecognizedClient: 403,
  ExpiredToken: 403,
  RequestExpired: 400,
}

const invalidTokenText = 'The security token included in the request is invalid.'

const queryRequires = (part: RequiredPart) => `AWS query-string parameters must include '${part}'.`

const headerRequires = (part: RequiredPart) =>
  part === 'X-Amz-Date'
    ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    : `Authorization header requires '${part.slice('X-Amz-'.length)}' parameter.`

// Lambda and its like show a hash. The others show the header, which is safe for a signature and not for a password.
function shownAuthorization(authorization: string, family: 'json' | 'rest-json' | 'query'): string {
  if (family !== 'rest-json' && authorization.startsWith('AWS')) return `Authorization=${quoted(authorization)}`
  const digest = hash('sha256', Buffer.from(authorization, 'latin1'), 'base64')
  return `(Hashed with SHA-256 and encoded with Base64) Authorization=${digest}`
}

const expiredText = ({ signed, nowMs, allowedSeconds }: Times) =>
  `Signature expired: ${signed.basic} is now earlier than ${formatBasic(nowMs - allowedSeconds * 1000)} ` +
  `(${formatBasic(nowMs)} - ${duration(allowedSeconds)})`

const duration = (seconds: number) => (seconds % 60 === 0 ? `${seconds / 60} min.` : `${seconds} sec.`)

function scopeText({ region, date, terminator }: CredentialScope, faults: ScopeFaults): string {
  const { signed, expectedService } = faults
  const texts = [
    faults.region && `Credential should be scoped to a valid region, not '${quoted(region)}'.`,
    faults.regionHint,
    faults.service && `Credential should be scoped to correct service: '${expectedService}'.`,
    faults.terminator &&
      `Credential should be scoped with a valid terminator: 'aws4_request', not '${quoted(terminator)}'.`,
    faults.date &&
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        `'${quoted(date)}' != '${signed.basic.slice(0, 8)}', from '${signed.basic}'.`,
  ]
  return texts.filter(Boolean).join(' ')
}

const inTitleCase = (name: string) => name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())

/** Makes text of a caller safe to quote: short, and without characters that could act in a terminal, a log or XML. */
export const quoted = (text: string): string => text.slice(0, 1024).replace(/[^\x20-\x7e]/g, '?')
