import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Clock } from '../../../core/clock.ts'
import { dayMs, hourMs, minuteMs } from '../../../core/durations.ts'
import type { WorkChange, WorkRunner } from '../../../core/scheduler.ts'
import type { LedgerTail } from '../../../core/services/record-follower.ts'
import type { ServiceCalls } from '../../../core/services/service-calls.ts'
import type { Store, Stored, Transaction } from '../../../core/store.ts'
import type { DeliveredFile } from '../domain/digest.ts'
import { eventTimeOf } from '../domain/event-time.ts'
import { logFileKey, newSuffix } from '../domain/log-file.ts'
import { type Series, seriesId } from '../domain/series.ts'
import { slotAfter, slotMs, slotOf } from '../domain/slots.ts'
import type { Trail } from '../domain/trail.ts'
import { deliveredFiles } from '../storage/digests.ts'
import {
  type Batch,
  fileBatches,
  firstOf,
  forgetQueue,
  inOrder,
  type PlannedFile,
  plannedFiles,
  removeAll,
  rescheduleQueue,
} from '../storage/pending.ts'
import { noteDelivery } from '../storage/statuses.ts'
import { everywhere, trailById } from '../storage/trails.ts'
import { writeFile } from './bucket-writer.ts'
import { ensureChain } from './digest-chain.ts'
import { filesWork } from './kinds.ts'
import { announceFiles } from './notices.ts'

const gzipApart = promisify(gzip)

/** Of the content of a file before it is compressed. */
const mostBytes = 50 * 1024 * 1024
const batchesAtOnce = 500
const recordsAtOnce = 512

/** A file that the bucket refuses is tried again for so long, as on AWS. */
export const keptTryingMs = 30 * dayMs

/** Returns how long to wait before what has been refused for a time is tried again: five minutes, and later up to an hour. */
export const pauseAfterMs = (refusedForMs: number): number => Math.min(hourMs, Math.max(5 * minuteMs, refusedForMs / 4))

export interface DeliveryHost {
  store: Store
  clock: Clock
  calls: ServiceCalls
  ledger: LedgerTail
}

interface FilesPayload {
  series: Series
  /** What was taken up to then is being written. Absent before the first file. */
  untilMs?: number
}

/**
 * Writes what a series has gathered into files. A file is planned first, with its name and what it holds, and forgotten when it is
 * written: whatever happens in between, it is written again as it was.
 */
export const filesRunner =
  (host: DeliveryHost): WorkRunner =>
  async (work) => {
    const { series, untilMs = host.clock.nowMs() } = work.payload as FilesPayload
    const owner = await trailById(host.store, series.trailId)
    if (!owner) return async (tx) => void (await forgetQueue(tx, filesWork, seriesId(series)))
    const [planned] = await firstOf(host.store, plannedFiles, seriesId(series), 1)
    return planned ? deliver(host, owner.trail, planned, untilMs) : plan(host, series, untilMs)
  }

/** Settles the next files of a series. */
async function plan({ store }: DeliveryHost, series: Series, untilMs: number): Promise<WorkChange> {
  const queue = seriesId(series)
  const waiting = await firstOf(store, fileBatches, queue, batchesAtOnce)
  const files = groupBySize(waiting.filter(({ document }) => isDue(document, untilMs)))
  return async (tx) => {
    for (const [first, ...more] of files) {
      if (!first) continue
      await tx.in(plannedFiles).put(everywhere, first.id, plannedFile([first, ...more], untilMs))
      await removeAll(tx, fileBatches, [first, ...more])
    }
    if (files.length > 0) return { payload: { series, untilMs } }
    await forgetQueue(tx, filesWork, queue)
    const [next] = await firstOf(tx, fileBatches, queue, 1)
    if (next) {
      const dueAtMs = slotAfter(next.document.takenAtMs)
      await rescheduleQueue(tx, { kind: filesWork, queue, dueAtMs, payload: { series } })
    }
    return undefined
  }
}

/** What has come while files are written belongs to the next ones. What a clock took that was ahead does not wait for that time. */
const isDue = ({ takenAtMs }: Batch, untilMs: number) => takenAtMs <= untilMs || takenAtMs > untilMs + slotMs

function groupBySize(batches: readonly Stored<Batch>[]): Stored<Batch>[][] {
  const groups: Stored<Batch>[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const batch of batches) {
    bytes += batch.document.bytes
    if (bytes > mostBytes) {
      groups.push([])
      bytes = batch.document.bytes
    }
    groups.at(-1)?.push(batch)
  }
  return groups
}

function plannedFile(batches: readonly [Stored<Batch>, ...Stored<Batch>[]], untilMs: number): PlannedFile {
  const events = batches.flatMap(({ document }) => document.events ?? [])
  return {
    series: batches[0].document.series,
    ...{ slotMs: slotOf(untilMs), suffix: newSuffix() },
    seqs: batches.flatMap(({ document }) => document.seqs),
    ...(events.length > 0 && { events }),
  }
}

async function deliver(
  host: DeliveryHost,
  trail: Trail,
  planned: Stored<PlannedFile>,
  untilMs: number,
): Promise<WorkChange> {
  const { series, slotMs: slot, suffix } = planned.document
  const content = await readContent(host.ledger, planned.document)
  const key = logFileKey(trail, series, { slotMs: slot, suffix })
  const error = content && (await writeFile(host.calls, trail, key, { body: content.compressed }))
  const nowMs = host.clock.nowMs()
  return async (tx) => {
    if (error !== undefined) {
      await noteDelivery(tx, trail, series.region, 'files', { atMs: nowMs, error })
      if (nowMs - slot < keptTryingMs) {
        const work = { kind: filesWork, queue: seriesId(series), payload: { series } }
        await rescheduleQueue(tx, { ...work, dueAtMs: nowMs + pauseAfterMs(nowMs - slot) })
        return undefined
      }
    } else if (content) await noteDelivered(tx, trail, series, { ...content, bucket: trail.bucket, key, suffix }, nowMs)
    await tx.in(plannedFiles).delete(everywhere, planned.id)
    return { payload: { series, untilMs } }
  }
}

async function noteDelivered(
  tx: Transaction,
  trail: Trail,
  series: Series,
  { bucket, key, suffix, hash, newestEventTime, oldestEventTime }: DeliveredFile & { suffix: string },
  nowMs: number,
): Promise<void> {
  await noteDelivery(tx, trail, series.region, 'files', { atMs: nowMs })
  if (trail.topic) await announceFiles(tx, trail, series.region, trail.topic, { bucket, keys: [key] }, nowMs)
  const chain = await ensureChain(tx, trail, series, nowMs)
  if (chain === undefined) return
  const file: DeliveredFile = { bucket, key, hash, newestEventTime, oldestEventTime }
  await tx.in(deliveredFiles).put(everywhere, `${chain}:${inOrder(nowMs)}:${suffix}`, file)
}

interface Content extends Pick<DeliveredFile, 'hash' | 'newestEventTime' | 'oldestEventTime'> {
  compressed: Uint8Array
}

/** Reads the events of a file. @returns undefined where all of them have left the ledger. */
async function readContent(ledger: LedgerTail, { seqs, events = [] }: PlannedFile): Promise<Content | undefined> {
  const texts = [...events]
  for (let from = 0; from < seqs.length; from += recordsAtOnce) {
    for (const { record } of await ledger.read(seqs.slice(from, from + recordsAtOnce))) texts.push(record)
  }
  if (texts.length === 0) return undefined
  const body = Buffer.from(`{"Records":[${texts.join(',')}]}`)
  return {
    compressed: await gzipApart(body),
    hash: createHash('sha256').update(body).digest('hex'),
    ...timesOf(texts),
  }
}

/** Texts of times in UTC are in the order of the times. */
function timesOf(texts: readonly string[]): Pick<DeliveredFile, 'newestEventTime' | 'oldestEventTime'> {
  let newestEventTime = ''
  let oldestEventTime = '~'
  for (const text of texts) {
    const time = eventTimeOf(text)
    if (time > newestEventTime) newestEventTime = time
    if (time < oldestEventTime) oldestEventTime = time
  }
  return { newestEventTime, oldestEventTime }
}
