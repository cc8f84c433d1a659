import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dayMs, hourMs } from '../../../core/durations.ts'
import { checkRules, daysUntil, nextWindow } from './rotation-schedule.ts'
import type { RotationRules } from './secret.ts'

const at = (text: string) => Date.parse(text)
const expression = (scheduleExpression: string, duration?: string): RotationRules => ({ scheduleExpression, duration })

/** The window that follows a time at which the secret has just rotated and got its rules. */
function next(rules: RotationRules, now: string, others: { renewed?: string; rulesSet?: string } = {}) {
  checkRules(rules)
  const times = { nowMs: at(now), renewedAtMs: at(others.renewed ?? now), rulesSetAtMs: at(others.rulesSet ?? now) }
  const window = nextWindow(rules, times)
  return window && [new Date(window.startMs).toISOString(), new Date(window.endMs).toISOString()]
}

const window = (start: string, end: string) => [`${start}.000Z`, `${end}.000Z`]

test('scenario 31: nextWindow finds the windows of expressions by days and hours', () => {
  const cases: [RotationRules, now: string, start: string, end: string][] = [
    // The steps begin anew each day.
    [expression('cron(0 2/10 * * ? *)'), '2026-03-02T13:00:00Z', '2026-03-02T22:00:00', '2026-03-02T23:00:00'],
    [expression('cron(0 2/10 * * ? *)'), '2026-03-02T22:00:00Z', '2026-03-03T02:00:00', '2026-03-03T03:00:00'],
    [expression('cron(0 /8 * * ? *)'), '2026-03-02T07:59:59Z', '2026-03-02T08:00:00', '2026-03-02T09:00:00'],
    [expression('cron(0 /8 * * ? *)', '4h'), '2026-03-02T08:00:00Z', '2026-03-02T16:00:00', '2026-03-02T20:00:00'],
    [expression('cron(0 8 1 * ? *)'), '2026-03-02T13:00:00Z', '2026-04-01T08:00:00', '2026-04-01T23:59:59'],
    [expression('cron(0 8 1 * ? *)', '3h'), '2026-03-02T13:00:00Z', '2026-04-01T08:00:00', '2026-04-01T11:00:00'],
    [expression('cron(0 17 L * ? *)'), '2024-02-02T00:00:00Z', '2024-02-29T17:00:00', '2024-02-29T23:59:59'],
    [expression('cron(0 6 ? * SUNL *)'), '2026-03-02T00:00:00Z', '2026-03-29T06:00:00', '2026-03-29T23:59:59'],
    [expression('cron(0 6 SUNL * ? *)'), '2026-03-02T00:00:00Z', '2026-03-29T06:00:00', '2026-03-29T23:59:59'],
    [expression('cron(0 6 ? * MON#2 *)'), '2026-03-02T00:00:00Z', '2026-03-09T06:00:00', '2026-03-09T23:59:59'],
    [expression('cron(0 0 ? * L *)'), '2026-03-02T00:00:00Z', '2026-03-07T00:00:00', '2026-03-07T23:59:59'],
    [expression('cron(0 16 1,15 * ? *)', '2h'), '2026-03-02T00:00:00Z', '2026-03-15T16:00:00', '2026-03-15T18:00:00'],
    [expression('cron(0 8 1 1/3 ? *)'), '2026-03-02T00:00:00Z', '2026-04-01T08:00:00', '2026-04-01T23:59:59'],
    [expression('cron(0 8 ? JAN,JUL MON-FRI *)'), '2026-03-02T00:00:00Z', '2026-07-01T08:00:00', '2026-07-01T23:59:59'],
    [expression('cron(0 8 29 2 ? *)'), '2096-03-01T00:00:00Z', '2104-02-29T08:00:00', '2104-02-29T23:59:59'],
    [expression('cron(0 22 * * ? *)', '2h'), '2026-03-02T23:00:00Z', '2026-03-03T22:00:00', '2026-03-03T23:59:59'],
    [expression('rate(10 days)'), '2026-03-02T13:00:00Z', '2026-03-12T00:00:00', '2026-03-12T23:59:59'],
    [expression('rate(1 day)', '6h'), '2026-03-02T13:00:00Z', '2026-03-03T00:00:00', '2026-03-03T06:00:00'],
    [expression('rate(12 hours)'), '2026-03-02T13:00:00Z', '2026-03-03T00:00:00', '2026-03-03T01:00:00'],
    [expression('rate(10 hours)', '2h'), '2026-03-02T13:00:00Z', '2026-03-02T20:00:00', '2026-03-02T22:00:00'],
    [{ automaticallyAfterDays: 30 }, '2026-03-02T13:00:00Z', '2026-04-01T00:00:00', '2026-04-01T23:59:59'],
    [
      { automaticallyAfterDays: 1, duration: '3h' },
      '2026-12-31T23:59:59Z',
      '2027-01-01T00:00:00',
      '2027-01-01T03:00:00',
    ],
  ]
  for (const [rules, now, start, end] of cases) {
    assert.deepEqual(next(rules, now), window(start, end), JSON.stringify(rules))
  }
  assert.equal(next({}, '2026-03-02T13:00:00Z'), undefined)
})

test('nextWindow counts days from the last rotation or manual change, and never lies behind', () => {
  const rules = { automaticallyAfterDays: 30 }
  const later = next(rules, '2026-03-20T13:00:00Z', { renewed: '2026-03-10T09:00:00Z' })
  assert.deepEqual(later, window('2026-04-09T00:00:00', '2026-04-09T23:59:59'))
  const overdue = next(rules, '2026-06-20T13:00:00Z', { renewed: '2026-03-10T09:00:00Z' })
  assert.deepEqual(overdue, window('2026-06-21T00:00:00', '2026-06-21T23:59:59'))
})

test('nextWindow counts a rate in hours from midnight of the day on which it was set', () => {
  const rules = expression('rate(10 hours)')
  const starts = ['2026-03-02T13:00:00Z', '2026-03-02T20:30:00Z', '2026-03-03T06:10:00Z'].map(
    (now) => next(rules, now, { rulesSet: '2026-03-02T13:00:00Z' })?.[0],
  )
  assert.deepEqual(starts, ['2026-03-02T20:00:00.000Z', '2026-03-03T06:00:00.000Z', '2026-03-03T16:00:00.000Z'])
})

test('scenario 30: rules that Secrets Manager does not take are refused', () => {
  const refused: RotationRules[] = [
    expression('rate(3 hours)'),
    expression('cron(5 8 * * ? *)'),
    expression('cron(0 8 1 * MON *)'),
    expression('rate(4 hours)', '5h'),
    expression('cron(0 22 * * ? *)', '3h'),
    { automaticallyAfterDays: 30, scheduleExpression: 'rate(30 days)' },
    expression('cron(0 8 ? * ? *)'),
    expression('cron(0 8 * * ? 2027)'),
    expression('cron(0 8 * * ?)'),
    expression('cron(0 24 * * ? *)'),
    expression('cron(0 * * * ? *)'),
    expression('cron(0 0/3 * * ? *)'),
    expression('cron(0 0,23 * * ? *)'),
    expression('cron(0 8 32 * ? *)'),
    expression('cron(0 8 15W * ? *)'),
    expression('cron(0 8 30 2 ? *)'),
    expression('cron(0 8 5-1 * ? *)'),
    expression('cron(0 8 ? * MON#6 *)'),
    expression('cron(0 8 ? * XYZ *)'),
    expression('cron(0 8 ,1 * ? *)'),
    expression('cron(0 8 1/0 * ? *)'),
    expression('rate(0 days)'),
    expression('rate(10 weeks)'),
    expression('rate(10days)'),
    expression('at(2026-03-01)'),
    expression('rate(10 days)', '25h'),
    expression('rate(10 days)', '0h'),
    expression('cron(0 /8 * * ? *)', '9h'),
    { automaticallyAfterDays: 3, duration: '25h' },
    { duration: '3h' },
  ]
  for (const rules of refused) {
    assert.throws(() => checkRules(rules), { code: 'InvalidParameterException' }, JSON.stringify(rules))
  }
})

test('checkRules takes hours that are close only across days that do not follow one another', () => {
  checkRules(expression('cron(0 0,23 ? * MON *)'))
  checkRules(expression('cron(0 2/10 * * ? *)', '2h'))
  checkRules(expression('cron(0 20 * * ? *)', '4h'))
})

const hourList = fc.constantFrom('0', '8', '23', '/4', '2/10', '0/12', '3,9,15')
const dayField = fc.constantFrom('*', '1', '15', 'L', '1/7', '28-31', '5,25', 'SUNL')
const weekdayField = fc.constantFrom('*', 'MON', '1-5', 'SUN,WED', '3#1', '6L', 'L')
const monthField = fc.constantFrom('*', '2', 'JAN-JUN', '1/3', 'DEC')
const cron = fc.oneof(
  fc.tuple(hourList, dayField, monthField).map(([h, d, m]) => `cron(0 ${h} ${d} ${m} ? *)`),
  fc.tuple(hourList, monthField, weekdayField).map(([h, m, w]) => `cron(0 ${h} ? ${m} ${w} *)`),
)
const schedules = fc.oneof(
  cron.map((text) => expression(text)),
  fc.integer({ min: 4, max: 999 }).map((n) => expression(`rate(${n} hours)`)),
  fc.integer({ min: 1, max: 999 }).map((n) => expression(`rate(${n} days)`)),
  fc.integer({ min: 1, max: 1000 }).map((n) => ({ automaticallyAfterDays: n })),
)
const moments = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2090-01-01T00:00:00Z') })

test('nextWindow always lies ahead, on a full hour, inside one day, and windows follow one another without overlap', () => {
  fc.assert(
    fc.property(schedules, moments, (rules, startMs) => {
      checkRules(rules)
      let times = { nowMs: startMs, renewedAtMs: startMs, rulesSetAtMs: startMs }
      let endMs = startMs
      for (let i = 0; i < 5; i++) {
        const found = nextWindow(rules, times)
        assert.ok(found)
        assert.ok(found.startMs > times.nowMs)
        assert.ok(found.startMs >= endMs)
        assert.equal(found.startMs % hourMs, 0)
        assert.ok(found.endMs > found.startMs)
        assert.equal(Math.floor(found.endMs / dayMs), Math.floor(found.startMs / dayMs))
        assert.ok(daysUntil(found, times.nowMs) >= 1)
        endMs = found.endMs
        times = { ...times, nowMs: found.startMs + 1, renewedAtMs: found.startMs + 1 }
      }
    }),
  )
})

test('text of any kind is a schedule or refused, never a fault', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'0123456789*/,-?L#() MONSUcronrate'), maxLength: 30 })
  fc.assert(
    fc.property(
      fc.oneof(
        letters,
        letters.map((text) => `cron(0 ${text} *)`),
      ),
      fc.option(letters),
      (text, duration) => {
        try {
          checkRules(expression(text, duration ?? undefined))
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'InvalidParameterException')
        }
      },
    ),
  )
})
