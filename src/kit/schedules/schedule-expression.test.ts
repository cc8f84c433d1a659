import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextRun, parseRate, parseSchedule, periodMs, type Schedule } from './schedule-expression.ts'
import { instantOf, isTimeZone, localMsOf } from './time-zone.ts'

const at = (text: string) => Date.parse(`${text}Z`)
const schedule = (text: string): Schedule => {
  const parsed = parseSchedule(text)
  assert.ok(parsed, text)
  return parsed
}
const next = (text: string, after: string, start: string, timeZone?: string) => {
  const timeMs = nextRun(schedule(text), at(after), { startMs: at(start), timeZone })
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString().slice(0, 19)
}

test('rates are whole numbers of minutes, hours or days, in the singular for one and the plural for more', () => {
  for (const text of [
    'rate(1 minute)',
    'rate(2 minutes)',
    'rate(1 hour)',
    'rate(12 hours)',
    'rate(1 day)',
    'rate(30 days)',
  ]) {
    assert.equal(schedule(text).every, 'rate')
  }
  const wrong = [
    ...[
      '1 minutes',
      '2 minute',
      '0 minutes',
      '-1 minutes',
      '01 minute',
      '1.5 hours',
      '5  minutes',
      ' 5 minutes',
      '5 minutes ',
    ],
    ...['5', 'minutes', '5 seconds', '5 weeks', '5 Minutes', '1e3 minutes', '9999999999 minutes', '5minutes'],
  ]
  for (const content of wrong) assert.equal(parseSchedule(`rate(${content})`), undefined, content)
  assert.deepEqual(parseRate('1 days', { anyNumber: true }), { count: 1, unit: 'day' })
  assert.equal(parseRate('0 days', { anyNumber: true }), undefined)
  assert.equal(periodMs({ count: 3, unit: 'hour' }), 3 * 3600 * 1000)
})

test('a rate runs at its start and then after each period, in which a day has 24 hours', () => {
  assert.equal(next('rate(5 minutes)', '2026-03-02T09:59:59', '2026-03-02T10:00:00'), '2026-03-02T10:00:00')
  assert.equal(next('rate(5 minutes)', '2026-03-02T10:00:00', '2026-03-02T10:00:00'), '2026-03-02T10:05:00')
  assert.equal(
    next('rate(1 day)', '2026-03-28T12:00:00', '2026-03-28T10:00:00', 'Europe/Dublin'),
    '2026-03-29T10:00:00',
  )
})

test('a calendar schedule runs from its start on, in its time zone', () => {
  const daily = 'cron(0 10 * * ? *)'
  assert.equal(next(daily, '2026-01-01T00:00:00', '2026-07-01T10:00:00'), '2026-07-01T10:00:00')
  assert.equal(next(daily, '2026-08-01T10:00:00', '2026-07-01T10:00:00'), '2026-08-02T10:00:00')
  assert.equal(next(daily, '2026-07-01T00:00:00', '2026-01-01T00:00:00', 'Asia/Tokyo'), '2026-07-01T01:00:00')
})

test('at runs once, at a time that its zone has', () => {
  const once = 'at(2026-07-01T10:00:00)'
  assert.equal(next(once, '2026-06-01T00:00:00', '2026-01-01T00:00:00'), '2026-07-01T10:00:00')
  assert.equal(next(once, '2026-06-01T00:00:00', '2026-01-01T00:00:00', 'America/New_York'), '2026-07-01T14:00:00')
  assert.equal(next(once, '2026-07-01T10:00:00', '2026-01-01T00:00:00'), undefined)
  assert.equal(
    next('at(2026-03-29T01:30:00)', '2026-01-01T00:00:00', '2026-01-01T00:00:00', 'Europe/Dublin'),
    undefined,
  )
  assert.equal(
    next('at(2026-10-25T01:30:00)', '2026-01-01T00:00:00', '2026-01-01T00:00:00', 'Europe/Dublin'),
    '2026-10-25T00:30:00',
  )
  const wrong = [
    '2026-02-30T10:00:00',
    '2026-07-01T24:00:00',
    '2026-07-01 10:00:00',
    '2026-07-01T10:00',
    '2026-07-01T10:00:00Z',
    '',
  ]
  for (const content of wrong) assert.equal(parseSchedule(`at(${content})`), undefined, content)
})

test('text of another form is not a schedule', () => {
  for (const text of [
    '',
    'rate',
    'rate()',
    'cron()',
    'Rate(1 day)',
    'rate(1 day) ',
    'every(1 day)',
    'rate(1 day)\n',
    '1 day',
  ]) {
    assert.equal(parseSchedule(text), undefined, text)
  }
})

test('time zones are IANA names', () => {
  for (const name of ['UTC', 'Europe/Dublin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+2'])
    assert.ok(isTimeZone(name), name)
  for (const name of ['', '+02:00', 'Mars/Olympus', 'Europe/Dublin ', '__proto__']) assert.ok(!isTimeZone(name), name)
})

test('the instant of a local time shows that local time, and is the first that does', () => {
  const zones = fc.constantFrom('Europe/Dublin', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC')
  const time = fc.integer({ min: at('1990-01-01T00:00:00'), max: at('2040-01-01T00:00:00') })
  fc.assert(
    fc.property(zones, time, (zone, timeMs) => {
      const localMs = localMsOf(timeMs, zone)
      const first = instantOf(localMs, zone)
      assert.ok(first !== undefined && first <= timeMs)
      assert.equal(localMsOf(first, zone), localMs)
    }),
  )
})
