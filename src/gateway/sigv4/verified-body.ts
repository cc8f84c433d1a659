import { createHash } from 'node:crypto'
import { BodyBrokenOff, type RequestBody } from '../http/request-body.ts'
import type { WireRequest } from '../http/wire.ts'
import type { ChunkSeed } from './chunk-signatures.ts'
import { contentLengthOf, readChunkedPayload, trailerNames } from './chunked-payload.ts'
import { isChunkedPayload, isSha256 } from './payload-hash.ts'
import { contentSha256Mismatch, incompleteBody, requestTimeout } from './s3-errors.ts'

/**
 * Settles how the body of an S3 request is verified while it is read: against the hash that was signed, or chunk by chunk.
 * @param payloadHash - what was signed in place of the body's hash.
 * @param seed - where the signatures of signed chunks begin.
 */
export function verifyStream(
  { headers }: Pick<WireRequest, 'headers'>,
  stream: RequestBody,
  payloadHash: string,
  seed: ChunkSeed | undefined,
): void {
  if (!isChunkedPayload(payloadHash)) {
    stream.verifyBy((wire) => hashed(worded(wire), payloadHash))
    return
  }
  const options = {
    payloadHash,
    seed,
    decodedContentLength: textOf(headers['x-amz-decoded-content-length']),
    announcedTrailers: textOf(headers['x-amz-trailer']),
  }
  const announcedBytes = contentLengthOf(options.decodedContentLength)
  stream.verifyBy(
    (wire, trailers) => readChunkedPayload(worded(wire), options, trailers),
    announcedBytes,
    payloadHash.endsWith('-TRAILER') ? trailerNames(options.announcedTrailers) : [],
  )
}

const textOf = (value: string | string[] | undefined) => (Array.isArray(value) ? value.join(',') : value)

async function* hashed(wire: AsyncIterable<Uint8Array>, payloadHash: string): AsyncGenerator<Uint8Array> {
  if (!isSha256(payloadHash)) {
    yield* wire
    return
  }
  const sum = createHash('sha256')
  for await (const piece of wire) {
    sum.update(piece)
    yield piece
  }
  const computed = sum.digest('hex')
  if (computed !== payloadHash.toLowerCase()) throw contentSha256Mismatch(payloadHash, computed)
}

/** Puts what happens to connections into S3's words. */
async function* worded(wire: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* wire
  } catch (failure) {
    if (!(failure instanceof BodyBrokenOff)) throw failure
    throw failure.reason === 'idle' ? requestTimeout() : incompleteBody()
  }
}
