import type { BodyStream } from '../../core/body-stream.ts'

/** Makes of the bytes on the wire the content that they carry, and checks it. Fills the trailers in. */
export type BodyVerifier = (wire: AsyncIterable<Uint8Array>, trailers: Map<string, string>) => AsyncIterable<Uint8Array>

/** A request ends, or pauses for too long, before its body is complete. */
export class BodyBrokenOff extends Error {
  readonly reason: 'ended' | 'idle'
  constructor(reason: 'ended' | 'idle') {
    super(reason === 'idle' ? 'the body paused for too long' : 'the request ended within its body')
    this.reason = reason
  }
}

/** A body that is read while it comes in. It cannot be read before it is settled how it is verified. */
export class RequestBody implements BodyStream {
  readonly #wire: AsyncIterable<Uint8Array>
  readonly #trailers = new Map<string, string>()
  #announcedBytes: number | undefined
  #announcedTrailers: readonly string[] = []
  #verify: BodyVerifier | undefined
  #begun = false
  readonly isDelimited: boolean

  /**
   * @param announcedBytes - Content-Length.
   * @param options.isDelimited - its end is known without its length.
   */
  constructor(
    wire: AsyncIterable<Uint8Array>,
    announcedBytes: number | undefined,
    { isDelimited = false }: { isDelimited?: boolean } = {},
  ) {
    this.#wire = wire
    this.#announcedBytes = announcedBytes
    this.isDelimited = isDelimited
  }

  get announcedBytes(): number | undefined {
    return this.#announcedBytes
  }

  get announcedTrailers(): readonly string[] {
    return this.#announcedTrailers
  }

  get trailers(): ReadonlyMap<string, string> {
    return this.#trailers
  }

  /**
   * @param announcedBytes - of the content, where that is not what is on the wire.
   * @param announcedTrailers - names of the fields that are to follow, in lower case.
   */
  verifyBy(
    verify: BodyVerifier,
    announcedBytes = this.#announcedBytes,
    announcedTrailers: readonly string[] = [],
  ): void {
    this.#verify = verify
    this.#announcedBytes = announcedBytes
    this.#announcedTrailers = announcedTrailers
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    if (!this.#verify) throw new Error('a body is read before its signature is verified')
    if (this.#begun) throw new Error('a body that comes as a stream is read twice')
    this.#begun = true
    return this.#verify(this.#wire, this.#trailers)[Symbol.asyncIterator]()
  }
}
