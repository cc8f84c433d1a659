import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aggregateOf, decodeAggregate, encodeAggregate, merge, statisticSet } from './aggregate.ts'
import { readStatistic } from './statistic.ts'

const counted = fc.array(
  fc.record({
    value: fc.oneof(fc.integer({ min: -50, max: 50 }), fc.double({ min: -1e9, max: 1e9, noNaN: true })),
    count: fc.integer({ min: 1, max: 5 }),
  }),
  { minLength: 1, maxLength: 60 },
)

const read = (name: string) => {
  const statistic = readStatistic(name)
  assert.ok(statistic, name)
  return statistic
}

/** @param scale - of the terms of a sum: those that cancel each other leave an error of their own size. */
const near = (actual: number | undefined, expected: number, what: string, scale = Math.abs(expected)) =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= 1e-9 * Math.max(1, scale),
    `${what}: ${actual} in place of ${expected}`,
  )

test('statistics of values that come in parts are those of a plain list of all of them', () => {
  fc.assert(
    fc.property(counted, fc.integer({ min: 0, max: 60 }), (given, at) => {
      const part = (some: typeof given) =>
        aggregateOf(
          some.map(({ value }) => value),
          some.map(({ count }) => count),
        )
      const parts = [given.slice(0, at), given.slice(at)].filter((some) => some.length > 0).map(part)
      const whole = parts.map((each) => decodeAggregate(encodeAggregate(each))).reduce(merge)
      const all = given.flatMap(({ value, count }) => Array.from({ length: count }, () => value))
      const sum = all.reduce((total, value) => total + value, 0)
      near(read('SampleCount')(whole), all.length, 'count')
      const scale = all.reduce((total, value) => total + Math.abs(value), 0)
      near(read('Sum')(whole), sum, 'sum', scale)
      near(read('Average')(whole), sum / all.length, 'average', scale / all.length)
      assert.equal(read('Minimum')(whole), Math.min(...all))
      assert.equal(read('Maximum')(whole), Math.max(...all))
    }),
  )
})

test('percentiles and trimmed statistics are those of a plain list in order', () => {
  const positive = counted.map((given) => given.map(({ value, count }) => ({ value: Math.abs(value), count })))
  fc.assert(
    fc.property(positive, fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 99 }), (given, percent, low) => {
      const whole = aggregateOf(
        given.map(({ value }) => value),
        given.map(({ count }) => count),
      )
      const all = given.flatMap(({ value, count }) => Array.from({ length: count }, () => value)).sort((a, b) => a - b)
      const n = all.length
      assert.equal(read(`p${percent}`)(whole), all[Math.max(Math.ceil((n * percent) / 100), 1) - 1])
      const kept = all.slice(Math.floor((n * low) / 100), n)
      near(read(`TC(${low}%:)`)(whole), kept.length, 'count in range')
      near(
        read(`TS(${low}%:)`)(whole),
        kept.reduce((total, value) => total + value, 0),
        'sum in range',
      )
      const bound = all[Math.floor(n / 2)] ?? 0
      const below = all.filter((value) => value <= Number(bound.toFixed(3)))
      near(read(`PR(:${bound.toFixed(3)})`)(whole), (100 * below.length) / n, 'rank')
    }),
  )
})

test('of very many different values, percentiles are right to one percent', () => {
  const values = Array.from({ length: 20_000 }, (_, n) => 1 + n * 0.37)
  const parts = Array.from({ length: 200 }, (_, n) => aggregateOf(values.slice(n * 100, n * 100 + 100)))
  const whole = parts.reduce((one, other) => decodeAggregate(encodeAggregate(merge(one, other))))
  assert.ok(encodeAggregate(whole).length < 10_000)
  for (const percent of [1, 25, 50, 90, 99, 99.9]) {
    const exact = values[Math.ceil((values.length * percent) / 100) - 1] ?? 0
    const found = read(`p${percent}`)(whole) ?? 0
    assert.ok(Math.abs(found - exact) <= 0.0101 * exact, `p${percent}: ${found} in place of ${exact}`)
  }
  assert.equal(read('SampleCount')(whole), 20_000)
})

test('percentiles of statistic sets are known where all values were the same, and of no metric with negative values', () => {
  const p90 = read('p90')
  assert.equal(p90(statisticSet(1, 7, 7, 7)), 7)
  assert.equal(p90(statisticSet(3, 21, 7, 7)), 7)
  assert.equal(p90(statisticSet(2, 10, 3, 7)), undefined)
  assert.equal(p90(merge(aggregateOf([1]), statisticSet(2, 10, 3, 7))), undefined)
  assert.equal(p90(aggregateOf([-1, 5])), undefined)
  assert.equal(read('tm90')(aggregateOf([-10, 5])), -2.5)
})
