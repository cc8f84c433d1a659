import { ServiceError } from '../../../core/service-error.ts'

// Every refusal of S3, in AWS's words.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html

type Members = Readonly<Record<string, unknown>>

const refusal = (code: string, status: number, message: string, members?: Members, headers?: Record<string, string>) =>
  new ServiceError(code, status, message, members, headers)

export const invalidRequest = (message: string, members?: Members) => refusal('InvalidRequest', 400, message, members)

export const invalidArgument = (message: string, name?: string, value: unknown = '') =>
  refusal('InvalidArgument', 400, message, name === undefined ? {} : { ArgumentName: name, ArgumentValue: value })

export const accessDenied = (message = 'Access Denied') => refusal('AccessDenied', 403, message)

export const malformedXml = () =>
  refusal(
    'MalformedXML',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  )

/** For a header, or a value of one, that would change what the operation does and that is not built. */
export const headerNotImplemented = (header: string, additionalMessage?: string) =>
  refusal('NotImplemented', 501, 'A header you provided implies functionality that is not implemented', {
    Header: header,
    ...(additionalMessage !== undefined && { additionalMessage }),
  })

/** For a request that S3 would carry out and Strongroom cannot. @param what - is not supported, as the subject of a sentence. */
export const notSupported = (what: string) =>
  refusal('NotImplemented', 501, `${what} is not supported by Strongroom, and the request would have no effect.`)

// Buckets

export const invalidBucketName = (BucketName: string) =>
  refusal('InvalidBucketName', 400, 'The specified bucket is not valid.', { BucketName })

export const noSuchBucket = (BucketName: string) =>
  refusal('NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName })

export const bucketAlreadyExists = (BucketName: string) =>
  refusal(
    'BucketAlreadyExists',
    409,
    'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
    { BucketName },
  )

export const bucketAlreadyOwned = (BucketName: string) =>
  refusal(
    'BucketAlreadyOwnedByYou',
    409,
    'Your previous request to create the named bucket succeeded and you already own it.',
    { BucketName },
  )

export const tooManyBuckets = () =>
  refusal('TooManyBuckets', 400, 'You have attempted to create more buckets than allowed')

export const invalidLocationConstraint = (LocationConstraint: string) =>
  refusal('InvalidLocationConstraint', 400, 'The specified location-constraint is not valid', { LocationConstraint })

export const illegalLocationConstraint = (constraint: string | undefined) =>
  refusal(
    'IllegalLocationConstraintException',
    400,
    `The ${constraint ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  )

export const bucketNotEmpty = (BucketName: string, isVersioned: boolean) =>
  refusal(
    'BucketNotEmpty',
    409,
    `The bucket you tried to delete is not empty${isVersioned ? '. You must delete all versions in the bucket.' : ''}`,
    { BucketName },
  )

/** For a bucket of another Region than the one that the request was signed for. */
export const permanentRedirect = (Bucket: string, region: string, Endpoint: string) =>
  refusal(
    'PermanentRedirect',
    301,
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
    { Endpoint, Bucket },
    { 'x-amz-bucket-region': region },
  )

export const invalidBucketOwner = (value: string) =>
  refusal(
    'InvalidBucketOwnerAWSAccountID',
    400,
    `The value of the expected bucket owner parameter must be an AWS Account ID... [${value}]`,
  )

// Objects

export const noSuchKey = (Key: string) => refusal('NoSuchKey', 404, 'The specified key does not exist.', { Key })

/** For a key whose latest version is a delete marker. */
export const deletedKey = (Key: string, version: string) =>
  refusal(
    'NoSuchKey',
    404,
    'The specified key does not exist.',
    { Key },
    {
      'x-amz-delete-marker': 'true',
      'x-amz-version-id': version,
    },
  )

export const noSuchVersion = (Key: string, VersionId: string) =>
  refusal('NoSuchVersion', 404, 'The specified version does not exist.', { Key, VersionId })

export const invalidVersionId = (value: string) => invalidArgument('Invalid version id specified', 'versionId', value)

/** For a delete marker that is named by its version id. */
export const markerNotAllowed = (method: string, version: string, modified: string) =>
  refusal(
    'MethodNotAllowed',
    405,
    'The specified method is not allowed against this resource.',
    { Method: method, ResourceType: 'DeleteMarker' },
    { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version, 'Last-Modified': modified, Allow: 'DELETE' },
  )

export const keyTooLong = (bytes: number) =>
  refusal('KeyTooLongError', 400, 'Your key is too long', { Size: bytes, MaxSizeAllowed: 1024 })

export const invalidKey = () => refusal('InvalidURI', 400, "Couldn't parse the specified URI.")

export const metadataTooLarge = (bytes: number) =>
  refusal('MetadataTooLarge', 400, 'Your metadata headers exceed the maximum allowed metadata size', {
    Size: bytes,
    MaxSizeAllowed: 2048,
  })

export const entityTooLarge = (bytes: number, most: number) =>
  refusal('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: bytes,
    MaxSizeAllowed: most,
  })

export const missingContentLength = () =>
  refusal('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.')

export const invalidStorageClass = () =>
  refusal('InvalidStorageClass', 400, 'The storage class you specified is not valid')

export const aclNotSupported = () => refusal('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs')

export const preconditionFailed = (Condition: string) =>
  refusal('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold', { Condition })

export const notModified = (headers: Record<string, string>) => refusal('NotModified', 304, 'Not Modified', {}, headers)

export const invalidRange = (range: string, size: number) =>
  refusal(
    'InvalidRange',
    416,
    'The requested range is not satisfiable',
    { RangeRequested: range, ActualObjectSize: size },
    { 'Content-Range': `bytes */${size}` },
  )

export const invalidPartNumber = (requested: number, count: number) =>
  refusal('InvalidPartNumber', 416, 'The requested partnumber is not satisfiable', {
    PartNumberRequested: requested,
    ActualPartCount: count,
  })

export const anonymousResponseHeaders = () =>
  invalidRequest('Request specific response headers cannot be used for anonymous GET requests.')

// Checksums

export const badChecksum = (algorithm: string) =>
  refusal('BadDigest', 400, `The ${algorithm} you specified did not match the calculated checksum.`)

export const badContentMd5 = (expected: string, calculated: string) =>
  refusal('BadDigest', 400, 'The Content-MD5 you specified did not match what we received.', {
    ExpectedDigest: expected,
    CalculatedDigest: calculated,
  })

export const invalidContentMd5 = (value: string) =>
  refusal('InvalidDigest', 400, 'The Content-MD5 you specified was invalid.', { 'Content-MD5': value })

export const invalidChecksumHeader = (header: string) => invalidRequest(`Value for ${header} header is invalid.`)

export const severalChecksums = () =>
  invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.')

export const unsupportedChecksum = () =>
  invalidRequest(
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
  )

export const checksumMissing = () =>
  invalidRequest(
    'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
  )

export const contentChecksumRequired = () =>
  invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*')

// Tags

export const invalidTag = (message: string) => refusal('InvalidTag', 400, message)

export const tooManyObjectTags = () => refusal('BadRequest', 400, 'Object tags cannot be greater than 10')

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

/** What S3 answers where KMS refuses. Faults pass through. */
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

// Uploads in parts

export const noSuchUpload = (UploadId: string) =>
  refusal(
    'NoSuchUpload',
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { UploadId },
  )

export const wrongPartNumber = (value: number) =>
  invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', value)

export const invalidPart = (UploadId: string, PartNumber: number | string, ETag: string) =>
  refusal(
    'InvalidPart',
    400,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { UploadId, PartNumber, ETag },
  )

export const invalidPartOrder = (UploadId: string) =>
  refusal(
    'InvalidPartOrder',
    400,
    'The list of parts was not in ascending order. Parts must be ordered by part number.',
    { UploadId },
  )

export const partTooSmall = (part: { PartNumber: number; ProposedSize: number; ETag: string }) =>
  refusal('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size', {
    ProposedSize: part.ProposedSize,
    MinSizeAllowed: 5 * 1024 ** 2,
    PartNumber: part.PartNumber,
    ETag: part.ETag,
  })

export const noParts = () => invalidRequest('You must specify at least one part')

export const otherChecksumType = (expected: string, actual: string) =>
  invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${actual.toLowerCase()}`,
  )

export const partChecksumMissing = (algorithm: string, part: number) =>
  invalidRequest(
    `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part} in the request.`,
  )

export const otherObjectSize = (given: number, computed: number) =>
  invalidRequest(
    `The provided 'x-amz-mp-object-size' header value ${given} does not match what was computed: ${computed}`,
  )

export const partNeedsCustomerKey = () =>
  invalidRequest(
    'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
  )

export const otherCustomerKey = () =>
  invalidRequest('The provided encryption parameters did not match the ones used originally.')

// Copies

export const copyOntoItself = () =>
  invalidRequest(
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  )

export const copyOfMarker = () =>
  invalidRequest('The source of a copy request may not specifically refer to a delete marker by version id.')

export const copyTooLarge = (most: number) =>
  invalidRequest(`The specified copy source is larger than the maximum allowable size for a copy source: ${most}`)
