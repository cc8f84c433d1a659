import type { AuditResource } from '../../core/audit.ts'
import type { AuditDeclaration, Operation, Permission, RequestContext } from '../../core/operation.ts'
import { requestTagKeys } from '../../kit/tag-keys.ts'
import type { GivenTag } from '../../kit/tags.ts'
import { bucketArn, objectArn } from './domain/bucket-name.ts'
import { malformedXml } from './domain/errors.ts'
import { transferData } from './domain/transfer-data.ts'
import { deleteBucket, getBucketLocation, headBucket, listBuckets } from './operations/buckets/buckets.ts'
import { createBucket, onNewBucket } from './operations/buckets/create-bucket.ts'
import {
  getBucketAccelerateConfiguration,
  getBucketRequestPayment,
  putBucketAccelerateConfiguration,
  putBucketRequestPayment,
} from './operations/configuration/absent.ts'
import {
  deleteBucketOwnershipControls,
  deletePublicAccessBlock,
  getBucketAcl,
  getBucketOwnershipControls,
  getObjectAcl,
  getPublicAccessBlock,
  putBucketAcl,
  putBucketOwnershipControls,
  putObjectAcl,
  putPublicAccessBlock,
} from './operations/configuration/access.ts'
import {
  deleteBucketCors,
  deleteBucketLifecycle,
  getBucketCors,
  getBucketLifecycleConfiguration,
  putBucketCors,
  putBucketLifecycleConfiguration,
} from './operations/configuration/documents.ts'
import {
  deleteBucketEncryption,
  getBucketEncryption,
  putBucketEncryption,
} from './operations/configuration/encryption.ts'
import { getBucketLogging, putBucketLogging } from './operations/configuration/logging.ts'
import {
  deleteBucketMetricsConfiguration,
  getBucketMetricsConfiguration,
  listBucketMetricsConfigurations,
  putBucketMetricsConfiguration,
} from './operations/configuration/metrics.ts'
import {
  getObjectLegalHold,
  getObjectLockConfiguration,
  getObjectRetention,
  onRetention,
  putObjectLegalHold,
  putObjectLockConfiguration,
  putObjectRetention,
} from './operations/configuration/object-lock.ts'
import {
  deleteBucketPolicy,
  getBucketPolicy,
  getBucketPolicyStatus,
  putBucketPolicy,
} from './operations/configuration/policy.ts'
import {
  deleteBucketReplication,
  getBucketReplication,
  onReplication,
  putBucketReplication,
} from './operations/configuration/replication.ts'
import {
  deleteBucketTagging,
  deleteObjectTagging,
  getBucketTagging,
  getObjectTagging,
  putBucketTagging,
  putObjectTagging,
} from './operations/configuration/tagging.ts'
import { getBucketVersioning, putBucketVersioning } from './operations/configuration/versioning.ts'
import { deleteBucketWebsite, getBucketWebsite, putBucketWebsite } from './operations/configuration/website.ts'
import { copyObject, onCopy } from './operations/copy/copy-object.ts'
import { onPartCopy, uploadPartCopy } from './operations/copy/upload-part-copy.ts'
import type { OnBucket } from './operations/find-bucket.ts'
import { listKeys, listObjects, listObjectsV2 } from './operations/listing/list-objects.ts'
import { listObjectVersions } from './operations/listing/list-versions.ts'
import { abortMultipartUpload, createMultipartUpload, onUpload } from './operations/multipart/begin-upload.ts'
import { completeMultipartUpload, onCompletion } from './operations/multipart/complete-upload.ts'
import { listMultipartUploads, listParts } from './operations/multipart/list-uploads.ts'
import { uploadPart } from './operations/multipart/upload-part.ts'
import {
  getBucketNotificationConfiguration,
  putBucketNotificationConfiguration,
} from './operations/notifications/configuration.ts'
import { deleteObject, onDelete } from './operations/objects/delete-object.ts'
import { deleteObjects, onDeletions } from './operations/objects/delete-objects.ts'
import { getObject, headObject } from './operations/objects/get-object.ts'
import { getObjectAttributes, onAttributes } from './operations/objects/object-attributes.ts'
import { type OnObject, onObject, requestedTagKeys } from './operations/objects/object-permissions.ts'
import { onPut, putObject } from './operations/objects/put-object.ts'
import { updateObjectEncryption } from './operations/objects/update-encryption.ts'
import { onAccount, onBucket } from './operations/permissions.ts'
import type { S3Context } from './s3-context.ts'

type Handle<I, O> = (context: S3Context, input: I) => Promise<O>
type Decide<I> = (context: S3Context, input: I) => readonly Permission[] | Promise<readonly Permission[]>
type Audit<I, O> = AuditDeclaration<S3Context, I, O>

/** What the request is about. Of a bucket that the call has not found, the owner is not known. */
function resourcesOf(
  { buckets }: S3Context,
  { Bucket, Key }: { Bucket?: string | undefined; Key?: string | undefined },
): AuditResource[] {
  if (!Bucket) return []
  const accountId = buckets.known(Bucket)?.accountId
  const bucket: AuditResource = { ...(accountId && { accountId }), type: 'AWS::S3::Bucket', ARN: bucketArn(Bucket) }
  return Key ? [{ type: 'AWS::S3::Object', ARN: objectArn(Bucket, Key) }, bucket] : [bucket]
}

/** CloudTrail's names of what S3 calls differently. */
const requestNames = { Bucket: 'bucketName' }

const operation = <I extends object, O>(
  handle: Handle<I, O>,
  permissions: Decide<I>,
  readOnly: boolean,
  audit: Audit<I, O> = {},
): Operation<S3Context, I, O> => ({
  handle,
  permissions,
  readOnly,
  audit: { resources: resourcesOf, requestNames, additional: transferData, ...audit },
})

const read = <I extends object, O>(handle: Handle<I, O>, permissions: Decide<I>) => operation(handle, permissions, true)

const write = <I extends object, O>(handle: Handle<I, O>, permissions: Decide<I>, audit?: Audit<I, O>) =>
  operation(handle, permissions, false, audit)

/** Of objects: data events. */
const data = <I extends object, O>(of: Operation<S3Context, I, O>): Operation<S3Context, I, O> => ({
  ...of,
  category: 'Data',
})

/** On objects of a bucket as a whole: selectors of data events see the beginning that their ARNs have. */
const many = <I extends { Bucket?: string | undefined }, O>(
  of: Operation<S3Context, I, O>,
): Operation<S3Context, I, O> => ({
  ...data(of),
  audit: {
    ...of.audit,
    resources: (context, input) => [
      { type: 'AWS::S3::Object', ARNPrefix: `${bucketArn(input.Bucket ?? '')}/` },
      ...resourcesOf(context, { Bucket: input.Bucket }),
    ],
  },
})

/** For callers without a signature too, where the bucket's policy lets them. */
const open = <I extends object, O>(of: Operation<S3Context, I, O>): Operation<S3Context, I, O> => ({
  ...of,
  anonymous: true,
})

/** Requests must come with a checksum of their bodies. */
const checked = <I extends object, O>(of: Operation<S3Context, I, O>): Operation<S3Context, I, O> => ({
  ...of,
  bodyChecksum: 'required',
})

/** Members that no record shows: keys of customers, and contexts of encryption. */
const secrets = ['SSECustomerKey', 'CopySourceSSECustomerKey', 'SSEKMSEncryptionContext', 'Body']

/** Everything S3 can do; what is missing here answers that it is not built. */
export const s3Operations = {
  CreateBucket: write(createBucket, onNewBucket),
  DeleteBucket: write(deleteBucket, onBucket()),
  ListBuckets: read(listBuckets, onAccount('ListAllMyBuckets')),
  GetBucketLocation: read(getBucketLocation, onBucket()),
  HeadBucket: open(data(read(headBucket, onBucket('ListBucket')))),

  GetBucketVersioning: read(getBucketVersioning, onBucket()),
  PutBucketVersioning: write(putBucketVersioning, onBucket()),

  GetBucketPolicy: read(getBucketPolicy, onBucket()),
  PutBucketPolicy: write(putBucketPolicy, onBucket()),
  DeleteBucketPolicy: write(deleteBucketPolicy, onBucket()),
  GetBucketPolicyStatus: read(getBucketPolicyStatus, onBucket()),
  GetPublicAccessBlock: read(getPublicAccessBlock, onBucket('GetBucketPublicAccessBlock')),
  PutPublicAccessBlock: write(putPublicAccessBlock, onBucket('PutBucketPublicAccessBlock')),
  DeletePublicAccessBlock: write(deletePublicAccessBlock, onBucket('PutBucketPublicAccessBlock')),
  GetBucketOwnershipControls: read(getBucketOwnershipControls, onBucket()),
  PutBucketOwnershipControls: write(putBucketOwnershipControls, onBucket()),
  DeleteBucketOwnershipControls: write(deleteBucketOwnershipControls, onBucket('PutBucketOwnershipControls')),
  GetBucketAcl: read(getBucketAcl, onBucket()),
  PutBucketAcl: write(putBucketAcl, onBucket()),
  GetBucketEncryption: read(getBucketEncryption, onBucket('GetEncryptionConfiguration')),
  PutBucketEncryption: write(putBucketEncryption, onBucket('PutEncryptionConfiguration')),
  DeleteBucketEncryption: write(deleteBucketEncryption, onBucket('PutEncryptionConfiguration')),
  GetBucketTagging: read(getBucketTagging, onBucket()),
  PutBucketTagging: write(
    putBucketTagging,
    onBucket<OnBucket & { Tagging?: { TagSet: GivenTag[] | undefined } | undefined }>(undefined, ({ Tagging }) =>
      requestTagKeys(Tagging?.TagSet ?? []),
    ),
  ),
  DeleteBucketTagging: write(deleteBucketTagging, onBucket('PutBucketTagging')),
  GetObjectLockConfiguration: read(getObjectLockConfiguration, onBucket('GetBucketObjectLockConfiguration')),
  PutObjectLockConfiguration: checked(write(putObjectLockConfiguration, onBucket('PutBucketObjectLockConfiguration'))),
  GetBucketCors: read(getBucketCors, onBucket('GetBucketCORS')),
  PutBucketCors: write(putBucketCors, onBucket('PutBucketCORS')),
  DeleteBucketCors: write(deleteBucketCors, onBucket('PutBucketCORS')),
  GetBucketLifecycleConfiguration: read(getBucketLifecycleConfiguration, onBucket('GetLifecycleConfiguration')),
  PutBucketLifecycleConfiguration: write(putBucketLifecycleConfiguration, onBucket('PutLifecycleConfiguration')),
  DeleteBucketLifecycle: write(deleteBucketLifecycle, onBucket('PutLifecycleConfiguration')),
  GetBucketWebsite: read(getBucketWebsite, onBucket()),
  PutBucketWebsite: write(putBucketWebsite, onBucket()),
  DeleteBucketWebsite: write(deleteBucketWebsite, onBucket()),
  GetBucketReplication: read(getBucketReplication, onBucket('GetReplicationConfiguration')),
  PutBucketReplication: write(putBucketReplication, onReplication),
  DeleteBucketReplication: write(deleteBucketReplication, onBucket('PutReplicationConfiguration')),
  GetBucketLogging: read(getBucketLogging, onBucket()),
  PutBucketLogging: write(putBucketLogging, onBucket()),
  GetBucketMetricsConfiguration: read(getBucketMetricsConfiguration, onBucket('GetMetricsConfiguration')),
  PutBucketMetricsConfiguration: write(putBucketMetricsConfiguration, onBucket('PutMetricsConfiguration')),
  DeleteBucketMetricsConfiguration: write(deleteBucketMetricsConfiguration, onBucket('PutMetricsConfiguration')),
  ListBucketMetricsConfigurations: read(listBucketMetricsConfigurations, onBucket('GetMetricsConfiguration')),
  GetBucketAccelerateConfiguration: read(getBucketAccelerateConfiguration, onBucket('GetAccelerateConfiguration')),
  PutBucketAccelerateConfiguration: write(putBucketAccelerateConfiguration, onBucket('PutAccelerateConfiguration')),
  GetBucketRequestPayment: read(getBucketRequestPayment, onBucket()),
  PutBucketRequestPayment: write(putBucketRequestPayment, onBucket()),
  GetBucketNotificationConfiguration: read(getBucketNotificationConfiguration, onBucket('GetBucketNotification')),
  PutBucketNotificationConfiguration: write(putBucketNotificationConfiguration, onBucket('PutBucketNotification')),

  ListObjectsV2: open(many(read(listObjectsV2, onBucket('ListBucket', listKeys)))),
  ListObjects: open(many(read(listObjects, onBucket('ListBucket', listKeys)))),
  ListObjectVersions: open(many(read(listObjectVersions, onBucket('ListBucketVersions', listKeys)))),

  PutObject: {
    ...open(data(write(putObject, onPut, { hideRequest: secrets, hideResponse: secrets }))),
    streamsBody: true,
  },
  GetObject: open(data(read(getObject, onObject('GetObject')))),
  HeadObject: open(data(read(headObject, onObject('GetObject')))),
  DeleteObject: open(data(write(deleteObject, onDelete))),
  DeleteObjects: checked(
    open(many(write(deleteObjects, onDeletions, { hideRequest: ['Delete'], response: () => null }))),
  ),

  CopyObject: open(data(write(copyObject, onCopy, { hideRequest: secrets, hideResponse: secrets }))),
  CreateMultipartUpload: open(
    data(write(createMultipartUpload, onUpload, { hideRequest: secrets, hideResponse: secrets })),
  ),
  UploadPart: {
    ...open(data(write(uploadPart, onObject(['PutObject', 'PutObject']), { hideRequest: secrets }))),
    streamsBody: true,
  },
  UploadPartCopy: open(data(write(uploadPartCopy, onPartCopy, { hideRequest: secrets }))),
  CompleteMultipartUpload: {
    ...open(data(write(completeMultipartUpload, onCompletion, { hideRequest: [...secrets, 'MultipartUpload'] }))),
    body: { limitBytes: 4 * 1024 ** 2, values: 200_000, tooLarge: malformedXml },
  },
  AbortMultipartUpload: open(data(write(abortMultipartUpload, onObject(['AbortMultipartUpload', ''])))),
  ListParts: open(data(read(listParts, onObject(['ListMultipartUploadParts', ''])))),
  ListMultipartUploads: open(many(read(listMultipartUploads, onBucket('ListBucketMultipartUploads', listKeys)))),

  GetObjectAttributes: open(data(read(getObjectAttributes, onAttributes))),
  GetObjectAcl: open(data(read(getObjectAcl, onObject(['GetObjectAcl', 'GetObjectVersionAcl'])))),
  PutObjectAcl: data(write(putObjectAcl, onObject(['PutObjectAcl', 'PutObjectVersionAcl']))),
  GetObjectTagging: open(data(read(getObjectTagging, onObject(['GetObjectTagging', 'GetObjectVersionTagging'])))),
  PutObjectTagging: data(
    write(
      putObjectTagging,
      onObject<OnObject & { Tagging?: { TagSet: GivenTag[] | undefined } | undefined }>(
        ['PutObjectTagging', 'PutObjectVersionTagging'],
        ({ Tagging }) => requestedTagKeys(Tagging?.TagSet ?? []),
      ),
    ),
  ),
  DeleteObjectTagging: data(
    write(deleteObjectTagging, onObject(['DeleteObjectTagging', 'DeleteObjectVersionTagging'])),
  ),
  GetObjectRetention: data(read(getObjectRetention, onObject(['GetObjectRetention', 'GetObjectRetention']))),
  PutObjectRetention: checked(data(write(putObjectRetention, onRetention))),
  GetObjectLegalHold: data(read(getObjectLegalHold, onObject(['GetObjectLegalHold', 'GetObjectLegalHold']))),
  PutObjectLegalHold: checked(
    data(
      write(
        putObjectLegalHold,
        onObject<OnObject & { LegalHold?: { Status?: string | undefined } | undefined }>(
          ['PutObjectLegalHold', 'PutObjectLegalHold'],
          ({ LegalHold }): RequestContext =>
            LegalHold?.Status ? { 's3:object-lock-legal-hold': LegalHold.Status } : {},
        ),
      ),
    ),
  ),
  UpdateObjectEncryption: data(
    write(updateObjectEncryption, onObject(['UpdateObjectEncryption', 'UpdateObjectEncryption'])),
  ),
} satisfies Record<string, Operation<S3Context, never, unknown>>
