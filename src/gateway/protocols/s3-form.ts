import { randomInt } from 'node:crypto'
import { hostIdOf } from '../../core/host-id.ts'
import { ServiceError } from '../../core/service-error.ts'
import type { WireRequest, WireResponse } from '../http/wire.ts'
import type { OriginRefusal } from './protocol.ts'
import { headerOf } from './request-text.ts'
import { escapeXml } from './xml-text.ts'

// What S3 has differently from every other service: names of buckets in hosts, request ids and the form of errors.

/** A request id as S3 makes them: 16 characters of A–Z and 0–9. */
export function newS3RequestId(): string {
  let id = ''
  for (let count = 0; count < 16; count++) id += letters[randomInt(letters.length)]
  return id
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** `BUCKET.s3.REGION.BASE`, `BUCKET.s3-REGION.BASE` and `BUCKET.s3.BASE`; names of buckets may have dots. */
const virtualHost =
  /^(.+)\.s3(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-\d)?\.(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/i

/** The bucket that a host names; undefined where the path does. */
export function bucketInHost(request: Pick<WireRequest, 'headers'>): string | undefined {
  const host = headerOf(request, 'host') ?? ''
  return virtualHost.exec(host.replace(/:\d*$/, ''))?.[1]
}

/** Returns the bucket that a request names in its host or path; undefined where it names none. */
export const bucketOfHead = (request: Pick<WireRequest, 'headers' | 'path'>): string | undefined =>
  bucketInHost(request) ?? (request.path.split('/')[1] || undefined)

// AWS's own words, its spelling included.
const originProblems: Record<OriginRefusal, string> = {
  missing: 'Bucket not found',
  'no-rules': 'CORS is not enabled for this bucket.',
  'not-allowed':
    'This CORS request is not allowed. This is usually because the evalution of Origin, request method / ' +
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
}

/** Returns the refusal of a request that a page of another origin wants to make. */
export function originRefused(request: WireRequest, reason: OriginRefusal): ServiceError {
  const isObject = inPathStyle(request).path.split('/').filter(Boolean).length > 1
  return new ServiceError('AccessForbidden', 403, `CORSResponse: ${originProblems[reason]}`, {
    Method: headerOf(request, 'access-control-request-method') ?? request.method,
    ResourceType: isObject ? 'OBJECT' : 'BUCKET',
  })
}

/** The request with its bucket in the path. What is signed is the path as it came. */
export function inPathStyle(request: WireRequest): WireRequest {
  const bucket = bucketInHost(request)
  return bucket === undefined ? request : { ...request, path: `/${encodeURIComponent(bucket)}${request.path}` }
}

/**
 * What the gateway refuses for every service, in S3's words. S3's clients do not repeat a 501.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
function inWordsOfS3(error: ServiceError): ServiceError {
  switch (error.code) {
    case 'InternalFailure':
      return new ServiceError('InternalError', 500, 'We encountered an internal error. Please try again.')
    case 'NotImplementedException':
      return new ServiceError('NotImplemented', 501, error.message)
    case 'SerializationException':
      return new ServiceError('InvalidArgument', 400, error.message || 'Invalid Argument')
    case 'RequestEntityTooLargeException':
      return new ServiceError('MaxMessageLengthExceeded', 400, 'Your request was too big.')
    default:
      return error
  }
}

/** The `Error` document of S3. Further members of the error follow its message. */
export function s3Error(error: ServiceError, requestId: string): WireResponse {
  const { status, code, message, members, headers } = inWordsOfS3(error)
  const elements = Object.entries({
    Code: code,
    Message: message,
    ...members,
    RequestId: requestId,
    HostId: hostIdOf(requestId),
  })
  const body = elements.map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`).join('')
  return identified(
    {
      status,
      headers: { 'Content-Type': 'application/xml', ...headers },
      body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${body}</Error>`,
    },
    requestId,
  )
}

/** An answer with the ids by which S3's clients find it. */
export const identified = (answer: WireResponse, requestId: string): WireResponse => ({
  ...answer,
  headers: { ...answer.headers, 'x-amz-request-id': requestId, 'x-amz-id-2': hostIdOf(requestId) },
})
