/** Actions on buckets that do not have their operation's name. (Service Authorization Reference, "Amazon S3".) */
export const bucketActions: Readonly<Record<string, string>> = {
  HeadBucket: 'ListBucket',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  DeletePublicAccessBlock: 'PutBucketPublicAccessBlock',
  DeleteBucketOwnershipControls: 'PutBucketOwnershipControls',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketTagging: 'PutBucketTagging',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
  GetBucketCors: 'GetBucketCORS',
  PutBucketCors: 'PutBucketCORS',
  DeleteBucketCors: 'PutBucketCORS',
  GetBucketLifecycle: 'GetLifecycleConfiguration',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  PutBucketLifecycle: 'PutLifecycleConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  DeleteBucketLifecycle: 'PutLifecycleConfiguration',
  GetBucketReplication: 'GetReplicationConfiguration',
  PutBucketReplication: 'PutReplicationConfiguration',
  DeleteBucketReplication: 'PutReplicationConfiguration',
  GetBucketMetricsConfiguration: 'GetMetricsConfiguration',
  PutBucketMetricsConfiguration: 'PutMetricsConfiguration',
  DeleteBucketMetricsConfiguration: 'PutMetricsConfiguration',
  ListBucketMetricsConfigurations: 'GetMetricsConfiguration',
  GetBucketAccelerateConfiguration: 'GetAccelerateConfiguration',
  PutBucketAccelerateConfiguration: 'PutAccelerateConfiguration',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
}

/** Actions on objects, by operation: of the latest version, and of one that the request names. */
const ofObjects: Readonly<Record<string, readonly [latest: string, version?: string]>> = {
  GetObject: ['GetObject', 'GetObjectVersion'],
  HeadObject: ['GetObject', 'GetObjectVersion'],
  DeleteObject: ['DeleteObject', 'DeleteObjectVersion'],
  PutObject: ['PutObject'],
  CopyObject: ['PutObject'],
  CreateMultipartUpload: ['PutObject'],
  UploadPart: ['PutObject'],
  UploadPartCopy: ['PutObject'],
  CompleteMultipartUpload: ['PutObject'],
  AbortMultipartUpload: ['AbortMultipartUpload'],
  ListParts: ['ListMultipartUploadParts'],
  GetObjectAcl: ['GetObjectAcl', 'GetObjectVersionAcl'],
  PutObjectAcl: ['PutObjectAcl', 'PutObjectVersionAcl'],
  GetObjectTagging: ['GetObjectTagging', 'GetObjectVersionTagging'],
  PutObjectTagging: ['PutObjectTagging', 'PutObjectVersionTagging'],
  DeleteObjectTagging: ['DeleteObjectTagging', 'DeleteObjectVersionTagging'],
  GetObjectRetention: ['GetObjectRetention'],
  PutObjectRetention: ['PutObjectRetention'],
  GetObjectLegalHold: ['GetObjectLegalHold'],
  PutObjectLegalHold: ['PutObjectLegalHold'],
  UpdateObjectEncryption: ['UpdateObjectEncryption'],
}

/** Parameters of requests that write an object, and the action that each needs beside. */
const further = [
  ['tagging', 'PutObjectTagging'],
  ['x-amz-tagging', 'PutObjectTagging'],
  ['acl', 'PutObjectAcl'],
  ['x-amz-acl', 'PutObjectAcl'],
  ['objectLockMode', 'PutObjectRetention'],
  ['x-amz-object-lock-mode', 'PutObjectRetention'],
  ['objectLockLegalHoldStatus', 'PutObjectLegalHold'],
  ['x-amz-object-lock-legal-hold', 'PutObjectLegalHold'],
] as const

const writing = new Set(['PutObject', 'CopyObject', 'CreateMultipartUpload'])

/** The actions on an object that an operation needs; undefined for an operation that is not on one. */
export function objectActions(
  eventName: string,
  parameters: Readonly<Record<string, unknown>>,
): readonly string[] | undefined {
  const isVersion = typeof parameters.versionId === 'string' && parameters.versionId !== ''
  if (eventName === 'GetObjectAttributes') {
    return isVersion ? ['GetObjectVersion', 'GetObjectVersionAttributes'] : ['GetObject', 'GetObjectAttributes']
  }
  const [latest, version = latest] = (Object.hasOwn(ofObjects, eventName) ? ofObjects[eventName] : undefined) ?? []
  if (latest === undefined || version === undefined) return undefined
  const more = writing.has(eventName) ? further.filter(([name]) => parameters[name]).map(([, action]) => action) : []
  return [isVersion ? version : latest, ...new Set(more)]
}
