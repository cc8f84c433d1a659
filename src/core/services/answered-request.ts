import type { CallSource } from '../call-source.ts'
import type { Caller } from '../principal.ts'

/** A request whose answer is sent, or whose client is gone: what a service counts and logs of its requests. */
export interface AnsweredRequest {
  requestId: string
  /** As the service declares it; absent where the request names none. */
  operation?: string
  /** The resource that the head names, such as a bucket. */
  resource?: string
  method: string
  /** Path and query, as sent. */
  target: string
  referer?: string
  source: CallSource
  /** Absent where the signature is refused. */
  caller?: Caller
  /** The decoded input, where the request came so far. */
  input?: Readonly<Record<string, unknown>>
  status: number
  /** Of the error. */
  code?: string
  /** Of the bodies. */
  bytesIn: number
  bytesOut: number
  /** When its head was here, by the server's clock. */
  startedAtMs: number
  /** From the end of the request to the beginning of the answer. */
  firstByteMs: number
  /** From the head of the request to the end of the answer. */
  totalMs: number
}
