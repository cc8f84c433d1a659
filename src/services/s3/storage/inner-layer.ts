import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'

// The inner of the two layers of DSSE-KMS: AES-256-CTR, whose ciphertext the outer layer authenticates. A part of it can be read
// alone.

const blockBytes = 16

/** A nonce, new for each content. */
export const newLayer = (): Buffer => randomBytes(blockBytes)

const keyOf = (dataKey: KeyObject, layer: Buffer) =>
  Buffer.from(hkdfSync('sha256', dataKey, layer, 'strongroom s3 inner layer', 32))

export async function* encryptedLayer(
  pieces: AsyncIterable<Uint8Array>,
  dataKey: KeyObject,
  layer: Buffer,
): AsyncGenerator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', keyOf(dataKey, layer), layer)
  for await (const piece of pieces) yield cipher.update(piece)
}

/** @param start - offset of the first of these bytes in the content. */
export async function* decryptedLayer(
  pieces: AsyncIterable<Uint8Array>,
  dataKey: KeyObject,
  layer: Buffer,
  start: number,
): AsyncGenerator<Buffer> {
  const decipher = createDecipheriv(
    'aes-256-ctr',
    keyOf(dataKey, layer),
    counterAt(layer, Math.floor(start / blockBytes)),
  )
  decipher.update(Buffer.alloc(start % blockBytes))
  for await (const piece of pieces) yield decipher.update(piece)
}

/** The counter is one number of 128 bits. */
function counterAt(layer: Buffer, block: number): Buffer {
  const counter = (BigInt(`0x${layer.toString('hex')}`) + BigInt(block)) % (1n << 128n)
  return Buffer.from(counter.toString(16).padStart(2 * blockBytes, '0'), 'hex')
}
