import type { AuditRecord } from '../../../core/audit.ts'
import type { OrganizationReader } from '../../../core/organizations.ts'
import type { DataEvent, DataEventInterest } from '../../../core/services/data-events.ts'
import type { DocumentReader, Store } from '../../../core/store.ts'
import { FreshLook } from '../delivery/fresh-look.ts'
import { type IsMember, membersAmong, presentMembers } from '../delivery/members.ts'
import { type EventDataStore, takesRecords } from '../domain/lake/event-data-store.ts'
import { type CompiledSelectors, compileSelectors } from '../domain/selectors/compile.ts'
import { allStores, storeRevision } from '../storage/lake-stores.ts'

/** A store with its selectors made ready. */
export interface WatchingStore {
  store: EventDataStore
  selectors: CompiledSelectors
}

interface StoreDirectoryHost {
  store: Store
  organizations: OrganizationReader
  onFault(fault: unknown): void
}

/** Knows the event data stores that take recorded events, and reads them again only when one has changed. */
export class StoreDirectory implements DataEventInterest {
  readonly #store: Store
  readonly #organizations: OrganizationReader
  /** Of the organizations that have stores, as they were when last looked at. */
  #members: ReadonlyMap<string, ReadonlySet<string>> = new Map()
  readonly #look: FreshLook
  #revision = -1
  #watching: readonly WatchingStore[] = []

  constructor({ store, organizations, onFault }: StoreDirectoryHost) {
    this.#store = store
    this.#organizations = organizations
    this.#look = new FreshLook(() => this.refresh(), onFault)
    this.#look.ask()
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
    const watching = await this.in(this.#store)
    this.#members = await presentMembers(
      this.#organizations,
      watching.map(({ store }) => store),
    )
  }

  /** Finds out which records are of members of organizations that have stores. */
  async membersAmong(records: readonly AuditRecord[]): Promise<IsMember> {
    const watching = await this.in(this.#store)
    const stores = watching.map(({ store }) => store)
    return membersAmong(this.#organizations, stores, records)
  }

  mayWant(event: DataEvent): boolean {
    this.#look.ask()
    return this.#watching.some(
      ({ store, selectors }) =>
        isOpen(store) &&
        (store.accountId === event.accountId || this.#hasMember(store.organizationId, event.accountId)) &&
        (store.isMultiRegion || store.region === event.region) &&
        selectors.mayWant(event),
    )
  }

  wants(record: AuditRecord): boolean {
    const isMember: IsMember = (id, { recipientAccountId }) => this.#hasMember(id, recipientAccountId)
    return this.#watching.some((watching) => isOpen(watching.store) && fits(watching, record, isMember))
  }

  #hasMember(organizationId: string | undefined, accountId: string): boolean {
    return organizationId !== undefined && this.#members.get(organizationId)?.has(accountId) === true
  }
}

const isOpen = ({ windows }: EventDataStore): boolean => windows.some(({ throughSeq }) => throughSeq === undefined)

/** Returns whether an event is one of those that a store takes while it ingests. */
export const fits = ({ store, selectors }: WatchingStore, record: AuditRecord, isMember: IsMember): boolean =>
  (store.accountId === record.recipientAccountId ||
    (store.organizationId !== undefined && isMember(store.organizationId, record))) &&
  (store.isMultiRegion || store.region === record.awsRegion) &&
  selectors.matches(record)

/** Returns whether a store ingests at a place in the ledger. */
export const ingestsAt = ({ windows }: EventDataStore, seq: number): boolean =>
  windows.some(({ afterSeq, throughSeq = seq }) => afterSeq < seq && seq <= throughSeq)
