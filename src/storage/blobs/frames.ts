import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'

/** The size of a frame: its bytes are sealed together, and a read takes at least one. */
export const frameBytes = 64 * 1024
const tagBytes = 16
export const sealedFrameBytes = frameBytes + tagBytes

/** Returns how many frames hold so many bytes; an empty blob has one, so that its absence is noticed. */
export const framesOf = (bytes: number) => Math.max(1, Math.ceil(bytes / frameBytes))

/** Plaintext on its way into a frame: pieces as they came, which are not put together before they are sealed. */
export interface Frame {
  pieces: readonly Uint8Array[]
  bytes: number
  isLast: boolean
}

/**
 * Seals a frame with AES-256-GCM. Its number, and whether it is the last, are bound to it: frames that are exchanged, repeated
 * or cut off do not open.
 * @param key - of this blob alone: with it, a number is used once, and is the nonce.
 * @param target - where the sealed frame is written, from an offset on.
 * @returns the offset behind it.
 */
export function sealFrame(
  key: KeyObject,
  number: number,
  { pieces, isLast }: Pick<Frame, 'pieces' | 'isLast'>,
  target: Buffer,
  offset = 0,
): number {
  const { nonce, context } = placeOf(number, isLast)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(context)
  let end = offset
  for (const piece of pieces) end += cipher.update(piece).copy(target, end)
  // Of GCM, nothing is left over.
  cipher.final()
  return end + cipher.getAuthTag().copy(target, end)
}

/** @returns undefined when it is not that frame as it was sealed. */
export function openFrame(key: KeyObject, number: number, isLast: boolean, sealed: Buffer): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined
  const { nonce, context } = placeOf(number, isLast)
  const end = sealed.length - tagBytes
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(context)
  decipher.setAuthTag(sealed.subarray(end))
  const plaintext = decipher.update(sealed.subarray(0, end))
  try {
    decipher.final()
    return plaintext
  } catch {
    // It throws for nothing but a tag that does not fit.
    return undefined
  }
}

function placeOf(number: number, isLast: boolean): { nonce: Buffer; context: Buffer } {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(number, 8)
  const context = Buffer.alloc(label.length + 5)
  label.copy(context)
  context.writeUInt32BE(number, label.length)
  context[label.length + 4] = isLast ? 1 : 0
  return { nonce, context }
}

const label = Buffer.from('strongroom blob frame 1')

/** Cuts bytes that come in pieces of any size into frames, without copying them. The last one comes marked, however many bytes came. */
export async function* inFrames(content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of content) {
    let start = 0
    // A full frame waits until more comes: it may be the last.
    while (bytes + piece.length - start > frameBytes) {
      const end = start + frameBytes - bytes
      if (end > start) pieces.push(piece.subarray(start, end))
      yield { pieces, bytes: frameBytes, isLast: false }
      pieces = []
      bytes = 0
      start = end
    }
    if (start === piece.length) continue
    pieces.push(start === 0 ? piece : piece.subarray(start))
    bytes += piece.length - start
  }
  yield { pieces, bytes, isLast: true }
}
