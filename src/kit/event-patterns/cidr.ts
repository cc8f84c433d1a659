import { isIPv6 } from 'node:net'
import { EventPatternError } from './pattern-text.ts'

/**
 * Compiles an address range in CIDR notation, IPv4 or IPv6.
 * @returns whether a text is an address in the range.
 * @throws EventPatternError, without a place, as AWS words it.
 */
export function compileCidr(range: string): (text: string) => boolean {
  const [address = '', bits, ...more] = range.split('/')
  if (bits === undefined || more.length > 0) throw new EventPatternError("Malformed CIDR, one '/' required")
  if (!/^[+-]?\d{1,9}$/.test(bits)) throw new EventPatternError('Malformed CIDR, mask bits must be an integer')
  const maskBits = Number(bits)
  if (maskBits < 0) throw new EventPatternError('Malformed CIDR, mask bits must not be negative')
  const ipv4 = readIPv4(address)
  if (ipv4 >= 0) {
    if (maskBits > 31) throw new EventPatternError('IPv4 mask bits must be < 32')
    const size = 2 ** (32 - maskBits)
    const network = Math.floor(ipv4 / size)
    return (text) => {
      const value = readIPv4(text)
      return value >= 0 && Math.floor(value / size) === network
    }
  }
  if (!isIPv6(address) || address.includes('%')) throw new EventPatternError(`Nonstandard IP address: ${address}`)
  if (maskBits > 127) throw new EventPatternError('IPv6 mask bits must be < 128')
  const shift = BigInt(128 - maskBits)
  const network = readIPv6(address) >> shift
  return (text) => text.includes(':') && isIPv6(text) && !text.includes('%') && readIPv6(text) >> shift === network
}

const dot = 46
const zero = 48

/** Reads a dotted IPv4 address as a number, -1 for any other text. By hand: this is run for every event and rule. */
function readIPv4(text: string): number {
  let address = 0
  let byte = 0
  let digits = 0
  let dots = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === dot) {
      if (digits === 0 || dots === 3) return -1
      address = address * 256 + byte
      dots += 1
      byte = 0
      digits = 0
    } else if (code >= zero && code <= zero + 9) {
      byte = byte * 10 + code - zero
      digits += 1
      if (digits > 3 || byte > 255) return -1
    } else return -1
  }
  return dots === 3 && digits > 0 ? address * 256 + byte : -1
}

/** @param text - a valid IPv6 address. */
function readIPv6(text: string): bigint {
  const [head = '', tail] = text.split('::')
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  const zeros = Array<number>(8 - before.length - after.length).fill(0)
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | BigInt(group), 0n)
}

function groupsOf(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const dotted = readIPv4(group)
    return [Math.floor(dotted / 65_536), dotted % 65_536]
  })
}
