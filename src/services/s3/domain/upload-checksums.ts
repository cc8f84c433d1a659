import { type ChecksumAlgorithm, checksumBytes } from '../../../crypto/checksums.ts'
import {
  checksumMissing,
  invalidChecksumHeader,
  invalidContentMd5,
  severalChecksums,
  unsupportedChecksum,
} from './errors.ts'

export const checksumAlgorithms = Object.keys(checksumBytes) as ChecksumAlgorithm[]

/** `x-amz-checksum-crc32` */
export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`

/** The member of an input or output: `ChecksumCRC32`. */
export type ChecksumMember = `Checksum${ChecksumAlgorithm}`

export const checksumMember = (algorithm: ChecksumAlgorithm): ChecksumMember => `Checksum${algorithm}`

/** The members of a request that say what its content must be. */
export type GivenChecksums = Partial<Record<ChecksumMember, string | undefined>> & {
  ContentMD5?: string | undefined
  ChecksumAlgorithm?: string | undefined
}

/** What is computed of a content, and what it is compared with. */
export interface ExpectedChecksum {
  algorithm: ChecksumAlgorithm
  /** Base64. Absent: it comes in a trailer, or the client gave none. */
  value?: string
  /** The name of the trailer that gives it. */
  trailer?: string
  contentMd5?: string
}

/** S3 computes this where the client names no other. */
export const defaultChecksum: ChecksumAlgorithm = 'CRC64NVME'

/**
 * Reads what a request says about the checksums of its content.
 * @param trailers - names of the fields that are to follow the content.
 * @param otherwise - what is computed where the client names none.
 * @throws ServiceError InvalidRequest, InvalidDigest.
 */
export function expectedChecksum(
  given: GivenChecksums,
  trailers: readonly string[],
  otherwise: ChecksumAlgorithm = defaultChecksum,
): ExpectedChecksum {
  const contentMd5 = given.ContentMD5
  if (contentMd5 !== undefined && !isChecksum('MD5', contentMd5)) throw invalidContentMd5(contentMd5)
  const named = readAlgorithm(given.ChecksumAlgorithm)
  const inHeaders = givenAlgorithms(given)
  const inTrailers = checksumAlgorithms.filter((algorithm) => trailers.includes(checksumHeader(algorithm)))
  if (inHeaders.length + inTrailers.length > 1) throw severalChecksums()
  const [algorithm] = [...inHeaders, ...inTrailers]
  if (algorithm === undefined) {
    if (trailers.some((name) => name.startsWith('x-amz-checksum-'))) throw unsupportedChecksum()
    if (named !== undefined) throw checksumMissing()
    return { algorithm: otherwise, contentMd5 }
  }
  if (inTrailers.length > 0) return { algorithm, trailer: checksumHeader(algorithm), contentMd5 }
  const value = given[checksumMember(algorithm)] ?? ''
  if (!isChecksum(algorithm, value)) throw invalidChecksumHeader(checksumHeader(algorithm))
  return { algorithm, value, contentMd5 }
}

/** The algorithms whose values a request gives. */
export const givenAlgorithms = (given: GivenChecksums): ChecksumAlgorithm[] =>
  checksumAlgorithms.filter((algorithm) => given[checksumMember(algorithm)] !== undefined)

/** @throws ServiceError InvalidRequest for what is not the name of an algorithm. */
export function readAlgorithm(name: string | undefined): ChecksumAlgorithm | undefined {
  if (name === undefined) return undefined
  const known = checksumAlgorithms.find((algorithm) => algorithm === name.toUpperCase())
  if (!known) throw unsupportedChecksum()
  return known
}

/** Returns whether a text is base64 of as many bytes as the algorithm gives. */
export function isChecksum(algorithm: ChecksumAlgorithm, text: string): boolean {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === checksumBytes[algorithm] && bytes.toString('base64') === text
}
