import type { Clock } from '../../../core/clock.ts'
import { secondMs } from '../../../core/durations.ts'
import type { DocumentReader, Transaction } from '../../../core/store.ts'
import type { IsMember } from '../delivery/members.ts'
import type { ReadRecord, RecordSink } from '../delivery/record-sinks.ts'
import { lakePending } from '../storage/lake-batches.ts'
import { inOrder, scheduleQueue } from '../storage/pending.ts'
import { everywhere } from '../storage/trails.ts'
import { writeWork } from './kinds.ts'
import { fits, ingestsAt, type StoreDirectory } from './store-directory.ts'

/** How long events gather before they are written: until then, queries do not see them. */
const gatherMs = 2 * secondMs

/** Takes the ledger's records for event data stores: notes their places, for the work that writes them. */
export class StoreSink implements RecordSink {
  readonly #directory: StoreDirectory
  readonly #clock: Clock

  constructor(directory: StoreDirectory, clock: Clock) {
    this.#directory = directory
    this.#clock = clock
  }

  async isWanted(reader: DocumentReader): Promise<boolean> {
    return (await this.#directory.in(reader)).length > 0
  }

  async take(read: readonly ReadRecord[]): Promise<(tx: Transaction) => Promise<void>> {
    const isMember = await this.#directory.membersAmong(read.map(({ record }) => record))
    return (tx) => this.#write(tx, read, isMember)
  }

  async #write(tx: Transaction, read: readonly ReadRecord[], isMember: IsMember): Promise<void> {
    for (const watching of await this.#directory.in(tx)) {
      const { id } = watching.store
      const seqs = read
        .filter(({ seq, record }) => ingestsAt(watching.store, seq) && fits(watching, record, isMember))
        .map(({ seq }) => seq)
      const last = seqs.at(-1)
      if (last === undefined) continue
      await tx.in(lakePending).put(everywhere, `${id}:${inOrder(last)}`, { seqs })
      const dueAtMs = this.#clock.nowMs() + gatherMs
      await scheduleQueue(tx, { kind: writeWork, queue: id, dueAtMs, payload: { storeId: id } })
    }
  }
}
