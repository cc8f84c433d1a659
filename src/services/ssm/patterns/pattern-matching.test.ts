import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchPattern } from './pattern-matching.ts'

const account = '111122223333'
const verdict = (pattern: string, value: string, accountId = account) => matchPattern(accountId, { pattern, value })

test('an allowed pattern is read as Java reads it, and must match the whole value', async () => {
  for (const [pattern, value] of [
    ['\\d{1,4}', '1234'],
    ['[a-z]+', 'abc'],
    ['(?i)[a-z]+', 'ABC'],
    ['^ami-[0-9a-f]+$', 'ami-0a'],
    ['(?!.*secret).*', 'public'],
    ['(a|b)\\1', 'bb'],
  ] as const) {
    assert.equal(await verdict(pattern, value), 'matches', pattern)
  }
  for (const [pattern, value] of [
    ['\\d{1,4}', '12345'],
    ['[a-z]+', 'abc\n'],
    ['[a-z]+', 'ABC'],
    ['.*', 'a\nb'],
    ['(?!.*secret).*', 'a secret'],
    ['(a|b)\\1', 'ab'],
  ] as const) {
    assert.equal(await verdict(pattern, value), 'mismatch', pattern)
  }
})

test('what is not a pattern is refused as such', async () => {
  for (const pattern of ['(', '[', 'a{2,1}', '*', '(?<n', 'a++']) {
    assert.equal(await verdict(pattern, 'a'), 'invalid', pattern)
  }
})

/** Would take centuries. */
const endless = ['(a+)+', `${'a'.repeat(60)}b`] as const

test('a pattern that would run for ever does not match, and the next one is matched as before', async () => {
  assert.equal(await verdict(...endless), 'mismatch')
  assert.notEqual(await verdict('((a{1000}){1000}){1000}b', 'a'.repeat(8192)), 'matches')
  assert.equal(await verdict('a+', 'aaa'), 'matches')
})

test('patterns that would run for ever hold up neither the serving thread nor the patterns of another account', async () => {
  await Promise.all([verdict('a', 'a'), verdict('a', 'a', '444455556666')])
  const before = process.threadCpuUsage()
  let finished = 0
  const hostile = Array.from({ length: 20 }, async () => {
    await verdict(...endless)
    finished++
  })
  for (let count = 0; count < 20; count++) {
    assert.equal(await verdict('[a-z]+', 'abc', '444455556666'), 'matches')
  }
  assert.ok(finished < 10, `${finished} of another account's were finished first`)
  await Promise.all(hostile)
  // In processor time, which does not depend on what else the machine does: the twenty take two seconds of it.
  const { user, system } = process.threadCpuUsage(before)
  assert.ok(user + system < 500_000, `the serving thread worked for ${(user + system) / 1000} ms`)
})
