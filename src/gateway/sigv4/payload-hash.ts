import { hash } from 'node:crypto'
import { contentSha256Mismatch, malformedContentSha256, missingContentSha256 } from './s3-errors.ts'

/** Hex SHA-256 of a body. */
export const bodyHash = (body: Uint8Array): string => hash('sha256', body)

/** The same, computed on another thread. */
export const largeBodyHash = async (body: Buffer): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', body as Buffer<ArrayBuffer>)).toString('hex')

const signedChunks = new Set(['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'])
const unsignedPayloads = new Set(['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'])
const sha256 = /^[0-9A-Fa-f]{64}$/

/** True for the hash of a body, in hexadecimal; false for S3's words. */
export const isSha256 = (payloadHash: string): boolean => sha256.test(payloadHash)

/** True when the body comes in chunks, signed or not, that are to be taken apart. */
export const isChunkedPayload = (payloadHash: string): boolean => payloadHash.startsWith('STREAMING-')

/** True when the body comes in chunks that carry signatures of their own. */
export const hasSignedChunks = (payloadHash: string): boolean => signedChunks.has(payloadHash)

/**
 * Returns what S3 signs in place of the body's hash: what the request declares, taken literally.
 *
 * @param declared - x-amz-content-sha256; presigned requests may do without.
 * @throws ServiceError InvalidRequest when it is missing, InvalidArgument when it is neither a hash nor a word of S3.
 */
export function s3PayloadHash(declared: string | undefined, presigned: boolean): string {
  if (declared === undefined) {
    if (presigned) return 'UNSIGNED-PAYLOAD'
    throw missingContentSha256()
  }
  if (unsignedPayloads.has(declared) || signedChunks.has(declared) || sha256.test(declared)) return declared
  throw malformedContentSha256(declared)
}

/** @throws ServiceError XAmzContentSHA256Mismatch when the declared hash is not the body's; words are left alone. */
export function checkS3Body(payloadHash: string, body: Uint8Array): void {
  if (!isSha256(payloadHash)) return
  const computed = bodyHash(body)
  if (computed !== payloadHash.toLowerCase()) throw contentSha256Mismatch(payloadHash, computed)
}
