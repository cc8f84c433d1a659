import type { AuditRecord } from '../../../core/audit.ts'
import type { Clock } from '../../../core/clock.ts'
import { secondMs } from '../../../core/durations.ts'
import type { OrganizationReader } from '../../../core/organizations.ts'
import type { DocumentReader, Transaction } from '../../../core/store.ts'
import { type Series, seriesId } from '../domain/series.ts'
import { slotAfter } from '../domain/slots.ts'
import { afterSwitch, openSession, type Trail } from '../domain/trail.ts'
import { countCalls } from '../insights/count-calls.ts'
import { addBatch, type Batch, fileBatches, logBatches, scheduleQueue } from '../storage/pending.ts'
import { putTrail } from '../storage/trails.ts'
import { startDigests } from './digest-chain.ts'
import { endLogging } from './end-logging.ts'
import { filesWork, logsWork } from './kinds.ts'
import { type IsMember, membersAmong } from './members.ts'
import type { ReadRecord, RecordSink } from './record-sinks.ts'
import { type TrailDirectory, takes, trailsIn, type WatchingTrail } from './trail-directory.ts'

/** How long events gather before they go to a log group. */
const logsGatherMs = 2 * secondMs

/** Files are written before their slot when so much has gathered, so that none has to be much larger. */
const fullBytes = 40 * 1024 * 1024

/** Takes the ledger's records for the trails that want them. */
export class RecordCollector implements RecordSink {
  readonly #directory: TrailDirectory
  readonly #clock: Clock
  readonly #organizations: OrganizationReader
  /** What has gathered for files since they were written last; an estimate, which a restart forgets. */
  readonly #gathered = new Map<string, number>()

  constructor(directory: TrailDirectory, clock: Clock, organizations: OrganizationReader) {
    this.#organizations = organizations
    this.#directory = directory
    this.#clock = clock
  }

  async isWanted(reader: DocumentReader): Promise<boolean> {
    return (await this.#directory.in(reader)).trails.length > 0
  }

  async take(read: readonly ReadRecord[]): Promise<(tx: Transaction) => Promise<void>> {
    const all = read.map(({ record }) => record)
    const isMember = await membersAmong(this.#organizations, await this.#directory.trails(), all)
    return async (tx) => {
      const { trails } = await this.#directory.in(tx)
      for (const watching of trails) await this.#takeFor(tx, watching, read, isMember)
      await countCalls(tx, trailsIn(trails), all)
    }
  }

  async #takeFor(
    tx: Transaction,
    watching: WatchingTrail,
    read: readonly ReadRecord[],
    isMember: IsMember,
  ): Promise<void> {
    const nowMs = this.#clock.nowMs()
    const batches = new Map<string, Batch & { seqs: number[] }>()
    let { trail } = watching
    for (const { seq, record, bytes } of read) {
      const before = openSession(trail)
      if (isSwitchOf(trail, record)) trail = afterSwitch(trail, seq)
      // The records of a start and of a stop are themselves delivered.
      const session = openSession(trail) ?? before
      if (!session || !takes(watching, record, isMember)) continue
      const series: Series = {
        ...{ trailId: trail.id, startedAtMs: session.startedAtMs },
        ...{ accountId: record.recipientAccountId, region: record.awsRegion, folder: 'CloudTrail' },
      }
      const id = seriesId(series)
      const batch = batches.get(id) ?? { series, seqs: [], bytes: 0, takenAtMs: nowMs }
      batch.seqs.push(seq)
      batch.bytes += bytes
      batches.set(id, batch)
    }
    const lastSeq = read.at(-1)?.seq ?? 0
    for (const batch of batches.values()) await this.addBatch(tx, trail, batch, lastSeq)
    if (trail !== watching.trail) await this.#afterSwitches(tx, watching, trail)
  }

  /** Adds events to what waits for the destinations of a trail. @param seq - the place in the ledger that they were taken at. */
  async addBatch(tx: Transaction, trail: Trail, batch: Batch, seq: number): Promise<void> {
    const queue = seriesId(batch.series)
    await addBatch(tx, fileBatches, queue, seq, batch)
    const gathered = (this.#gathered.get(queue) ?? 0) + batch.bytes
    const isFull = gathered >= fullBytes
    this.#gathered.set(queue, isFull ? 0 : gathered)
    const dueAtMs = isFull ? batch.takenAtMs : slotAfter(batch.takenAtMs)
    await scheduleQueue(tx, { kind: filesWork, queue, dueAtMs, payload: { series: batch.series } })
    if (!trail.logs) return
    await addBatch(tx, logBatches, trail.id, seq, batch)
    const payload = { trailId: trail.id }
    await scheduleQueue(tx, { kind: logsWork, queue: trail.id, dueAtMs: batch.takenAtMs + logsGatherMs, payload })
  }

  async #afterSwitches(tx: Transaction, { trail: before, ended }: WatchingTrail, trail: Trail): Promise<void> {
    await putTrail(tx, trail, { ended })
    const nowMs = this.#clock.nowMs()
    const was = openSession(before)
    const is = openSession(trail)
    if (is && is !== was) await startDigests(tx, trail, is.startedAtMs)
    if (was && is !== was) await endLogging(tx, trail, nowMs)
  }
}

/** Returns whether a record is that of the start or stop which the trail waits for. */
function isSwitchOf(
  { switches, accountId }: Trail,
  { requestID, recipientAccountId, eventSource }: AuditRecord,
): boolean {
  const [next] = switches
  if (!next || eventSource !== 'cloudtrail.amazonaws.com') return false
  return next.requestId === requestID && recipientAccountId === accountId
}
