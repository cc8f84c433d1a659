import type { Bucket } from '../../domain/bucket.ts'
import { deletedKey, markerNotAllowed, noSuchKey, noSuchVersion } from '../../domain/errors.ts'
import type { ObjectVersion } from '../../domain/object.ts'
import { checkKey } from '../../domain/object-key.ts'
import type { S3Context } from '../../s3-context.ts'
import { authorizeAbsence } from '../permissions.ts'
import { type OnObject, versionAt } from './object-permissions.ts'

/**
 * The version that a request reads.
 * @throws ServiceError NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker by its id; access denied for callers who may not
 *   list the bucket, where there is no such object.
 */
export async function findObject(context: S3Context, bucket: Bucket, input: OnObject): Promise<ObjectVersion> {
  const { Key = '', VersionId } = input
  checkKey(Key)
  const version = await versionAt(context, bucket, input)
  if (version?.isMarker === false) return version
  await authorizeAbsence(context, bucket)
  if (!version) throw VersionId === undefined ? noSuchKey(Key) : noSuchVersion(Key, VersionId)
  if (VersionId === undefined) throw deletedKey(Key, version.versionId)
  const method = context.call.operation.startsWith('Head') ? 'HEAD' : 'GET'
  throw markerNotAllowed(method, VersionId, new Date(version.modifiedMs).toUTCString())
}
