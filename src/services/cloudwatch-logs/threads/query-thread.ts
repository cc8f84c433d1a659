import { extname } from 'node:path'
import { Threads } from '../../../core/threads.ts'
import type { QueryAnswer, QueryTask } from './query-tasks.ts'

/** Some megabytes of events take a fraction of a second, unless a regular expression of the query does not come to an end. */
const deadlineMs = 30_000

// The same module runs from source and as built.
const entry = new URL(`./query-worker${extname(import.meta.filename)}`, import.meta.url)

/** Starts the thread of a query. */
export const queryThread = (): Threads<QueryTask, QueryAnswer> => new Threads(entry, 1, { deadlineMs })
