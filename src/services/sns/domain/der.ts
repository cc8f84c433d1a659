// DER (ITU-T X.690), as much of it as a certificate needs.

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content])
}

function lengthOf(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.of(bytes)
  const digits: number[] = []
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  return Buffer.of(0x80 | digits.length, ...digits)
}

export const sequence = (...items: readonly Uint8Array[]): Buffer => element(0x30, ...items)

export const set = (...items: readonly Uint8Array[]): Buffer => element(0x31, ...items)

/** A positive integer of so many bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const [first = 0] = bytes
  return element(0x02, first >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}

export const boolean = (value: boolean): Buffer => element(0x01, Buffer.of(value ? 0xff : 0))

/** @param dotted - `2.5.4.3` */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...others.flatMap(base128)]))
}

function base128(value: number): number[] {
  const digits = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) | 0x80)
  return digits
}

export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text))

export const nothing = (): Buffer => element(0x05)

export const bitString = (bytes: Uint8Array, unusedBits = 0): Buffer => element(0x03, Buffer.of(unusedBits), bytes)

export const octetString = (bytes: Uint8Array): Buffer => element(0x04, bytes)

/** A time to the second: two digits of the year up to 2049, four behind that, as RFC 5280 has it. */
export function time(timeMs: number): Buffer {
  const text = `${new Date(timeMs).toISOString().replace(/[-:T]|\.\d+/g, '')}`
  const year = Number(text.slice(0, 4))
  return year < 2050 ? element(0x17, Buffer.from(text.slice(2))) : element(0x18, Buffer.from(text))
}

/** A member that stands under a number of its own. */
export const tagged = (number: number, ...contents: readonly Uint8Array[]): Buffer =>
  element(0xa0 | number, ...contents)

/** The same for bytes without structure of their own. */
export const taggedBytes = (number: number, bytes: Uint8Array): Buffer => element(0x80 | number, bytes)
