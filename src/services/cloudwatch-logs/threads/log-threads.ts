import { extname } from 'node:path'
import { OverdueError, Threads } from '../../../core/threads.ts'
import { FairQueue } from '../../../kit/fair-queue.ts'
import { expressionTooSlow, tooBusy, tookTooLong } from '../domain/errors.ts'
import { stepLimitMessage } from '../domain/patterns/regular-expression.ts'
import type { LogResult, LogResults, LogTask } from './log-tasks.ts'

/** Of one account. */
const mostWaiting = 1000
/** A task opens some megabytes at most, which takes a fraction of a second. */
const deadlineMs = 30_000

// The same module runs from source and as built.
const entry = new URL(`./log-worker${extname(import.meta.filename)}`, import.meta.url)

const threadsFor = (most: number) => ({
  threads: new Threads<LogTask, LogResult>(entry, most, { deadlineMs }),
  queue: new FairQueue(most, mostWaiting),
})

/** Searches must not hold up what is put, so the filters of groups have a thread of their own. */
const [searching, ingesting] = [threadsFor(2), threadsFor(1)]

/**
 * Does a task beside the serving thread. Accounts take turns.
 * @throws ServiceError ThrottlingException - too much of the account waits already; ServiceUnavailableException;
 *   InvalidParameterException - a regular expression takes too long.
 */
export async function inThread<K extends LogTask['kind']>(
  accountId: string,
  task: Extract<LogTask, { kind: K }>,
): Promise<LogResults[K]> {
  const { queue, threads } = task.kind === 'filter' ? ingesting : searching
  const result = await queue.run(accountId, () => threads.ask(task).catch(refuse))
  if (result === undefined) throw tooBusy()
  return result as LogResults[K]
}

function refuse(fault: unknown): never {
  if (fault instanceof OverdueError) throw tookTooLong()
  throw fault instanceof Error && fault.message === stepLimitMessage ? expressionTooSlow() : fault
}
