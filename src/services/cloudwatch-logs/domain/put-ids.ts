import { randomBytes } from 'node:crypto'
import { minuteMs } from '../../../core/durations.ts'

/** Bytes of the time of ingestion, of a count within it, and of chance: several nodes may write to one stream. */
const bytes = { time: 6, count: 2, chance: 4 }

export const putIdBytes = bytes.time + bytes.count + bytes.chance

/** Makes ids of puts, in hexadecimal, that grow in the order in which they are made. */
export class PutIds {
  #lastMs = 0
  #count = 0

  next(nowMs: number): string {
    // Time may stand still, and be set back in tests.
    if (nowMs > this.#lastMs) this.#count = 0
    else if (++this.#count > 0xffff) {
      this.#count = 0
      this.#lastMs++
    }
    this.#lastMs = Math.max(this.#lastMs, nowMs)
    const id = Buffer.alloc(putIdBytes)
    id.writeUIntBE(this.#lastMs, 0, bytes.time)
    id.writeUInt16BE(this.#count, bytes.time)
    randomBytes(bytes.chance).copy(id, bytes.time + bytes.count)
    return id.toString('hex')
  }
}

/** Returns what stands before all ids that are made from now on, also by other nodes whose clocks are a minute behind. */
export const idsFrom = (nowMs: number): string =>
  Math.max(0, nowMs - minuteMs)
    .toString(16)
    .padStart(2 * bytes.time, '0')
