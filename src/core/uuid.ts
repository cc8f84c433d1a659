import { randomFillSync } from 'node:crypto'

// Written here digit by digit and read back whole. randomUUID puts its texts together from pieces: they take ten times the
// memory, and JSON.stringify three times as long over a record that holds one.
const text = Buffer.from('00000000-0000-0000-0000-000000000000')
const digits = Buffer.from('0123456789abcdef')

/** Where each of the sixteen bytes has its first digit. */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]

// Random bytes ahead, as randomUUID keeps them: asking for sixteen costs as much as for thousands.
const random = new Uint8Array(16 * 256)
let used = random.length

let beginningMs = Number.NaN
let beginning = ''

/** A new request id: a random UUID (version 4 of RFC 9562). */
export function newRequestId(): string {
  writeRandom()
  return text.toString('latin1')
}

/**
 * A new event id: a UUID that begins with its time (version 7 of RFC 9562), so that an index of event ids grows at its end
 * and is not written to all over.
 */
export function newEventId(timeMs: number): string {
  if (timeMs !== beginningMs) {
    const time = Math.floor(timeMs).toString(16).padStart(12, '0')
    beginning = `${time.slice(0, 8)}-${time.slice(8)}-7`
    beginningMs = timeMs
  }
  writeRandom()
  text.write(beginning, 'latin1')
  return text.toString('latin1')
}

function writeRandom(): void {
  if (used === random.length) {
    randomFillSync(random)
    used = 0
  }
  for (const place of places) {
    let byte = random[used++] ?? 0
    if (place === 14) byte = (byte & 0x0f) | 0x40
    if (place === 19) byte = (byte & 0x3f) | 0x80
    text[place] = digits[byte >> 4] ?? 0
    text[place + 1] = digits[byte & 0x0f] ?? 0
  }
}
