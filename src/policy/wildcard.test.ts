// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ContextReader } from './context-reader.ts'
import { compileGlob, compilePattern, variablesIn } from './wildcard.ts'

/** The definition of wildcards, tried every way. */
function referenceMatch(pattern: string, value: string): boolean {
  if (pattern === '') return value === ''
  const [first, rest] = [pattern.charAt(0), pattern.slice(1)]
  if (first === '*') return referenceMatch(rest, value) || (value !== '' && referenceMatch(pattern, value.slice(1)))
  return value !== '' && (first === '?' || first === value.charAt(0)) && referenceMatch(rest, value.slice(1))
}

const few = (letters: string, maxLength: number) =>
  fc.array(fc.constantFrom(...letters), { maxLength }).map((list) => list.join(''))

test('compileGlob matches exactly what the definition of wildcards matches', () => {
  fc.assert(
    fc.property(few('ab*?', 7), few('ab', 9), (pattern, value) => {
      assert.equal(compileGlob(pattern)(value), referenceMatch(pattern, value), `${pattern} against ${value}`)
    }),
    { numRuns: 3000 },
  )
})

test('compileGlob matches a pattern made from the value itself', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string({ minLength: 1, maxLength: 1 }), (before, after, one) => {
      assert.ok(compileGlob(`${escapeless(before)}*`)(escapeless(before) + after))
      assert.ok(compileGlob(`${escapeless(before)}?*`)(escapeless(before) + one + after))
    }),
  )
})

const escapeless = (text: string) => text.replace(/[*?]/g, '')

test('compileGlob takes time that grows with the text, not with the ways to match it', () => {
  const matches = compileGlob(`${'*a?'.repeat(200)}*?c*b`)
  const value = `${'a'.repeat(10_000)}b`
  const start = performance.now()
  assert.equal(matches(value), false)
  assert.ok(performance.now() - start < 200)
})

const context = new ContextReader(() => ({
  'aws:username': 'Alice*',
  'aws:TagKeys': ['one'],
  'aws:PrincipalTag/Team': '',
}))

test('compilePattern fills variables literally, in any case of the key', () => {
  for (const [pattern, value, expected] of [
    ['home/${aws:username}/*', 'home/Alice*/file', true],
    ['home/${AWS:UserName}', 'home/Alice*', true],
    ['home/${aws:username}', 'home/Alice-and-more', false],
    ['${aws:PrincipalTag/team}x', 'x', true],
    ['${missing}', '', false],
    ['${missing}', '${missing}', false],
    ["${missing, 'x'}", 'x', true],
    ["${missing,'a, b'}", 'a, b', true],
    ["${missing, ''}", '', true],
    ["${aws:username, 'x'}", 'x', false],
    ['${missing, x}', 'x', false],
    ['${aws:TagKeys}', 'one', false],
    ['a${*}b${?}c${$}', 'a*b?c$', true],
    ['a${*}b', 'axb', false],
    ['a${open', 'a${open', true],
    ['$${aws:username}', '$Alice*', true],
  ] as const) {
    const matches = compilePattern(pattern, { wildcards: true, variables: true })
    assert.equal(matches(value, context), expected, `${pattern} against ${value}`)
  }
})

test('compilePattern without variables or wildcards takes their signs literally', () => {
  const literal = compilePattern('${aws:username}*?', { wildcards: false, variables: false })
  assert.ok(literal('${aws:username}*?', context))
  assert.ok(!literal('Alice*xy', context))
  const version2008 = compilePattern('${aws:username}*', { wildcards: true, variables: false })
  assert.ok(version2008('${aws:username}/file', context))
})

test('compilePattern can leave case out of account, in variables too', () => {
  const matches = compilePattern('Home/${aws:username}', { wildcards: false, variables: true, ignoreCase: true })
  assert.ok(matches('hOME/aLICE*', context))
  assert.ok(!matches('hOME/bob', context))
})

test('variablesIn lists the variables of a text and not its escapes', () => {
  assert.deepEqual(
    variablesIn("a${*}${aws:Name}/${other, 'x'}${").map(({ name, fallback }) => [name, fallback]),
    [
      ['aws:Name', undefined],
      ['other', 'x'],
    ],
  )
})
