// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ContextReader } from './context-reader.ts'
import { RequestText } from './request-text.ts'
import { compileGlob, compilePattern, variablesIn } from './wildcard.ts'

/** The definition of wildcards: which beginnings of the value fit the pattern read so far, sign by sign. */
function referenceMatch(pattern: string, value: string): boolean {
  let fits = [true, ...Array<boolean>(value.length).fill(false)]
  for (const sign of pattern) {
    let reached = false
    fits = fits.map((fit, length) => {
      reached ||= fit
      if (sign === '*') return reached
      return length > 0 && fits[length - 1] === true && (sign === '?' || sign === value[length - 1])
    })
  }
  return fits[value.length] === true
}

const globMatches = (pattern: string, value: string) => compileGlob(pattern)(new RequestText(value))

const few = (letters: string, maxLength: number) =>
  fc.array(fc.constantFrom(...letters), { maxLength }).map((list) => list.join(''))

test('compileGlob matches exactly what the definition of wildcards matches', () => {
  fc.assert(
    fc.property(few('ab*?', 7), few('ab', 9), (pattern, value) => {
      assert.equal(globMatches(pattern, value), referenceMatch(pattern, value), `${pattern} against ${value}`)
    }),
    { numRuns: 3000 },
  )
})

test('compileGlob matches what the definition matches in long texts too, where they differ in one character', () => {
  const mostly = (letters: string, minLength: number, maxLength: number) =>
    fc.array(fc.constantFrom(...letters), { minLength, maxLength }).map((list) => list.join(''))
  fc.assert(
    fc.property(
      fc.array(mostly('aaaaaaaab????', 0, 80), { minLength: 1, maxLength: 4 }),
      mostly('aaaaaaaab', 200, 1500),
      fc.nat(),
      (segments, value, offset) => {
        const pattern = segments.join('*')
        // Of the value itself, so that some are found: everywhere, at the beginning and at the end.
        const at = offset % value.length
        const cut = value.slice(at, at + 70).replace(/(?<=a{3})a/g, '?')
        for (const tried of [pattern, `*${cut}*`, `*${cut}*${pattern}`, `${pattern}*${cut}`, `*${cut}b*${cut}*`]) {
          assert.equal(globMatches(tried, value), referenceMatch(tried, value), `${tried} against ${value}`)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('compilePattern fills long variables into segments and searches for them as for any text', () => {
  const letters = fc.array(fc.constantFrom(...'aab'), { minLength: 1, maxLength: 60 }).map((list) => list.join(''))
  fc.assert(
    fc.property(
      letters,
      letters,
      letters,
      fc.array(fc.constantFrom('V', 'V', 'W', 'W', 'a', '*', '?'), { maxLength: 9 }),
      (v, w, padding, signs) => {
        const reader = new ContextReader(() => ({ v, w }))
        const written: Record<string, string> = { V: '${v}', W: '${w}' }
        const meant: Record<string, string> = { V: v, W: w, '*': padding, '?': 'b' }
        const pattern = signs.map((sign) => written[sign] ?? sign).join('')
        const value = `${padding}${signs.map((sign) => meant[sign] ?? sign).join('')}`
        const filled = pattern.replaceAll('${v}', v).replaceAll('${w}', w)
        for (const [asked, text] of [
          [pattern, filled],
          [`*${pattern}`, `*${filled}`],
          [`*${pattern}*`, `*${filled}*`],
        ] as const) {
          const matches = compilePattern(asked, { wildcards: true, variables: true })
          assert.equal(matches(new RequestText(value), reader), referenceMatch(text, value), `${text} against ${value}`)
        }
      },
    ),
  )
})

test('compileGlob matches a pattern made from the value itself', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string({ minLength: 1, maxLength: 1 }), (before, after, one) => {
      assert.ok(globMatches(`${escapeless(before)}*`, escapeless(before) + after))
      assert.ok(globMatches(`${escapeless(before)}?*`, escapeless(before) + one + after))
    }),
  )
})

const escapeless = (text: string) => text.replace(/[*?]/g, '')

const a = (count: number) => 'a'.repeat(count)

test('compileGlob takes time that grows with the text, not with the ways to match it', () => {
  for (const [pattern, value] of [
    [`${'*a?'.repeat(200)}*?c*b`, `${a(10_000)}b`],
    [`*${'?'.repeat(20_000)}b*`, a(40_000)],
    [`*${a(10_000)}?${a(10_000)}b*`, a(40_000)],
    [`*${'a?'.repeat(10_000)}b*`, a(40_000)],
    [`*${a(20_000)}b${a(10_000)}*`, a(40_000)],
    [`*${'a?b?'.repeat(2_500)}c*`, 'aabb'.repeat(10_000)],
  ] as const) {
    const matches = compileGlob(pattern)
    const before = process.threadCpuUsage()
    assert.equal(matches(new RequestText(value)), false)
    const { user, system } = process.threadCpuUsage(before)
    assert.ok(user + system < 500_000, `${pattern.slice(0, 10)}… took ${user + system} µs`)
  }
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
    assert.equal(matches(new RequestText(value), context), expected, `${pattern} against ${value}`)
  }
})

test('compilePattern without variables or wildcards takes their signs literally', () => {
  const literal = compilePattern('${aws:username}*?', { wildcards: false, variables: false })
  assert.ok(literal(new RequestText('${aws:username}*?'), context))
  assert.ok(!literal(new RequestText('Alice*xy'), context))
  const version2008 = compilePattern('${aws:username}*', { wildcards: true, variables: false })
  assert.ok(version2008(new RequestText('${aws:username}/file'), context))
})

test('compilePattern can leave case out of account, in variables too', () => {
  const matches = compilePattern('Home/${aws:username}', { wildcards: false, variables: true, ignoreCase: true })
  assert.ok(matches(new RequestText('hOME/aLICE*'), context))
  assert.ok(!matches(new RequestText('hOME/bob'), context))
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
