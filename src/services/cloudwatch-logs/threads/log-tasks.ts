import { encodeEvents, openBlock, type StoredEvent, sealBlock } from '../domain/event-block.ts'
import { comparePlaces } from '../domain/event-place.ts'
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

/** What the threads do. */
export type LogTask = SelectTask | MergeTask

/** The results of tasks by their kinds. */
export interface LogResults {
  select: readonly FoundEvent[]
  merge: Uint8Array
}

export type LogResult = LogResults[keyof LogResults]

/** Does a task. Runs in a thread. */
export function runLogTask(task: LogTask): LogResult {
  const { kind } = task
  switch (kind) {
    case 'select':
      return selectEvents(task.groupId, task.blocks, task)
    case 'merge':
      return mergeBlocks(task)
  }
}

function mergeBlocks({ groupId, blockId, key, blocks }: MergeTask): Uint8Array {
  const events = blocks.flatMap(({ id, data }): StoredEvent[] => {
    const block = openBlock(data, key, { groupId, blockId: id })
    return Array.from({ length: block.length }, (_, n) => block.event(n))
  })
  events.sort((one, other) => comparePlaces(one.place, other.place))
  return Uint8Array.from(sealBlock(encodeEvents(events), key, { groupId, blockId }))
}
