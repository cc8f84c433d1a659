import { BoundedMap } from '../../../core/bounded-map.ts'
import { encodeEvents, openBlock, type StoredEvent, sealBlock } from '../domain/event-block.ts'
import { comparePlaces } from '../domain/event-place.ts'
import type { MetricTransformation } from '../domain/filters/filter.ts'
import {
  type IncomingEvent,
  type MetricPoints,
  metricPoints,
  type SubscriptionSource,
  subscriptionPayloads,
} from '../domain/filters/filter-events.ts'
import { discoverFields } from '../domain/insights/query-record.ts'
import type { FilterPattern } from '../domain/patterns/compiled-pattern.ts'
import { compileFilterPattern, messageTest } from '../domain/patterns/filter-pattern.ts'
import { allowSteps, StepLimitError } from '../domain/patterns/regular-expression.ts'
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

/** Compares what is ingested with the filters of its group. */
interface FilterTask {
  kind: 'filter'
  events: readonly IncomingEvent[]
  metrics: readonly { pattern: string; transformation: MetricTransformation }[]
  subscriptions: readonly { pattern: string; source: SubscriptionSource }[]
}

/** Counts in how many messages each field is. */
interface FieldsTask {
  kind: 'fields'
  messages: readonly string[]
}

/** What the threads do. */
export type LogTask = SelectTask | MergeTask | TestTask | FilterTask | FieldsTask

/** The results of tasks by their kinds. */
export interface LogResults {
  select: readonly FoundEvent[]
  merge: Uint8Array
  /** The values of the pattern's fields, for each message; undefined where it does not match. */
  test: readonly (Record<string, string> | undefined)[]
  filter: Filtered
  fields: ReadonlyMap<string, number>
}

export interface Filtered {
  metrics: readonly MetricPoints[]
  /** What each subscription sends, in the order of the task. */
  payloads: readonly (readonly string[])[]
}

export type LogResult = LogResults[keyof LogResults]

/** Does a task. Runs in a thread. */
export function runLogTask(task: LogTask): LogResult {
  allowSteps()
  const { kind } = task
  switch (kind) {
    case 'select':
      return selectEvents(task.groupId, task.blocks, task, testOf(task.pattern))
    case 'merge':
      return mergeBlocks(task)
    case 'test': {
      const pattern = patternOf(task.pattern)
      return task.messages.map((message) => pattern.extract(message))
    }
    case 'filter':
      return filterEvents(task)
    case 'fields':
      return countFields(task.messages)
  }
}

const compiled = new BoundedMap<string, FilterPattern>(500)

function patternOf(text: string): FilterPattern {
  const known = compiled.get(text)
  if (known) return known
  const pattern = compileFilterPattern(text)
  compiled.set(text, pattern)
  return pattern
}

const testOf = (pattern: string | undefined) => (pattern === undefined ? undefined : messageTest(patternOf(pattern)))

function mergeBlocks({ groupId, blockId, key, blocks }: MergeTask): Uint8Array {
  const events = blocks.flatMap(({ id, data }): StoredEvent[] => {
    const block = openBlock(data, key, { groupId, blockId: id })
    return Array.from({ length: block.length }, (_, n) => block.event(n))
  })
  events.sort((one, other) => comparePlaces(one.place, other.place))
  return Uint8Array.from(sealBlock(encodeEvents(events), key, { groupId, blockId }))
}

function countFields(messages: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const message of messages) {
    for (const name of Object.keys(discoverFields(message))) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

function filterEvents({ events, metrics, subscriptions }: FilterTask): Filtered {
  return {
    metrics: metrics.flatMap(({ pattern, transformation }) =>
      unlessTooSlow(() => metricPoints(patternOf(pattern), transformation, events), []),
    ),
    payloads: subscriptions.map(({ pattern, source }) => {
      const matching = unlessTooSlow(() => events.filter(({ message }) => patternOf(pattern).matches(message)), [])
      return subscriptionPayloads(source, matching)
    }),
  }
}

/** Events are taken in, whatever their filters do: a regular expression that takes too long matches none of them. */
function unlessTooSlow<T>(filter: () => T, otherwise: T): T {
  try {
    return filter()
  } catch (error) {
    if (!(error instanceof StepLimitError)) throw error
    allowSteps()
    return otherwise
  }
}
