import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from '../core/service-error.ts'
import { type TagRules, tagging, tagRecord, tagsOfRecord } from './tags.ts'

const refusal = (code: string) => () => new ServiceError(code, 400, code)
const rules: TagRules = {
  most: 3,
  reservedKey: refusal('Reserved'),
  keyGivenTwice: (key) => new ServiceError('Twice', 400, key),
  tooMany: refusal('TooMany'),
}
const tag = (Key: string, Value = '') => ({ Key, Value })

test('tagging refuses reserved keys in any case, and keys that are given twice', () => {
  const { check } = tagging(rules)
  for (const key of ['aws:x', 'AWS:x', 'Aws:']) assert.throws(() => check([tag(key)]), { code: 'Reserved' })
  assert.throws(() => check([tag('a'), tag('b'), tag('a')]), { code: 'Twice', message: 'a' })
  assert.deepEqual(check([tag('a'), { Key: 'A' }, tag('awsome')]), [tag('a'), tag('A'), tag('awsome')])
})

test('tagging reports the first mistake, or reserved keys before all else', () => {
  const given = [tag('a'), tag('a'), tag('aws:b')]
  assert.throws(() => tagging(rules).check(given), { code: 'Twice' })
  assert.throws(() => tagging({ ...rules, reservedFirst: true }).check(given), { code: 'Reserved' })
})

test('tagging asks what the service asks of a tag, as it was given', () => {
  const { check } = tagging({
    ...rules,
    check: ({ Key }) => {
      if (Key === undefined) throw new ServiceError('NoKey', 400, '')
    },
  })
  assert.throws(() => check([{ Value: 'x' }]), { code: 'NoKey' })
  assert.deepEqual(check([tag('a', 'x')]), [tag('a', 'x')])
})

test('merge replaces values and keeps the order of keys, or sorts them', () => {
  const existing = [tag('b', '1'), tag('c', '1')]
  const given = [tag('a', '2'), tag('b', '2')]
  assert.deepEqual(tagging(rules).merge(existing, given), [tag('b', '2'), tag('c', '1'), tag('a', '2')])
  const sorted = tagging({ ...rules, sorted: true }).merge(existing, given)
  assert.deepEqual(sorted, [tag('a', '2'), tag('b', '2'), tag('c', '1')])
})

test('merge and remove distinguish keys by case, unless the rules ignore it', () => {
  const anyCase = tagging({ ...rules, ignoresCase: true })
  assert.deepEqual(anyCase.merge([tag('Team', 'a')], [tag('TEAM', 'b')]), [tag('TEAM', 'b')])
  assert.throws(() => anyCase.check([tag('a'), tag('A')]), { code: 'Twice' })
  assert.deepEqual(anyCase.remove([tag('Team')], ['tEAM', 'other']), [])
  const { merge, remove } = tagging(rules)
  assert.deepEqual(merge([tag('a')], [tag('A')]), [tag('a'), tag('A')])
  assert.deepEqual(remove([tag('a'), tag('A')], ['a', 'other']), [tag('A')])
})

test('merge takes as many tags as the rules say, and no more', () => {
  const { merge } = tagging(rules)
  const three = [tag('a'), tag('b'), tag('c')]
  assert.equal(merge(three, [tag('b', 'new')]).length, 3)
  assert.throws(() => merge(three, [tag('d')]), { code: 'TooMany' })
})

const someTags = fc.uniqueArray(fc.record({ Key: fc.stringMatching(/^[abAB]{1,3}$/), Value: fc.string() }), {
  selector: ({ Key }) => Key.toLowerCase(),
})

test('merge leaves one tag a key and all that were added, and remove takes them away again', () => {
  const anyCase = tagging({ ...rules, most: 100, ignoresCase: true })
  fc.assert(
    fc.property(someTags, someTags, (existing, added) => {
      const merged = anyCase.merge(existing, added)
      const keys = merged.map(({ Key }) => Key.toLowerCase())
      assert.equal(new Set(keys).size, keys.length)
      for (const one of added) assert.ok(merged.some(({ Key, Value }) => Key === one.Key && Value === one.Value))
      const upper = added.map(({ Key }) => Key.toUpperCase())
      const addedKeys = added.map(({ Key }) => Key.toLowerCase())
      const untouched = existing.filter(({ Key }) => !addedKeys.includes(Key.toLowerCase()))
      assert.deepEqual(anyCase.remove(merged, upper), untouched)
    }),
  )
})

test('tags become a record and come back from it, whatever their keys', () => {
  const tags = [tag('__proto__', 'x'), tag('a', 'y')]
  assert.deepEqual(tagsOfRecord(tagRecord(tags)), tags)
  assert.deepEqual(tagRecord([{ Key: 'a' }]), { a: '' })
})
