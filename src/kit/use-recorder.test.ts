import assert from 'node:assert/strict'
import { test } from 'node:test'
import { minuteMs } from '../core/durations.ts'
import { type CollectionSpec, type Store, StoreUnavailableError } from '../core/store.ts'
import { testStore } from '../storage/testing.ts'
import { type Use, UseRecorder } from './use-recorder.ts'

interface NotedUse extends Use {
  by?: string
}

const uses: CollectionSpec<NotedUse> = { name: 'kit.test-uses' }
const scope = { accountId: '111122223333', region: 'us-east-1' }

async function recording(options: { resolutionMs?: number; writeAfterMs?: number; pendingAtMost?: number } = {}) {
  const store = await testStore()
  const faults: unknown[] = []
  let failure: Error | undefined
  let transactions = 0
  const transaction: Store['transaction'] = (work) => {
    transactions++
    return failure ? Promise.reject(failure) : store.transaction(work)
  }
  const recorder = new UseRecorder<NotedUse>({
    store: { transaction },
    write: (tx, id, use) => tx.in(uses).put(scope, id, use),
    onFault: (fault) => faults.push(fault),
    ...{ resolutionMs: 0, writeAfterMs: minuteMs, ...options },
  })
  return {
    recorder,
    faults,
    stored: (id: string) => store.in(uses).get(scope, id),
    all: () => store.in(uses).count(scope),
    transactions: () => transactions,
    fail: (error: Error | undefined) => {
      failure = error
    },
  }
}

test('a use is in memory at once, and in the store after a flush; the last one of a thing stays', async () => {
  const { recorder, stored, transactions } = await recording()
  recorder.note('a', { atMs: 1, by: 'x' })
  recorder.note('b', { atMs: 2 })
  recorder.note('a', { atMs: 3, by: 'y' })
  assert.deepEqual([recorder.pending('a'), transactions()], [{ atMs: 3, by: 'y' }, 0])
  await recorder.flush()
  assert.deepEqual([await stored('a'), await stored('b')], [{ atMs: 3, by: 'y' }, { atMs: 2 }])
  assert.deepEqual([recorder.pending('a'), transactions()], [undefined, 1])
  await recorder.flush()
  assert.equal(transactions(), 1)
})

test('uses are written by themselves when their time has come', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { recorder, stored, transactions } = await recording({ writeAfterMs: 1000 })
  recorder.note('a', { atMs: 1 })
  t.mock.timers.tick(999)
  assert.equal(transactions(), 0)
  t.mock.timers.tick(1)
  assert.equal(transactions(), 1)
  await recorder.flush()
  assert.deepEqual(await stored('a'), { atMs: 1 })
})

test('uses that are closer together than the resolution are one, whichever way the clock went', async () => {
  const { recorder, stored, transactions } = await recording({ resolutionMs: 1000 })
  const use = async (atMs: number) => {
    recorder.note('a', { atMs })
    await recorder.flush()
    return (await stored('a'))?.atMs
  }
  assert.deepEqual([await use(5000), await use(5999), await use(4001)], [5000, 5000, 5000])
  assert.equal(transactions(), 1)
  assert.deepEqual([await use(6000), await use(5000)], [6000, 5000])
})

test('many uses are written in several transactions, and one that is noted meanwhile is not lost', async () => {
  const { recorder, stored, all, transactions } = await recording()
  for (let number = 0; number < 230; number++) recorder.note(`id ${number}`, { atMs: 1 })
  const writing = recorder.flush()
  recorder.note('id 0', { atMs: 2 })
  await writing
  assert.deepEqual([await all(), (await stored('id 0'))?.atMs, transactions()], [230, 1, 3])
  await recorder.flush()
  assert.deepEqual([(await stored('id 0'))?.atMs, transactions(), recorder.pending('id 0')], [2, 4, undefined])
})

test('uses that cannot be written are kept and tried again; only faults other than a full store are reported', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { recorder, stored, faults, fail, transactions } = await recording({ resolutionMs: 1000, writeAfterMs: 0 })
  fail(new StoreUnavailableError('full'))
  recorder.note('a', { atMs: 1 })
  await recorder.flush()
  assert.deepEqual(faults, [])
  const fault = new Error('a fault')
  fail(fault)
  await recorder.flush()
  assert.deepEqual([faults, recorder.pending('a'), transactions()], [[fault], { atMs: 1 }, 2])
  fail(undefined)
  t.mock.timers.tick(999)
  assert.equal(transactions(), 2)
  t.mock.timers.tick(1)
  await recorder.flush()
  assert.deepEqual(await stored('a'), { atMs: 1 })
})

test('memory stays bounded: many uses are written at once, and forgotten where they cannot be', async () => {
  const { recorder, all, stored, fail } = await recording({ resolutionMs: 1000, pendingAtMost: 100 })
  fail(new StoreUnavailableError('full'))
  for (let number = 0; number < 100; number++) recorder.note(`id ${number}`, { atMs: 1 })
  await recorder.flush()
  assert.equal(recorder.pending('id 1'), undefined)
  fail(undefined)
  recorder.note('id 1', { atMs: 2 })
  await recorder.flush()
  assert.deepEqual([await all(), await stored('id 1')], [1, { atMs: 2 }])
  for (let number = 0; number <= 200; number++) recorder.note(`id ${number}`, { atMs: 5000 })
  assert.deepEqual([recorder.pending('id 199'), recorder.pending('id 200')], [{ atMs: 5000 }, undefined])
  await recorder.flush()
  assert.deepEqual([await stored('id 0'), await stored('id 200')], [{ atMs: 5000 }, undefined])
})

test('a flush waits for what was noted while an earlier one was writing', async () => {
  const { recorder, stored } = await recording()
  recorder.note('a', { atMs: 1 })
  const first = recorder.flush()
  recorder.note('a', { atMs: 2 })
  await recorder.flush()
  assert.deepEqual(await stored('a'), { atMs: 2 })
  await first
})
