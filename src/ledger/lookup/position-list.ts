import type { EventPosition } from '../../core/event-history.ts'

/**
 * Positions as a few bytes each: the differences of time and of sequence number from one to the next, the first from zero
 * and from the sequence number before the segment. Differences are zigzag-coded (0, -1, 1, -2 …) in groups of seven bits,
 * the lowest first, with the eighth set in all but the last.
 */
export function encodePositions(positions: readonly EventPosition[], afterSeq: number): Buffer {
  const bytes: number[] = []
  let before: EventPosition = { timeS: 0, seq: afterSeq }
  for (const position of positions) {
    pushNumber(bytes, position.timeS - before.timeS)
    pushNumber(bytes, position.seq - before.seq)
    before = position
  }
  return Buffer.from(bytes)
}

export function decodePositions(bytes: Uint8Array, afterSeq: number): EventPosition[] {
  const positions: EventPosition[] = []
  let [timeS, seq] = [0, afterSeq]
  for (let at = 0; at < bytes.length; ) {
    timeS += nextNumber()
    seq += nextNumber()
    positions.push({ timeS, seq })

    function nextNumber(): number {
      let coded = 0
      let weight = 1
      for (; (bytes[at] ?? 0) >= 0x80; at++, weight *= 0x80) coded += ((bytes[at] ?? 0) - 0x80) * weight
      coded += (bytes[at++] ?? 0) * weight
      return coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2
    }
  }
  return positions
}

// Seconds do not fit into the 32 bits of the bitwise operators for ever.
function pushNumber(bytes: number[], value: number): void {
  let coded = value < 0 ? -2 * value - 1 : 2 * value
  for (; coded >= 0x80; coded = Math.floor(coded / 0x80)) bytes.push((coded % 0x80) + 0x80)
  bytes.push(coded)
}
