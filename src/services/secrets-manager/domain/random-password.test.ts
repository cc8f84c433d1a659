import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomPassword } from './random-password.ts'

const types = [/[a-z]/, /[A-Z]/, /[0-9]/, /[!-/:-@[-`{-~]/]

test('scenario 44: ten thousand passwords of four characters have one of each type', () => {
  for (let i = 0; i < 10_000; i++) {
    const password = randomPassword({ PasswordLength: 4 })
    assert.equal(password.length, 4)
    for (const type of types) assert.match(password, type)
  }
})

test('all characters of a type are equally likely', () => {
  const counts = new Map<string, number>()
  for (let i = 0; i < 300; i++) {
    const text = randomPassword({
      PasswordLength: 100,
      ExcludePunctuation: true,
      ExcludeUppercase: true,
      ExcludeNumbers: true,
    })
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  assert.equal(counts.size, 26)
  const expected = 30_000 / 26
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  // With 25 degrees of freedom, one run in a billion is above 93.
  assert.ok(chiSquare < 93, String(chiSquare))
})

test('exclusions are honoured, and spaces come only where they are asked for', () => {
  const all = Array.from({ length: 50 }, () =>
    randomPassword({ PasswordLength: 200, ExcludeCharacters: 'abc"\\ 5' }),
  ).join('')
  assert.doesNotMatch(all, /[abc"\\ 5]/)
  assert.match(randomPassword({ PasswordLength: 4096, IncludeSpace: true }), / /)
  assert.doesNotMatch(randomPassword({ PasswordLength: 4096 }), / /)
  assert.match(
    randomPassword({ ExcludeLowercase: true, ExcludePunctuation: true, ExcludeNumbers: true }),
    /^[A-Z]{32}$/,
  )
})

test('what no password can be is refused', () => {
  const everything = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludeNumbers: true, ExcludePunctuation: true }
  for (const request of [
    { PasswordLength: 3 },
    { ExcludeCharacters: '0123456789' },
    everything,
    { ...everything, IncludeSpace: true, ExcludeCharacters: ' ' },
  ]) {
    assert.throws(() => randomPassword(request), { code: 'InvalidParameterException' })
  }
  assert.equal(randomPassword({ PasswordLength: 1, RequireEachIncludedType: false }).length, 1)
  assert.equal(randomPassword({ ExcludeCharacters: '0123456789', RequireEachIncludedType: false }).length, 32)
  assert.equal(randomPassword({ ...everything, IncludeSpace: true, PasswordLength: 3 }), '   ')
})

test('the rarest requirement is met in reasonable time', () => {
  const keep = (characters: string, left: string) => [...characters].filter((c) => !left.includes(c)).join('')
  const ExcludeCharacters =
    keep('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'A') + keep('0123456789', '0') + keep('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~', '!')
  assert.match(randomPassword({ PasswordLength: 4, ExcludeCharacters }), /^(?=.*[a-z])(?=.*A)(?=.*0)(?=.*!).{4}$/)
})
