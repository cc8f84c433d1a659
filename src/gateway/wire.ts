/** A request as it came over HTTP, body complete. */
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
  body: Buffer
}

export interface WireResponse {
  status: number
  headers: Record<string, string>
  body: Buffer | string
}
