import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { hourMs, minuteMs, secondMs } from '../../../core/durations.ts'
import { isoSeconds } from '../../../core/iso-seconds.ts'
import type { WorkChange, WorkRunner } from '../../../core/scheduler.ts'
import type { Store, Transaction } from '../../../core/store.ts'
import { digestFile } from '../domain/digest.ts'
import { openSession, type Trail } from '../domain/trail.ts'
import { chainId, type DigestChain, deliveredFiles, digestChains, type PlannedDigest } from '../storage/digests.ts'
import { fileBatches, firstOf, plannedFiles } from '../storage/pending.ts'
import { noteDelivery } from '../storage/statuses.ts'
import { everywhere, trailById } from '../storage/trails.ts'
import { writeFile } from './bucket-writer.ts'
import { type DeliveryHost, keptTryingMs, pauseAfterMs } from './deliver-files.ts'
import { chainSince, scheduleDigest } from './digest-chain.ts'
import type { SigningKeys } from './signing-keys.ts'

const gzipApart = promisify(gzip)

/** A digest names so many files at most; more are left to the next. */
const mostFiles = 10_000

/** A digest that is made so long after its end has a name of its own, as on AWS. */
const lateMs = hourMs

/** How long the last digest waits for the last files. */
const waitMs = minuteMs

export interface DigestHost extends DeliveryHost {
  signingKeys: SigningKeys
}

/**
 * Makes the digests of a chain, one an hour. As with files, each is settled before it is written. One that cannot be written holds up
 * those behind it, which name it.
 */
export const digestRunner =
  (host: DigestHost): WorkRunner =>
  async (work) => {
    const { chain: id } = work.payload as { chain: string }
    const chain = await host.store.in(digestChains).get(everywhere, id)
    if (!chain) return async () => undefined
    const owner = await trailById(host.store, chain.trailId)
    if (!owner || isBroken(chain, owner.trail)) return dropChain(host.store, chain)
    return chain.planned ? deliver(host, owner.trail, chain, chain.planned) : plan(host, owner.trail, chain)
  }

/** A chain ends without another digest when validation was turned off, or off and on again. */
function isBroken({ isEnding, sinceMs }: DigestChain, trail: Trail): boolean {
  if (trail.validatedSinceMs === undefined) return true
  const session = openSession(trail)
  if (isEnding || !session) return false
  const since = chainSince(trail, session.startedAtMs) ?? 0
  return Math.floor(since / secondMs) * secondMs !== sinceMs
}

async function dropChain(store: Store, chain: DigestChain): Promise<WorkChange> {
  const files = await firstOf(store, deliveredFiles, chainId(chain), 1000)
  return async (tx) => {
    for (const { id } of files) await tx.in(deliveredFiles).delete(everywhere, id)
    if (files.length > 0) return { payload: { chain: chainId(chain) } }
    await tx.in(digestChains).delete(everywhere, chainId(chain))
    return undefined
  }
}

async function plan(host: DigestHost, trail: Trail, chain: DigestChain): Promise<WorkChange> {
  const id = chainId(chain)
  const nowMs = host.clock.nowMs()
  const nextMs = chain.startMs + hourMs
  const isLast = chain.isEnding === true && nextMs > nowMs
  if (!isLast && nextMs > nowMs) return (tx) => scheduleDigest(tx, id, nextMs)
  if (isLast && (await hasUndelivered(host.store, chain))) return (tx) => scheduleDigest(tx, id, nowMs + waitMs)
  const endMs = isLast ? endOfLast(chain, nowMs) : nextMs
  const waiting = await firstOf(host.store, deliveredFiles, id, mostFiles)
  // The last one takes all there are.
  const files = isLast ? waiting : waiting.filter(({ id: file }) => deliveredAt(file, id) < endMs)
  const key = await host.signingKeys.current(chain.region)
  const isBackfill = nowMs - endMs > lateMs
  const made = digestFile({
    owner: { accountId: chain.accountId, region: chain.region, trailName: trail.name, homeRegion: trail.homeRegion },
    ...{ bucket: trail.bucket, place: trail, startMs: chain.startMs, endMs, isBackfill, fingerprint: key.fingerprint },
    ...{ previous: chain.previous, files: files.map(({ document }) => document) },
  })
  const planned: PlannedDigest = {
    ...{ bucket: trail.bucket, key: made.key, body: made.body, hash: made.hash },
    ...{ endMs, plannedAtMs: nowMs, isBackfill, throughFile: files.at(-1)?.id ?? '' },
    signature: await host.signingKeys.sign(key, made.toSign),
  }
  return async (tx) => {
    await tx.in(digestChains).put(everywhere, id, { ...chain, planned })
    return { payload: { chain: id } }
  }
}

/** The last digest ends when logging did, and never before it begins. */
const endOfLast = ({ startMs }: DigestChain, nowMs: number) =>
  Math.max(startMs + secondMs, Math.floor(nowMs / secondMs) * secondMs)

const deliveredAt = (file: string, chain: string): number => Number(file.slice(chain.length + 1).split(':')[0])

/** Returns whether files of the chain's account and Region are still to be written. */
async function hasUndelivered(store: Store, { trailId, accountId, region }: DigestChain): Promise<boolean> {
  const under = { idPrefix: `${trailId}:`, limit: 1000 }
  const waiting = [
    ...(await store.in(fileBatches).list(everywhere, under)),
    ...(await store.in(plannedFiles).list(everywhere, under)),
  ]
  return waiting.some(({ document: { series } }) => series.accountId === accountId && series.region === region)
}

async function deliver(
  host: DigestHost,
  trail: Trail,
  chain: DigestChain,
  planned: PlannedDigest,
): Promise<WorkChange> {
  const id = chainId(chain)
  const { planned: _, ...unplanned } = chain
  // The bucket was changed meanwhile: the digest names the one that it is in.
  if (planned.bucket !== trail.bucket) {
    return async (tx) => {
      await tx.in(digestChains).put(everywhere, id, unplanned)
      return { payload: { chain: id } }
    }
  }
  const error = await writeFile(host.calls, trail, planned.key, {
    body: await gzipApart(Buffer.from(planned.body)),
    metadata: {
      signature: planned.signature,
      'signature-algorithm': 'SHA256withRSA',
      ...(planned.isBackfill && { 'backfill-generation-timestamp': isoSeconds(planned.plannedAtMs) }),
    },
  })
  const nowMs = host.clock.nowMs()
  return async (tx) => {
    await noteDelivery(tx, trail, chain.region, 'digests', { atMs: nowMs, error })
    if (error !== undefined) {
      const refusedForMs = nowMs - planned.plannedAtMs
      if (refusedForMs < keptTryingMs) return void (await scheduleDigest(tx, id, nowMs + pauseAfterMs(refusedForMs)))
      // Given up: the next digest begins a new chain, and names the files that this one would have named.
      const { previous: __, ...given } = unplanned
      await tx.in(digestChains).put(everywhere, id, { ...given, startMs: planned.endMs })
      return { payload: { chain: id } }
    }
    return after(tx, unplanned, planned, nowMs)
  }
}

async function after(tx: Transaction, chain: Omit<DigestChain, 'planned'>, planned: PlannedDigest, nowMs: number) {
  const id = chainId(chain)
  const { bucket, key, hash, signature, endMs } = planned
  for (const file of await firstOf(tx, deliveredFiles, id, mostFiles)) {
    if (file.id <= planned.throughFile) await tx.in(deliveredFiles).delete(everywhere, file.id)
  }
  const isLast = chain.isEnding === true && endMs - chain.startMs !== hourMs
  if (isLast) {
    await tx.in(digestChains).delete(everywhere, id)
    return undefined
  }
  await tx
    .in(digestChains)
    .put(everywhere, id, { ...chain, startMs: endMs, previous: { bucket, key, hash, signature } })
  const nextMs = endMs + hourMs
  if (nextMs <= nowMs || chain.isEnding) return { payload: { chain: id } }
  await scheduleDigest(tx, id, nextMs)
  return undefined
}
