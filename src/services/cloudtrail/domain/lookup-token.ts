import { hourMs } from '../../../core/durations.ts'
import type { EventPosition } from '../../../core/event-history.ts'
import { openPageToken, sealPageToken } from '../../../core/page-token.ts'
import type { Sealer } from '../../../core/sealer.ts'
import { invalidNextToken } from './errors.ts'
import type { Lookup } from './lookup.ts'

/** AWS says that tokens expire, not when. */
const lifetimeMs = hourMs

/** Whose lookup a token continues. */
export interface LookupOwner {
  accountId: string
  region: string
}

/**
 * A NextToken: the place of the last event shown, sealed for this lookup of this account in this region, so that it can be
 * neither read nor made, nor used for another.
 */
export function sealToken(
  sealer: Sealer,
  owner: LookupOwner,
  lookup: Lookup,
  after: EventPosition,
  nowMs: number,
): string {
  const content: TokenContent = [after.timeS, after.seq, nowMs]
  return sealPageToken(sealer, contextOf(owner, lookup), content)
}

/** @throws InvalidNextTokenException */
export function openToken(
  sealer: Sealer,
  owner: LookupOwner,
  lookup: Lookup,
  token: string,
  nowMs: number,
): EventPosition {
  const content = openPageToken(sealer, contextOf(owner, lookup), token) as TokenContent | undefined
  if (!content) throw invalidNextToken()
  const [timeS, seq, issuedAtMs] = content
  if (nowMs > issuedAtMs + lifetimeMs) throw invalidNextToken()
  return { timeS, seq }
}

type TokenContent = [timeS: number, seq: number, issuedAtMs: number]

const contextOf = ({ accountId, region }: LookupOwner, { category, attribute, startMs, endMs }: Lookup) =>
  `cloudtrail.lookup-token:${JSON.stringify([accountId, region, category, attribute?.key, attribute?.value, startMs, endMs])}`
