import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cron } from 'croner'
import fc from 'fast-check'
import { type CronFields, cronFields, nextCronTime, parseCron } from './cron-expression.ts'

const at = (text: string) => Date.parse(`${text}Z`)

/** The next runs of an expression, as local times would be written in UTC. */
function runs(expression: string, after: string, count: number, timeZone?: string): (string | undefined)[] {
  const fields = cronFields(expression)
  const cron = fields && parseCron(fields)
  assert.ok(cron, expression)
  const found: (string | undefined)[] = []
  for (let afterMs = at(after); found.length < count; ) {
    const next = nextCronTime(cron, afterMs, timeZone)
    found.push(next === undefined ? undefined : new Date(next).toISOString().slice(0, 16))
    if (next === undefined) break
    afterMs = next
  }
  return found
}

test('the examples of the EventBridge documentation run when they say', () => {
  const cases: [expression: string, after: string, ...next: string[]][] = [
    ['0 10 * * ? *', '2026-03-02T10:00:00', '2026-03-03T10:00', '2026-03-04T10:00'],
    ['15 12 * * ? *', '2026-03-02T10:00:00', '2026-03-02T12:15'],
    ['0 18 ? * MON-FRI *', '2026-03-06T17:59:59', '2026-03-06T18:00', '2026-03-09T18:00'],
    ['0 8 1 * ? *', '2026-03-02T00:00:00', '2026-04-01T08:00', '2026-05-01T08:00'],
    ['0/15 * * * ? *', '2026-03-02T10:01:00', '2026-03-02T10:15', '2026-03-02T10:30'],
    ['0/10 * ? * MON-FRI *', '2026-03-06T23:50:00', '2026-03-09T00:00', '2026-03-09T00:10'],
    ['0/5 8-17 ? * MON-FRI *', '2026-03-06T17:50:00', '2026-03-06T17:55', '2026-03-09T08:00'],
    ['0/30 20-2 ? * MON-FRI *', '', ''],
    ['0 0/1 ? * 2-6 *', '2026-03-06T22:30:00', '2026-03-06T23:00', '2026-03-09T00:00'],
    // The last Friday of each month.
    ['15 10 ? * 6L 2022-2023', '2022-12-01T00:00:00', '2022-12-30T10:15', '2023-01-27T10:15'],
    ['0 9 ? * 2#1 *', '2026-03-02T09:00:00', '2026-04-06T09:00', '2026-05-04T09:00'],
    ['0 10 L * ? *', '2024-02-01T00:00:00', '2024-02-29T10:00', '2024-03-31T10:00'],
    ['0 0 ? * L *', '2026-03-02T00:00:00', '2026-03-07T00:00', '2026-03-14T00:00'],
    // The weekday nearest to the 3rd, a Saturday in January and a Sunday in May.
    ['0 12 3W 1,5 ? 2026', '2026-01-01T00:00:00', '2026-01-02T12:00', '2026-05-04T12:00'],
    // Never in another month.
    ['0 12 1W 8 ? 2026', '2026-01-01T00:00:00', '2026-08-03T12:00'],
    ['0 12 31W * ? 2026', '2026-02-01T00:00:00', '2026-03-31T12:00', '2026-05-29T12:00', '2026-07-31T12:00'],
    ['0 12 28W 2 ? 2026', '2026-01-01T00:00:00', '2026-02-27T12:00'],
    ['0 8 ? JAN,JUL TUE#3 2026/4', '2026-01-01T00:00:00', '2026-01-20T08:00', '2026-07-21T08:00', '2030-01-15T08:00'],
  ]
  for (const [expression, after, ...next] of cases) {
    if (after) assert.deepEqual(runs(expression, after, next.length), next, expression)
    // A range does not go over midnight.
    else assert.equal(parseCron(cronFields(expression) as CronFields), undefined, expression)
  }
})

test('an expression runs no more when its years are over, or when its days never come', () => {
  assert.deepEqual(runs('0 0 1 1 ? 2026', '2025-06-01T00:00:00', 3), ['2026-01-01T00:00', undefined])
  assert.deepEqual(runs('0 0 30 2 ? *', '2026-01-01T00:00:00', 1), [undefined])
  assert.deepEqual(runs('0 0 ? 2 MON#5 *', '2026-01-01T00:00:00', 1), ['2044-02-29T00:00'])
  assert.deepEqual(runs('59 23 31 12 ? *', '2199-12-31T23:58:59', 2), ['2199-12-31T23:59', undefined])
})

test('text that is not a cron expression of AWS is refused', () => {
  const wrong = [
    ...[
      '',
      '* * * * ?',
      '* * * * ? * *',
      '60 * * * ? *',
      '* 24 * * ? *',
      '* * 0 * ? *',
      '* * 32 * ? *',
      '* * * 13 ? *',
    ],
    // One of the two days is given, and the other is `?`.
    ...['* * * * * *', '* * ? * ? *', '* * 1 * MON *', '? * * * ? *', '* * * ? ? *', '* * * * ? ?'],
    ...['* * ? * 0 *', '* * ? * 8 *', '* * ? * MON#6 *', '* * ? * MON#0 *', '* * ? * #2 *', '* * ? * MON#2,TUE#1 *'],
    ...[
      '* * 15W,16W * ? *',
      '* * W * ? *',
      '* * LW * ? *',
      '* * 32W * ? *',
      '* * ? * 3W *',
      '* * FRIL * ? *',
      '* * L-3 * ? *',
    ],
    ...[
      '*/0 * * * ? *',
      '5-1 * * * ? *',
      '1- * * * ? *',
      '-5 * * * ? *',
      '1,,2 * * * ? *',
      '*-5 * * * ? *',
      '1.5 * * * ? *',
    ],
    ...[
      '* * * * ? 1969',
      '* * * * ? 2200',
      '* * * jan ? *',
      '* * ? * Monday *',
      '0x1 * * * ? *',
      '001 * * * ? *',
      '* * * 1 ? 02026',
    ],
  ]
  for (const text of wrong) {
    const fields = cronFields(text)
    assert.equal(fields && parseCron(fields), undefined, text)
  }
})

test('fields may be apart by more than one blank', () => {
  assert.deepEqual(cronFields('  0  10\t* *  ? * '), ['0', '10', '*', '*', '?', '*'])
})

test('local time follows the clocks of a zone: a time that they skip is left out, one that they show twice runs once', () => {
  const dublin = 'Europe/Dublin'
  // 29 March 2026: from 1:00 to 2:00. 25 October: from 2:00 back to 1:00.
  assert.deepEqual(runs('30 1 * * ? *', '2026-03-28T00:00:00', 3, dublin), [
    '2026-03-28T01:30',
    '2026-03-30T00:30',
    '2026-03-31T00:30',
  ])
  assert.deepEqual(runs('30 1 * * ? *', '2026-10-24T00:00:00', 3, dublin), [
    '2026-10-24T00:30',
    '2026-10-25T00:30',
    '2026-10-26T01:30',
  ])
  assert.deepEqual(runs('0 * * * ? *', '2026-10-24T23:30:00', 3, dublin), [
    '2026-10-25T00:00',
    '2026-10-25T02:00',
    '2026-10-25T03:00',
  ])
  // From within the second showing of the hour.
  assert.deepEqual(runs('0/20 1-2 * * ? *', '2026-10-25T01:10:00', 2, dublin), ['2026-10-25T02:00', '2026-10-25T02:20'])
  assert.deepEqual(runs('30 2 * * ? *', '2026-03-07T12:00:00', 2, 'America/New_York'), [
    '2026-03-09T06:30',
    '2026-03-10T06:30',
  ])
  // Half an hour, and a day that the calendar of an island left out.
  assert.deepEqual(runs('15 2 * * ? *', '2026-10-03T00:00:00', 2, 'Australia/Lord_Howe'), [
    '2026-10-04T15:15',
    '2026-10-05T15:15',
  ])
  assert.deepEqual(runs('0 0 * * ? *', '2011-12-29T00:00:00', 3, 'Pacific/Apia'), [
    '2011-12-29T10:00',
    '2011-12-30T10:00',
    '2011-12-31T10:00',
  ])
})

const number = (from: number, to: number) => fc.integer({ min: from, max: to }).map(String)

function field(from: number, to: number, names: readonly string[] = []): fc.Arbitrary<string> {
  const value = names.length > 0 ? fc.oneof(number(from, to), fc.constantFrom(...names)) : number(from, to)
  const ordered = fc.tuple(fc.integer({ min: from, max: to }), fc.integer({ min: from, max: to }))
  const range = ordered.map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)
  const step = fc.integer({ min: 1, max: Math.max(1, to - from) })
  const part = fc.oneof(
    value,
    range,
    fc.tuple(fc.oneof(fc.constant('*'), range, number(from, to)), step).map(([of, by]) => `${of}/${by}`),
  )
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('*') },
    fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(',')),
  )
}

const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const weekday = fc.oneof(number(1, 7), fc.constantFrom(...weekdays))
const days = fc.oneof(
  fc
    .oneof(
      { weight: 3, arbitrary: field(1, 31) },
      fc.constant('L'),
      // What becomes of days that a month does not have is open elsewhere.
      number(1, 28).map((day) => `${day}W`),
    )
    .map((day) => [day, '?']),
  fc
    .oneof(
      { weight: 3, arbitrary: field(1, 7, weekdays) },
      fc.tuple(weekday, number(1, 4)).map(([day, place]) => `${day}#${place}`),
      weekday.map((day) => `${day}L`),
    )
    .map((day) => ['?', day]),
)

/** The same expression for croner: with seconds, `*` for `?`, the ends of steps, and another form of the last weekday. */
const cronerPattern = ([minute, hour, day, month, weekdayText, year]: CronFields) =>
  [
    ...['0', stepped(minute, 59), stepped(hour, 23), stepped(day, 31), stepped(month, 12)],
    ...[stepped(weekdayText, 7).replace(/^(\w+)L$/, '$1#L'), year],
  ]
    .join(' ')
    .replace('?', '*')

const stepped = (text: string, last: number) => text.replace(/(?<=^|,)(\d+)\/(?=\d)/g, `$1-${last}/`)

test('any expression runs when croner says that it does', () => {
  const expressions = fc.tuple(
    field(0, 59),
    field(0, 23),
    days,
    field(1, 12, months),
    fc.oneof(fc.constant('*'), fc.constantFrom('2026', '2024-2028', '2024-2040/3', '2025,2028')),
  )
  const time = fc.integer({ min: at('2023-06-01T00:00:00'), max: at('2029-06-01T00:00:00') })
  fc.assert(
    fc.property(expressions, time, ([minute, hour, [day = '', dayOfWeek = ''], month, year], afterMs) => {
      const fields: CronFields = [minute, hour, day, month, dayOfWeek, year]
      const cron = parseCron(fields)
      assert.ok(cron, fields.join(' '))
      const pattern = cronerPattern(fields)
      const oracle = new Cron(pattern, { timezone: 'UTC', alternativeWeekdays: true, mode: '7-part', paused: true })
      // Beyond, croner gives up where years are many.
      const expected = oracle.nextRun(new Date(afterMs))?.getTime()
      const found = nextCronTime(cron, afterMs)
      if (expected !== undefined || (found ?? 0) < at('2035-01-01T00:00:00')) assert.equal(found, expected, pattern)
    }),
    { numRuns: 500 },
  )
})

test('runs come one after the other, whatever the time zone does', () => {
  const zones = fc.constantFrom('UTC', 'Europe/Dublin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu')
  const time = fc.integer({ min: at('2020-01-01T00:00:00'), max: at('2040-01-01T00:00:00') })
  const cron = parseCron(['0/7', '*', '*', '*', '?', '*'])
  assert.ok(cron)
  fc.assert(
    fc.property(zones, time, fc.nat(4 * 3600 * 1000), (zone, afterMs, laterMs) => {
      const next = nextCronTime(cron, afterMs, zone)
      const afterwards = nextCronTime(cron, afterMs + laterMs, zone)
      assert.ok(next !== undefined && afterwards !== undefined && next > afterMs && afterwards >= next)
    }),
  )
})
