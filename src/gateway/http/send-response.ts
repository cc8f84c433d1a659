import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { corsHeaders } from './cors.ts'
import type { WireResponse } from './wire.ts'

export interface SendOptions {
  /** Announces that the connection ends with this answer. */
  close: boolean
  /** The request was HEAD: the answer has no body. */
  head: boolean
  cors: boolean
  /** How long the client may take no byte of a body that is a stream. */
  idleMs: number
}

/**
 * Writes an answer. A body that is a stream is written at the pace of the client.
 * @returns a promise where the body is a stream: it rejects when the stream fails, and the connection is then gone, so that the
 *   client cannot take what it has for the whole.
 */
export function sendResponse(
  response: ServerResponse,
  { status, headers, body, originHeaders = corsHeaders, sent }: WireResponse,
  { close, head, cors, idleMs }: SendOptions,
): Promise<void> | undefined {
  const all: Record<string, string | number> = { ...headers }
  const isStream = body instanceof Readable
  const isBodiless = status === 204 || status === 304
  // An answer to HEAD may say how long the body of GET would be.
  const isAnnounced = head && all['Content-Length'] !== undefined
  if (!isBodiless && !isStream && !isAnnounced) all['Content-Length'] = Buffer.byteLength(body)
  if (cors) Object.assign(all, originHeaders)
  if (close) all.Connection = 'close'
  if (sent) reportSent(response, head || isBodiless ? 0 : Number(all['Content-Length'] ?? 0), sent)
  response.writeHead(status, all)
  if (!isStream) {
    response.end(head || isBodiless ? undefined : body)
    return undefined
  }
  if (head) {
    body.destroy()
    response.end()
    return undefined
  }
  response.setTimeout(idleMs, () => response.destroy())
  return sendStream(body, response)
}

/** @param length - of the body; 0 where it is not announced or not sent. */
function reportSent(response: ServerResponse, length: number, sent: (bytes: number) => void): void {
  const { socket } = response
  const before = socket?.bytesWritten ?? 0
  response.on('close', () => {
    // Of an answer that was broken off, what went out with its head is as near as the connection says.
    const out = (socket?.bytesWritten ?? before) - before
    sent(response.writableFinished ? length : Math.min(length, out))
  })
}

async function sendStream(body: Readable, response: ServerResponse): Promise<void> {
  try {
    await pipeline(body, response)
  } catch (failure) {
    // A client that goes away ends the stream early; this is not a failure of the stream.
    if ((failure as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw failure
  }
}
