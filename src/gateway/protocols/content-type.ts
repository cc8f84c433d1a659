import type { WireRequest } from '../http/wire.ts'

/** `application/json` of `Application/JSON; charset=utf-8`; empty when there is no such header. */
export function mediaType(headers: WireRequest['headers']): string {
  const header = headers['content-type']
  const text = (Array.isArray(header) ? header[0] : header) ?? ''
  const end = text.indexOf(';')
  return (end < 0 ? text : text.slice(0, end)).trim().toLowerCase()
}

/** True when JSON is the one thing that is asked for: SDKs ask for anything. */
export const acceptsJson = ({ accept }: WireRequest['headers']): boolean => accept === 'application/json'
