import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { EventPlace } from './event-place.ts'
import { putIdBytes } from './put-ids.ts'

/** An event as it is stored. */
export interface StoredEvent {
  place: EventPlace
  ingestedMs: number
  message: Buffer
}

/** What a sealed block is bound to. */
export interface BlockIdentity {
  groupId: string
  blockId: string
}

const version = 1
const headBytes = 5
const putBytes = putIdBytes + 8
const eventBytes = 16

const nonceBytes = 12
const tagBytes = 16

/**
 * Writes events one after the other. First the puts that they came with (id, time of ingestion), then 16 bytes for each event (time,
 * its put, its place therein, length of its message), then the messages.
 */
export function encodeEvents(events: readonly StoredEvent[]): Buffer {
  const puts = new Map<string, { ordinal: number; ingestedMs: number }>()
  for (const { place, ingestedMs } of events) {
    if (!puts.has(place[1])) puts.set(place[1], { ordinal: puts.size, ingestedMs })
  }
  const head = Buffer.alloc(headBytes + puts.size * putBytes + 4 + events.length * eventBytes)
  head.writeUInt8(version, 0)
  head.writeUInt32LE(puts.size, 1)
  let at = headBytes
  for (const [id, { ingestedMs }] of puts) {
    head.write(id, at, 'hex')
    head.writeDoubleLE(ingestedMs, at + putIdBytes)
    at += putBytes
  }
  at = head.writeUInt32LE(events.length, at)
  for (const { place, message } of events) {
    // The time in six bytes, the place in its put in two.
    head.writeUIntLE(place[0], at, 6)
    head.writeUInt16LE(place[2], at + 6)
    head.writeUInt32LE(puts.get(place[1])?.ordinal ?? 0, at + 8)
    head.writeUInt32LE(message.length, at + 12)
    at += eventBytes
  }
  return Buffer.concat([head, ...events.map(({ message }) => message)])
}

/** Events that were opened. Their messages are parts of one buffer. */
export class OpenedBlock {
  readonly length: number
  readonly #bytes: Buffer
  readonly #eventsAt: number
  readonly #messagesAt: Uint32Array

  /** @throws Error for bytes that `encodeEvents` did not write. */
  constructor(bytes: Buffer) {
    if (bytes[0] !== version) throw new Error(`a block of events of the unknown version ${bytes[0]}`)
    const puts = bytes.readUInt32LE(1)
    const countAt = headBytes + puts * putBytes
    this.#bytes = bytes
    this.length = bytes.readUInt32LE(countAt)
    this.#eventsAt = countAt + 4
    this.#messagesAt = new Uint32Array(this.length + 1)
    let at = this.#eventsAt + this.length * eventBytes
    for (let n = 0; n < this.length; n++) {
      this.#messagesAt[n] = at
      at += bytes.readUInt32LE(this.#eventsAt + n * eventBytes + 12)
    }
    this.#messagesAt[this.length] = at
    if (at !== bytes.length) throw new Error('a block of events has another length than its events')
  }

  timeMs(n: number): number {
    return this.#bytes.readUIntLE(this.#eventsAt + n * eventBytes, 6)
  }

  place(n: number): EventPlace {
    const at = this.#eventsAt + n * eventBytes
    const put = this.#putAt(n)
    return [this.timeMs(n), this.#bytes.toString('hex', put, put + putIdBytes), this.#bytes.readUInt16LE(at + 6)]
  }

  ingestedMs(n: number): number {
    return this.#bytes.readDoubleLE(this.#putAt(n) + putIdBytes)
  }

  message(n: number): Buffer {
    return this.#bytes.subarray(this.#messagesAt[n], this.#messagesAt[n + 1])
  }

  event(n: number): StoredEvent {
    return { place: this.place(n), ingestedMs: this.ingestedMs(n), message: this.message(n) }
  }

  #putAt(n: number): number {
    return headBytes + this.#bytes.readUInt32LE(this.#eventsAt + n * eventBytes + 8) * putBytes
  }
}

const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Compresses events and seals them with AES-256-GCM. */
export const sealBlock = (events: Buffer, key: Uint8Array, identity: BlockIdentity): Buffer =>
  seal(zstdCompressSync(events, level), key, identity)

const compressApart = promisify(zstdCompress)

/** What takes about as long to compress as to hand to another thread. */
const apartBytes = 64 * 2 ** 10

/** Does what `sealBlock` does, and compresses much beside the thread that calls. */
export async function sealBlockApart(events: Buffer, key: Uint8Array, identity: BlockIdentity): Promise<Buffer> {
  if (events.length < apartBytes) return sealBlock(events, key, identity)
  return seal(await compressApart(events, level), key, identity)
}

function seal(compressed: Buffer, key: Uint8Array, identity: BlockIdentity): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(boundTo(identity))
  const parts = [nonce, cipher.update(compressed), cipher.final()]
  return Buffer.concat([...parts, cipher.getAuthTag()])
}

/** @throws Error when the bytes were altered, moved, or sealed with another key. */
export function openBlock(sealed: Uint8Array, key: Uint8Array, identity: BlockIdentity): OpenedBlock {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(boundTo(identity))
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  const compressed = [decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]
  return new OpenedBlock(zstdDecompressSync(Buffer.concat(compressed)))
}

const boundTo = ({ groupId, blockId }: BlockIdentity) => Buffer.from(`logs-block:${groupId}/${blockId}`)
