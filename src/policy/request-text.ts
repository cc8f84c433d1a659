/**
 * A text of a request: its action, its resource, a value of a condition key. Policies compare it with many patterns, so what
 * it has been read as once is kept.
 */
export class RequestText {
  readonly text: string
  #readings: Map<(text: string) => unknown, unknown> | undefined

  constructor(text: string) {
    this.text = text
  }

  /** Returns what `read` makes of the text: a number, an ARN, an address. Called once for each text. */
  as<T>(read: (text: string) => T): T {
    this.#readings ??= new Map()
    const known = this.#readings.get(read)
    if (known !== undefined || this.#readings.has(read)) return known as T
    const reading = read(this.text)
    this.#readings.set(read, reading)
    return reading
  }
}

const lowerCaseOf = (text: string) => new RequestText(text.toLowerCase())

export const inLowerCase = (text: RequestText): RequestText => text.as(lowerCaseOf)
