import type { Scope, Transaction } from './store.ts'

/** A thing to be done at a time: persistent, run at least once, in order of due time. */
export interface DueWork {
  /** Names the runner: `kms.delete-key`. */
  kind: string
  /** Unique within the kind; scheduling the same key again moves the work. */
  key: string
  dueAtMs: number
  scope: Scope
  /** JSON; never holds a secret. */
  payload: unknown
}

/**
 * Does one piece of due work. Slow or foreign work happens before it returns; the returned function is the change, and
 * commits together with the removal of the work. It must be idempotent: a crash between the two runs it again.
 */
export type WorkRunner = (work: DueWork) => Promise<(tx: Transaction) => Promise<void>>
