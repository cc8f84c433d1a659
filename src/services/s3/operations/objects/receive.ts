import { createHash } from 'node:crypto'
import type { BodyStream } from '../../../../core/body-stream.ts'
import { type Checksum, type ChecksumAlgorithm, newChecksum } from '../../../../crypto/checksums.ts'
import {
  badChecksum,
  badContentMd5,
  entityTooLarge,
  invalidChecksumHeader,
  missingContentLength,
} from '../../domain/errors.ts'
import {
  type ExpectedChecksum,
  expectedChecksum,
  type GivenChecksums,
  isChecksum,
} from '../../domain/upload-checksums.ts'
import type { Contents, NewContent, SealingKey } from '../../storage/contents.ts'

/** A body as it comes from a client, or whole from another service. */
export type Body = BodyStream | Uint8Array | string | undefined

/** A content that was received and stored, and not yet kept. */
export interface Received {
  content: NewContent
  /** Hexadecimal. */
  md5: string
  /** Base64. */
  checksum: string
  /** Of the checksum. */
  algorithm: ChecksumAlgorithm
  expected: ExpectedChecksum
}

/** The most that one PUT may bring. */
export const mostBytes = 5 * 1024 ** 3

/** How a content is stored, beside what its request says. */
export interface Storing {
  key?: SealingKey | undefined
  /** The checksum that is kept. Default: the one that the client names, or S3's own. */
  algorithm?: ChecksumAlgorithm | undefined
}

/**
 * Stores a body while it comes, and compares it with what the request says about it.
 * @throws ServiceError BadDigest, InvalidDigest, InvalidRequest, EntityTooLarge, MissingContentLength, and what is wrong with the
 *   signature of the body. Nothing is kept then.
 */
export async function receive(
  contents: Contents,
  given: unknown,
  input: GivenChecksums,
  storing: Storing = {},
): Promise<Received> {
  const body = given as Body
  const stream = isStream(body) ? body : undefined
  if (stream && stream.announcedBytes === undefined && !stream.isDelimited) throw missingContentLength()
  if (stream?.announcedBytes !== undefined && stream.announcedBytes > mostBytes) {
    throw entityTooLarge(stream.announcedBytes, mostBytes)
  }
  const expected = expectedChecksum(input, stream?.announcedTrailers ?? [], storing.algorithm)
  return store(contents, isStream(body) ? body : wholeBody(body), { expected, trailers: stream?.trailers, ...storing })
}

/** Stores bytes of any source, and computes their hashes. @throws as `receive`. */
export async function store(
  contents: Contents,
  pieces: AsyncIterable<Uint8Array>,
  {
    expected,
    trailers,
    key,
    algorithm = expected.algorithm,
  }: Storing & { expected: ExpectedChecksum; trailers?: ReadonlyMap<string, string> | undefined },
): Promise<Received> {
  const kept = await newChecksum(algorithm)
  const sums = new Sums(expected, kept, algorithm === expected.algorithm ? kept : await newChecksum(expected.algorithm))
  const content = await contents.put(checked(pieces, sums, trailers), key)
  return { content, expected, md5: sums.md5, checksum: sums.checksum, algorithm }
}

const isStream = (body: Body): body is BodyStream =>
  typeof body === 'object' && Symbol.asyncIterator in body && !(body instanceof Uint8Array)

async function* wholeBody(body: Exclude<Body, BodyStream>): AsyncGenerator<Uint8Array> {
  if (body !== undefined) yield typeof body === 'string' ? Buffer.from(body) : body
}

/** Fails at the end of what is not as it was said to be, so that it is not stored. */
async function* checked(
  pieces: AsyncIterable<Uint8Array>,
  sums: Sums,
  trailers: ReadonlyMap<string, string> | undefined,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > mostBytes) throw entityTooLarge(bytes, mostBytes)
    sums.update(piece)
    yield piece
  }
  sums.check(trailers)
}

/** The hashes of a content on its way. */
class Sums {
  md5 = ''
  checksum = ''
  readonly #expected: ExpectedChecksum
  readonly #md5 = createHash('md5')
  readonly #kept: Checksum
  /** What the client's is compared with; may be the one that is kept. */
  readonly #compared: Checksum

  constructor(expected: ExpectedChecksum, kept: Checksum, compared: Checksum) {
    this.#expected = expected
    this.#kept = kept
    this.#compared = compared
  }

  update(piece: Uint8Array): void {
    this.#md5.update(piece)
    this.#kept.update(piece)
    if (this.#compared !== this.#kept) this.#compared.update(piece)
  }

  check(trailers: ReadonlyMap<string, string> | undefined): void {
    const { algorithm, trailer, contentMd5 } = this.#expected
    const md5 = this.#md5.digest()
    this.md5 = md5.toString('hex')
    this.checksum = this.#kept.digest().toString('base64')
    if (contentMd5 !== undefined && contentMd5 !== md5.toString('base64')) {
      throw badContentMd5(contentMd5, md5.toString('base64'))
    }
    const compared = this.#compared === this.#kept ? this.checksum : this.#compared.digest().toString('base64')
    const value = trailer === undefined ? this.#expected.value : (trailers?.get(trailer) ?? '')
    if (value === undefined) return
    if (trailer !== undefined && !isChecksum(algorithm, value)) throw invalidChecksumHeader(trailer)
    if (value !== compared) throw badChecksum(algorithm)
  }
}
