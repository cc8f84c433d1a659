import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StateValue } from './alarm.ts'
import { alarmsIn, holds, RuleError, readRule } from './rule.ts'

const states: Readonly<Record<string, StateValue>> = { a: 'ALARM', b: 'OK', 'my alarm': 'INSUFFICIENT_DATA' }
const evaluate = (text: string) => holds(readRule(text), (name) => states[name])

test('rules combine the states of alarms', () => {
  const cases: readonly [rule: string, result: boolean][] = [
    ['ALARM(a)', true],
    ['ALARM("a")', true],
    ['ALARM ( a )', true],
    ['OK(a)', false],
    ['INSUFFICIENT_DATA("my alarm")', true],
    ['ALARM("a") AND NOT OK("b")', false],
    ['ALARM("a") AND NOT ALARM("b")', true],
    ['OK(a) OR ALARM(a) AND OK(b)', true],
    ['(OK(a) OR ALARM(a)) AND ALARM(b)', false],
    ['NOT (TRUE AND FALSE)', true],
    ['ALARM(gone)', false],
    ['NOT OK(gone)', true],
  ]
  for (const [rule, result] of cases) assert.equal(evaluate(rule), result, rule)
  assert.deepEqual(alarmsIn(readRule('ALARM(a) OR NOT (OK("b c") AND TRUE)')), ['a', 'b c'])
})

test('what is not a rule is refused', () => {
  const rules = [
    '',
    'ALARM',
    'ALARM()',
    'ALARM(a',
    'a',
    'ALARM(a) OK(b)',
    'ALARM(a) AND',
    '"TRUE"',
    'TRUE)',
    'alarm(a)',
  ]
  for (const rule of [...rules, `${'('.repeat(200)}TRUE`]) assert.throws(() => readRule(rule), RuleError, rule)
  const many = Array.from({ length: 101 }, (_, n) => `ALARM(a${n})`).join(' OR ')
  assert.throws(() => readRule(many), RuleError)
})
