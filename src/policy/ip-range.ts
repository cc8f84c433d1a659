import { isIPv4, isIPv6 } from 'node:net'
import type { RequestText } from './request-text.ts'

interface IpAddress {
  bits: 32 | 128
  value: bigint
}

/**
 * Compiles a CIDR range, IPv4 or IPv6; a bare address is a range of one. An IPv4 address mapped into IPv6 is the IPv4
 * address. Text that is neither holds no address.
 */
export function compileIpRange(range: string): (address: RequestText) => boolean {
  const slash = range.indexOf('/')
  const base = readAddress(slash < 0 ? range : range.slice(0, slash))
  const prefix = slash < 0 ? base?.bits : readPrefix(range.slice(slash + 1))
  if (!base || prefix === undefined || prefix > base.bits) return () => false
  const shift = BigInt(base.bits - prefix)
  const network = base.value >> shift
  return (text) => {
    const address = text.as(readAddress)
    return address?.bits === base.bits && address.value >> shift === network
  }
}

const readPrefix = (text: string) => (/^(?:0|[1-9][0-9]{0,2})$/.test(text) ? Number(text) : undefined)

function readAddress(text: string): IpAddress | undefined {
  if (isIPv4(text)) return { bits: 32, value: readIPv4(text) }
  if (!isIPv6(text) || text.includes('%')) return undefined
  const value = readIPv6(text)
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value }
}

const readIPv4 = (text: string) => text.split('.').reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)

function readIPv6(text: string): bigint {
  const [head = '', tail] = text.split('::')
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  const zeros = Array<bigint>(8 - before.length - after.length).fill(0n)
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | group, 0n)
}

function groupsOf(text: string): bigint[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)]
    const dotted = readIPv4(group)
    return [dotted >> 16n, dotted & 0xffffn]
  })
}
