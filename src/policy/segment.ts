import { Occurrences, type Part } from './occurrences.ts'
import type { RequestText } from './request-text.ts'

/** What stands between two `*` of a pattern: literal parts, and places between them that fit any character. */
export interface Segment {
  length: number
  /** In order. */
  parts: readonly Part[]
}

export const isWhole = (segment: Segment, { text }: RequestText) =>
  text.length === segment.length && fitsAt(segment, text, 0)

export function fitsAt({ parts }: Segment, text: string, from: number): boolean {
  for (const part of parts) {
    if (!text.startsWith(part.text, from + part.at)) return false
  }
  return true
}

/** The first place of a segment that ends before `end`; -1 when there is none. */
export function find(segment: Segment, value: RequestText, from: number, end: number): number {
  const { length, parts } = segment
  const to = end - length
  if (to < from || parts.length === 0) return to < from ? -1 : from
  if ((to - from + 1) * length > fewComparisons) return value.as(occurrencesIn).first(parts, from, to)
  for (let at = from; at <= to; at++) {
    if (fitsAt(segment, value.text, at)) return at
  }
  return -1
}

/** Up to so many characters it takes less to compare one by one than to look up where each occurs. */
const fewComparisons = 256

const occurrencesIn = (text: string) => new Occurrences(text)
