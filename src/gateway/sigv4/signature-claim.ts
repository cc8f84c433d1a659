import { parseAuthorization } from './authorization-header.ts'
import type { QueryParameter } from './canonical-request.ts'
import type { Refusals, RequiredPart, SignatureClaim } from './errors.ts'
import { type PresignedQuery, parsePresigned } from './presigned-query.ts'
import { signatureVersion2 } from './s3-errors.ts'

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

const headerClaim = (authorization: string, headers: ReadonlyMap<string, string>): SignatureClaim => ({
  form: 'header',
  authorization,
  ...parseAuthorization(authorization),
  date: headers.get('x-amz-date') ?? headers.get('date') ?? '',
  expires: '',
  securityToken: headers.get('x-amz-security-token'),
  contentSha256: headers.get('x-amz-content-sha256'),
})

const presignedClaim = (query: PresignedQuery, headers: ReadonlyMap<string, string>): SignatureClaim => ({
  form: 'presigned',
  authorization: '',
  ...query,
  securityToken: query.securityToken ?? headers.get('x-amz-security-token'),
  contentSha256: headers.get('x-amz-content-sha256') ?? query.contentSha256,
})

function complete(
  claim: SignatureClaim,
  parts: readonly (readonly [RequiredPart, keyof SignatureClaim])[],
  refuse: Refusals,
): SignatureClaim {
  const missing = parts.filter(([, member]) => claim[member] === '').map(([part]) => part)
  if (missing.length > 0) throw refuse.missingParts(claim, missing)
  return claim
}

// In the order in which AWS's messages name them.
const headerParts = [
  ['X-Amz-Credential', 'credential'],
  ['X-Amz-Signature', 'signature'],
  ['X-Amz-SignedHeaders', 'signedHeaders'],
  ['X-Amz-Date', 'date'],
] as const
const queryParts = [['X-Amz-Algorithm', 'algorithm'], ...headerParts] as const
const s3QueryParts = [...queryParts, ['X-Amz-Expires', 'expires']] as const
