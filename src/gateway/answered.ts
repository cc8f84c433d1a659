import type { CallSource } from '../core/call.ts'
import type { Caller } from '../core/principal.ts'
import type { AnsweredRequest } from '../core/services/answered-request.ts'
import type { WireRequest, WireResponse } from './http/wire.ts'
import { headerOf } from './protocols/request-text.ts'

/** What the gateway learns of a request on its way, as far as the request comes. */
export interface Seen {
  operation?: string
  caller?: Caller
  /** Of the error that is answered. */
  code?: string
  input?: Record<string, unknown>
  /** What the service made for the call. */
  context?: unknown
}

interface Beginning {
  requestId: string
  request: WireRequest
  source: CallSource
  resource: string | undefined
  /** By the server's clock, and by that of measurements. */
  startedAtMs: number
  startedMs: number
}

/** Adds to an answer that it is reported once it is sent. */
export function reportedWhenSent(
  answer: WireResponse,
  { requestId, request, source, resource, startedAtMs, startedMs }: Beginning,
  seen: Seen,
  report: (request: AnsweredRequest, context: unknown) => void,
): WireResponse {
  const readyMs = performance.now()
  const { method, path, query, bodyCompleteMs = startedMs } = request
  const referer = headerOf(request, 'referer')
  return {
    ...answer,
    sent: (bytesOut) =>
      report(
        {
          ...{ requestId, method, target: query === '' ? path : `${path}?${query}`, source, startedAtMs, bytesOut },
          ...(seen.operation !== undefined && { operation: seen.operation }),
          ...(resource !== undefined && { resource }),
          ...(referer !== undefined && { referer }),
          ...(seen.caller && { caller: seen.caller }),
          ...(seen.input && { input: seen.input }),
          ...(seen.code !== undefined && { code: seen.code }),
          status: answer.status,
          bytesIn: source.bodyBytes ?? request.body.length,
          firstByteMs: Math.max(0, readyMs - bodyCompleteMs),
          totalMs: performance.now() - startedMs,
        },
        seen.context,
      ),
  }
}
