import type { DueWork, Transaction } from './store.ts'

/**
 * Does one piece of due work. Slow or foreign work happens before it returns; the returned function is the change, and
 * commits together with the removal of the work. It must be idempotent: a crash between the two runs it again.
 */
export type WorkRunner = (work: DueWork) => Promise<(tx: Transaction) => Promise<void>>
