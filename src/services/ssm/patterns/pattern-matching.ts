import { extname } from 'node:path'
import { OverdueError, Threads } from '../../../core/threads.ts'
import { FairQueue } from '../../../kit/fair-queue.ts'

export interface PatternQuestion {
  /** A regular expression as Java has them. */
  pattern: string
  value: string
}

/** `invalid`: the pattern is none. A pattern whose time was up does not match. */
export type PatternVerdict = 'matches' | 'mismatch' | 'invalid'

const mostThreads = 2
/** Of one account. */
const mostWaiting = 1000
/** For what the limit of the matching itself does not end. */
const deadlineMs = 5000

// The same module runs from source and as built.
const entry = new URL(`./pattern-worker${extname(import.meta.filename)}`, import.meta.url)
const threads = new Threads<PatternQuestion, PatternVerdict>(entry, mostThreads, { deadlineMs })
const queue = new FairQueue(mostThreads, mostWaiting)

/**
 * Matches a whole value against a caller's pattern. A pattern can keep a processor busy without end, so it runs in a thread of
 * its own for 100 ms at most, and accounts take turns.
 * @returns undefined when too many checks of the account wait already.
 */
export const matchPattern = (accountId: string, question: PatternQuestion): Promise<PatternVerdict | undefined> =>
  queue.run(accountId, () => threads.ask(question).catch(mismatchWhenOverdue))

function mismatchWhenOverdue(fault: unknown): PatternVerdict {
  if (fault instanceof OverdueError) return 'mismatch'
  throw fault
}
