import type { CompletedPart } from '@aws-sdk/client-s3'
import { checksumOf } from '../../../../crypto/checksums.ts'
import { combinedCrc, isCyclic } from '../../../../crypto/combined-crc.ts'
import { badChecksum, malformedXml } from '../../domain/errors.ts'
import { etagMatches } from '../../domain/etags.ts'
import { type ObjectChecksum, quoted } from '../../domain/object.ts'
import type { Part, Upload } from '../../domain/upload.ts'
import { checksumMember, defaultChecksum, type GivenChecksums, givenAlgorithms } from '../../domain/upload-checksums.ts'
import {
  invalidPart,
  invalidPartOrder,
  otherChecksumType,
  partChecksumMissing,
  partTooSmall,
} from '../../domain/upload-errors.ts'

const smallestPartBytes = 5 * 1024 ** 2

/**
 * The parts of an upload that a request to complete it names.
 * @throws ServiceError InvalidPart, InvalidPartOrder, EntityTooSmall, InvalidRequest, MalformedXML.
 */
export function chosenParts(
  { uploadId, details: { checksum } }: Upload,
  uploaded: readonly Part[],
  given: readonly CompletedPart[],
): Part[] {
  const byNumber = new Map(uploaded.map((part) => [part.number, part]))
  let before = 0
  const parts = given.map(({ PartNumber, ETag, ...sums }) => {
    if (PartNumber === undefined || ETag === undefined) throw malformedXml()
    if (PartNumber <= before) throw invalidPartOrder(uploadId)
    before = PartNumber
    const part = byNumber.get(PartNumber)
    if (!part || !etagMatches(ETag, part.etag)) throw invalidPart(uploadId, PartNumber, ETag)
    checkSum(part, sums, checksum, () => invalidPart(uploadId, PartNumber, ETag))
    return part
  })
  for (const { number, bytes, etag } of parts.slice(0, -1)) {
    if (bytes >= smallestPartBytes) continue
    throw partTooSmall({ PartNumber: number, ProposedSize: bytes, ETag: quoted(etag) })
  }
  return parts
}

function checkSum(
  part: Part,
  given: GivenChecksums,
  checksum: Upload['details']['checksum'],
  invalid: () => Error,
): void {
  const [algorithm] = givenAlgorithms(given)
  if (algorithm === undefined) {
    if (checksum?.type === 'COMPOSITE') throw partChecksumMissing(checksum.algorithm, part.number)
    return
  }
  if (checksum && algorithm !== checksum.algorithm) throw otherChecksumType(checksum.algorithm, algorithm)
  const isKept = algorithm === (checksum?.algorithm ?? defaultChecksum)
  if (isKept && given[checksumMember(algorithm)] !== part.checksum) throw invalid()
}

/**
 * The checksum of the object that parts make up.
 * @throws ServiceError BadDigest where the request gives another, InvalidRequest for one of another kind.
 */
export async function wholeChecksum(
  { details }: Upload,
  parts: readonly Part[],
  given: GivenChecksums & { ChecksumType?: string | undefined },
): Promise<ObjectChecksum> {
  const { algorithm, type } = details.checksum ?? { algorithm: defaultChecksum, type: 'FULL_OBJECT' as const }
  const sums = parts.map(({ checksum = '', bytes }) => ({ checksum: Buffer.from(checksum, 'base64'), bytes }))
  let value: string
  if (type === 'FULL_OBJECT' && isCyclic(algorithm)) value = combinedCrc(algorithm, sums).toString('base64')
  else {
    const ofSums = await checksumOf(algorithm, Buffer.concat(sums.map(({ checksum }) => checksum)))
    value = `${ofSums.toString('base64')}-${parts.length}`
  }
  if (given.ChecksumType !== undefined && given.ChecksumType !== type) throw otherChecksumType(type, given.ChecksumType)
  const [named] = givenAlgorithms(given)
  if (named !== undefined) {
    if (named !== algorithm) throw otherChecksumType(algorithm, named)
    const expected = given[checksumMember(named)]
    // Clients give a composite one with the number of parts or without.
    if (expected !== value && expected !== value.replace(/-\d+$/, '')) throw badChecksum(algorithm)
  }
  return { algorithm, type, value }
}
