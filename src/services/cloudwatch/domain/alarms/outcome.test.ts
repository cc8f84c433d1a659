import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MissingData } from './alarm.ts'
import { type Evaluated, outcomeOf } from './outcome.ts'

const nowMs = Date.parse('2023-11-14T22:15:00Z')
const newest = Date.parse('2023-11-14T22:14:00Z') / 1000

/** `0` does not breach, `X` breaches, `-` is missing; the most recent on the right. */
function evaluate(drawn: string, treatMissingData: MissingData, more: Partial<Evaluated> = {}) {
  const letters = drawn.split(' ')
  return outcomeOf({
    range: letters.map((letter, place) =>
      letter === '-'
        ? undefined
        : { at: newest - (letters.length - 1 - place) * 60, value: letter === 'X' ? 5 : 0, sampleCount: 1 },
    ),
    ...{ evaluationPeriods: 3, datapointsToAlarm: 3, comparison: 'GreaterThanOrEqualToThreshold', threshold: 1 },
    ...{ treatMissingData, statistic: 'Sum', periodSeconds: 60, unit: undefined, nowMs },
    ...more,
  })
}

const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const
const retained = undefined

/** The tables of the page "Configuring how CloudWatch alarms treat missing data". */
const tables: readonly [datapointsToAlarm: number, drawn: string, ...states: (string | undefined)[]][] = [
  [3, '0 - X - X', 'OK', 'OK', 'OK', 'OK'],
  [3, '0 - - - -', 'OK', 'OK', 'OK', 'OK'],
  [3, '- - - - -', 'INSUFFICIENT_DATA', retained, 'ALARM', 'OK'],
  [3, '0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  [3, '- - X - -', 'ALARM', retained, 'ALARM', 'OK'],
  [2, '0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  [2, '0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  [2, '0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
  [2, '- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
  [2, '- - - X -', 'ALARM', retained, 'ALARM', 'OK'],
]

test('alarms treat missing data as the tables of the documentation say', () => {
  for (const [datapointsToAlarm, drawn, ...states] of tables) {
    for (const [place, treatment] of treatments.entries()) {
      const outcome = evaluate(drawn, treatment, { datapointsToAlarm })
      assert.equal(outcome?.value, states[place], `${drawn}, ${datapointsToAlarm} of 3, ${treatment}`)
    }
  }
})

test('data that breach but are too recent do not make an alarm yet', () => {
  for (const drawn of ['- - - - X', '- - - X -']) assert.equal(evaluate(drawn, 'missing')?.value, 'OK')
})

const reasons: readonly [drawn: string, treatment: MissingData, more: Partial<Evaluated>, reason: string][] = [
  [
    '- - X',
    'missing',
    { evaluationPeriods: 1, datapointsToAlarm: 1 },
    'Threshold Crossed: 1 out of the last 1 datapoints [5.0 (14/11/23 22:14:00)] was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).',
  ],
  [
    '- - 0',
    'missing',
    { evaluationPeriods: 1, datapointsToAlarm: 1, comparison: 'GreaterThanThreshold' },
    'Threshold Crossed: 1 out of the last 1 datapoints [0.0 (14/11/23 22:14:00)] was not greater than the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition).',
  ],
  [
    'X X 0 0',
    'missing',
    { evaluationPeriods: 2, datapointsToAlarm: 2, comparison: 'LessThanThreshold', threshold: 0.5 },
    'Threshold Crossed: 2 out of the last 2 datapoints [0.0 (14/11/23 22:14:00), 0.0 (14/11/23 22:13:00)] were less than the threshold (0.5) (minimum 2 datapoints for OK -> ALARM transition).',
  ],
  [
    '- - X - -',
    'notBreaching',
    { datapointsToAlarm: 1 },
    'Threshold Crossed: 1 out of the last 3 datapoints [5.0 (14/11/23 22:12:00)] was greater than or equal to the threshold (1.0) and 2 missing datapoints were treated as [NonBreaching] (minimum 1 datapoint for OK -> ALARM transition).',
  ],
  [
    '- - - -',
    'breaching',
    { evaluationPeriods: 2, datapointsToAlarm: 2 },
    'Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].',
  ],
  [
    '- - -',
    'notBreaching',
    { evaluationPeriods: 1, datapointsToAlarm: 1 },
    'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].',
  ],
  [
    '- - - - 0',
    'breaching',
    { datapointsToAlarm: 2 },
    'Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching].',
  ],
  [
    'X X X X X X X',
    'missing',
    { evaluationPeriods: 5, datapointsToAlarm: 5 },
    'Threshold Crossed: 5 out of the last 5 datapoints were greater than or equal to the threshold (1.0). The most recent datapoints which crossed the threshold: [5.0 (14/11/23 22:14:00), 5.0 (14/11/23 22:13:00), 5.0 (14/11/23 22:12:00), 5.0 (14/11/23 22:11:00), 5.0 (14/11/23 22:10:00)] (minimum 5 datapoints for OK -> ALARM transition).',
  ],
  ['- - -', 'missing', { evaluationPeriods: 1 }, 'Insufficient Data: 1 datapoint was unknown.'],
  ['- - - - -', 'missing', {}, 'Insufficient Data: 3 datapoints were unknown.'],
]

test('reasons are worded as AWS words them', () => {
  for (const [drawn, treatment, more, reason] of reasons) {
    assert.equal(evaluate(drawn, treatment, more)?.reason, reason)
  }
})

test("the data of a reason are in AWS's form", () => {
  assert.equal(
    evaluate('- 0 X', 'missing', { evaluationPeriods: 2, datapointsToAlarm: 1 })?.reasonData,
    '{"version":"1.0","queryDate":"2023-11-14T22:15:00.000+0000","startDate":"2023-11-14T22:13:00.000+0000",' +
      '"statistic":"Sum","period":60,"recentDatapoints":[0.0,5.0],"threshold":1.0,"evaluatedDatapoints":[' +
      '{"timestamp":"2023-11-14T22:14:00.000+0000","sampleCount":1.0,"value":5.0},' +
      '{"timestamp":"2023-11-14T22:13:00.000+0000","sampleCount":1.0,"value":0.0}]}',
  )
})

test('percentiles of too few values change nothing where the alarm says so', () => {
  const more = { evaluationPeriods: 1, datapointsToAlarm: 1 }
  assert.equal(evaluate('- - X', 'missing', { ...more, leastSamples: 1000 }), undefined)
  assert.equal(evaluate('- - X', 'missing', more)?.value, 'ALARM')
})
