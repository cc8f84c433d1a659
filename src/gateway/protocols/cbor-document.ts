import { isUtf8 } from 'node:buffer'
import { deepestNesting, mostValues, tooDeep, tooMuch } from './body-limits.ts'
import { serializationException } from './json-decoder.ts'

/**
 * Reads the CBOR document of a request's body: maps as objects without a prototype, byte strings as Uint8Array, tag 1 as Date.
 * @param most - how many values the document may have.
 * @throws ServiceError SerializationException: not CBOR, more than one item, keys that are not text or come twice, nested more
 *   than 64 deep, too many values.
 * @see https://www.rfc-editor.org/rfc/rfc8949
 */
export function readCborBody(body: Buffer, most = mostValues): unknown {
  const reader = new Reader(body, most)
  const value = reader.item(0)
  if (!reader.atEnd) throw serializationException()
  return value
}

const breakByte = 0xff
const indefinite = 31

const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, list: 4, map: 5, tag: 6 } as const

class Reader {
  readonly #bytes: Buffer
  readonly #most: number
  #at = 0
  #values = 0

  constructor(bytes: Buffer, most: number) {
    this.#most = most
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  item(depth: number): unknown {
    if (depth > deepestNesting) throw tooDeep()
    if (++this.#values > this.#most) throw tooMuch(this.#most)
    const head = this.#byte()
    const minor = head & 0x1f
    switch (head >> 5) {
      case major.unsigned:
        return this.#argument(minor)
      case major.negative:
        return -1 - this.#argument(minor)
      case major.bytes:
        return this.#string(major.bytes, minor)
      case major.text:
        return textOf(this.#string(major.text, minor))
      case major.list:
        return this.#list(minor, depth)
      case major.map:
        return this.#map(minor, depth)
      case major.tag:
        return this.#tagged(this.#argument(minor), depth)
      default:
        return this.#simple(minor)
    }
  }

  #list(minor: number, depth: number): unknown[] {
    const list: unknown[] = []
    for (const more = this.#counter(minor); more(); ) list.push(this.item(depth + 1))
    return list
  }

  #map(minor: number, depth: number): Record<string, unknown> {
    // The keys are the caller's words, `__proto__` among them.
    const map: Record<string, unknown> = Object.create(null)
    for (const more = this.#counter(minor); more(); ) {
      const key = this.item(depth + 1)
      if (typeof key !== 'string' || key in map) throw serializationException()
      map[key] = this.item(depth + 1)
    }
    return map
  }

  /** Returns whether another item follows: by number, or until the break. */
  #counter(minor: number): () => boolean {
    if (minor === indefinite) return () => !this.#isBreak()
    let left = this.#argument(minor)
    return () => left-- > 0
  }

  #isBreak(): boolean {
    if (this.#bytes[this.#at] !== breakByte) return false
    this.#at++
    return true
  }

  #string(kind: number, minor: number): Uint8Array {
    if (minor !== indefinite) return this.#take(this.#argument(minor))
    const pieces: Uint8Array[] = []
    while (!this.#isBreak()) {
      if (++this.#values > this.#most) throw tooMuch(this.#most)
      const head = this.#byte()
      if (head >> 5 !== kind || (head & 0x1f) === indefinite) throw serializationException()
      pieces.push(this.#take(this.#argument(head & 0x1f)))
    }
    return Buffer.concat(pieces)
  }

  /** Seconds since 1970 are times; no other tag is in a request. */
  #tagged(tag: number, depth: number): Date {
    const value = this.item(depth + 1)
    if (tag !== 1 || typeof value !== 'number') throw serializationException()
    const date = new Date(Math.round(value * 1000))
    if (Number.isNaN(date.getTime())) throw serializationException()
    return date
  }

  #simple(minor: number): unknown {
    switch (minor) {
      case 20:
        return false
      case 21:
        return true
      case 22:
      case 23:
        return null
      case 25:
        return halfFloat(this.#take(2).readUInt16BE())
      case 26:
        return this.#take(4).readFloatBE()
      case 27:
        return this.#take(8).readDoubleBE()
      default:
        throw serializationException()
    }
  }

  /** A number behind a head, or in it. Those over 2^53 lose their last digits, as in JSON. */
  #argument(minor: number): number {
    if (minor < 24) return minor
    if (minor === 24) return this.#byte()
    if (minor === 25) return this.#take(2).readUInt16BE()
    if (minor === 26) return this.#take(4).readUInt32BE()
    if (minor === 27) return Number(this.#take(8).readBigUInt64BE())
    throw serializationException()
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw serializationException()
    return byte
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw serializationException()
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}

function textOf(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw serializationException()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * 2 ** -24 * fraction
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * 2 ** (exponent - 25) * (0x400 + fraction)
}
