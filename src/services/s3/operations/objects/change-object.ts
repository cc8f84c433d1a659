import type { Bucket } from '../../domain/bucket.ts'
import { noSuchKey } from '../../domain/errors.ts'
import type { ObjectVersion } from '../../domain/object.ts'
import type { S3Context } from '../../s3-context.ts'
import { BucketVersions } from '../../storage/versions.ts'
import { findBucket, presentBucket } from '../find-bucket.ts'
import { notifyOf } from '../notifications/notify.ts'
import { findObject } from './find-object.ts'
import type { OnObject } from './object-permissions.ts'

/**
 * Changes the details of a version in the transaction of a call, and leaves its bytes.
 * @param change - may refuse. @param answer - made of the changed version.
 * @param event - that notifications report: `ObjectTagging:Put`.
 * @throws ServiceError NoSuchKey, NoSuchVersion, MethodNotAllowed.
 */
export async function changeObject<Answer>(
  context: S3Context,
  input: OnObject,
  change: (version: ObjectVersion, bucket: Bucket) => ObjectVersion,
  answer: (bucket: Bucket, version: ObjectVersion) => Answer,
  event?: string,
): Promise<Answer> {
  const found = await findBucket(context, input)
  const { key, versionId } = await findObject(context, found, input)
  return context.call.transaction(async (tx) => {
    const bucket = await presentBucket(tx, found)
    const versions = new BucketVersions(tx, bucket, context.contents)
    const version = await versions.withId(key, versionId)
    if (!version || version.isMarker) throw noSuchKey(key)
    const changed = change(version, bucket)
    await versions.change(changed)
    if (event !== undefined) await notifyOf(context, tx, bucket, { name: event, version: changed, etag: changed.etag })
    return answer(bucket, changed)
  })
}
