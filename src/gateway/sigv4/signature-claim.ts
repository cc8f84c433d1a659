import { type QueryParameter, queryParameters } from '../../crypto/sigv4/canonical-request.ts'
import { type CredentialScope, parseCredential } from '../../crypto/sigv4/scope.ts'
import type { WireRequest } from '../http/wire.ts'
import type { Refusals, RequiredPart, SignatureClaim } from './errors.ts'
import { type PresignedQuery, parsePresigned } from './presigned-query.ts'
import { signatureVersion2 } from './s3-errors.ts'
import { readAuthorization, signerOf } from './signer.ts'

/**
 * Reads who a request says has signed it, and how, from its Authorization header or its query.
 *
 * @returns a claim in which no required part is empty.
 * @throws ServiceError when both forms are used, or none, or a part is missing.
 */
export function readClaim(
  headers: ReadonlyMap<string, string>,
  parameters: readonly QueryParameter[],
  { s3, refuse }: { s3: boolean; refuse: Refusals },
): SignatureClaim {
  const authorization = headers.get('authorization')
  const presigned = parameters.length > 0 ? parsePresigned(parameters, s3) : undefined
  if (authorization !== undefined) {
    if (presigned && presigned.algorithm !== '') throw refuse.bothForms(authorization)
    return complete(headerClaim(authorization, headers), headerParts, refuse)
  }
  if (presigned) {
    return complete(presignedClaim(presigned, headers), s3 ? s3QueryParts : queryParts, refuse)
  }
  if (s3 && parameters.some(([name]) => name === 'AWSAccessKeyId')) throw signatureVersion2()
  throw refuse.noAuthentication()
}

function headerClaim(authorization: string, headers: ReadonlyMap<string, string>): SignatureClaim {
  const { signer, signature } = readAuthorization(authorization)
  return {
    form: 'header',
    authorization,
    signer,
    signature,
    date: headers.get('x-amz-date') ?? headers.get('date') ?? '',
    expires: '',
    securityToken: headers.get('x-amz-security-token'),
    contentSha256: headers.get('x-amz-content-sha256'),
  }
}

const presignedClaim = (query: PresignedQuery, headers: ReadonlyMap<string, string>): SignatureClaim => ({
  form: 'presigned',
  authorization: '',
  signer: signerOf(query),
  signature: query.signature,
  date: query.date,
  expires: query.expires,
  securityToken: query.securityToken ?? headers.get('x-amz-security-token'),
  contentSha256: headers.get('x-amz-content-sha256') ?? query.contentSha256,
})

function complete(claim: SignatureClaim, parts: readonly Part[], refuse: Refusals): SignatureClaim {
  const missing = parts.filter(([, text]) => text(claim) === '')
  if (missing.length === 0) return claim
  throw refuse.missingParts(
    claim,
    missing.map(([part]) => part),
  )
}

type Part = readonly [RequiredPart, (claim: SignatureClaim) => string]

// In the order in which AWS's messages name them.
const headerParts: readonly Part[] = [
  ['X-Amz-Credential', ({ signer }) => signer.credential],
  ['X-Amz-Signature', ({ signature }) => signature],
  ['X-Amz-SignedHeaders', ({ signer }) => signer.signedHeaders],
  ['X-Amz-Date', ({ date }) => date],
]
const queryParts: readonly Part[] = [['X-Amz-Algorithm', ({ signer }) => signer.algorithm], ...headerParts]
const s3QueryParts: readonly Part[] = [...queryParts, ['X-Amz-Expires', ({ expires }) => expires]]

/**
 * Returns what a request claims to be signed for, unverified: enough to route it, and nothing to trust. Never throws.
 *
 * @returns undefined when the request carries no credential of five parts.
 */
export function scopeOf(request: WireRequest): CredentialScope | undefined {
  const { authorization } = request.headers
  if (typeof authorization === 'string') return readAuthorization(authorization).signer.scope
  if (!mayBePresigned.test(request.query)) return undefined
  const presigned = parsePresigned(queryParameters(request.query), true)
  return presigned && parseCredential(presigned.credential)
}

// Any letter of the name may be percent-encoded.
const mayBePresigned = /credential|%/i
