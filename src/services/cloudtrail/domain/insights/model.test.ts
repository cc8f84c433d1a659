import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '../../../../testing/random.ts'
import { addMinute, type CallRates, type Finding, newRates, skipTo, weekMinutes } from './model.ts'

const dayMinutes = 24 * 60
const warmUp = 36 * 60

/** A random number of calls in a minute with this mean. */
function poisson(mean: number, random: () => number): number {
  if (mean > 30) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal))
  }
  const limit = Math.exp(-mean)
  let product = random()
  let count = 0
  while (product > limit) {
    product *= random()
    count++
  }
  return count
}

/** Feeds minutes to the model. @param load - the calls of a minute. */
function observe(days: number, load: (minute: number) => number, rates: CallRates = newRates(0)) {
  const found: (Finding & { minute: number })[] = []
  const first = rates.throughMinute + 1
  let present = rates
  for (let minute = first; minute < first + days * dayMinutes; minute++) {
    const { rates: next, finding } = addMinute(present, load(minute), minute > warmUp)
    present = next
    if (finding) found.push({ ...finding, minute })
  }
  return { found, rates: present }
}

const wave = (minute: number) => 1 + Math.sin((2 * Math.PI * (minute % dayMinutes)) / dayMinutes)
const isWeekend = (minute: number) => Math.floor(minute / dayMinutes) % 7 >= 5

/** Loads that are usual, as means of calls a minute. */
const quiet: Record<string, (minute: number) => number> = {
  nothing: () => 0,
  'a call now and then': () => 0.05,
  steady: () => 2,
  'steady and busy': () => 200,
  'a daily wave': (minute) => 20 * wave(minute),
  'a daily wave with quiet weekends': (minute) => (isWeekend(minute) ? 1 : 20 * wave(minute)),
  'a job of every hour': (minute) => (minute % 60 === 0 ? 100 : 0.5),
  'a job of every night': (minute) => (minute % dayMinutes === 120 ? 1000 : 1),
  'slow growth': (minute) => 5 * 1.02 ** (minute / dayMinutes),
}

for (const [name, mean] of Object.entries(quiet)) {
  test(`ninety quiet days have no insight: ${name}`, () =>
    seeded(async (random) => {
      const { found } = observe(90, (minute) => poisson(mean(minute), random))
      assert.deepEqual(found, [])
    }))
}

test('a spike is found within ten minutes, and its end when it is over', () =>
  seeded(async (random) => {
    const from = 8 * dayMinutes + 600
    const { found } = observe(9, (minute) => poisson(minute >= from && minute < from + 30 ? 60 : 2, random))
    const [start, end, ...more] = found
    assert.deepEqual([start?.state, end?.state, more.length], ['Start', 'End', 0])
    assert.ok(start && end && start.minute >= from && start.minute < from + 10, `found in minute ${start?.minute}`)
    assert.ok(Math.abs((start?.baseline ?? 0) - 2) < 0.1, `the baseline is ${start?.baseline}`)
    assert.equal(start?.baselineMinutes, weekMinutes)
    assert.ok((end?.minute ?? 0) >= from + 30 && (end?.minute ?? 0) < from + 45)
    assert.equal(end?.startMinute, start?.startMinute)
    assert.equal(end?.duration, (end?.minute ?? 0) - (end?.startMinute ?? 0) + 1)
  }))

test('a spike on top of a daily wave is found, and one that comes again the next day, too', () =>
  seeded(async (random) => {
    const isSpike = (minute: number) =>
      minute >= 8 * dayMinutes && minute % dayMinutes >= 900 && minute % dayMinutes < 910
    const { found } = observe(10, (minute) => poisson(isSpike(minute) ? 300 : 20 * wave(minute), random))
    assert.deepEqual(
      found.map(({ state }) => state),
      ['Start', 'End', 'Start', 'End'],
    )
  }))

test('calls that cease are found where there always were many', () =>
  seeded(async (random) => {
    const from = 8 * dayMinutes
    const { found } = observe(9, (minute) => (minute >= from && minute < from + 120 ? 0 : poisson(50, random)))
    assert.deepEqual(
      found.map(({ state }) => state),
      ['Start', 'End'],
    )
    assert.ok((found[0]?.minute ?? 0) < from + 20)
    assert.ok((found[0]?.average ?? 50) < 15)
  }))

test('what was never called before is unusual when it is called often', () => {
  const { found } = observe(5, (minute) => (minute >= 2 * dayMinutes ? 50 : 0))
  assert.equal(found[0]?.state, 'Start')
  assert.equal(found[0]?.baseline, 0)
  assert.deepEqual(
    found.slice(1).map(({ state }) => state),
    ['End'],
    'after a day it is the new usual',
  )
})

test('nothing is unusual before enough is known', () => {
  const { found } = observe(1, (minute) => (minute === 700 ? 5000 : 1))
  assert.deepEqual(found, [])
})

test('minutes without calls that are passed over are the same as ones that are added', () =>
  seeded(async (random) => {
    let added = observe(2, () => poisson(3, random)).rates
    for (let gap = 1; gap < 400; gap += 37) {
      const target = added.throughMinute + gap
      let each = added
      for (let minute = 0; minute < gap; minute++) each = addMinute(each, 0, false).rates
      assert.deepEqual(skipTo(added, target), each)
      added = addMinute(each, 5, false).rates
    }
  }))

test('what is kept of a kind of call is bounded', () =>
  seeded(async (random) => {
    const { rates } = observe(30, () => poisson(3, random))
    assert.ok(rates.hours.length <= 176 && rates.minutes.length <= 15)
    assert.ok(JSON.stringify(rates).length < 6000)
  }))
