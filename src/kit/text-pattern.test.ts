import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyText, literalParts, oneCharacter, type PatternPart, textPattern } from './text-pattern.ts'

test('a pattern matches what the regular expression of its parts matches', () => {
  const part = fc.record({
    character: fc.constantFrom('a', 'b', '.'),
    times: fc.constantFrom('once', 'maybe', 'some', 'any'),
  })
  const sign = { once: '', maybe: '?', some: '+', any: '*' }
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 5 }),
      fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 }),
      (parts, text) => {
        const compiled = textPattern(
          parts.map(
            ({ character, times }): PatternPart => ({ fits: (one) => character === '.' || one === character, times }),
          ),
        )
        const expression = new RegExp(`^${parts.map(({ character, times }) => character + sign[times]).join('')}$`)
        assert.equal(compiled(text), expression.test(text))
      },
    ),
  )
})

test('many wildcards cost no more than few', () => {
  const parts = [
    ...Array.from({ length: 200 }, () => [anyText, ...literalParts('a')]).flat(),
    oneCharacter,
    ...literalParts('b'),
  ]
  assert.equal(textPattern(parts)('a'.repeat(5000)), false)
  assert.equal(textPattern([...literalParts('x'), anyText])('xyz'), true)
})
