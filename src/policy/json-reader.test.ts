import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JsonError, type JsonValue, positionsIn, readJson } from './json-reader.ts'

/** The value as JSON.parse would give it. */
function plain(json: JsonValue): unknown {
  if (json.kind === 'object') return Object.fromEntries([...json.members].map(([name, value]) => [name, plain(value)]))
  if (json.kind === 'array') return json.items.map(plain)
  return json.kind === 'string' ? json.text : JSON.parse(json.text)
}

const parsed = (text: string): { value: unknown } | 'refused' => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return 'refused'
  }
}

const read = (text: string): { value: unknown } | 'refused' => {
  try {
    return { value: plain(readJson(text)) }
  } catch (error) {
    assert.ok(error instanceof JsonError)
    return 'refused'
  }
}

test('readJson reads what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      assert.deepEqual(read(text), parsed(text))
    }),
  )
})

test('readJson accepts no text that JSON.parse refuses', () => {
  const scraps = fc.array(
    fc.constantFrom('{', '}', '[', ']', '"a"', '"b"', ':', ',', ' ', '1', '-', '.5', 'e3', 'null'),
  )
  fc.assert(
    fc.property(
      fc.oneof(
        scraps.map((list) => list.join('')),
        fc.string(),
      ),
      (text) => {
        const value = read(text)
        if (value !== 'refused') assert.deepEqual(value, parsed(text))
      },
    ),
    { numRuns: 2000 },
  )
})

test('readJson refuses what JSON does not know, and says where', () => {
  for (const [text, problem, offset] of [
    ['', /a value/, 0],
    ['{"a":1,}', /member name/, 7],
    ['[1,]', /a value/, 3],
    ['{"a" 1}', /":"/, 5],
    ['{a:1}', /member name/, 1],
    ["{'a':1}", /member name/, 1],
    ['[1 2]', /","/, 3],
    ['01', /end of the text/, 1],
    ['"\\x"', /valid escapes/, 0],
    ['"a\nb"', /ends on its line/, 0],
    ['"open', /ends on its line/, 0],
    ['{} x', /end of the text/, 3],
    ['\ufeff{}', /a value/, 0],
    ['{"a":1,"a":2}', /given twice/, 7],
    ['{"a":1,"\\u0061":2}', /given twice/, 7],
  ] as const) {
    assert.throws(() => readJson(text), { name: 'JsonError', message: problem, offset }, text)
  }
})

test('readJson bounds depth and length', () => {
  assert.ok(readJson('['.repeat(16) + ']'.repeat(16)))
  assert.throws(() => readJson('['.repeat(17) + ']'.repeat(17)), /nested too deeply/)
  assert.throws(() => readJson('['.repeat(100_000)), /nested too deeply/)
  assert.ok(readJson(`"${'\\n'.repeat(65_000)}"`))
  assert.throws(() => readJson(`"${'a'.repeat(131_072)}"`), /longer than 131072/)
})

test('readJson keeps numbers as written and names that objects have anyway', () => {
  assert.deepEqual(readJson('1.50'), { kind: 'number', text: '1.50', start: 0, end: 4 })
  const json = readJson('{"__proto__":"x","constructor":"y"}')
  assert.deepEqual(json.kind === 'object' && [...json.members.keys()], ['__proto__', 'constructor'])
})

test('positionsIn counts lines and columns from 1', () => {
  const positionOf = positionsIn('ab\ncd\n\ne')
  const offsets = [0, 1, 2, 3, 5, 6, 7]
  assert.deepEqual(
    offsets.map((offset) => Object.values(positionOf(offset)).join(':')),
    ['1:1', '1:2', '1:3', '2:1', '2:3', '3:1', '4:1'],
  )
})
