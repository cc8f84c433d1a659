import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs, minuteMs } from '../../../core/durations.ts'
import { cloudWatchFixture, metricQuery } from '../testing.ts'

/** Minute 0: requests 10, errors 1. Minute 1: 20 and none. Minute 3: 40 and 4. The clock stands at minute 60. */
async function withData() {
  const fixture = await cloudWatchFixture()
  const { put, clock, query } = fixture
  const startMs = clock.timeMs - 60 * minuteMs
  const datum = (MetricName: string, minute: number, Value: number) => ({
    ...{ MetricName, Value },
    Timestamp: new Date(startMs + minute * minuteMs),
  })
  await put(
    ...[datum('requests', 0, 10), datum('requests', 1, 20), datum('requests', 3, 40)],
    ...[datum('errors', 0, 1), datum('errors', 3, 4)],
  )
  const sources = [metricQuery('m1', 'requests'), metricQuery('m2', 'errors'), metricQuery('none', 'nothing')]
  /** Evaluates an expression: its points as `minute:value`, of each result. */
  const evaluate = async (Expression: string, minutes = 5) => {
    const { MetricDataResults = [] } = await query(
      [...sources.map((source) => ({ ...source, ReturnData: false })), { Id: 'e1', Expression }],
      { EndTime: new Date(startMs + minutes * minuteMs) },
    )
    return MetricDataResults.map(({ Timestamps = [], Values = [] }) =>
      Timestamps.map((time, place) => `${(time.getTime() - startMs) / minuteMs}:${Values[place]}`).join(' '),
    )
  }
  return { ...fixture, startMs, evaluate, sources }
}

const expressions: readonly [expression: string, ...results: string[]][] = [
  ['m1 + m2 * 2', '0:12 3:48'],
  ['m1 - -1', '0:11 1:21 3:41'],
  ['-m2^2', '0:-1 3:-16'],
  ['100 * m2 / m1', '0:10 3:10'],
  ['m1 / 0', ''],
  ['(m1 + 2) * 3', '0:36 1:66 3:126'],
  ['m1 > 10', '0:0 1:1 3:1'],
  ['m1 >= 20 AND m1 < 40', '0:0 1:1 3:0'],
  ['m1 == 10 || m1 != 20', '0:1 1:0 3:1'],
  ['!(m1 > 10)', '0:1 1:0 3:0'],
  ['IF(m1 > 10, m1)', '1:20 3:40'],
  ['IF(m1 > 10, m1, 0)', '0:0 1:20 3:40'],
  ['IF(AVG(m1) > 5, m2, m1)', '0:1 3:4'],
  ['FILL(m2, 0)', '0:1 1:0 2:0 3:4 4:0'],
  ['FILL(m2, REPEAT)', '0:1 1:1 2:1 3:4 4:4'],
  ['FILL(m2, LINEAR)', '0:1 1:2 2:3 3:4'],
  ['FILL(none, 7)', '0:7 1:7 2:7 3:7 4:7'],
  ['FILL(m2, m1)', '0:1 1:20 3:4'],
  ['FILL(METRICS(), 0)', '0:10 1:20 2:0 3:40 4:0', '0:1 1:0 2:0 3:4 4:0', '0:0 1:0 2:0 3:0 4:0'],
  ['SUM(METRICS())', '0:11 1:20 3:44'],
  ['SUM([m1, m2])', '0:11 1:20 3:44'],
  ['MAX(METRICS("m"))', '0:10 1:20 3:40'],
  ['MIN(m1, m2)', '0:1 1:20 3:4'],
  ['AVG(METRICS())', '0:5.5 1:20 3:22'],
  ['METRICS() * 2', '0:20 1:40 3:80', '0:2 3:8', ''],
  ['m1 - AVG(m1) + SUM(m2)', `0:${10 - 70 / 3 + 5} 1:${20 - 70 / 3 + 5} 3:${40 - 70 / 3 + 5}`],
  ['RATE(m1)', `1:${10 / 60} 3:${20 / 120}`],
  ['DIFF(m1)', '1:10 3:20'],
  ['DIFF_TIME(m1)', '1:60 3:120'],
  ['RUNNING_SUM(m1)', '0:10 1:30 3:70'],
  ['ABS(m2 - m1)', '0:9 3:36'],
  ['CEIL(m1 / 15) + FLOOR(m1 / 15)', '0:1 1:3 3:5'],
  ['LOG10(m1 * 10)', `0:2 1:${Math.log10(200)} 3:${Math.log10(400)}`],
  ['m1 / PERIOD(m1)', `0:${10 / 60} 1:${20 / 60} 3:${40 / 60}`],
  ['MINUTE(m1)', '0:0 1:1 3:3'],
  ['m1 * 0 + METRIC_COUNT(METRICS()) + DATAPOINT_COUNT(m1)', '0:6 1:6 3:6'],
  ['REMOVE_EMPTY(METRICS())', '0:10 1:20 3:40', '0:1 3:4'],
  ['SORT(METRICS(), SUM, ASC)', '0:1 3:4', '0:10 1:20 3:40', ''],
  ['SLICE(SORT(METRICS(), AVG, DESC), 0, 1)', '0:10 1:20 3:40'],
  ['FIRST(METRICS()) + LAST([m1, m2])', '0:11 3:44'],
  ['TIME_SERIES(MAX(m1))', '0:40 1:40 2:40 3:40 4:40'],
  ['STDDEV([m1, m2])', '0:4.5 1:0 3:18'],
]

test('GetMetricData evaluates metric math', async () => {
  const { evaluate } = await withData()
  for (const [expression, ...results] of expressions) {
    assert.deepEqual(await evaluate(expression), results, expression)
  }
})

const refused: readonly [expression: string, problem: RegExp][] = [
  ['m1 +', /ends too early/],
  ['m1 $ 2', /Unexpected character at position 3\./],
  ['(m1', /Expected "\)"/],
  ['m1 m2', /Unexpected "m2"/],
  ['m9 * 2', /No query of the request has the id m9\./],
  ['e1 + 1', /refers to itself/],
  ['NOTHING(m1)', /There is no function NOTHING\./],
  ["SEARCH('{App} requests', 'Sum')", /Strongroom does not support the function SEARCH\./],
  ['SELECT AVG(x) FROM "App"', /Strongroom does not support Metrics Insights queries\./],
  ['AVG(m1)', /must evaluate to a time series/],
  ['METRICS() + METRICS()', /two lists/],
  ['ABS(m1, m2)', /takes 1 argument, and has 2/],
  ['FILL(m1, x)', /No query of the request has the id x\./],
  [`${'('.repeat(60)}m1${')'.repeat(60)}`, /nested too deeply/],
]

test('GetMetricData refuses expressions that cannot be read or evaluated, and names the query', async () => {
  const { evaluate } = await withData()
  for (const [expression, problem] of refused) {
    await assert.rejects(evaluate(expression), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'ValidationException')
      assert.match(error.message, /^Error in expression 'e1': /)
      assert.match(error.message, problem)
      return true
    })
  }
})

test('GetMetricData answers what returns data, latest first unless asked otherwise, with labels', async () => {
  const { query, startMs, sources } = await withData()
  const queries = [
    { ...metricQuery('m1', 'requests'), Label: 'asked' },
    { Id: 'e1', Expression: 'm1 * 2' },
    { ...sources[1], Id: 'm2', ReturnData: false },
  ]
  const { MetricDataResults, Messages } = await query(queries, { ScanBy: undefined })
  const at = (minute: number) => new Date(startMs + minute * minuteMs)
  assert.deepEqual(Messages, [])
  assert.deepEqual(MetricDataResults, [
    { Id: 'm1', Label: 'asked', Timestamps: [at(3), at(1), at(0)], Values: [40, 20, 10], StatusCode: 'Complete' },
    { Id: 'e1', Label: 'e1', Timestamps: [at(3), at(1), at(0)], Values: [80, 40, 20], StatusCode: 'Complete' },
  ])
})

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: labels have values in braces.
test('a label has the values of its result, in the time zone that is asked for', async () => {
  const { query, startMs } = await withData()
  const EndTime = new Date(startMs + 5 * minuteMs)
  const labelOf = async (Label: string, more: object = {}) => {
    const { MetricDataResults: [result] = [] } = await query([{ ...metricQuery('m1', 'requests'), Label }], {
      EndTime,
      ...more,
    })
    return result?.Label
  }
  assert.equal(
    await labelOf('${LABEL}: ${MIN} to ${MAX}, ${AVG} on average, ${SUM} in all, ${DATAPOINT_COUNT} points'),
    'requests: 10 to 40, 23.333 on average, 70 in all, 3 points',
  )
  assert.equal(
    await labelOf("${FIRST} ${LAST} ${PROP('MetricName')} ${PROP('Period')} ${PROP('Region')}"),
    '10 40 requests 60 us-east-1',
  )
  const utc = await labelOf('${MAX_TIME}')
  assert.equal(utc, `${new Date(startMs + 3 * minuteMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`)
  const shifted = await labelOf('${MAX_TIME}', { LabelOptions: { Timezone: '+0130' } })
  assert.equal(Date.parse(`${shifted?.slice(0, 19).replace(' ', 'T')}Z`), startMs + 93 * minuteMs)
  assert.equal(await labelOf('plain'), 'plain')
  await assert.rejects(labelOf('${COLOUR}'), { code: 'ValidationException' })
  await assert.rejects(labelOf('${MAX}', { LabelOptions: { Timezone: 'Europe/Berlin' } }), {
    code: 'ValidationException',
  })
})

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: labels have values in braces.

test('GetMetricData comes in pages of MaxDatapoints', async () => {
  const { query, sources } = await withData()
  const values: (readonly [id: string | undefined, values: number[] | undefined, status: string | undefined])[] = []
  for (let NextToken: string | undefined, pages = 0; pages < 9; pages++) {
    const page = await query(sources, { MaxDatapoints: 2, NextToken })
    for (const { Id, Values, StatusCode } of page.MetricDataResults ?? []) values.push([Id, Values, StatusCode])
    NextToken = page.NextToken
    if (!NextToken) break
  }
  assert.deepEqual(values, [
    ['m1', [10, 20], 'PartialData'],
    ['m2', [], 'PartialData'],
    ['none', [], 'Complete'],
    ['m1', [40], 'Complete'],
    ['m2', [1], 'PartialData'],
    ['m2', [4], 'Complete'],
  ])
  await assert.rejects(query(sources, { NextToken: 'x' }), { code: 'InvalidNextToken' })
})

test('GetMetricData refuses queries that are not clear', async () => {
  const { query, startMs } = await withData()
  const valid = metricQuery('m1', 'requests')
  const cases: readonly [queries: object[], message: RegExp][] = [
    [[{ Id: 'M1', Expression: '1' }], /not matching the expected pattern/],
    [[{ ...valid, Expression: 'm1' }], /mutually exclusive/],
    [[{ Id: 'm1' }], /must be specified/],
    [[valid, valid], /not unique/],
    [[{ ...valid, ReturnData: false }], /ReturnData/],
    [[{ ...valid, AccountId: '999988887777' }], /does not share its metrics/],
    [[metricQuery('m1', 'requests', 'Sum', 90)], /multiple of 60/],
  ]
  for (const [queries, message] of cases) {
    await assert.rejects(query(queries as never), { code: 'ValidationException', message }, message.source)
  }
  await assert.rejects(query([metricQuery('m1', 'requests', 'p200')]), {
    code: 'InvalidParameterValueException',
    message: 'The value p200 for parameter MetricDataQueries.member.1.MetricStat.Stat is not supported.',
  })
  await assert.rejects(query([valid], { EndTime: new Date(startMs) }), { code: 'ValidationException' })
})

test('queries that would make too many points between them are refused, however they are written', async () => {
  const { query, clock } = await cloudWatchFixture()
  const range = { StartTime: new Date(clock.timeMs - 69 * dayMs), EndTime: new Date(clock.timeMs) }
  const refused = { code: 'ValidationException', message: /more than 1500000 data points/ }
  const source = { ...metricQuery('m', 'requests'), ReturnData: false }
  const many = Array.from({ length: 100 }, (_, n) => ({ Id: `e${n}`, Expression: `TIME_SERIES(${n})` }))
  await assert.rejects(query([source, ...many], range), refused)
  const list = `[${Array(100).fill('TIME_SERIES(1)').join(',')}]`
  await assert.rejects(query([source, { Id: 'e', Expression: list }], range), refused)
  const filled = Array.from({ length: 20 }, (_, n) => ({ ...source, Id: `m${n}` }))
  await assert.rejects(query([...filled, { Id: 'e', Expression: 'FILL(METRICS(), 0)' }], range), refused)
  const sums = `[${Array(40).fill('t+1').join(',')}]`
  const series = { Id: 't', Expression: 'TIME_SERIES(1)', ReturnData: false }
  await assert.rejects(query([source, series, { Id: 'e', Expression: sums }], range), refused)
})
