import { ServiceError } from '../../core/service-error.ts'
import { type ChecksumAlgorithm, checksumBytes, checksumOf } from '../../crypto/checksums.ts'
import type { WireRequest } from '../http/wire.ts'
import { headerOf } from './request-text.ts'
import type { OperationSchema } from './schema.ts'

const algorithms = Object.keys(checksumBytes) as ChecksumAlgorithm[]

/**
 * Compares a body with the checksums in its headers, in S3's words. A body that comes as a stream is compared by its operation.
 * @param isRequired - there must be one.
 * @throws ServiceError BadDigest, InvalidRequest.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export function checkBodyChecksums(
  request: WireRequest,
  { input }: OperationSchema,
  isRequired: boolean,
): Promise<void> | undefined {
  if (request.stream) return undefined
  const given = algorithms.flatMap((algorithm) => {
    // A member of the input is not about the body: CompleteMultipartUpload gives the checksum of the object.
    if (input?.members.has(`Checksum${algorithm}`)) return []
    const value = headerOf(request, `x-amz-checksum-${algorithm.toLowerCase()}`)
    return value === undefined ? [] : [{ algorithm, value }]
  })
  const md5 = headerOf(request, 'content-md5')
  if (given.length === 0 && md5 === undefined) {
    if (isRequired) throw invalid('Missing required header for this request: Content-MD5 OR x-amz-checksum-*')
    return undefined
  }
  // The same headers of a request without a body describe an object.
  return request.body.length === 0 ? undefined : compare(request.body, md5, given)
}

async function compare(
  body: Buffer,
  md5: string | undefined,
  given: readonly { algorithm: ChecksumAlgorithm; value: string }[],
): Promise<void> {
  if (md5 !== undefined && md5 !== (await checksumOf('MD5', body)).toString('base64')) {
    throw badDigest('The Content-MD5 you specified did not match what we received.')
  }
  for (const { algorithm, value } of given) {
    if (value === (await checksumOf(algorithm, body)).toString('base64')) continue
    throw badDigest(`The ${algorithm} you specified did not match the calculated checksum.`)
  }
}

const invalid = (message: string) => new ServiceError('InvalidRequest', 400, message)
const badDigest = (message: string) => new ServiceError('BadDigest', 400, message)
