import type { DueWork, Transaction } from './store.ts'

/**
 * Does one piece of due work. Slow or foreign work happens before it returns; the returned function is the change, and
 * commits together with the removal of the work. It must be idempotent: a crash between the two runs it again.
 */
export type WorkRunner = (work: DueWork) => Promise<WorkChange>

/** @returns what is left, where the work is done in slices and this was not the last. */
export type WorkChange = (tx: Transaction) => Promise<void> | Promise<WorkLeft | undefined>

/** What is left of work that is done in slices: it is due again at once, with this payload. */
export interface WorkLeft {
  payload: unknown
}

/** The runner of one kind of work, and its limit. A runner alone shares places with the other kinds that have no limit. */
export type WorkSpec = WorkRunner | LimitedWork

/** Work with places of its own: it neither waits for other kinds nor holds them up. */
export interface LimitedWork extends WorkLimits {
  run: WorkRunner
}

export interface WorkLimits {
  /** How many of the kind run at a time in one server, 1 or more. */
  atOnce: number
  /** It runs at once when it is due as it is committed. Other work runs when the scheduler looks next, within a second. */
  isPrompt?: true
}
