import { type ChunkSeed, ChunkSignatures } from './chunk-signatures.ts'
import { incompleteBody, invalidChunkSize, malformedTrailer, missingContentLength } from './s3-errors.ts'

export interface ChunkedPayloadOptions {
  /** x-amz-content-sha256, one of the STREAMING-… words: are chunks signed, and do trailers follow? */
  payloadHash: string
  /** x-amz-decoded-content-length as sent. */
  decodedContentLength: string | undefined
  /** x-amz-trailer as sent: names of the trailers that are to follow, between commas. */
  announcedTrailers: string | undefined
  /** From `authenticate`; required for signed chunks. */
  seed: ChunkSeed | undefined
}

export interface ChunkedPayload {
  data: Buffer
  /** Values by lower-case name. */
  trailers: ReadonlyMap<string, string>
}

/**
 * Takes an `aws-chunked` body apart and verifies the signature of every chunk and of the trailer.
 *
 * @throws ServiceError SignatureDoesNotMatch, IncompleteBody, InvalidChunkSizeError, MalformedTrailerError or
 *   MissingContentLength; nothing of the body may be used then.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export function decodeChunkedPayload(body: Buffer, options: ChunkedPayloadOptions): ChunkedPayload {
  const declaredBytes = parseLength(options.decodedContentLength)
  const signatures = chainOf(options)
  const lines = new LineReader(body)
  const chunks = readChunks(lines, signatures, declaredBytes)
  const trailers = options.payloadHash.endsWith('-TRAILER')
    ? readTrailers(lines, signatures, options.announcedTrailers)
    : readEnd(lines)
  if (!lines.atEnd) throw incompleteBody()
  return { data: Buffer.concat(chunks), trailers }
}

/** Every chunk but the last that holds data has at least this size. */
const smallestChunkBytes = 8192
const longestLineBytes = 8192

function parseLength(text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw missingContentLength()
  return Number(text)
}

function chainOf({ payloadHash, seed }: ChunkedPayloadOptions): ChunkSignatures | undefined {
  if (payloadHash === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return undefined
  if (!seed) throw new Error(`a body of ${payloadHash} cannot be verified without the signature it begins with`)
  return new ChunkSignatures(seed)
}

function readChunks(lines: LineReader, signatures: ChunkSignatures | undefined, declaredBytes: number): Buffer[] {
  const chunks: Buffer[] = []
  let decodedBytes = 0
  for (;;) {
    const { size, signature } = parseChunkHeader(lines.next(), signatures !== undefined)
    const data = lines.take(size)
    signatures?.verifyChunk(data, signature)
    if (size === 0) break
    const before = chunks.at(-1)
    if (before && before.length < smallestChunkBytes) throw invalidChunkSize(chunks.length, before.length)
    chunks.push(data)
    decodedBytes += size
    if (lines.next() !== '') throw incompleteBody()
  }
  if (decodedBytes !== declaredBytes) throw incompleteBody()
  return chunks
}

function parseChunkHeader(line: string, isSigned: boolean): { size: number; signature: string } {
  const [, digits, signature = ''] = (isSigned ? signedHeader : unsignedHeader).exec(line) ?? []
  if (digits === undefined) throw incompleteBody()
  return { size: Number.parseInt(digits, 16), signature }
}

const signedHeader = /^([0-9A-Fa-f]{1,10});chunk-signature=([0-9a-f]{64})$/
const unsignedHeader = /^([0-9A-Fa-f]{1,10})$/

function readEnd(lines: LineReader): ReadonlyMap<string, string> {
  if (lines.next() !== '') throw incompleteBody()
  return new Map()
}

function readTrailers(
  lines: LineReader,
  signatures: ChunkSignatures | undefined,
  announced: string | undefined,
): ReadonlyMap<string, string> {
  const expected = new Set((announced ?? '').toLowerCase().split(/[, ]+/).filter(Boolean))
  const trailers = new Map<string, string>()
  let signature: string | undefined
  for (let line = lines.next(); line !== ''; line = lines.next()) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (signatures && name === 'x-amz-trailer-signature' && signature === undefined) signature = value
    else if (expected.delete(name) && signature === undefined) trailers.set(name, value)
    else throw malformedTrailer()
  }
  if (expected.size > 0) throw malformedTrailer()
  if (signatures) {
    if (signature === undefined) throw malformedTrailer()
    signatures.verifyTrailer(trailers, signature)
  }
  return trailers
}

/** Reads a body line by line (each ends in CR LF) and by counted bytes. */
class LineReader {
  readonly #body: Buffer
  #position = 0

  constructor(body: Buffer) {
    this.#body = body
  }

  get atEnd(): boolean {
    return this.#position === this.#body.length
  }

  /** @throws ServiceError IncompleteBody when no line ends within reach. */
  next(): string {
    const reach = this.#body.subarray(this.#position, this.#position + longestLineBytes)
    const end = reach.indexOf('\r\n')
    if (end < 0) throw incompleteBody()
    this.#position += end + 2
    return reach.toString('latin1', 0, end)
  }

  /** @throws ServiceError IncompleteBody when fewer bytes are left. */
  take(bytes: number): Buffer {
    if (bytes > this.#body.length - this.#position) throw incompleteBody()
    const taken = this.#body.subarray(this.#position, this.#position + bytes)
    this.#position += bytes
    return taken
  }
}
