import type { ServiceError } from '../../../../core/service-error.ts'
import type { SqlReader } from '../../../../core/sql.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { type CustomerKeyMembers, givesCustomerKey } from '../../domain/customer-keys.ts'
import type { Upload } from '../../domain/upload.ts'
import { noSuchUpload, otherCustomerKey, partNeedsCustomerKey } from '../../domain/upload-errors.ts'
import type { S3Context } from '../../s3-context.ts'
import type { SealingKey } from '../../storage/contents.ts'
import { findUpload } from '../../storage/uploads.ts'
import { keyOf } from '../encryption/object-keys.ts'

/** An upload that is under way. @throws ServiceError NoSuchUpload. */
export async function activeUpload(
  sql: SqlReader,
  bucket: Bucket,
  { Key = '', UploadId = '' }: { Key?: string | undefined; UploadId?: string | undefined },
): Promise<Upload> {
  const upload = await findUpload(sql, bucket.id, Key, UploadId)
  if (!upload?.isActive) throw noSuchUpload(UploadId)
  return upload
}

/** The key under which the parts of an upload are sealed. @throws ServiceError InvalidRequest, AccessDenied, KMS.… */
export async function uploadKey(
  context: S3Context,
  bucket: Bucket,
  { key, details: { encryption } }: Upload,
  input: CustomerKeyMembers,
): Promise<SealingKey | undefined> {
  if (encryption.algorithm !== 'SSE-C') return keyOf(context, bucket, key, encryption, input)
  if (!givesCustomerKey(input)) throw partNeedsCustomerKey()
  try {
    return await keyOf(context, bucket, key, encryption, input)
  } catch (error) {
    throw (error as ServiceError).code === 'AccessDenied' ? otherCustomerKey() : error
  }
}
