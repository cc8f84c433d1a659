import type { Readable } from 'node:stream'

/** A content that was opened, as a stream of pieces. */
export async function* pieces(bytes: Buffer | Readable): AsyncGenerator<Uint8Array> {
  if (Buffer.isBuffer(bytes)) yield bytes
  else yield* bytes
}
