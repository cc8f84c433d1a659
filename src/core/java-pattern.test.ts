import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileJavaPattern } from './java-pattern.ts'

const matches = (pattern: string, text: string) => compileJavaPattern(pattern).test(text)

test('a pattern must match the whole value', () => {
  assert.ok(matches('[a-z]+', 'abc'))
  for (const text of ['abc1', '1abc', 'abc\n', '\nabc', '']) assert.ok(!matches('[a-z]+', text), JSON.stringify(text))
  assert.ok(matches('^a$|^b+$', 'bb'))
  assert.ok(!matches('^a$|^b+$', 'ab'))
  assert.ok(!matches('^[0-9]{2}:[0-9]{2}', '12:345'))
})

test('white space is that of ASCII', () => {
  assert.ok(matches('[\\s.-]+', ' \t\n\u000b\f\r.-'))
  assert.ok(!matches('\\s', '\u00a0'))
  assert.ok(!matches('[\\s]', '\u2003'))
  assert.ok(matches('\\S', '\u00a0'))
})

test('a dot stops at the line terminators of Java, unless the pattern says otherwise', () => {
  for (const terminator of ['\n', '\r', '\u0085', '\u2028', '\u2029']) {
    assert.ok(!matches('.*', `a${terminator}b`), JSON.stringify(terminator))
    assert.ok(matches('(?s).*', `a${terminator}b`), JSON.stringify(terminator))
  }
  assert.ok(matches('.', '😀'))
  assert.ok(!matches('[.]', 'a'))
})

test('a pattern may say that case does not matter', () => {
  for (const text of ['all', 'ALL', 'All', '111122223333']) assert.ok(matches('(?i)all|[0-9]{12}', text))
  assert.ok(!matches('(?i)all|[0-9]{12}', 'al'))
  assert.ok(!matches('all', 'ALL'))
})

test('escapes that Java allows and JavaScript does not are taken for the character', () => {
  assert.ok(matches('\\-\\_\\@\\/\\:', '-_@/:'))
  assert.ok(matches('[\\w\\,\\=\\-]+', 'a,=-'))
  assert.ok(matches('[\\[\\]\\\\]+', '[]\\'))
  assert.ok(matches('[0-9a-z-\\/]+', '0a-/'))
})

test('letters of every script match where the model says so', () => {
  assert.ok(matches('[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+', 'Größe 漢字 𝒳 ٣'))
  assert.ok(!matches('[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+', 'a#b'))
})

test('code points above U+FFFF are written as Java reads them: four digits, then plain characters', () => {
  const arn = '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+'
  assert.ok(matches(arn, 'arn:aws:iam::111122223333:role/Zoë'))
  assert.ok(!matches(arn, 'a\u0000'))
  assert.ok(!matches(arn, '😀'))
})

test('what has no translation is refused when it is compiled', () => {
  for (const pattern of ['[a[bc]]', '[a-z&&[^b]]', 'a++', 'a\\Z', '\\Qa\\E', '\\p{Alpha}', 'a(?i)a']) {
    assert.throws(() => compileJavaPattern(pattern), Error, pattern)
  }
})

test('a hyphen behind a class stands for itself', () => {
  for (const text of ['a', '-', '/', '_']) assert.ok(matches('[\\w-\\/]', text), text)
  assert.ok(!matches('[\\w-\\/]', '.'))
})
