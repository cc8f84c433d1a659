import assert from 'node:assert/strict'
import { test } from 'node:test'
import { projectedLocation, projectedValues, projectionOf } from './projection.ts'

const nowMs = Date.UTC(2026, 2, 1, 12)

const valuesOf = (properties: Record<string, string>, equal?: string[]) => {
  const named = Object.fromEntries(Object.entries(properties).map(([name, value]) => [`projection.c.${name}`, value]))
  return projectedValues('c', projectionOf(named, 'c'), equal, nowMs)
}

test('days, months and hours are projected up to the present time, in their format', () => {
  const date = { type: 'date', format: 'yyyy/MM/dd', interval: '1', 'interval.unit': 'DAYS' }
  assert.deepEqual(valuesOf({ ...date, range: '2026/02/27,NOW' }), ['2026/02/27', '2026/02/28', '2026/03/01'])
  assert.deepEqual(valuesOf({ ...date, range: 'NOW-1DAYS,NOW' }), ['2026/02/28', '2026/03/01'])
  const months = { type: 'date', format: "'m'-MMM-yy", range: 'm-Dec-25,NOW', 'interval.unit': 'MONTHS' }
  assert.deepEqual(valuesOf(months), ['m-Dec-25', 'm-Jan-26', 'm-Feb-26', 'm-Mar-26'])
  assert.deepEqual(valuesOf({ type: 'date', format: 'yyyy-MM-dd-HH', range: '2026-03-01-10,NOW' }).length, 3)
  assert.throws(() => valuesOf({ ...date, range: 'yesterday,NOW' }), { kind: 'HIVE_INVALID_METADATA' })
  assert.throws(() => valuesOf({ ...date, 'interval.unit': 'SECONDS', range: '2000/01/01,NOW' }), {
    kind: 'CONSTRAINT_VIOLATION',
  })
})

test('numbers have their digits, and only those that are asked for where there are many', () => {
  assert.deepEqual(valuesOf({ type: 'integer', range: '8,12', interval: '2', digits: '3' }), ['008', '010', '012'])
  const many = { type: 'integer', range: '0,99999999999' }
  assert.deepEqual(valuesOf(many, ['5', '-1', '99999999999']), ['5', '99999999999'])
  assert.throws(() => valuesOf(many), { kind: 'CONSTRAINT_VIOLATION' })
})

test('values are listed, or injected by the statement', () => {
  assert.deepEqual(valuesOf({ type: 'enum', values: 'a, b' }), ['a', 'b'])
  assert.deepEqual(valuesOf({ type: 'injected' }, ['x']), ['x'])
  assert.throws(() => valuesOf({ type: 'injected' }), { kind: 'CONSTRAINT_VIOLATION' })
  assert.throws(() => valuesOf({ type: 'other' }), { kind: 'HIVE_INVALID_METADATA' })
})

test('a partition is where the template says, or in folders of its values', () => {
  const template = ['s3://b/$', '{region}/$', '{Day}/'].join('')
  assert.equal(projectedLocation(template, 's3://b/', ['region', 'day'], ['r', '1']), 's3://b/r/1/')
  assert.equal(projectedLocation(undefined, 's3://b/t/', ['year'], ['2026']), 's3://b/t/year=2026/')
})
