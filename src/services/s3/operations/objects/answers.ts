import type { Bucket } from '../../domain/bucket.ts'
import { type ObjectChecksum, type ObjectVersion, quoted } from '../../domain/object.ts'
import { checksumMember } from '../../domain/upload-checksums.ts'
import { encryptionMembers } from '../encryption/object-keys.ts'
import { expirationMember } from '../lifecycle/lifecycle-of.ts'

/** The members of an answer that give a checksum. */
export const checksumMembers = (checksum: ObjectChecksum | undefined) =>
  checksum ? { [checksumMember(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type } : {}

/** Buckets that never had versioning enabled say nothing of versions. */
export const versionMember = ({ versioning }: Bucket, versionId: string) =>
  versioning === undefined ? {} : { VersionId: versionId }

/** The members of the answer to a read that describe the object. */
export function descriptionOf(bucket: Bucket, version: ObjectVersion) {
  const { headers, expiresMs, metadata, encryption, retention, legalHold, storageClass } = {
    ...version.details,
    storageClass: version.storageClass,
  }
  return {
    ContentType: 'binary/octet-stream',
    ...headers,
    AcceptRanges: 'bytes',
    LastModified: new Date(version.modifiedMs),
    ETag: quoted(version.etag),
    Metadata: metadata,
    ...(expiresMs !== undefined && { Expires: new Date(expiresMs) }),
    ...versionMember(bucket, version.versionId),
    ...encryptionMembers(encryption),
    ...expirationMember(bucket, version),
    ...(storageClass !== 'STANDARD' && { StorageClass: storageClass }),
    ...(retention && {
      ObjectLockMode: retention.mode,
      ObjectLockRetainUntilDate: new Date(retention.untilMs),
    }),
    ...(legalHold !== undefined && { ObjectLockLegalHoldStatus: legalHold ? ('ON' as const) : ('OFF' as const) }),
  }
}
