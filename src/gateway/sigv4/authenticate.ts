import type { RequestSignature } from '../../core/call.ts'
import type { CredentialResolver, RefusedToken, ResolvedCredentials } from '../../core/credentials.ts'
import { daySeconds, minuteSeconds } from '../../core/durations.ts'
import type { Caller } from '../../core/principal.ts'
import { headerValues, queryParameters } from '../../crypto/sigv4/canonical-request.ts'
import { type CredentialScope, scopeText } from '../../crypto/sigv4/scope.ts'
import { signingAlgorithm } from '../../crypto/sigv4/string-to-sign.ts'
import { signedHeaderPrefix, type WireRequest } from '../http/wire.ts'
import type { ChunkSeed } from './chunk-signatures.ts'
import { type Refusals, type SignatureClaim, serviceRefusals } from './errors.ts'
import { bodyHash, checkS3Body, hasSignedChunks, largeBodyHash, s3PayloadHash } from './payload-hash.ts'
import { s3Refusals } from './s3-errors.ts'
import { readClaim } from './signature-claim.ts'
import { parseSigningDate, type SigningDate } from './signing-date.ts'
import { verifyStream } from './verified-body.ts'
import { type SignedRequest, verifySignature } from './verify-signature.ts'

/** Families of services that sign and refuse alike. */
export type Family = 'json' | 'rest-json' | 'query' | 's3'

export interface AuthenticateOptions {
  /** The service in the credential scope that fits: `kms`. */
  service: string
  family: Family
  resolver: CredentialResolver
  /** The wall clock: clients sign with theirs. */
  nowMs: number
  /** How far the clocks may be apart. Default: 15 minutes. */
  maxSkewSeconds?: number
  /** Why a region is not served, as a sentence; undefined for one that is. Default: whatever has the form of a region is. */
  regionRefusal?(region: string): string | undefined
  /** The one region that fits, where a resource lives in one; S3's refusal names it. */
  expectedRegion?: string
  /** A sentence that follows AWS's error text for an unknown access key. */
  unknownKeyHint?: string
}

/** A request whose signature is verified. */
export interface Authenticated {
  caller: Caller
  accessKeyId: string
  /** Of the credential scope. */
  region: string
  /** Lower case, sorted. */
  signedHeaders: readonly string[]
  presigned: boolean
  /** Of requests to S3. */
  signature?: RequestSignature
  /** S3 uploads whose chunks carry signatures: where their chain begins. A stream of them is verified while it is read. */
  chunkSeed?: ChunkSeed
}

/**
 * Verifies the Signature Version 4 of a request, in the Authorization header or in the query. Checks in AWS's order;
 * the first failure is the one that is reported.
 *
 * For every family but S3 the hash of the whole body must be signed, whatever x-amz-content-sha256 says. Paths are
 * signed normalised there, so what reads a path after this must normalise it too.
 *
 * @throws ServiceError with AWS's code, status and text for the family. Faults of the resolver pass through.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export async function authenticate(request: WireRequest, options: AuthenticateOptions): Promise<Authenticated> {
  const refuse = refusalsOf[options.family]
  const checked = checkClaim(request, options, refuse)
  const { credential, claim, declaredPayload } = checked
  const resolved = await options.resolver.resolve(credential.accessKeyId, claim.securityToken)
  if (resolved === 'unknown-key') throw refuse.unknownKey(credential.accessKeyId, options.unknownKeyHint)
  if (resolved === 'invalid-token') throw refuse.invalidToken()
  const { body, stream } = request
  if (stream && declaredPayload === undefined)
    throw new Error(`bodies of ${options.family} services are signed as a whole`)
  const payloadHash = declaredPayload ?? (body.length > largeBytes ? await largeBodyHash(body) : bodyHash(body))
  return verified(checked, payloadHash, resolved, options.nowMs, refuse)
}

/** True when a request claims to be signed, rightly or not. */
export const isSigned = ({ headers, query }: WireRequest): boolean =>
  headers.authorization !== undefined || /(^|&)X-Amz-(Algorithm|Credential|Signature)=/i.test(query)

interface CheckedRequest extends SignedRequest {
  /** What S3 signs in place of the body's hash. */
  declaredPayload: string | undefined
}

/** Checks all of a request's claim that needs no secret. @throws ServiceError the first failure, in AWS's order. */
function checkClaim(request: WireRequest, options: AuthenticateOptions, refuse: Refusals): CheckedRequest {
  const s3 = options.family === 's3'
  const headers = headerValues(request.rawHeaders)
  const parameters = queryParameters(request.query)
  const claim = readClaim(headers, parameters, { s3, refuse })
  const signed = checkDate(claim, options, refuse)
  const { algorithm, nameSet, scope: credential } = claim.signer
  requireSigned(namesToSign(headers, s3), nameSet, refuse)
  if (algorithm !== signingAlgorithm) throw refuse.unsupportedAlgorithm(claim)
  if (!credential) throw refuse.malformedCredential(claim)
  checkScope(credential, { claim, signed, options, refuse })
  const declaredPayload = s3 ? s3PayloadHash(claim.contentSha256, claim.form === 'presigned') : undefined
  if (credential.accessKeyId.length > longestKeyId)
    throw refuse.unknownKey(credential.accessKeyId, options.unknownKeyHint)
  return { request, headers, parameters, claim, signed, credential, s3, declaredPayload }
}

function verified(
  checked: CheckedRequest,
  payloadHash: string,
  resolved: ResolvedCredentials | RefusedToken,
  nowMs: number,
  refuse: Refusals,
): Authenticated {
  const { request, claim, signed, credential, s3 } = checked
  const signingKey = verifySignature(checked, payloadHash, resolved.secretAccessKey, refuse)
  if ('refused' in resolved) throw resolved.refused === 'expired-token' ? refuse.expiredToken() : refuse.invalidToken()
  const authenticated: Authenticated = {
    caller: resolved.caller,
    accessKeyId: credential.accessKeyId,
    region: credential.region,
    signedHeaders: claim.signer.names,
    presigned: claim.form === 'presigned',
  }
  if (s3) authenticated.signature = { form: claim.form, ageMs: nowMs - signed.timeMs, payloadHash }
  if (hasSignedChunks(payloadHash)) {
    const { signature } = claim
    authenticated.chunkSeed = { signingKey, dateTime: signed.basic, scope: scopeText(credential), signature }
  }
  if (request.stream) verifyStream(request, request.stream, payloadHash, authenticated.chunkSeed)
  else if (s3) checkS3Body(payloadHash, request.body)
  return authenticated
}

const refusalsOf: Record<Family, Refusals> = {
  json: serviceRefusals('json'),
  'rest-json': serviceRefusals('rest-json'),
  query: serviceRefusals('query'),
  s3: s3Refusals,
}

const defaultSkewSeconds = 15 * minuteSeconds

/** Larger bodies are hashed beside the event loop. */
const largeBytes = 1024 * 1024
const longestPresignedSeconds = 7 * daySeconds

function checkDate(claim: SignatureClaim, options: AuthenticateOptions, refuse: Refusals): SigningDate {
  const signed = parseSigningDate(claim.date)
  if (!signed) throw refuse.malformedDate(claim)
  const { nowMs, maxSkewSeconds: skewSeconds = defaultSkewSeconds } = options
  const expirySeconds = claim.expires === '' ? undefined : parseExpiry(claim.expires, refuse)
  const times = { signed, nowMs, skewSeconds, allowedSeconds: expirySeconds ?? skewSeconds }
  // Signing dates have whole seconds, and so has the time they are compared with.
  const ageSeconds = Math.floor(nowMs / 1000) - signed.timeMs / 1000
  if (ageSeconds > times.allowedSeconds) {
    throw claim.form === 'presigned' ? refuse.presignedExpired(times) : refuse.signatureExpired(times)
  }
  if (-ageSeconds > skewSeconds) throw refuse.notYetCurrent(times, claim.form)
  return signed
}

function parseExpiry(text: string, refuse: Refusals): number {
  if (!/^-?\d+$/.test(text)) throw refuse.malformedExpiry('not-a-number')
  const seconds = Number(text)
  if (seconds < 0) throw refuse.malformedExpiry('negative')
  if (seconds > longestPresignedSeconds) throw refuse.malformedExpiry('too-long')
  return seconds
}

/**
 * Headers that must be signed beside Host: every x-amz-* header, "Create a signed AWS API request" says. Some name the operation,
 * the session or a member of the input, and a request that gains one on its way must not come to mean something else. S3 answers
 * so; other services are not recorded with a foreign x-amz-* header, and refusing it is the safe reading: every SDK signs them all.
 * Signed by other means are the payload hash, and outside S3 the date, which is in the string to sign. Other headers decide
 * nothing: Content-Type whether a body is taken at all, and with Accept the form of the answer.
 */
function namesToSign(headers: ReadonlyMap<string, string>, s3: boolean): string[] {
  return [...headers.keys()].filter(
    (name) => name.startsWith(signedHeaderPrefix) && name !== 'x-amz-content-sha256' && (s3 || name !== 'x-amz-date'),
  )
}

function requireSigned(names: readonly string[], signedHeaders: ReadonlySet<string>, refuse: Refusals): void {
  const unsigned = names.filter((name) => !signedHeaders.has(name))
  // HTTP/2 has :authority in place of Host.
  if (!signedHeaders.has('host') && !signedHeaders.has(':authority')) unsigned.unshift('host')
  if (unsigned.length > 0) throw refuse.unsignedHeaders(unsigned)
}

const regionForm = /^[a-z0-9-]{1,32}$/

function checkScope(
  credential: CredentialScope,
  context: { claim: SignatureClaim; signed: SigningDate; options: AuthenticateOptions; refuse: Refusals },
): void {
  const { claim, signed, options, refuse } = context
  const { service: expectedService, expectedRegion } = options
  const { region, service, terminator, date } = credential
  // The form is asked for in any case: the region goes into ARNs and messages.
  const hasForm = regionForm.test(region)
  const regionHint = hasForm ? options.regionRefusal?.(region) : undefined
  const regionFits = hasForm && regionHint === undefined && (expectedRegion === undefined || region === expectedRegion)
  const faults = {
    region: !regionFits,
    service: service !== expectedService,
    terminator: terminator !== 'aws4_request',
    date: date !== signed.basic.slice(0, 8),
  }
  if (faults.region || faults.service || faults.terminator || faults.date) {
    throw refuse.wrongScope(credential, { ...faults, regionHint, expectedService, expectedRegion, signed }, claim.form)
  }
}

// Longer ones do not exist, and would only be carried around.
const longestKeyId = 128
