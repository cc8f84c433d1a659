import { randomBytes } from 'node:crypto'
import type {
  AbortMultipartUploadRequest,
  CreateMultipartUploadOutput,
  CreateMultipartUploadRequest,
} from '@aws-sdk/client-s3'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { printedArn, userIdOf } from '../../../../core/principal.ts'
import { checkAccess, describedBy, readStorageClass, refuseUnsupported } from '../../domain/new-object.ts'
import { checkKey } from '../../domain/object-key.ts'
import { lockOf } from '../../domain/object-lock.ts'
import { readTaggingHeader } from '../../domain/object-tags.ts'
import type { Upload } from '../../domain/upload.ts'
import { uploadChecksum } from '../../domain/upload-checksum-type.ts'
import type { S3Context } from '../../s3-context.ts'
import { addUpload, endUpload } from '../../storage/uploads.ts'
import { encryptionMembers, newEncryption } from '../encryption/object-keys.ts'
import { findBucket, presentBucket } from '../find-bucket.ts'
import { writePermissions } from '../objects/object-permissions.ts'
import { activeUpload } from './find-upload.ts'
import { scheduleUploadRemoval } from './remove-uploads.ts'

type Request = Validated<CreateMultipartUploadRequest>

export const onUpload = async (context: S3Context, input: Request): Promise<Permission[]> =>
  writePermissions(context, await findBucket(context, input), input)

/**
 * Begins an upload in parts. What the object is to be is settled here, its data key too.
 * @throws ServiceError as PutObject; InvalidRequest for checksums that do not go together.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
 */
export async function createMultipartUpload(context: S3Context, input: Request): Promise<CreateMultipartUploadOutput> {
  const { call } = context
  const { Key: key = '' } = input
  const bucket = await findBucket(context, input)
  checkKey(key)
  refuseUnsupported(input)
  checkAccess(bucket, input, call.accountId)
  const checksum = uploadChecksum(input.ChecksumAlgorithm, input.ChecksumType)
  const initiatedMs = call.clock.nowMs()
  const { encryption } = await newEncryption(context, bucket, key, input)
  const upload: Upload = {
    ...{ key, uploadId: newUploadId(initiatedMs), initiatedMs, isActive: true },
    details: {
      ...describedBy(input),
      ...{ storageClass: readStorageClass(input.StorageClass), tags: readTaggingHeader(input.Tagging), encryption },
      ...lockOf(bucket, input, initiatedMs),
      ...(checksum && { checksum }),
      initiator: { id: userIdOf(call.caller.principal), arn: printedArn(call.caller.principal) },
    },
  }
  return call.transaction(async (tx) => {
    await presentBucket(tx, bucket)
    await addUpload(tx.sql('s3'), bucket.id, upload)
    return {
      ...{ Bucket: bucket.name, Key: key, UploadId: upload.uploadId },
      ...(checksum && { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }),
      ...encryptionMembers(encryption),
    }
  })
}

/** Ids in the order in which uploads began, so that lists have them in it. */
const newUploadId = (timeMs: number) =>
  timeMs.toString(16).padStart(12, '0') + randomBytes(36).toString('base64url').replaceAll('-', '.')

/**
 * Gives an upload up, and removes its parts.
 * @throws ServiceError NoSuchUpload.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
 */
export async function abortMultipartUpload(
  context: S3Context,
  input: Validated<AbortMultipartUploadRequest>,
): Promise<Record<never, never>> {
  const { call } = context
  const bucket = await findBucket(context, input)
  return call.transaction(async (tx) => {
    const { key, uploadId } = await activeUpload(tx.sql('s3'), bucket, input)
    await endUpload(tx.sql('s3'), bucket.id, { key, uploadId })
    await scheduleUploadRemoval(tx, bucket, { key, uploadId }, call.clock.nowMs())
    return {}
  })
}
