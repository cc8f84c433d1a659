import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compilePattern } from './compile-pattern.ts'
import { matchesPattern } from './match.ts'
import { PatternIndex } from './pattern-index.ts'

const leaf = fc.constantFrom<unknown>('x', 'y', 'z', 1, 2, null, true)
const name = fc.constantFrom('a', 'b', 'c')

const value = fc.oneof(
  { weight: 4, arbitrary: leaf },
  fc.constantFrom<unknown>(
    { exists: false },
    { exists: true },
    { 'anything-but': 'x' },
    { prefix: 'x' },
    { numeric: ['>', 1] },
  ),
)
const values = fc.array(value, { minLength: 1, maxLength: 3 })
const fields = fc.dictionary(name, fc.oneof(values, fc.dictionary(name, values, { minKeys: 1, maxKeys: 2 })), {
  minKeys: 1,
  maxKeys: 2,
})
const pattern = fc
  .tuple(fields, fc.option(fc.array(fields, { minLength: 2, maxLength: 3 }), { nil: undefined }))
  .map(([all, or]) => compilePattern(JSON.stringify(or ? { ...all, $or: or } : all)))

const flat = fc.dictionary(name, fc.oneof(leaf, fc.array(leaf, { maxLength: 3 })), { maxKeys: 3 })
const event = fc.dictionary(name, fc.oneof(leaf, flat, fc.array(fc.oneof(leaf, flat), { maxLength: 3 })), {
  maxKeys: 3,
})

test('an index finds the patterns that fit, each once, as comparing with every one does', () => {
  fc.assert(
    fc.property(
      fc.array(pattern, { maxLength: 12 }),
      fc.array(event, { minLength: 1, maxLength: 8 }),
      (patterns, events) => {
        const index = new PatternIndex(patterns.map((one, at) => [at, one] as const))
        assert.equal(index.size, patterns.length)
        for (const one of events) {
          const expected = [...patterns.keys()].filter((at) => matchesPattern(patterns[at] ?? assert.fail(), one))
          assert.deepEqual(
            index.match(one).sort((a, b) => a - b),
            expected,
          )
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('an event is compared with the patterns of its own values, however many others there are', () => {
  const index = new PatternIndex<number>()
  for (let at = 0; at < 1000; at++) {
    index.add(at, compilePattern(JSON.stringify({ source: ['aws.kms'], detail: { eventName: [`Operation${at}`] } })))
  }
  const event = { source: 'aws.kms', detail: { eventName: 'Operation7', more: 'x'.repeat(100) } }
  assert.deepEqual(index.match(event), [7])
  const runs = 10_000
  const started = performance.now()
  for (let run = 0; run < runs; run++) index.match(event)
  // Comparing with each of them takes more than 50 microseconds.
  assert.ok((performance.now() - started) / runs < 0.05)
})

test('an array that repeats a value does not repeat the comparison', () => {
  const index = new PatternIndex([[1, compilePattern('{"a":["x"],"b":["never"]}')]])
  const started = performance.now()
  assert.deepEqual(index.match({ a: Array(100_000).fill('x'), b: Array(1000).fill('y') }), [])
  assert.ok(performance.now() - started < 500)
})
