/** Beyond this many pieces they are put together: what is written byte by byte must not cost an object for each. */
const maxChunks = 256

/** Keeps the end of what was written: older text is dropped once there is more than a limit. */
export class LogBuffer {
  readonly #maxBytes: number
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(text: string | Buffer): void {
    const chunk = Buffer.from(text)
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    for (let first = this.#chunks[0]; first && this.#bytes - first.length >= this.#maxBytes; first = this.#chunks[0]) {
      this.#chunks.shift()
      this.#bytes -= first.length
    }
    if (this.#chunks.length > maxChunks) this.#chunks = [Buffer.concat(this.#chunks)]
    const [only] = this.#chunks
    if (this.#chunks.length === 1 && only && only.length > this.#maxBytes) {
      // A copy: a part of a large piece would hold all of it.
      this.#chunks = [Buffer.from(only.subarray(-this.#maxBytes))]
      this.#bytes = this.#maxBytes
    }
  }

  /** In how many pieces it is held. */
  get chunks(): number {
    return this.#chunks.length
  }

  /** Takes all of it out. */
  take(): string {
    const text = Buffer.concat(this.#chunks).subarray(-this.#maxBytes).toString('utf8')
    this.#chunks = []
    this.#bytes = 0
    return text
  }
}
