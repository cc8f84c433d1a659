import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkTags, mergeTags, removeTags } from './tags.ts'

const tag = (TagKey: string, TagValue = '') => ({ TagKey, TagValue })
const many = (count: number) => Array.from({ length: count }, (_, index) => tag(`k${index}`))

test('checkTags refuses reserved keys in any case and keys given twice', () => {
  for (const key of ['aws:x', 'AWS:x', 'Aws:']) {
    assert.throws(() => checkTags([tag(key)]), {
      code: 'TagException',
      message: 'Tags beginning with aws: are reserved',
    })
  }
  assert.throws(() => checkTags([tag('a'), tag('a')]), { code: 'TagException', message: 'Duplicate tag keys' })
  checkTags([tag('a'), tag('A'), tag('awsome')])
})

test('mergeTags replaces values, keeps the order of keys, and tells their case apart', () => {
  const merged = mergeTags([tag('b', '1'), tag('c', '1')], [tag('c', '2'), tag('a', '3'), tag('B')])
  assert.deepEqual(merged, [tag('B'), tag('a', '3'), tag('b', '1'), tag('c', '2')])
})

test('mergeTags takes 50 tags and no more', () => {
  assert.equal(mergeTags(many(49), [tag('x')]).length, 50)
  assert.equal(mergeTags(many(50), [tag('k7', 'new')]).length, 50)
  assert.throws(() => mergeTags(many(50), [tag('x')]), { code: 'TagException', message: 'Too many tags' })
})

test('removeTags passes over keys that are not there', () => {
  assert.deepEqual(removeTags([tag('a'), tag('b')], ['b', 'c']), [tag('a')])
})
