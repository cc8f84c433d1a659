import { decodedComponent, type QueryParameter } from '../../crypto/sigv4/canonical-request.ts'

/** The signature parameters in the query of a presigned request, each empty when it is missing. */
export interface PresignedQuery {
  algorithm: string
  credential: string
  date: string
  expires: string
  signedHeaders: string
  signature: string
  securityToken: string | undefined
  /** S3's JavaScript signer moves this header into the query, like others of its kind. */
  contentSha256: string | undefined
}

const names = new Map<string, keyof PresignedQuery>([
  ['X-Amz-Algorithm', 'algorithm'],
  ['X-Amz-Credential', 'credential'],
  ['X-Amz-Date', 'date'],
  ['X-Amz-Expires', 'expires'],
  ['X-Amz-SignedHeaders', 'signedHeaders'],
  ['X-Amz-Signature', 'signature'],
  ['X-Amz-Security-Token', 'securityToken'],
  ['X-Amz-Content-Sha256', 'contentSha256'],
])
const namesInAnyCase = new Map([...names].map(([name, member]) => [name.toLowerCase(), member]))

/**
 * Reads the X-Amz-… parameters of a query. A parameter that comes twice has both values, joined with a comma, and
 * fits nothing.
 *
 * @param anyCase - S3 takes the names in any case.
 * @returns undefined when no parameter claims a signature, so that the request is not a presigned one.
 */
export function parsePresigned(parameters: readonly QueryParameter[], anyCase: boolean): PresignedQuery | undefined {
  const found: Partial<Record<keyof PresignedQuery, string>> = {}
  for (const [name, value] of parameters) {
    const member = memberOf(name, anyCase)
    if (member) found[member] = (found[member] === undefined ? '' : `${found[member]},`) + decodedComponent(value)
  }
  const { algorithm, credential, signature, date = '', expires = '', signedHeaders = '' } = found
  if (algorithm === undefined && credential === undefined && signature === undefined) return undefined
  return {
    algorithm: algorithm ?? '',
    credential: credential ?? '',
    date,
    expires,
    signedHeaders,
    signature: signature ?? '',
    securityToken: found.securityToken,
    contentSha256: found.contentSha256,
  }
}

/** The parameters without the one that is named, by the rules of `parsePresigned`. */
export const withoutParameter = (
  parameters: readonly QueryParameter[],
  left: 'signature' | 'securityToken',
  anyCase: boolean,
): QueryParameter[] => parameters.filter(([name]) => memberOf(name, anyCase) !== left)

const memberOf = (name: string, anyCase: boolean) =>
  anyCase ? namesInAnyCase.get(name.toLowerCase()) : names.get(name)
