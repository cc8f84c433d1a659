import { hourMs } from '../../../core/durations.ts'
import type { Transaction } from '../../../core/store.ts'
import type { Series } from '../domain/series.ts'
import type { Trail } from '../domain/trail.ts'
import { chainId, type DigestChain, digestChains } from '../storage/digests.ts'
import { everywhere } from '../storage/trails.ts'
import { digestWork } from './kinds.ts'

/** Returns since when files of a stretch of logging are validated: the chain of digests begins then. Undefined: they are not. */
export const chainSince = ({ validatedSinceMs }: Pick<Trail, 'validatedSinceMs'>, startedAtMs: number) =>
  validatedSinceMs === undefined ? undefined : Math.max(startedAtMs, validatedSinceMs)

/** Begins the digests of a trail's own Region, where it has digests. */
export const startDigests = (tx: Transaction, trail: Trail, startedAtMs: number): Promise<string | undefined> =>
  ensureChain(tx, trail, { accountId: trail.accountId, region: trail.homeRegion, startedAtMs }, startedAtMs)

/**
 * Begins the digests for an account and a Region, if they have not begun. They are made in the Regions that have had events, and
 * in the trail's own.
 * @returns the id of the chain; undefined where the trail has no digests.
 */
export async function ensureChain(
  tx: Transaction,
  trail: Trail,
  { accountId, region, startedAtMs }: Pick<Series, 'accountId' | 'region' | 'startedAtMs'>,
  nowMs: number,
): Promise<string | undefined> {
  const since = chainSince(trail, startedAtMs)
  if (since === undefined) return undefined
  const sinceMs = Math.floor(since / 1000) * 1000
  const hours = Math.max(0, Math.floor((nowMs - sinceMs) / hourMs))
  const chain: DigestChain = { trailId: trail.id, accountId, region, sinceMs, startMs: sinceMs + hours * hourMs }
  const id = chainId(chain)
  if (!(await tx.in(digestChains).get(everywhere, id))) {
    await tx.in(digestChains).put(everywhere, id, chain)
    await scheduleDigest(tx, id, chain.startMs + hourMs)
  }
  return id
}

/** Has the last digests of a stretch of logging made. */
export async function endDigests(tx: Transaction, { id }: Trail, nowMs: number): Promise<void> {
  for (const { id: key, document } of await tx.in(digestChains).list(everywhere, { idPrefix: `${id}:` })) {
    if (document.isEnding) continue
    await tx.in(digestChains).put(everywhere, key, { ...document, isEnding: true })
    await scheduleDigest(tx, key, nowMs)
  }
}

export const scheduleDigest = (tx: Transaction, chain: string, dueAtMs: number): Promise<void> =>
  tx.schedule({ kind: digestWork, key: chain, dueAtMs, scope: everywhere, payload: { chain } })
