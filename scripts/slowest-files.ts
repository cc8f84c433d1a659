import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

const shown = 10

/** A reporter that prints, when all tests have run, the test files that took longest and the time of all together. */
export default async function* slowestFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files: { name: string; seconds: number }[] = []
  for await (const { type, data } of events) {
    if (type !== 'test:summary' || !data.file) continue
    files.push({ name: relative(process.cwd(), data.file), seconds: data.duration_ms / 1000 })
  }
  if (files.length < 2) return
  const total = files.reduce((sum, { seconds }) => sum + seconds, 0)
  const slowest = files.toSorted((one, other) => other.seconds - one.seconds).slice(0, shown)
  yield `\nslowest of ${files.length} test files, whose tests took ${total.toFixed(0)} s together:\n`
  for (const { name, seconds } of slowest) yield `${seconds.toFixed(1).padStart(7)} s  ${name}\n`
}
