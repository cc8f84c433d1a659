import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeEncryptionContext } from './encryption-context.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const contexts = fc.dictionary(text, text, { maxKeys: 8 })

/** Reads an encoding back; that this is possible is what makes it injective. */
function decode(encoded: Buffer): [string, string][] {
  const texts: string[] = []
  for (let at = 0; at < encoded.length; ) {
    const length = encoded.readUInt32BE(at)
    texts.push(encoded.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return Array.from({ length: texts.length / 2 }, (_, pair) => [texts[2 * pair] ?? '', texts[2 * pair + 1] ?? ''])
}

const sorted = (context: Record<string, string>) => Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))

test('encodeEncryptionContext can be read back, so that two contexts never have one encoding', () => {
  fc.assert(
    fc.property(contexts, (context) => assert.deepEqual(decode(encodeEncryptionContext(context)), sorted(context))),
  )
})

test('encodeEncryptionContext is the same in any order of the pairs', () => {
  fc.assert(
    fc.property(contexts, (context) => {
      const reversed = Object.fromEntries(Object.entries(context).reverse())
      assert.deepEqual(encodeEncryptionContext(reversed), encodeEncryptionContext(context))
    }),
  )
})

test('encodeEncryptionContext tells keys from values and pairs from one another', () => {
  const different: Record<string, string>[] = [
    { a: 'bc' },
    { ab: 'c' },
    { a: 'b', c: '' },
    { a: '', b: 'c' },
    { A: 'bc' },
    { a: 'BC' },
  ]
  const encodings = different.map((context) => encodeEncryptionContext(context).toString('hex'))
  assert.equal(new Set(encodings).size, encodings.length)
})

test('encodeEncryptionContext takes no context and an empty one for the same', () => {
  assert.equal(encodeEncryptionContext(undefined).length, 0)
  assert.equal(encodeEncryptionContext({}).length, 0)
})

test('encodeEncryptionContext keeps a key __proto__', () => {
  const context = JSON.parse('{"__proto__":"x"}')
  assert.deepEqual(decode(encodeEncryptionContext(context)), [['__proto__', 'x']])
})

test('encodeEncryptionContext refuses unpaired surrogates, which would all be written alike', () => {
  const illFormed: Record<string, string>[] = [{ '\ud800': 'x' }, { x: '\udc00' }]
  for (const context of illFormed) {
    assert.throws(() => encodeEncryptionContext(context), { code: 'ValidationException' })
  }
})

test('encodeEncryptionContext takes 8,192 bytes and no more', () => {
  const ofSize = (bytes: number) => ({ k: 'v'.repeat(bytes - 9) })
  assert.equal(encodeEncryptionContext(ofSize(8192)).length, 8192)
  assert.throws(() => encodeEncryptionContext(ofSize(8193)), { code: 'ValidationException' })
})
