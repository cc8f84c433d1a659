import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { FixedClock } from '../../test/fixtures/call.ts'
import { dayMs, minuteMs } from '../core/durations.ts'
import type { WorkRunner, WorkSpec } from '../core/scheduler.ts'
import type { CollectionSpec, DueWork } from '../core/store.ts'
import { openStore } from '../storage/open-store.ts'
import { CollectingAppender, randomSealer, testStore } from '../storage/testing.ts'
import { eventually } from '../testing/eventually.ts'
import type { DueWorkStore } from './due-work-store.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'

const scope = { accountId: '111122223333', region: 'us-east-1' }
const runs: CollectionSpec<{ atMs: number }> = { name: 'test.runs' }

let store: Awaited<ReturnType<typeof testStore>>
let clock: FixedClock
let startMs: number
let ran: { key: string; atMs: number }[]
let errors: { error: unknown; key: string | undefined }[]
let schedulers: Scheduler[]

beforeEach(async () => {
  store = await testStore()
  clock = new FixedClock()
  startMs = clock.nowMs()
  ran = []
  errors = []
  schedulers = []
})

afterEach(async () => {
  await Promise.all(schedulers.map((scheduler) => scheduler.stop()))
  await store.close()
})

/** Notes when it ran, and leaves a document as its effect. */
const note: WorkRunner = async ({ key }) => {
  const atMs = clock.nowMs()
  return async (tx) => {
    await tx.in(runs).put(scope, key, { atMs })
    ran.push({ key, atMs: atMs - startMs })
  }
}

const schedulerWith = (runner: WorkRunner = note, kind = 'test.note') => schedulerOf({ [kind]: runner })

function schedulerOf(runners: Record<string, WorkSpec>): Scheduler {
  const onError = (error: unknown, work?: DueWork) => errors.push({ error, key: work?.key })
  const scheduler = createScheduler({ store, clock, runners, onError })
  schedulers.push(scheduler)
  return scheduler
}

const due = (key: string, inMs: number, kind = 'test.note') =>
  store.transaction((tx) => tx.schedule({ kind, key, dueAtMs: startMs + inMs, scope, payload: { key } }))

const keysRun = () => ran.map(({ key }) => key)

const effectOf = (key: string) => store.in(runs).get(scope, key)

const setClock = (timeMs: number) => {
  clock.timeMs = timeMs
}

test('Due work runs in order of its time, and what is not due stays', async () => {
  await due('third', -1)
  await due('first', -dayMs)
  await due('later', 1)
  await due('second', -minuteMs)
  await schedulerWith().runDue()
  assert.deepEqual(keysRun(), ['first', 'second', 'third'])
  assert.equal(await store.nextDueAtMs(['test.note']), startMs + 1)
})

test('Work that moves the same key runs once, at the time it was moved to', async () => {
  await due('key', minuteMs)
  await due('key', 2 * minuteMs)
  await due('removed', minuteMs)
  await store.transaction((tx) => tx.unschedule('test.note', 'removed'))
  await schedulerWith().advanceTo(startMs + dayMs, setClock)
  assert.deepEqual(ran, [{ key: 'key', atMs: 2 * minuteMs }])
})

test('Moving the clock runs each work at its own time and ends at the target', async () => {
  await due('past', -minuteMs)
  await due('b', 2 * dayMs)
  await due('a', dayMs)
  await due('beyond', 8 * dayMs)
  await schedulerWith().advanceTo(startMs + 7 * dayMs, setClock)
  assert.deepEqual(ran, [
    { key: 'past', atMs: 0 },
    { key: 'a', atMs: dayMs },
    { key: 'b', atMs: 2 * dayMs },
  ])
  assert.equal(clock.nowMs(), startMs + 7 * dayMs)
})

test('Moving the clock runs what is scheduled on the way, as often as it falls due', async () => {
  const daily: WorkRunner = async ({ key, dueAtMs }) => {
    return async (tx) => {
      ran.push({ key, atMs: clock.nowMs() - startMs })
      await tx.schedule({ kind: 'test.note', key, dueAtMs: dueAtMs + dayMs, scope, payload: null })
    }
  }
  await due('daily', dayMs)
  await schedulerWith(daily).advanceTo(startMs + 30 * dayMs, setClock)
  assert.deepEqual(
    ran.map(({ atMs }) => atMs / dayMs),
    Array.from({ length: 30 }, (_, i) => i + 1),
  )
})

test('Work that was missed while the server was off catches up step by step', async () => {
  const hourly: WorkRunner = async ({ key, dueAtMs }) => {
    return async (tx) => {
      ran.push({ key, atMs: dueAtMs - startMs })
      await tx.schedule({ kind: 'test.note', key, dueAtMs: dueAtMs + 60 * minuteMs, scope, payload: null })
    }
  }
  await due('hourly', -dayMs)
  await schedulerWith(hourly).runDue()
  assert.equal(ran.length, 25)
})

test('Work that was postponed by a clock that ran ahead is tried in time when the clock is set back', async () => {
  await due('failing', -minuteMs)
  let failures = 0
  const failing: WorkRunner = async ({ key }) => {
    if (failures++ === 0) throw new Error('not yet')
    return async () => {
      ran.push({ key, atMs: clock.nowMs() - startMs })
    }
  }
  const scheduler = schedulerWith(failing)
  // Five hours ahead the work fails, and other work is taken on by a node that dies.
  clock.advance(5 * 3600)
  await scheduler.runDue()
  await due('leased', 0, 'test.other')
  assert.ok(await store.leaseDue(['test.other'], clock.nowMs(), clock.nowMs() + minuteMs))
  clock.timeMs = startMs
  await scheduler.runDue()
  assert.deepEqual(ran, [{ key: 'failing', atMs: 0 }])
  assert.equal(await store.nextDueAtMs(['test.other']), startMs)
})

test('Work that is postponed no longer than it may be stays so when the clock is set back', async () => {
  await due('leased', -minuteMs)
  const scheduler = schedulerWith()
  await scheduler.runDue()
  await due('leased', -minuteMs)
  const leased = await store.leaseDue(['test.note'], clock.nowMs(), clock.nowMs() + minuteMs)
  clock.advance(-5)
  await scheduler.runDue()
  assert.deepEqual(keysRun(), ['leased'])
  assert.ok(leased && (await store.extendLease(leased, startMs)))
})

test('Work that makes itself due again at the same time is refused instead of running for ever', async () => {
  const endless: WorkRunner = async (work) => async (tx) => {
    ran.push({ key: work.key, atMs: 0 })
    await tx.schedule(work)
  }
  await due('endless', 0)
  await assert.rejects(schedulerWith(endless).advanceTo(startMs + dayMs, setClock), /without end: test\.note endless/)
  assert.ok(ran.length < 20)
})

test('Work that is done in slices runs until nothing is left, however many there are, and holds up nothing else', async () => {
  const slices: WorkRunner = async ({ key, payload }) => {
    const { slice = 0 } = payload as { slice?: number }
    return async () => {
      ran.push({ key, atMs: clock.nowMs() - startMs })
      return slice < 50 && key === 'sliced' ? { payload: { slice: slice + 1 } } : undefined
    }
  }
  await due('sliced', 1000)
  await due('other', 1000)
  await schedulerWith(slices).advanceTo(startMs + minuteMs, setClock)
  assert.equal(ran.length, 52)
  assert.ok(keysRun().indexOf('other') < 2)
  assert.ok(ran.every(({ atMs }) => atMs === 1000))
  assert.equal(await store.nextDueAtMs(['test.note']), undefined)
})

test('Setting the clock back is allowed and runs nothing', async () => {
  await due('later', 1)
  await schedulerWith().advanceTo(startMs - dayMs, setClock)
  assert.equal(clock.nowMs(), startMs - dayMs)
  assert.deepEqual(ran, [])
})

test('Work that fails is reported and tried again, later each time, until it succeeds', async () => {
  let failuresLeft = 3
  const flaky: WorkRunner = async (work) => {
    if (failuresLeft-- > 0) throw new Error('not yet')
    return note(work)
  }
  await due('flaky', 0)
  await due('other', 5000)
  await schedulerWith(flaky).advanceTo(startMs + minuteMs, setClock)
  assert.deepEqual(
    errors.map(({ error, key }) => [String(error), key]),
    Array(3).fill(['Error: not yet', 'flaky']),
  )
  // After 1, 2 and 4 seconds; meanwhile the other work was not held up.
  assert.deepEqual(ran, [
    { key: 'other', atMs: 5000 },
    { key: 'flaky', atMs: 7000 },
  ])
})

test('The effect of work and its removal are one: when the effect cannot be made, the work stays', async () => {
  let fails = true
  const half: WorkRunner = async (work) => async (tx) => {
    await (await note(work))(tx)
    if (fails) throw new Error('half done')
  }
  await due('half', 0)
  const scheduler = schedulerWith(half)
  await scheduler.runDue()
  assert.equal(await effectOf('half'), undefined)
  assert.equal(errors.length, 1)
  fails = false
  await scheduler.advanceTo(startMs + minuteMs, setClock)
  assert.deepEqual(await effectOf('half'), { atMs: startMs + 1000 })
  assert.equal(await store.nextDueAtMs(['test.note']), undefined)
})

test('Work that was moved or removed while it was being prepared has no effect', async () => {
  const slow: WorkRunner = async (work) => {
    if (work.key === 'moved' && clock.nowMs() === startMs) await due('moved', minuteMs)
    if (work.key === 'removed') await store.transaction((tx) => tx.unschedule('test.note', 'removed'))
    return note(work)
  }
  await due('moved', 0)
  await due('removed', 0)
  const scheduler = schedulerWith(slow)
  await scheduler.runDue()
  assert.deepEqual([ran, errors], [[], []])
  await scheduler.advanceTo(startMs + minuteMs, setClock)
  assert.deepEqual(ran, [{ key: 'moved', atMs: minuteMs }])
})

test('Due work survives a restart, and what was begun before it begins again at once', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-scheduler-'))
  const database = { kind: 'sqlite', file: join(directory, 'strongroom.db') } as const
  const open = () => openStore({ database, sealer: randomSealer(), appender: new CollectingAppender() })
  const before = await open()
  await before.transaction(async (tx) => {
    await tx.schedule({ kind: 'test.note', key: 'begun', dueAtMs: startMs, scope, payload: null })
    await tx.schedule({ kind: 'test.note', key: 'kept', dueAtMs: startMs, scope, payload: { of: ['any', 1] } })
  })
  assert.equal((await before.leaseDue(['test.note'], startMs, startMs + minuteMs))?.work.key, 'begun')
  await before.close()
  const after = await open()
  const payloads: unknown[] = []
  const keep: WorkRunner = async (work) => {
    payloads.push(work.payload)
    return note(work)
  }
  const scheduler = createScheduler({ store: after, clock, runners: { 'test.note': keep }, onError: assert.fail })
  await scheduler.runDue()
  assert.deepEqual(payloads, [null, { of: ['any', 1] }])
  assert.deepEqual(keysRun(), ['begun', 'kept'])
  await after.close()
  rmSync(directory, { recursive: true })
})

test('Two schedulers on one store never run the same work at the same time', async () => {
  let running = 0
  const otherIsDone = Promise.withResolvers<void>()
  const exclusive: WorkRunner = async (work) => {
    assert.equal(++running, 1)
    await otherIsDone.promise
    running--
    return note(work)
  }
  await due('one', 0)
  const both = [schedulerWith(exclusive).runDue(), schedulerWith(exclusive).runDue()]
  await Promise.race(both)
  otherIsDone.resolve()
  await Promise.all(both)
  assert.deepEqual([keysRun(), errors], [['one'], []])
})

test('Work whose scheduler died is taken over when its lease is over', async () => {
  await due('orphan', 0)
  assert.ok(await store.leaseDue(['test.note'], startMs, startMs + minuteMs))
  const scheduler = schedulerWith()
  await scheduler.runDue()
  assert.deepEqual(ran, [])
  await scheduler.advanceTo(startMs + minuteMs, setClock)
  assert.deepEqual(ran, [{ key: 'orphan', atMs: minuteMs }])
})

test('A lease is kept alive while its work runs', async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  try {
    const { promise, resolve } = Promise.withResolvers<void>()
    const started = Promise.withResolvers<void>()
    const slow: WorkRunner = async (work) => {
      started.resolve()
      await promise
      return note(work)
    }
    await due('slow', 0)
    const running = schedulerWith(slow).runDue()
    await started.promise
    clock.advance(50)
    mock.timers.tick(20_000)
    const renewedMs = startMs + 50_000 + minuteMs
    await eventually(
      () => store.nextDueAtMs(['test.note']),
      (nextMs) => nextMs === renewedMs,
    )
    resolve()
    await running
    assert.deepEqual(keysRun(), ['slow'])
  } finally {
    mock.timers.reset()
  }
})

test('A started scheduler runs what is due, and what falls due later, by itself', async () => {
  await due('overdue', -1)
  const scheduler = schedulerWith()
  scheduler.start()
  await eventually(() => keysRun().includes('overdue'))
  await due('later', minuteMs)
  clock.advance(61)
  await eventually(() => keysRun().includes('later'))
  await scheduler.stop()
  await due('after', 0)
  const others: string[] = []
  const other = schedulerWith(async (work) => {
    others.push(work.key)
    return note(work)
  })
  other.start()
  await eventually(() => keysRun().includes('after'))
  await other.stop()
  assert.deepEqual([keysRun(), others], [['overdue', 'later', 'after'], ['after']])
})

test('A started scheduler runs prompt work that is due as it is committed at once, and other work at its next look', async () => {
  const scheduler = schedulerOf({ 'test.note': note, 'test.prompt': { run: note, atOnce: 1, isPrompt: true } })
  scheduler.start()
  // It has found nothing and looks again in a second.
  await pause(50)
  const begunMs = performance.now()
  await due('patient', 0)
  await pause(50)
  assert.deepEqual(keysRun(), [])
  for (const key of ['one', 'two', 'three']) {
    await due(key, 0, 'test.prompt')
    await eventually(() => keysRun().includes(key))
  }
  assert.ok(performance.now() - begunMs < 900)
})

test('A started scheduler lets slow work not hold up the rest', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const slow: WorkRunner = async (work) => {
    if (work.key === 'slow') await promise
    return note(work)
  }
  await due('slow', -2)
  await due('quick', -1)
  const scheduler = schedulerWith(slow)
  scheduler.start()
  await eventually(() => keysRun().includes('quick'))
  const advanced = scheduler.advanceTo(startMs + dayMs, setClock)
  // As many reads as an advance would make that did not wait.
  for (let read = 0; read < 20; read++) await store.nextDueAtMs(['test.note'])
  assert.equal(clock.nowMs(), startMs, 'the clock waits for what is running')
  resolve()
  await advanced
  assert.deepEqual(keysRun(), ['quick', 'slow'])
})

test('No more of a kind run at a time than its limit, and all of them run', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let running = 0
  const seen: number[] = []
  const run: WorkRunner = async (work) => {
    seen.push(++running)
    await promise
    running--
    return note(work)
  }
  for (let i = 0; i < 9; i++) await due(`limited${i}`, -10 + i, 'test.limited')
  await due('last', -1)
  schedulerOf({ 'test.limited': { run, atOnce: 6 }, 'test.note': note }).start()
  // Work runs in order of time, so that what is due last begins when no more of the others may.
  await eventually(() => keysRun().includes('last'))
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6])
  resolve()
  await eventually(() => ran.length === 10)
  assert.ok(Math.max(...seen) === 6 && seen.length === 9)
})

test('A kind with a limit neither waits for other kinds nor holds them up', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const blocked: WorkRunner = async (work) => {
    if (work.key.startsWith('slow')) await promise
    return note(work)
  }
  const scheduler = schedulerOf({
    'test.note': blocked,
    'test.other': blocked,
    'test.limited': { run: blocked, atOnce: 1 },
  })
  // They take the place of the limited kind, and all but one of the others' four.
  await due('slow limited', -9, 'test.limited')
  await due('waits', -8, 'test.limited')
  for (const i of [1, 2, 3]) await due(`slow${i}`, -7)
  await due('quick', -2, 'test.other')
  scheduler.start()
  await eventually(() => keysRun().includes('quick'))
  assert.deepEqual(keysRun(), ['quick'])
  resolve()
  await eventually(() => ran.length === 6)
})

test('A kind with a limit runs while all places of the others are taken', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const slow: WorkRunner = async (work) => {
    await promise
    return note(work)
  }
  for (const i of [1, 2, 3, 4, 5]) await due(`slow${i}`, -7)
  await due('limited', -1, 'test.limited')
  schedulerOf({ 'test.note': slow, 'test.limited': { run: note, atOnce: 1 } }).start()
  await eventually(() => keysRun().includes('limited'))
  assert.deepEqual(keysRun(), ['limited'])
  resolve()
  await eventually(() => ran.length === 6)
})

test('A limit is a whole number of 1 or more', () => {
  for (const atOnce of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => schedulerOf({ 'test.note': { run: note, atOnce } }), /work cannot run .* at once: 1 or more/)
  }
})

test('Moving the clock under a started scheduler runs each work once, in order', async () => {
  for (let i = 0; i < 20; i++) await due(`w${String(i).padStart(2, '0')}`, i * minuteMs)
  const scheduler = schedulerWith()
  scheduler.start()
  await scheduler.advanceTo(startMs + dayMs, setClock)
  await scheduler.runDue()
  assert.deepEqual(
    keysRun(),
    Array.from({ length: 20 }, (_, i) => `w${String(i).padStart(2, '0')}`),
  )
  assert.deepEqual(
    ran.map(({ atMs }) => atMs / minuteMs),
    [...Array(20).keys()],
  )
})

test('Stopping waits for the work that is running', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let started = false
  const slow: WorkRunner = async (work) => {
    started = true
    await promise
    return note(work)
  }
  await due('slow', 0)
  const scheduler = schedulerWith(slow)
  scheduler.start()
  await eventually(() => started)
  const stopped = scheduler.stop()
  resolve()
  await stopped
  assert.deepEqual(keysRun(), ['slow'])
})

test('Stopping ends a move of the clock after the work at hand, and the clock stays there', async () => {
  const started = Promise.withResolvers<void>()
  const { promise, resolve } = Promise.withResolvers<void>()
  const slow: WorkRunner = async (work) => {
    started.resolve()
    await promise
    return note(work)
  }
  await due('at hand', dayMs)
  await due('not begun', 2 * dayMs)
  const scheduler = schedulerWith(slow)
  const moved = assert.rejects(scheduler.advanceTo(startMs + 7 * dayMs, setClock), {
    name: 'StoppedError',
    message: /stopped.* had come to 2026-/,
  })
  await started.promise
  const stopped = scheduler.stop()
  resolve()
  await Promise.all([moved, stopped])
  assert.deepEqual(ran, [{ key: 'at hand', atMs: dayMs }])
  assert.equal(clock.nowMs(), startMs + dayMs)
  assert.equal(await store.nextDueAtMs(['test.note']), startMs + 2 * dayMs)
  await assert.rejects(scheduler.runDue(), { name: 'StoppedError' })
})

test('Work that nothing here can do is reported at the start and left alone', async () => {
  await due('key', 0, 'other.kind')
  const scheduler = schedulerWith()
  scheduler.start()
  await eventually(() => errors.length > 0)
  assert.match(String(errors[0]?.error), /nothing here can do: other\.kind/)
  await scheduler.runDue()
  assert.equal(await store.nextDueAtMs(['other.kind']), startMs)
})

test('A store that fails for a while delays due work and loses none', async () => {
  let failing = true
  const faulty: DueWorkStore = {
    nextDueAtMs: (kinds) => (failing ? Promise.reject(new Error('no store')) : store.nextDueAtMs(kinds)),
    leaseDue: (...args) => store.leaseDue(...args),
    extendLease: (...args) => store.extendLease(...args),
    completeDue: (...args) => store.completeDue(...args),
    returnDue: (...args) => store.returnDue(...args),
    recallPostponed: (beyondMs) => store.recallPostponed(beyondMs),
    kindsDueBeside: (kinds) => store.kindsDueBeside(kinds),
    onWorkScheduled: (listener) => store.onWorkScheduled(listener),
  }
  const onError = (error: unknown) => errors.push({ error, key: undefined })
  const scheduler = createScheduler({ store: faulty, clock, runners: { 'test.note': note }, onError })
  schedulers.push(scheduler)
  await due('key', 0)
  scheduler.start()
  await eventually(() => errors.length > 0)
  failing = false
  await eventually(() => ran.length > 0)
  assert.deepEqual(keysRun(), ['key'])
})
