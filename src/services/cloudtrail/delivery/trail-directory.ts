import type { AuditRecord } from '../../../core/audit.ts'
import { secondMs } from '../../../core/durations.ts'
import type { OrganizationReader } from '../../../core/organizations.ts'
import type { DataEvent, DataEventInterest } from '../../../core/services/data-events.ts'
import type { PlacedRecord, TrailCoverage } from '../../../core/services/trail-coverage.ts'
import type { DocumentReader, Store } from '../../../core/store.ts'
import { type CompiledSelectors, compileSelectors } from '../domain/selectors/compile.ts'
import { coversRegion, isGlobalEvent, openSession, selectorsOf, type Trail } from '../domain/trail.ts'
import { allTrails, revisionOf } from '../storage/trails.ts'
import { FreshLook } from './fresh-look.ts'
import { type IsMember, membersAmong, presentMembers } from './members.ts'

/** A trail with its selectors made ready. */
export interface WatchingTrail {
  trail: Trail
  ended: boolean
  selectors: CompiledSelectors
}

/** All trails, as they were after one change. */
export interface TrailSnapshot {
  revision: number
  /** Those that take events, or are about to. */
  trails: readonly WatchingTrail[]
  /** Those that have taken any, too. */
  known: readonly WatchingTrail[]
}

interface DirectoryHost {
  store: Store
  organizations: OrganizationReader
  onFault(fault: unknown): void
}

/** Knows the trails that take events, or are about to, and reads them again only when one has changed. */
export class TrailDirectory implements DataEventInterest, TrailCoverage {
  readonly #store: Store
  readonly #organizations: OrganizationReader
  /** Of the organizations that have trails, as they were when last looked at. */
  #members: ReadonlyMap<string, ReadonlySet<string>> = new Map()
  #snapshot: TrailSnapshot = { revision: -1, trails: [], known: [] }
  readonly #look: FreshLook

  constructor({ store, organizations, onFault }: DirectoryHost) {
    this.#store = store
    this.#organizations = organizations
    this.#look = new FreshLook(() => this.refresh(), onFault)
    this.#look.ask()
  }

  /** Returns the trails as a reader sees them. */
  async in(reader: DocumentReader): Promise<TrailSnapshot> {
    const revision = await revisionOf(reader)
    if (revision !== this.#snapshot.revision) {
      const known = (await allTrails(reader))
        .filter(({ trail }) => trail.sessions.length > 0 || trail.switches.length > 0)
        .map((found) => ({ ...found, selectors: compileSelectors(selectorsOf(found.trail)) }))
      const trails = known.filter(({ trail }) => openSession(trail) || trail.switches.length > 0)
      this.#snapshot = { revision, trails, known }
    }
    return this.#snapshot
  }

  /** Returns the trails that take events, or are about to, as they were committed last. */
  async trails(): Promise<Trail[]> {
    return trailsIn((await this.in(this.#store)).trails)
  }

  /** Sees a change of this server's own at once. Called when it is committed. */
  async refresh(): Promise<void> {
    const { trails } = await this.in(this.#store)
    this.#members = await presentMembers(this.#organizations, trailsIn(trails))
  }

  async covered(records: readonly PlacedRecord[]): Promise<readonly boolean[]> {
    const { known } = await this.in(this.#store)
    const all = records.map(({ record }) => record)
    const isMember = await membersAmong(this.#organizations, trailsIn(known), all)
    return records.map(({ seq, record }) =>
      known.some((watching) => logsAt(watching.trail, seq, record) && takes(watching, record, isMember)),
    )
  }

  mayWant(event: DataEvent): boolean {
    this.#look.ask()
    return this.#snapshot.trails.some(
      ({ trail, selectors }) =>
        trail.isLogging &&
        (trail.accountId === event.accountId || this.#hasMember(trail.organizationId, event.accountId)) &&
        coversRegion(trail, event.region) &&
        selectors.mayWant(event),
    )
  }

  wants(record: AuditRecord): boolean {
    const isMember: IsMember = (id, { recipientAccountId }) => this.#hasMember(id, recipientAccountId)
    return this.#snapshot.trails.some((watching) => watching.trail.isLogging && takes(watching, record, isMember))
  }

  #hasMember(organizationId: string | undefined, accountId: string): boolean {
    return organizationId !== undefined && this.#members.get(organizationId)?.has(accountId) === true
  }
}

/**
 * Returns whether a trail logged when an event was recorded. A service that asks may be ahead of this service's own reader of the ledger: a
 * start that was not come to yet counts from its time on.
 */
function logsAt({ sessions, switches }: Trail, seq: number, { eventTime }: AuditRecord): boolean {
  if (sessions.some(({ fromSeq, throughSeq = seq }) => fromSeq <= seq && seq <= throughSeq)) return true
  return switches.some(({ on, atMs }) => on && Date.parse(eventTime) >= Math.floor(atMs / secondMs) * secondMs)
}

export const trailsIn = (watching: readonly WatchingTrail[]): Trail[] => watching.map(({ trail }) => trail)

/** Returns whether an event is one of those that a trail takes while it logs. */
export function takes({ trail, selectors }: WatchingTrail, record: AuditRecord, isMember: IsMember): boolean {
  const { accountId, organizationId } = trail
  const isOwn = accountId === record.recipientAccountId
  if (!isOwn && !(organizationId !== undefined && isMember(organizationId, record))) return false
  if (!coversRegion(trail, record.awsRegion)) return false
  if (!trail.includesGlobalEvents && isGlobalEvent(record.eventSource, record.awsRegion)) return false
  return selectors.matches(record)
}
