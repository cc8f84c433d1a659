import { randomUUID } from 'node:crypto'

/**
 * A new event id: a UUID that begins with its time (version 7 of RFC 9562), so that an index of event ids grows at its end
 * and is not written to all over.
 */
export function newEventId(timeMs: number): string {
  const time = Math.floor(timeMs).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice('xxxxxxxx-xxxx-x'.length)}`
}
