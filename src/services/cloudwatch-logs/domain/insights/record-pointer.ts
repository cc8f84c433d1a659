import { type EventPlace, readPlace } from '../event-place.ts'

/** What `@ptr` names: an event of a stream. */
export interface RecordPointer {
  groupName: string
  logStream: string
  place: EventPlace
}

export const pointerOf = ({ groupName, logStream, place }: RecordPointer): string =>
  Buffer.from(JSON.stringify([groupName, logStream, place])).toString('base64url')

/** Reads a pointer; undefined for other text. */
export function readPointer(text: string): RecordPointer | undefined {
  try {
    const [groupName, logStream, given] = JSON.parse(Buffer.from(text, 'base64url').toString())
    const place = readPlace(given)
    if (typeof groupName !== 'string' || typeof logStream !== 'string' || !place) return undefined
    return { groupName, logStream, place }
  } catch {
    // Any text may come.
    return undefined
  }
}
