import type { Readable } from 'node:stream'
import type { RequestBody } from './request-body.ts'

/** A request as it came over HTTP. */
export interface WireRequest {
  method: string
  /** Path as sent, percent-encoding untouched, without the query. */
  path: string
  /** Query string as sent, without `?`; empty when there is none. */
  query: string
  /** Header pairs as sent, in order: name, value, name, value … (node's rawHeaders). */
  rawHeaders: readonly string[]
  /** The same, names in lower case, repeated ones joined with `, ` (node's headers). */
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** Complete; empty where it comes as a stream. */
  body: Buffer
  /** The body of an operation that takes it in as it comes. */
  stream?: RequestBody
  /** When the last of a body was here that comes as a stream, by `performance.now()`. */
  bodyCompleteMs?: number
}

/** Headers of this kind are part of what is asked: they must be signed, and no other header may be a member of an input. */
export const signedHeaderPrefix = 'x-amz-'

export interface WireResponse {
  status: number
  headers: Record<string, string>
  /** A stream is sent as it comes; its length is in the headers, or it goes in chunks. */
  body: Buffer | string | Readable
  /** What a page of another origin may do with the answer, where that is not everything: the headers that say so, or none. */
  originHeaders?: Record<string, string>
  /** Called when the answer is sent, or its client is gone. @param bytes - of the body that were sent, about. Never throws. */
  sent?(bytes: number): void
}

/** Splits a request target into path and query; the absolute form of a proxy request loses scheme and host. */
export function splitTarget(target: string): { path: string; query: string } {
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i.exec(target)
  const relative = origin ? target.slice(origin[0].length) : target
  const mark = relative.indexOf('?')
  if (mark < 0) return { path: relative || '/', query: '' }
  return { path: relative.slice(0, mark) || '/', query: relative.slice(mark + 1) }
}
