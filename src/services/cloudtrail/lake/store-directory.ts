import type { AuditRecord } from '../../../core/audit.ts'
import { secondMs } from '../../../core/durations.ts'
import type { DataEvent, DataEventInterest } from '../../../core/services/data-events.ts'
import type { DocumentReader, Store } from '../../../core/store.ts'
import { type EventDataStore, takesRecords } from '../domain/lake/event-data-store.ts'
import { type CompiledSelectors, compileSelectors } from '../domain/selectors/compile.ts'
import { allStores, storeRevision } from '../storage/lake-stores.ts'

/** A store with its selectors made ready. */
export interface WatchingStore {
  store: EventDataStore
  selectors: CompiledSelectors
}

/** How long a server may not notice what another node has changed. */
const freshMs = secondMs

/** Knows the event data stores that take recorded events, and reads them again only when one has changed. */
export class StoreDirectory implements DataEventInterest {
  readonly #store: Store
  readonly #onFault: (fault: unknown) => void
  #revision = -1
  #watching: readonly WatchingStore[] = []
  #lookedAtMs = Number.NEGATIVE_INFINITY
  #looking: Promise<void> | undefined

  constructor({ store, onFault }: { store: Store; onFault(fault: unknown): void }) {
    this.#store = store
    this.#onFault = onFault
    this.#look()
  }

  /** Returns the stores that take recorded events, as a reader sees them. */
  async in(reader: DocumentReader): Promise<readonly WatchingStore[]> {
    const revision = await storeRevision(reader)
    if (revision !== this.#revision) {
      this.#watching = (await allStores(reader))
        .filter((store) => store.status !== 'PENDING_DELETION' && store.windows.length > 0 && takesRecords(store))
        .map((store) => ({ store, selectors: compileSelectors({ kind: 'advanced', selectors: store.selectors }) }))
      this.#revision = revision
    }
    return this.#watching
  }

  /** Sees a change of this server's own at once. Called when it is committed. */
  async refresh(): Promise<void> {
    await this.in(this.#store)
  }

  mayWant(event: DataEvent): boolean {
    this.#look()
    return this.#watching.some(
      ({ store, selectors }) =>
        isOpen(store) &&
        store.accountId === event.accountId &&
        (store.isMultiRegion || store.region === event.region) &&
        selectors.mayWant(event),
    )
  }

  wants(record: AuditRecord): boolean {
    return this.#watching.some((watching) => isOpen(watching.store) && fits(watching, record))
  }

  /** What another node has changed is seen a little later. */
  #look(): void {
    const nowMs = performance.now()
    if (nowMs - this.#lookedAtMs < freshMs) return
    this.#lookedAtMs = nowMs
    this.#looking ??= this.refresh()
      .catch(this.#onFault)
      .finally(() => {
        this.#looking = undefined
      })
  }
}

const isOpen = ({ windows }: EventDataStore): boolean => windows.some(({ throughSeq }) => throughSeq === undefined)

/** Returns whether an event is one of those that a store takes while it ingests. */
export const fits = ({ store, selectors }: WatchingStore, record: AuditRecord): boolean =>
  store.accountId === record.recipientAccountId &&
  (store.isMultiRegion || store.region === record.awsRegion) &&
  selectors.matches(record)

/** Returns whether a store ingests at a place in the ledger. */
export const ingestsAt = ({ windows }: EventDataStore, seq: number): boolean =>
  windows.some(({ afterSeq, throughSeq = seq }) => afterSeq < seq && seq <= throughSeq)
