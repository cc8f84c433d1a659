import { randomUUID } from 'node:crypto'

// Written out here and read back. A text that was put together is kept in pieces, as randomUUID's are, and JSON.stringify
// takes three times as long over a record that holds one.
const text = Buffer.alloc(36)

let beginningMs = Number.NaN
let beginning = ''

/** A new request id: a random UUID. */
export function newRequestId(): string {
  text.write(randomUUID(), 'latin1')
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
  text.write(randomUUID(), 'latin1')
  text.write(beginning, 'latin1')
  return text.toString('latin1')
}
