import { ServiceError } from '../../../core/service-error.ts'

// Every refusal of S3, in AWS's words.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html

type Members = Readonly<Record<string, unknown>>

export const refusal = (
  code: string,
  status: number,
  message: string,
  members?: Members,
  headers?: Record<string, string>,
) => new ServiceError(code, status, message, members, headers)

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

/** Refuses a header, or a value of one, that would change what the operation does and that is not built. */
export const headerNotImplemented = (header: string, additionalMessage?: string) =>
  refusal('NotImplemented', 501, 'A header you provided implies functionality that is not implemented', {
    Header: header,
    ...(additionalMessage !== undefined && { additionalMessage }),
  })

/** Refuses a request that S3 would carry out and Strongroom cannot. @param what - is not supported, as the subject of a sentence. */
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

/** Refuses a bucket of another Region than the one that the request was signed for. */
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

/** Refuses a key whose latest version is a delete marker. */
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

/** Refuses a delete marker that is named by its version id. */
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

// Tags

export const invalidTag = (message: string) => refusal('InvalidTag', 400, message)

export const tooManyObjectTags = () => refusal('BadRequest', 400, 'Object tags cannot be greater than 10')
