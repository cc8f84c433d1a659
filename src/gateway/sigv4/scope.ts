import type { WireRequest } from '../wire.ts'
import { parseAuthorization } from './authorization-header.ts'
import { queryParameters } from './canonical-request.ts'
import { parsePresigned } from './presigned-query.ts'

/** A credential as requests name it: `accessKeyId/YYYYMMDD/region/service/aws4_request`. */
export interface CredentialScope {
  accessKeyId: string
  date: string
  region: string
  service: string
  terminator: string
}

/** @returns undefined unless the text has exactly five parts and begins with an access key id. */
export function parseCredential(credential: string): CredentialScope | undefined {
  const parts = credential.split('/', 6)
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = parts
  return parts.length === 5 && accessKeyId !== '' ? { accessKeyId, date, region, service, terminator } : undefined
}

/** The scope as the string to sign has it: without the access key id. */
export const scopeText = ({ date, region, service, terminator }: CredentialScope): string =>
  `${date}/${region}/${service}/${terminator}`

/**
 * What a request claims to be signed for, unverified: enough to route it, and nothing to trust. Never throws.
 *
 * @returns undefined when the request carries no credential of five parts.
 */
export function scopeOf(request: WireRequest): CredentialScope | undefined {
  const { authorization } = request.headers
  const credential =
    typeof authorization === 'string'
      ? parseAuthorization(authorization).credential
      : mayBePresigned.test(request.query)
        ? parsePresigned(queryParameters(request.query), true)?.credential
        : undefined
  return credential === undefined ? undefined : parseCredential(credential)
}

// Any letter of the name may be percent-encoded.
const mayBePresigned = /credential|%/i
