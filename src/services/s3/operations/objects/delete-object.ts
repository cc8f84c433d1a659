import type { DeleteObjectOutput, DeleteObjectRequest } from '@aws-sdk/client-s3'
import type { Permission, RequestContext, Validated } from '../../../../core/operation.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { headerNotImplemented } from '../../domain/errors.ts'
import type { DeleteMarker } from '../../domain/object.ts'
import { checkKey } from '../../domain/object-key.ts'
import { checkUnlocked } from '../../domain/object-lock.ts'
import { checkWriteConditions } from '../../domain/write-conditions.ts'
import type { S3Context } from '../../s3-context.ts'
import { BucketVersions } from '../../storage/versions.ts'
import { findBucket, presentBucket } from '../find-bucket.ts'
import { type Happened, notifyOf } from '../notifications/notify.ts'
import { objectPermission } from '../permissions.ts'
import { existingObjectPermission, versionAt } from './object-permissions.ts'

/** One object, or one version, that is to be deleted. */
export interface Deletion {
  Key: string
  VersionId?: string | undefined
  IfMatch?: string | undefined
}

export interface DeletionResult {
  /** What was deleted, or the marker that was added. Absent where there was nothing. */
  happened?: Happened
  /** Of the version that was deleted, or of the marker that was added. */
  versionId?: string
  /** Whether that is a delete marker. */
  isMarker: boolean
}

const actions = ['DeleteObject', 'DeleteObjectVersion'] as const

export const deletionPermission = (context: S3Context, bucket: Bucket, deletion: Deletion): Promise<Permission> =>
  existingObjectPermission(
    context,
    bucket,
    deletion,
    actions,
    (): RequestContext => (deletion.IfMatch === undefined ? {} : { 's3:if-match': deletion.IfMatch }),
  )

export const onDelete = async (context: S3Context, input: Validated<DeleteObjectRequest>): Promise<Permission[]> => [
  await deletionPermission(context, await findBucket(context, input), { ...input, Key: input.Key ?? '' }),
]

/** Returns whether the caller asks to delete in spite of governance, and may. */
export async function mayBypass(
  context: S3Context,
  bucket: Bucket,
  key: string,
  asked: boolean | undefined,
): Promise<boolean> {
  if (!asked || !bucket.objectLock) return false
  return context.call.allows(await objectPermission(context, bucket, key, 'BypassGovernanceRetention'))
}

/**
 * Deletes in a transaction: the version that is named, or else what is there, behind a delete marker where versions are kept.
 * Everything is checked before anything is changed.
 * @param bypass - the caller may delete what is locked under governance.
 * @throws ServiceError PreconditionFailed, NoSuchKey, AccessDenied for what is locked.
 */
export async function deleteIn(
  versions: BucketVersions,
  bucket: Bucket,
  { Key: key, VersionId, IfMatch }: Deletion,
  { nowMs, bypass }: { nowMs: number; bypass: boolean },
): Promise<DeletionResult> {
  if (VersionId !== undefined) {
    const version = await versions.withId(key, VersionId)
    if (IfMatch !== undefined) checkWriteConditions({ IfMatch }, key, version)
    if (!version) return { versionId: VersionId, isMarker: false }
    if (!version.isMarker) checkUnlocked(version.details, nowMs, bypass)
    await versions.remove(version)
    return { versionId: VersionId, isMarker: version.isMarker, happened: { name: removed, version } }
  }
  const latest = await versions.latest(key)
  if (IfMatch !== undefined) checkWriteConditions({ IfMatch }, key, latest)
  if (bucket.versioning === undefined) {
    if (!latest) return { isMarker: false }
    await versions.remove(latest)
    return { isMarker: false, happened: { name: removed, version: latest } }
  }
  const marker = await versions.add<DeleteMarker>({ key, isMarker: true, modifiedMs: nowMs }, latest)
  return {
    ...{ versionId: marker.versionId, isMarker: true },
    happened: { name: 'ObjectRemoved:DeleteMarkerCreated', version: marker },
  }
}

const removed = 'ObjectRemoved:Delete'

/**
 * Deletes an object. Where versions are kept, a delete marker hides them; a version that is named is gone for good.
 * @throws ServiceError PreconditionFailed, NoSuchKey, AccessDenied for a locked version.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
 */
export async function deleteObject(
  context: S3Context,
  input: Validated<DeleteObjectRequest>,
): Promise<DeleteObjectOutput> {
  const { call, contents } = context
  const found = await findBucket(context, input)
  const { Key = '', VersionId, IfMatch } = input
  checkKey(Key)
  // Validates the version's id.
  await versionAt(context, found, input)
  if (input.IfMatchLastModifiedTime !== undefined) throw headerNotImplemented('x-amz-if-match-last-modified-time')
  if (input.IfMatchSize !== undefined) throw headerNotImplemented('x-amz-if-match-size')
  const bypass = await mayBypass(context, found, Key, input.BypassGovernanceRetention)
  return call.transaction(async (tx) => {
    const bucket = await presentBucket(tx, found)
    const versions = new BucketVersions(tx, bucket, contents)
    const { versionId, isMarker, happened } = await deleteIn(
      versions,
      bucket,
      { Key, VersionId, IfMatch },
      { nowMs: call.clock.nowMs(), bypass },
    )
    if (happened) await notifyOf(context, tx, bucket, happened)
    return {
      ...(isMarker && { DeleteMarker: true }),
      ...(versionId !== undefined && { VersionId: versionId }),
    }
  })
}
