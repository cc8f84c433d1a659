// How long retention holds the store's writer and the serving thread while it removes old records from a file database.
// Usage: node bench/ledger-retention.ts [records, default 100000]

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { dayMs } from '../src/core/durations.ts'
import { createLedger } from '../src/ledger/ledger.ts'
import { auditRecord } from '../src/ledger/testing.ts'
import { createScheduler } from '../src/scheduler/scheduler.ts'
import { openStore } from '../src/storage/open-store.ts'
import { randomSealer } from '../src/storage/testing.ts'
import { FixedClock } from '../test/fixtures/call.ts'

const records = Number(process.argv[2] ?? 100_000)
const folder = mkdtempSync(join(tmpdir(), 'strongroom-retention-'))
const file = join(folder, 'strongroom.sqlite')
const clock = new FixedClock()
const onFault = (fault: unknown) => {
  throw fault
}
const ledger = createLedger({
  clock,
  files: { database: file, index: join(folder, 'ledger-index.sqlite') },
  retention: { maxAgeMs: dayMs, reason: 'older than 1d' },
  onFault,
  onAlarm: onFault,
})
const sealer = randomSealer()
const store = await openStore({
  database: { kind: 'sqlite', file },
  sealer,
  appender: ledger.appender,
  migrations: ledger.migrations,
})
try {
  const held: number[] = []
  const write: typeof store.write = (work) =>
    store.write(async (sql) => {
      const startedMs = performance.now()
      const result = await work(sql)
      held.push(performance.now() - startedMs)
      return result
    })
  await ledger.start({ read: (work) => store.read(work), readApart: (work) => store.readApart(work), write }, sealer)
  for (let made = 0; made < records; made += 1000) {
    await store.record(Array.from({ length: 1000 }, () => auditRecord()))
  }
  await ledger.find({ accountId: '', region: '', fromMs: 0, limit: 1 })
  clock.advance(2 * 86_400)
  await store.record([auditRecord()])
  held.length = 0
  const runners = ledger.work(new AbortController().signal)
  const scheduler = createScheduler({ store, clock, runners, onError: onFault })
  await ledger.scheduleWork(store)
  await measure('a caller alone', () => new Promise((resolve) => setTimeout(resolve, 5000)))
  await measure('beside retention', () => scheduler.runDue())
  console.log(
    `${records} records of ${Math.round(statSync(file).size / records)} bytes; ${held.length} changes, in the writer each: ${spread(held)}`,
  )
} finally {
  await ledger.stop()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
}

/** What another caller's commits take while work runs, and how long the event loop stands still. */
async function measure(title: string, work: () => Promise<unknown>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const commits: number[] = []
  let running = true
  const caller = (async () => {
    while (running) {
      const startedMs = performance.now()
      await store.record([auditRecord()])
      commits.push(performance.now() - startedMs)
    }
  })()
  const startedMs = performance.now()
  await work()
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  running = false
  await caller
  delay.disable()
  const gaps = `event loop 99 % ${(delay.percentile(99) / 1e6).toFixed(1)} ms, longest ${(delay.max / 1e6).toFixed(1)} ms`
  console.log(`${title}, ${seconds} s: ${commits.length} commits, ${spread(commits)}; ${gaps}`)
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const [median, most, longest] = [0.5, 0.99, 1].map((part) => sorted[Math.ceil(sorted.length * part) - 1]?.toFixed(2))
  return `median ${median} ms, 99 % ${most} ms, longest ${longest} ms`
}
