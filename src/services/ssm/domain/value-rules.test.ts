import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAgainstPattern, checkDataType, checkNesting, checkPattern } from './value-rules.ts'

const mismatch = { code: 'ParameterPatternMismatchException' }

test('an allowed pattern is read as Java reads it, and must match the whole value', () => {
  checkAgainstPattern('\\d{1,4}', '1234')
  checkAgainstPattern('[a-z]+', 'abc')
  checkAgainstPattern('(?i)[a-z]+', 'ABC')
  checkAgainstPattern('^ami-[0-9a-f]+$', 'ami-0a')
  for (const [pattern, value] of [
    ['\\d{1,4}', '12345'],
    ['[a-z]+', 'abc\n'],
    ['[a-z]+', 'ABC'],
    ['.*', 'a\nb'],
  ] as const) {
    assert.throws(() => checkAgainstPattern(pattern, value), mismatch, pattern)
  }
})

test('what is no pattern is refused as such', () => {
  for (const pattern of ['(', '[', 'a{2,1}', '*', '(?<n']) {
    assert.throws(() => checkPattern(pattern), { code: 'InvalidAllowedPatternException' }, pattern)
  }
})

test('a pattern that would run for ever is given up soon, and the next one is matched as before', () => {
  const startedMs = performance.now()
  assert.throws(() => checkAgainstPattern('(a+)+', `${'a'.repeat(60)}b`), mismatch)
  assert.throws(() => checkAgainstPattern('((a{1000}){1000}){1000}b', 'a'.repeat(8192)), /Exception|pattern/i)
  assert.ok(performance.now() - startedMs < 2000)
  checkAgainstPattern('a+', 'aaa')
})

test('a value nests when it opens and closes braces, in time that its length alone decides', () => {
  for (const value of ['{{ssm:x}}', 'a{{}}b', '{{\n}}']) {
    assert.throws(() => checkNesting(value), { code: 'ValidationException' }, value)
  }
  for (const value of ['{x}', '}}{{', '{{', '{ {x} }', '{'.repeat(8192)]) checkNesting(value)
})

test('the data type of an integration wants a secret value with a url, under its own path', () => {
  const path = '/d9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations/webhook/mine'
  const value = JSON.stringify({ description: '', headers: {}, payload: '', url: 'https://example.com' })
  const check = (type: 'String' | 'SecureString', content: string, name: string) =>
    checkDataType('aws:ssm:integration', type, content, name)
  check('SecureString', value, path)
  const refused = { code: 'ValidationException' }
  assert.throws(() => check('String', value, path), refused)
  assert.throws(() => check('SecureString', value, '/mine'), refused)
  assert.throws(() => check('SecureString', 'no json', path), refused)
  assert.throws(() => check('SecureString', 'null', path), refused)
})
