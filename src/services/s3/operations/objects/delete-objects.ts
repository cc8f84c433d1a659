import type {
  DeletedObject,
  _Error as DeleteError,
  DeleteObjectsOutput,
  DeleteObjectsRequest,
} from '@aws-sdk/client-s3'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { ServiceError } from '../../../../core/service-error.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { accessDenied, headerNotImplemented, malformedXml } from '../../domain/errors.ts'
import { checkKey } from '../../domain/object-key.ts'
import type { S3Context } from '../../s3-context.ts'
import { BucketVersions } from '../../storage/versions.ts'
import { findBucket, presentBucket } from '../find-bucket.ts'
import { notifyOf } from '../notifications/notify.ts'
import { type Deletion, deleteIn, deletionPermission, mayBypass } from './delete-object.ts'

type Request = Validated<DeleteObjectsRequest>

const mostKeys = 1000

/** Each key is decided by itself, and refused by itself. */
export async function onDeletions(context: S3Context, input: Request): Promise<Permission[]> {
  await findBucket(context, input)
  return []
}

/**
 * Deletes up to 1000 objects in one transaction. What is refused for one of them is in the answer, and stops none of the others.
 * @throws ServiceError MalformedXML.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 */
export async function deleteObjects(context: S3Context, input: Request): Promise<DeleteObjectsOutput> {
  const { call, contents } = context
  const found = await findBucket(context, input)
  const { Objects = [], Quiet } = input.Delete ?? {}
  if (Objects.length === 0 || Objects.length > mostKeys) throw malformedXml()
  const asked: { deletion: Deletion; bypass: boolean; refused?: ServiceError }[] = []
  for (const { Key = '', VersionId, ETag, LastModifiedTime, Size } of Objects) {
    if (Key === '') throw malformedXml()
    if (LastModifiedTime !== undefined || Size !== undefined) throw headerNotImplemented('LastModifiedTime, Size')
    const deletion: Deletion = { Key, VersionId, IfMatch: ETag }
    const refused = await refusal(() => refuseDeletion(context, found, deletion))
    const bypass = !refused && (await mayBypass(context, found, Key, input.BypassGovernanceRetention))
    asked.push({ deletion, bypass, ...(refused && { refused }) })
  }
  return call.transaction(async (tx) => {
    const bucket = await presentBucket(tx, found)
    const versions = new BucketVersions(tx, bucket, contents)
    const Deleted: DeletedObject[] = []
    const Errors: DeleteError[] = []
    for (const { deletion, bypass, refused } of asked) {
      const { Key, VersionId } = deletion
      let error = refused
      if (!error) {
        error = await refusal(async () => {
          const result = await deleteIn(versions, bucket, deletion, { nowMs: call.clock.nowMs(), bypass })
          const { versionId, isMarker, happened } = result
          if (happened) await notifyOf(context, tx, bucket, happened)
          if (Quiet) return
          const marker = { DeleteMarker: true, ...(versionId !== undefined && { DeleteMarkerVersionId: versionId }) }
          Deleted.push({ Key, ...(VersionId !== undefined && { VersionId }), ...(isMarker && marker) })
        })
      }
      if (error) Errors.push({ Key, VersionId, Code: error.code, Message: error.message })
    }
    return { ...(Deleted.length > 0 && { Deleted }), ...(Errors.length > 0 && { Errors }) }
  })
}

async function refuseDeletion(context: S3Context, bucket: Bucket, deletion: Deletion): Promise<void> {
  checkKey(deletion.Key)
  if (!(await context.call.allows(await deletionPermission(context, bucket, deletion)))) throw accessDenied()
}

/** Returns the refusal of what is done. Faults pass through. */
async function refusal(action: () => Promise<void>): Promise<ServiceError | undefined> {
  try {
    await action()
    return undefined
  } catch (error) {
    if (error instanceof ServiceError) return error
    throw error
  }
}
