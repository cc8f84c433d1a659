import { hash } from 'node:crypto'
import { signatureOf, signaturesEqual } from '../../crypto/sigv4/signing-key.ts'
import { chunkSignatureMismatch } from './s3-errors.ts'

/** The beginning of the chain of an upload's chunk signatures: the verified signature of the request's headers. */
export interface ChunkSeed {
  signingKey: Buffer
  /** `YYYYMMDDTHHMMSSZ` */
  dateTime: string
  /** `YYYYMMDD/region/s3/aws4_request` */
  scope: string
  signature: string
}

/**
 * The chain of signatures over the chunks of an S3 upload, each of which signs the one before it, so that no chunk can
 * be changed, dropped, added or moved. Feed it in order, the empty last chunk included.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export class ChunkSignatures {
  readonly #seed: ChunkSeed
  #previous: string

  constructor(seed: ChunkSeed) {
    this.#seed = seed
    this.#previous = seed.signature
  }

  /**
   * @param sha256 - of the chunk's data, hex.
   * @throws ServiceError SignatureDoesNotMatch.
   */
  verifyChunk(sha256: string, signature: string): void {
    this.#verify('AWS4-HMAC-SHA256-PAYLOAD', `${emptyHash}\n${sha256}`, signature)
  }

  /**
   * @param trailers - values by lower-case name.
   * @throws ServiceError SignatureDoesNotMatch.
   */
  verifyTrailer(trailers: ReadonlyMap<string, string>, signature: string): void {
    const lines = [...trailers].map(([name, value]) => `${name}:${value}\n`).sort()
    this.#verify('AWS4-HMAC-SHA256-TRAILER', hash('sha256', Buffer.from(lines.join(''), 'latin1')), signature)
  }

  #verify(algorithm: string, hashes: string, signature: string): void {
    const { signingKey, dateTime, scope } = this.#seed
    const stringToSign = `${algorithm}\n${dateTime}\n${scope}\n${this.#previous}\n${hashes}`
    const computed = signatureOf(signingKey, stringToSign)
    if (!signaturesEqual(computed, signature)) throw chunkSignatureMismatch(stringToSign, signature)
    this.#previous = computed
  }
}

const emptyHash = hash('sha256', '')
