import { openBlock } from '../domain/event-block.ts'
import { QueryTooLargeError } from '../domain/insights/aggregates.ts'
import { compileQuery } from '../domain/insights/query.ts'
import { QueryEngine, type QueryResults, type QueryStatistics } from '../domain/insights/query-engine.ts'
import { pointerOf } from '../domain/insights/record-pointer.ts'
import type { SealedBlock } from '../domain/select-events.ts'

/** Blocks of one group that a query looks through. */
export interface QueryBlocks {
  kind: 'blocks'
  groupId: string
  groupName: string
  /** `111122223333:group` */
  log: string
  fromMs: number
  toMs: number
  blocks: readonly (SealedBlock & { logStream: string })[]
}

/** The tasks of one query, in this order. Its thread is its own. */
export type QueryTask = { kind: 'begin'; text: string; limit: number | undefined } | QueryBlocks | { kind: 'finish' }

export type QueryAnswer =
  | { kind: 'progress'; statistics: QueryStatistics }
  | { kind: 'results'; results: QueryResults }
  | { kind: 'too-large' }

let engine: QueryEngine | undefined

/** Does a part of a query. Runs in the query's thread. */
export function runQueryTask(task: QueryTask): QueryAnswer {
  try {
    if (task.kind === 'begin') engine = new QueryEngine(compileQuery(task.text), task.limit)
    if (!engine) throw new Error('no query was begun')
    if (task.kind === 'finish') return { kind: 'results', results: engine.finish() }
    if (task.kind === 'blocks') addBlocks(engine, task)
    return { kind: 'progress', statistics: { ...engine.statistics } }
  } catch (error) {
    // Values inside one another, deeper than the stack takes.
    if (error instanceof QueryTooLargeError || error instanceof RangeError) return { kind: 'too-large' }
    throw error
  }
}

function addBlocks(query: QueryEngine, { groupId, groupName, log, fromMs, toMs, blocks }: QueryBlocks): void {
  for (const { id: blockId, key, data, logStream } of blocks) {
    const block = openBlock(data, key, { groupId, blockId })
    for (let n = 0; n < block.length; n++) {
      const timeMs = block.timeMs(n)
      if (timeMs < fromMs || timeMs > toMs) continue
      const pointer = pointerOf({ groupName, logStream, place: block.place(n) })
      const message = block.message(n)
      const event = { timeMs, ingestedMs: block.ingestedMs(n), message: message.toString(), bytes: message.length }
      query.add({ ...event, log, logStream, pointer })
    }
  }
}
