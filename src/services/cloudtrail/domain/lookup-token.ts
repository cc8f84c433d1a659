import { hourMs } from '../../../core/durations.ts'
import type { EventPosition } from '../../../core/event-history.ts'
import { openPageToken, type PagedCall, sealPageToken } from '../../../kit/page-token.ts'
import { invalidNextToken } from './errors.ts'
import type { Lookup } from './lookup.ts'

/** AWS says that tokens expire, not when. */
const lifetimeMs = hourMs

/**
 * A NextToken: the place of the last event shown, sealed for this lookup of this account in this region, so that it can be
 * neither read nor made, nor used for another.
 */
export function sealToken(paged: PagedCall, lookup: Lookup, after: EventPosition, nowMs: number): string {
  const content: TokenContent = [after.timeS, after.seq, nowMs]
  return sealPageToken(paged, listOf(lookup), content)
}

/** @throws InvalidNextTokenException */
export function openToken(paged: PagedCall, lookup: Lookup, token: string, nowMs: number): EventPosition {
  const content = openPageToken(paged, listOf(lookup), token) as TokenContent | undefined
  if (!content) throw invalidNextToken()
  const [timeS, seq, issuedAtMs] = content
  if (nowMs > issuedAtMs + lifetimeMs) throw invalidNextToken()
  return { timeS, seq }
}

type TokenContent = [timeS: number, seq: number, issuedAtMs: number]

const listOf = ({ category, attribute, startMs, endMs }: Lookup): readonly unknown[] => [
  category,
  attribute?.key,
  attribute?.value,
  startMs,
  endMs,
]
