import type { DueWork, Transaction } from '../core/store.ts'

/** Work that one scheduler has taken on for a time. */
export interface LeasedWork {
  work: DueWork
  lease: string
  /** How often it has failed since it was scheduled. */
  failures: number
}

/** The functions of the store that the scheduler uses. */
export interface DueWorkStore {
  /** When the first work of these kinds may run; undefined when there is none. */
  nextDueAtMs(kinds: readonly string[]): Promise<number | undefined>
  /** Leases the first work that may run now, in order of time; no other scheduler can until the lease is over. */
  leaseDue(kinds: readonly string[], nowMs: number, untilMs: number): Promise<LeasedWork | undefined>
  /** @returns false when the lease was lost. */
  extendLease(leased: LeasedWork, untilMs: number): Promise<boolean>
  /** Commits the change together with the removal of the work. @returns false, with nothing done, when the lease was lost. */
  completeDue(leased: LeasedWork, change: (tx: Transaction) => Promise<unknown>): Promise<boolean>
  /** Gives failed work back, to be tried again at a time. */
  returnDue(leased: LeasedWork, retryAtMs: number): Promise<void>
  /** Gives back, at its own time, all work that is leased or backing off until after a time. */
  recallPostponed(beyondMs: number): Promise<void>
  /** The kinds of due work that are not among these. */
  kindsDueBeside(kinds: readonly string[]): Promise<string[]>
  /** Calls the one listener whenever due work was scheduled here, once it is committed, with the earliest time of each kind. */
  onWorkScheduled(listener: (dueAtMs: ReadonlyMap<string, number>) => void): void
}
