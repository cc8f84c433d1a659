import { invalidArgument, invalidRequest, refusal } from './errors.ts'

// Refusals about uploads in parts and copies.

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
