import type { IncomingMessage } from 'node:http'
import type { WireResponse } from './wire.ts'

export interface GatherOptions {
  limitBytes: number
  /** Asked when a body outgrows its limit. @returns its new limit; else the refusal. */
  enlarge(sizeBytes: number, limitBytes: number): Promise<number | WireResponse>
  complete(body: Buffer): void
  refuse(answer: WireResponse): void
  fail(fault: unknown): void
}

/** Gathers the body of a request in memory. Ends in `complete`, `refuse` or `fail`, or with the connection. */
export function gatherBody(message: IncomingMessage, options: GatherOptions): void {
  const chunks: Buffer[] = []
  let size = 0
  let limit = options.limitBytes
  let refused = false
  const refuse = (answer: WireResponse) => {
    refused = true
    chunks.length = 0
    options.refuse(answer)
  }
  message.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (refused) return
    if (chunks.push(chunk) > piecesOf(size)) {
      refuse(tooManyPieces)
      return
    }
    if (size <= limit) return
    message.pause()
    options
      .enlarge(size, limit)
      .then((enlarged) => {
        if (typeof enlarged === 'number') limit = enlarged
        else refuse(enlarged)
      })
      .catch((fault) => options.fail(fault))
      .finally(() => message.resume())
  })
  message.on('end', () => {
    if (!refused) options.complete(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
  })
}

/** Every piece of a body costs a callback and an object of its own: chunks of one byte, five hundred times what they carry. */
const piecesOf = (bytes: number) => 4096 + bytes / 64

const tooManyPieces: WireResponse = {
  status: 400,
  headers: { 'Content-Type': 'text/plain' },
  body: 'The body comes in too many small pieces: send larger chunks.\n',
}
