import { encodeEvents, openBlock, type StoredEvent, sealBlock } from '../domain/event-block.ts'
import { comparePlaces } from '../domain/event-place.ts'
import { compileFilterPattern, messageTest } from '../domain/patterns/filter-pattern.ts'
import { type EventSelection, type FoundEvent, type SealedBlock, selectEvents } from '../domain/select-events.ts'

/** Looks for events in blocks. */
export interface SelectTask extends EventSelection {
  kind: 'select'
  groupId: string
  blocks: readonly SealedBlock[]
}

/** Makes one sealed block of several. */
interface MergeTask {
  kind: 'merge'
  groupId: string
  /** Of the block that is made. */
  blockId: string
  key: Uint8Array
  blocks: readonly SealedBlock[]
}

/** Compares messages with a filter pattern. */
interface TestTask {
  kind: 'test'
  pattern: string
  messages: readonly string[]
}

/** What the threads do. */
export type LogTask = SelectTask | MergeTask | TestTask

/** The results of tasks by their kinds. */
export interface LogResults {
  select: readonly FoundEvent[]
  merge: Uint8Array
  /** The values of the pattern's fields, for each message; undefined where it does not match. */
  test: readonly (Record<string, string> | undefined)[]
}

export type LogResult = LogResults[keyof LogResults]

/** Does a task. Runs in a thread. */
export function runLogTask(task: LogTask): LogResult {
  const { kind } = task
  switch (kind) {
    case 'select':
      return selectEvents(task.groupId, task.blocks, task, testOf(task.pattern))
    case 'merge':
      return mergeBlocks(task)
    case 'test': {
      const pattern = compileFilterPattern(task.pattern)
      return task.messages.map((message) => pattern.extract(message))
    }
  }
}

const testOf = (pattern: string | undefined) =>
  pattern === undefined ? undefined : messageTest(compileFilterPattern(pattern))

function mergeBlocks({ groupId, blockId, key, blocks }: MergeTask): Uint8Array {
  const events = blocks.flatMap(({ id, data }): StoredEvent[] => {
    const block = openBlock(data, key, { groupId, blockId: id })
    return Array.from({ length: block.length }, (_, n) => block.event(n))
  })
  events.sort((one, other) => comparePlaces(one.place, other.place))
  return Uint8Array.from(sealBlock(encodeEvents(events), key, { groupId, blockId }))
}
