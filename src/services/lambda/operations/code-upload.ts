import { checkArchive } from '../code/archive.ts'
import {
  codeDigestMismatch,
  codeNeeded,
  notSupportedYet,
  objectNotFound,
  oneCodeSource,
  revisionMismatch,
} from '../domain/errors.ts'
import type { CodeReference } from '../domain/function.ts'

/** Where a request has its code. */
export interface GivenCode {
  ZipFile?: Uint8Array
  S3Bucket?: string
  S3Key?: string
  S3ObjectVersion?: string
  ImageUri?: string
  SourceKMSKeyArn?: string
}

/**
 * The archive of a request, read through: one that cannot be unpacked never becomes a function.
 * @throws ServiceError InvalidParameterValueException, RequestEntityTooLargeException.
 */
export async function archiveOf(code: GivenCode): Promise<{ archive: Buffer; sha256: string }> {
  const { ZipFile, S3Bucket, S3Key, S3ObjectVersion, ImageUri, SourceKMSKeyArn } = code
  if (ImageUri !== undefined) throw notSupportedYet('container images')
  if (SourceKMSKeyArn) throw notSupportedYet('SourceKMSKeyArn')
  const fromBucket = S3Bucket !== undefined || S3Key !== undefined || S3ObjectVersion !== undefined
  if (!ZipFile) throw fromBucket ? objectNotFound() : codeNeeded()
  if (fromBucket) throw oneCodeSource()
  const archive = Buffer.from(ZipFile.buffer, ZipFile.byteOffset, ZipFile.byteLength)
  await checkArchive(archive)
  const digest = await crypto.subtle.digest('SHA-256', archive as Buffer<ArrayBuffer>)
  return { archive, sha256: Buffer.from(digest).toString('base64') }
}

/** @throws ServiceError PreconditionFailedException when the caller has seen an older state. */
export function checkRevision(given: string | undefined, current: string): void {
  if (given !== undefined && given !== current) throw revisionMismatch()
}

/** @throws ServiceError InvalidParameterValueException when the caller means other code. */
export function checkCodeDigest(given: string | undefined, { sha256 }: CodeReference): void {
  if (given !== undefined && given !== sha256) throw codeDigestMismatch(given, sha256)
}
