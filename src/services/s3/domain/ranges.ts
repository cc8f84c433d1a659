import type { BlobRange } from '../../../core/blobs.ts'
import { invalidRange } from './errors.ts'

/**
 * Reads a Range header. What is not one range of bytes is passed over, as HTTP says: the answer is then the whole object.
 * @returns undefined for the whole object.
 * @throws ServiceError InvalidRange for a range that begins behind the end.
 */
export function readRange(header: string | undefined, size: number): BlobRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (header === undefined || (first === '' && last === '')) return undefined
  if (first === '') {
    const length = Number(last)
    if (length === 0 || size === 0) throw invalidRange(header, size)
    return { start: Math.max(0, size - length), end: size }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  if (start >= size) throw invalidRange(header, size)
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) }
}

export const contentRange = ({ start, end }: BlobRange, size: number): string => `bytes ${start}-${end - 1}/${size}`
