/** The end of what was written: older text makes room once there is more than this. */
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
  }

  /** Takes all of it out. */
  take(): string {
    const text = Buffer.concat(this.#chunks).subarray(-this.#maxBytes).toString('utf8')
    this.#chunks = []
    this.#bytes = 0
    return text
  }
}
