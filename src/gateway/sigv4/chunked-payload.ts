import { createHash } from 'node:crypto'
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

/**
 * Takes an `aws-chunked` body apart as it comes, and verifies the signature of every chunk and of the trailer. A chunk's data is
 * given before its signature is verified: nothing of it may be used unless the reading reaches its end.
 *
 * @param trailers - filled in, values by lower-case name.
 * @throws ServiceError SignatureDoesNotMatch, IncompleteBody, InvalidChunkSizeError, MalformedTrailerError or
 *   MissingContentLength; nothing of the body may be used then.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export async function* readChunkedPayload(
  wire: AsyncIterable<Uint8Array>,
  options: ChunkedPayloadOptions,
  trailers: Map<string, string>,
): AsyncGenerator<Uint8Array> {
  const declaredBytes = contentLengthOf(options.decodedContentLength)
  const signatures = chainOf(options)
  const lines = new LineReader(wire)
  yield* readChunks(lines, signatures, declaredBytes)
  if (options.payloadHash.endsWith('-TRAILER')) {
    await readTrailers(lines, signatures, { announced: options.announcedTrailers, trailers })
  } else if ((await lines.next()) !== '') throw incompleteBody()
  if (!(await lines.atEnd())) throw incompleteBody()
}

/** Every chunk but the last that holds data has at least this size. */
const smallestChunkBytes = 8192
const longestLineBytes = 8192

/** @throws ServiceError MissingContentLength. */
export function contentLengthOf(text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw missingContentLength()
  return Number(text)
}

/** The names in a header x-amz-trailer, in lower case. */
export const trailerNames = (announced = ''): string[] => announced.toLowerCase().split(/[, ]+/).filter(Boolean)

function chainOf({ payloadHash, seed }: ChunkedPayloadOptions): ChunkSignatures | undefined {
  if (payloadHash === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return undefined
  if (!seed) throw new Error(`a body of ${payloadHash} cannot be verified without the signature it begins with`)
  return new ChunkSignatures(seed)
}

async function* readChunks(
  lines: LineReader,
  signatures: ChunkSignatures | undefined,
  declaredBytes: number,
): AsyncGenerator<Uint8Array> {
  let decodedBytes = 0
  let before: number | undefined
  for (let count = 0; ; count++) {
    const { size, signature } = parseChunkHeader(await lines.next(), signatures !== undefined)
    decodedBytes += size
    if (decodedBytes > declaredBytes) throw incompleteBody()
    const sum = signatures && createHash('sha256')
    for await (const piece of lines.take(size)) {
      sum?.update(piece)
      yield piece
    }
    if (sum) signatures.verifyChunk(sum.digest('hex'), signature)
    if (size === 0) break
    if (before !== undefined && before < smallestChunkBytes) throw invalidChunkSize(count, before)
    before = size
    if ((await lines.next()) !== '') throw incompleteBody()
  }
  if (decodedBytes !== declaredBytes) throw incompleteBody()
}

function parseChunkHeader(line: string, isSigned: boolean): { size: number; signature: string } {
  const [, digits, signature = ''] = (isSigned ? signedHeader : unsignedHeader).exec(line) ?? []
  if (digits === undefined) throw incompleteBody()
  return { size: Number.parseInt(digits, 16), signature }
}

const signedHeader = /^([0-9A-Fa-f]{1,10});chunk-signature=([0-9a-f]{64})$/
const unsignedHeader = /^([0-9A-Fa-f]{1,10})$/

async function readTrailers(
  lines: LineReader,
  signatures: ChunkSignatures | undefined,
  { announced, trailers }: { announced: string | undefined; trailers: Map<string, string> },
): Promise<void> {
  const expected = new Set(trailerNames(announced))
  let signature: string | undefined
  for (let line = await lines.next(); line !== ''; line = await lines.next()) {
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
}

/** Reads what comes line by line (each ends in CR LF) and by counted bytes. Holds one piece of the wire, and a line at most. */
class LineReader {
  readonly #wire: AsyncIterator<Uint8Array>
  #pending: Buffer = Buffer.alloc(0)

  constructor(wire: AsyncIterable<Uint8Array>) {
    this.#wire = wire[Symbol.asyncIterator]()
  }

  /** Resolves to true when nothing follows. */
  async atEnd(): Promise<boolean> {
    while (this.#pending.length === 0) if (!(await this.#more())) return true
    return false
  }

  /** @throws ServiceError IncompleteBody when no line ends within reach. */
  async next(): Promise<string> {
    for (;;) {
      const end = this.#pending.subarray(0, longestLineBytes).indexOf('\r\n')
      if (end >= 0) {
        const line = this.#pending.toString('latin1', 0, end)
        this.#pending = this.#pending.subarray(end + 2)
        return line
      }
      if (this.#pending.length >= longestLineBytes || !(await this.#more())) throw incompleteBody()
    }
  }

  /** Gives a number of bytes, in the pieces in which they come. @throws ServiceError IncompleteBody when fewer are left. */
  async *take(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0; ) {
      if (this.#pending.length === 0 && !(await this.#more())) throw incompleteBody()
      const taken = this.#pending.subarray(0, left)
      this.#pending = this.#pending.subarray(taken.length)
      left -= taken.length
      if (taken.length > 0) yield taken
    }
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#wire.next()
    if (done) return false
    const piece = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    this.#pending = this.#pending.length === 0 ? piece : Buffer.concat([this.#pending, piece])
    return true
  }
}
