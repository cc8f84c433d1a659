import type { Caller } from '../../core/principal.ts'
import type { WireRequest } from '../http/wire.ts'
import { headerOf } from '../protocols/request-text.ts'
import type { Family } from './authenticate.ts'
import { checkS3Body, hasSignedChunks, s3PayloadHash } from './payload-hash.ts'
import { malformedContentSha256 } from './s3-errors.ts'
import { verifyStream } from './verified-body.ts'

/** The caller of a request without a signature. */
export const anonymousCaller: Caller = { principal: { kind: 'anonymous' }, principalTags: {} }

/**
 * Settles how the body of a request without a signature is checked: S3 still compares it with the hash that the request declares.
 * @throws ServiceError XAmzContentSHA256Mismatch, InvalidArgument.
 */
export function admitUnsigned(request: WireRequest, family: Family): void {
  if (family !== 's3') return
  const declared = headerOf(request, 'x-amz-content-sha256')
  const payloadHash = s3PayloadHash(declared, true)
  // There is no signature for those of the chunks to follow.
  if (hasSignedChunks(payloadHash)) throw malformedContentSha256(payloadHash)
  if (request.stream) verifyStream(request, request.stream, payloadHash, undefined)
  else checkS3Body(payloadHash, request.body)
}

/** The Region that a host names, as in `bucket.s3.eu-west-1.amazonaws.com`; undefined where it names none. */
export const regionInHost = (request: Pick<WireRequest, 'headers'>): string | undefined =>
  headerOf(request, 'host')
    ?.toLowerCase()
    .split(/[.:-](?=[a-z]{2}-[a-z-]+-\d)|[.:]/)
    .find((label) => /^[a-z]{2}(?:-[a-z]+)+-\d$/.test(label))
