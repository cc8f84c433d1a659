import type { IncomingMessage } from 'node:http'
import { BodyBrokenOff } from './request-body.ts'

/**
 * Reads the bytes of a request at the pace of the reader.
 * @param idleMs - how long the client may pause while more is waited for; the reader may take longer.
 * @throws BodyBrokenOff
 */
export async function* incomingBytes(message: IncomingMessage, idleMs: number): AsyncGenerator<Uint8Array> {
  let isWaiting = false
  let pausedTooLong: (reason: Error) => void = () => {}
  const pause = new Promise<never>((_, reject) => {
    pausedTooLong = reject
  })
  // Rejected only while it is raced.
  pause.catch(() => {})
  const timer = setTimeout(() => {
    if (isWaiting) pausedTooLong(new BodyBrokenOff('idle'))
    else timer.refresh()
  }, idleMs)
  // A reader that stops early gives its answer by this connection still.
  const chunks: AsyncIterator<Buffer> = message.iterator({ destroyOnReturn: false })
  try {
    for (;;) {
      timer.refresh()
      isWaiting = true
      const { value, done } = await Promise.race([next(chunks), pause])
      isWaiting = false
      if (done) return
      yield value
    }
  } finally {
    clearTimeout(timer)
  }
}

async function next(chunks: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
  try {
    return await chunks.next()
  } catch {
    // Node fails the stream when the connection is gone or what came is not HTTP.
    throw new BodyBrokenOff('ended')
  }
}
