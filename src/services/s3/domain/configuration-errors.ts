import { ServiceError } from '../../../core/service-error.ts'
import { accessDenied, invalidRequest, refusal } from './errors.ts'

// Refusals about the configuration of buckets and about what objects have beside their bytes.

// Policies

export const malformedPolicy = (problem: string) => refusal('MalformedPolicy', 400, problem)

export const policyTooLarge = (bytes: number) =>
  refusal('PolicyTooLarge', 400, `Policies must be at most 20480 bytes; this one has ${bytes}.`)

// Access control lists

export const bucketAclWithOwnership = () =>
  refusal(
    'InvalidBucketAclWithObjectOwnership',
    400,
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  )

// Object Lock

export const lockedObject = () => accessDenied('Access Denied because object protected by object lock.')

export const lockNeedsChecksum = () =>
  invalidRequest(
    'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
  )

export const invalidObjectState = (StorageClass: string) =>
  refusal('InvalidObjectState', 403, "The operation is not valid for the object's storage class", { StorageClass })

// Encryption

export const invalidEncryption = () =>
  refusal(
    'InvalidEncryptionAlgorithmError',
    400,
    'The Encryption request you specified is not valid. Supported value: AES256.',
  )

export const wrongCustomerKey = () =>
  accessDenied(
    'Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.',
  )

export const customerKeyRequired = () =>
  invalidRequest(
    'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
  )

export const customerKeyNotApplicable = () =>
  invalidRequest('The encryption parameters are not applicable to this object.')

export const secureConnectionRequired = () =>
  invalidRequest(
    'Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.',
  )

/** Makes the refusal of S3 where KMS refuses. Faults pass through. */
export function kmsRefusal(error: unknown): unknown {
  if (!(error instanceof ServiceError) || error.status >= 500) return error
  if (error.code.startsWith('AccessDenied')) return accessDenied(error.message)
  return refusal(`KMS.${error.code}`, 400, error.message)
}

// Configurations of buckets

export const illegalVersioning = () =>
  refusal('IllegalVersioningConfigurationException', 400, 'The Versioning element must be specified')

export const versioningLocked = () =>
  refusal(
    'InvalidBucketState',
    409,
    'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
  )

export const versioningReplicated = () =>
  refusal(
    'InvalidBucketState',
    409,
    'A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.',
  )

const missing = (code: string, message: string, BucketName: string) => refusal(code, 404, message, { BucketName })

export const noSuchBucketPolicy = (name: string) =>
  missing('NoSuchBucketPolicy', 'The bucket policy does not exist', name)

export const publicPolicyPrevented = (user: string, arn: string) =>
  accessDenied(
    `User: ${user} is not authorized to perform: s3:PutBucketPolicy on resource: "${arn}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access`,
  )

export const invalidDestinations = (refused: readonly { arn: string; reason: string }[]) =>
  refusal('InvalidArgument', 400, 'Unable to validate the following destination configurations', {
    ...Object.fromEntries(
      refused.flatMap(({ arn, reason }, place) => [
        [`ArgumentName${place + 1}`, arn],
        [`ArgumentValue${place + 1}`, reason],
      ]),
    ),
  })

export const noPublicAccessBlock = (name: string) =>
  missing('NoSuchPublicAccessBlockConfiguration', 'The public access block configuration was not found', name)

export const noAccountPublicAccessBlock = (AccountId: string) =>
  refusal('NoSuchPublicAccessBlockConfiguration', 404, 'The public access block configuration was not found', {
    AccountId,
  })

export const noOwnershipControls = (name: string) =>
  missing('OwnershipControlsNotFoundError', 'The bucket ownership controls were not found', name)

export const noSuchTagSet = (name: string) => missing('NoSuchTagSet', 'The TagSet does not exist', name)

export const noSuchCors = (name: string) =>
  missing('NoSuchCORSConfiguration', 'The CORS configuration does not exist', name)

export const noSuchLifecycle = (name: string) =>
  missing('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', name)

export const noSuchWebsite = (name: string) =>
  missing('NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration', name)

export const noReplication = (name: string) =>
  missing('ReplicationConfigurationNotFoundError', 'The replication configuration was not found', name)

export const noLockConfiguration = (name: string) =>
  missing('ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket', name)

export const noObjectLock = () =>
  refusal('NoSuchObjectLockConfiguration', 404, 'The specified object does not have a ObjectLock configuration')

export const lockNeedsVersioning = () =>
  refusal('InvalidBucketState', 409, "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")

export const replicationNeedsVersioning = () =>
  invalidRequest("Versioning must be 'Enabled' on the bucket to apply a replication configuration")

export const noReplicationTarget = () => invalidRequest('Destination bucket must exist.')

export const unversionedReplicationTarget = () => invalidRequest('Destination bucket must have versioning enabled.')

export const invalidLoggingTarget = (message: string, TargetBucket: string) =>
  refusal('InvalidTargetBucketForLogging', 400, message, { TargetBucket })

export const crossLocationLogging = () =>
  refusal(
    'CrossLocationLoggingProhibited',
    403,
    'Cross-location logging is not allowed. Buckets in one geographic location cannot log information to a bucket in another location.',
  )

export const invalidConfigurationId = () => refusal('InvalidConfigurationId', 400, 'The specified ID is invalid.')

export const noSuchConfiguration = () =>
  refusal('NoSuchConfiguration', 404, 'The specified configuration does not exist.')

export const tooManyConfigurations = () =>
  refusal(
    'TooManyConfigurations',
    400,
    'You are attempting to create a new configuration but have already reached the 1,000-configuration limit.',
  )
