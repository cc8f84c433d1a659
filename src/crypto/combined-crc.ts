import { type ChecksumAlgorithm, polynomials } from './checksums.ts'

export type CyclicChecksum = keyof typeof polynomials

/** Returns whether the checksum of a whole can be computed from those of its parts. */
export const isCyclic = (algorithm: ChecksumAlgorithm): algorithm is CyclicChecksum => algorithm in polynomials

/**
 * The checksum of parts one behind another, from the checksum and the size of each.
 * Behind the first part stand as many zero bytes as the second has: its checksum is multiplied by that power of x, modulo the
 * polynomial.
 */
export function combinedCrc(algorithm: CyclicChecksum, parts: readonly { checksum: Buffer; bytes: number }[]): Buffer {
  const [first, ...rest] = parts
  if (!first) throw new Error('the checksum of no parts')
  const field = fieldOf(algorithm, first.checksum.length * 8)
  let value = numberOf(first.checksum)
  // Nearly all parts of an upload have one size.
  const shifts = new Map<number, bigint>()
  for (const { checksum, bytes } of rest) {
    let shift = shifts.get(bytes)
    if (shift === undefined) {
      shift = field.power(bytes)
      shifts.set(bytes, shift)
    }
    value = field.times(shift, value) ^ numberOf(checksum)
  }
  return Buffer.from(value.toString(16).padStart(first.checksum.length * 2, '0'), 'hex')
}

const numberOf = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`)

/** Polynomials modulo that of a checksum, their bits reversed: the highest bit is x to the power of 0. */
function fieldOf(algorithm: CyclicChecksum, width: number) {
  const polynomial = polynomials[algorithm]
  const one = 1n << BigInt(width - 1)
  const times = (a: bigint, b: bigint): bigint => {
    let product = 0n
    let factor = b
    for (let bit = one; bit > 0n; bit >>= 1n) {
      if (a & bit) product ^= factor
      factor = factor & 1n ? (factor >> 1n) ^ polynomial : factor >> 1n
    }
    return product
  }
  /** x to the power of 8 times so many. */
  const power = (bytes: number): bigint => {
    let result = one
    let square = one >> 1n
    for (let step = 0; step < 3; step++) square = times(square, square)
    for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) result = times(square, result)
      square = times(square, square)
    }
    return result
  }
  return { times, power }
}
