import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RegularExpression, stepLimitMessage } from './regular-expression.ts'

const tests = (expression: string, text: string) => new RegularExpression(expression).test(text)

test('expressions of the subset match what AWS documents', () => {
  for (const [expression, matching, others] of [
    ['AUTHORIZED', ['UNAUTHORIZED REQUEST'], ['authorized']],
    ['^ERROR', ['ERROR 1'], ['an ERROR']],
    ['ERROR$', ['an ERROR', 'an ERROR\n'], ['ERROR 1', 'ERROR\n\n']],
    ['colou?r', ['color', 'colour'], ['colouur']],
    ['10\\.[0-9]{1,3}\\.0', ['10.123.0'], ['10.1234.0', '10x1x0']],
    ['a{2,}b', ['aab', 'aaaab'], ['ab']],
    ['^a{2}$', ['aa'], ['a', 'aaa']],
    ['\\d\\D\\w\\W\\s\\S', ['1a_- x'], ['aa_- x']],
    ['\\x41', ['A'], ['B']],
    ['[^a-c]', ['d', 'é'], ['abc', '']],
    ['[]a]', [']', 'a'], ['b']],
    ['[a-]', ['-'], ['b']],
    ['.', ['é', ' '], ['', '\n']],
    ['a|^b', ['xa', 'bx'], ['xb']],
  ] as const) {
    for (const text of matching) assert.equal(tests(expression, text), true, `${expression} matches ${text}`)
    for (const text of others) assert.equal(tests(expression, text), false, `${expression} does not match ${text}`)
  }
})

test('expressions match as those of JavaScript do', () => {
  const atom = fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '\\w', '\\d', '1', '-', '[a-c1]')
  const quantifier = fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{1,3}', '{2,}')
  const sequence = fc
    .array(fc.tuple(atom, quantifier), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.map(([one, times]) => one + times).join(''))
  const part = fc
    .tuple(fc.constantFrom('', '', '^'), sequence, fc.constantFrom('', '', '$'))
    .map((three) => three.join(''))
  const expression = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|'))
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '-', 'é'), maxLength: 20 })
  fc.assert(
    fc.property(expression, text, (source, value) => {
      assert.equal(tests(source, value), new RegExp(source).test(value), `${source} on ${JSON.stringify(value)}`)
    }),
    { numRuns: 5000 },
  )
})

test('an expression that takes JavaScript for ever takes time in proportion to the text', () => {
  const expression = new RegularExpression('a*a*a*a*a*a*a*a*a*a*a*a*b')
  const before = process.threadCpuUsage()
  assert.equal(expression.test('a'.repeat(200_000)), false)
  const { user } = process.threadCpuUsage(before)
  assert.ok(user < 2_000_000, `${user / 1000} ms`)
})

test('an expression that goes through too many sets of places gives up', () => {
  const expression = new RegularExpression(`${'[ab]*a[ab]{900}'}c`)
  let random = 7
  const text = Array.from({ length: 1_000_000 }, () => {
    random = (random * 48_271) % 2_147_483_647
    return random % 2 ? 'a' : 'b'
  }).join('')
  assert.throws(() => expression.test(text), { message: stepLimitMessage })
})
