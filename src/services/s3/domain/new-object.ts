import type { StorageClass } from '@aws-sdk/client-s3'
import type { Bucket } from './bucket.ts'
import { aclNotSupported, headerNotImplemented, invalidStorageClass, metadataTooLarge, notSupported } from './errors.ts'
import { type KeptHeader, keptHeaders, type ObjectDetails } from './object.ts'

/** The members of a request that describe a new object. */
export type DescribedObject = Partial<Record<KeptHeader, string | undefined>> & {
  Expires?: Date | undefined
  Metadata?: Record<string, string> | undefined
}

const mostMetadataBytes = 2048

/** @throws ServiceError MetadataTooLarge. */
export function describedBy(input: DescribedObject): Pick<ObjectDetails, 'headers' | 'metadata' | 'expiresMs'> {
  const headers: Partial<Record<KeptHeader, string>> = {}
  for (const name of keptHeaders) {
    const value = name === 'ContentEncoding' ? contentEncoding(input.ContentEncoding) : input[name]
    if (value !== undefined && value !== '') headers[name] = value
  }
  const metadata = { ...input.Metadata }
  const bytes = Object.entries(metadata).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0)
  if (bytes > mostMetadataBytes) throw metadataTooLarge(bytes)
  return { headers, metadata, ...(input.Expires && { expiresMs: input.Expires.getTime() }) }
}

/** How the body came is not part of what the object is. */
const contentEncoding = (given: string | undefined): string | undefined =>
  given
    ?.split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== 'aws-chunked')
    .join(',')

const storageClasses: readonly StorageClass[] = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
]

/** Objects of these classes must be restored before they are read. */
export const isArchived = (storageClass: string): boolean =>
  storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE'

/** @throws ServiceError InvalidStorageClass. */
export function readStorageClass(given: string | undefined): StorageClass {
  if (!given) return 'STANDARD'
  const storageClass = storageClasses.find((one) => one === given)
  if (!storageClass) throw invalidStorageClass()
  return storageClass
}

/** The members of a request that give access to a new object. */
export interface GivenAccess {
  ACL?: string | undefined
  GrantFullControl?: string | undefined
  GrantRead?: string | undefined
  GrantReadACP?: string | undefined
  GrantWriteACP?: string | undefined
}

const grantsOf = (input: GivenAccess) => [
  input.GrantFullControl,
  input.GrantRead,
  input.GrantReadACP,
  input.GrantWriteACP,
]

export const givesAccess = (input: GivenAccess): boolean =>
  input.ACL !== undefined || grantsOf(input).some((grant) => grant !== undefined)

/**
 * Checks that an access control list has no effect, or is that of the bucket's owner alone.
 * @param writer - account of the caller.
 * @throws ServiceError AccessControlListNotSupported, NotImplemented.
 */
export function checkAccess({ ownership, accountId }: Bucket, input: GivenAccess, writer: string | undefined): void {
  const { ACL } = input
  const hasGrants = grantsOf(input).some((grant) => grant !== undefined)
  if (ownership === 'BucketOwnerEnforced') {
    const isPlain = ACL === undefined || ACL === 'private' || ACL === 'bucket-owner-full-control'
    if (!isPlain || hasGrants) throw aclNotSupported()
    return
  }
  if (hasGrants || (ACL !== undefined && ACL !== 'private' && ACL !== 'bucket-owner-full-control')) {
    throw notSupported('An access control list beside the private one')
  }
  if (writer !== accountId && ACL !== 'bucket-owner-full-control') {
    throw notSupported('An object that belongs to its writer and not to the owner of the bucket')
  }
}

/** The members of requests that belong to features which are not there. */
interface UnsupportedHeaders {
  WriteOffsetBytes?: unknown
  ObjectLockEventHold?: unknown
}

/** @throws ServiceError NotImplemented. */
export function refuseUnsupported(input: UnsupportedHeaders): void {
  if (input.WriteOffsetBytes !== undefined) throw headerNotImplemented('x-amz-write-offset-bytes')
  if (input.ObjectLockEventHold !== undefined) throw headerNotImplemented('x-amz-object-lock-event-hold')
}
