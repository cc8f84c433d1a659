import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mergeTags, removeTags, requestTagContext, resourceTagContext } from './tags.ts'

const anyCase = { caseInsensitive: true }
const exactCase = { caseInsensitive: false }
const tag = (Key: string, Value = '') => ({ Key, Value })

test('mergeTags replaces the tag of the same key, whatever its case, and keeps the new spelling', () => {
  assert.deepEqual(mergeTags([tag('Team', 'a'), tag('env', 'x')], [tag('TEAM', 'b')], anyCase), [
    tag('TEAM', 'b'),
    tag('env', 'x'),
  ])
})

test('mergeTags keeps keys that differ in case apart for policies', () => {
  assert.deepEqual(mergeTags([tag('a', '1')], [tag('A', '2')], exactCase), [tag('A', '2'), tag('a', '1')])
})

test('mergeTags refuses a key given twice, in the words for users and roles or for policies', () => {
  assert.throws(() => mergeTags([], [tag('a'), tag('A')], anyCase), {
    code: 'InvalidInput',
    message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  })
  assert.throws(() => mergeTags([], [tag('a'), tag('a')], exactCase), {
    code: 'InvalidInput',
    message: 'Duplicate tag keys found.',
  })
})

test('mergeTags refuses reserved keys', () => {
  for (const key of ['aws:x', 'AWS:x', 'aws:']) {
    assert.throws(() => mergeTags([], [tag(key)], anyCase), { code: 'InvalidInput', message: /^aws: prefixed/ })
  }
})

test('mergeTags refuses the 51st tag', () => {
  const fifty = Array.from({ length: 50 }, (_, i) => tag(`k${i}`))
  assert.equal(mergeTags(fifty, [tag('k7', 'new')], anyCase).length, 50)
  assert.throws(() => mergeTags(fifty, [tag('k50')], anyCase), {
    code: 'LimitExceeded',
    status: 409,
    message: 'The number of tags has reached the maximum limit.',
  })
})

const someTags = fc.uniqueArray(fc.record({ Key: fc.stringMatching(/^[abAB]{1,3}$/), Value: fc.string() }), {
  selector: ({ Key }) => Key.toLowerCase(),
})

test('mergeTags leaves one tag a key, all that were added, in order of key; removeTags takes them away again', () => {
  fc.assert(
    fc.property(someTags, someTags, (existing, added) => {
      const merged = mergeTags(existing, added, anyCase)
      const keys = merged.map(({ Key }) => Key.toLowerCase())
      assert.equal(new Set(keys).size, keys.length)
      for (const one of added) assert.ok(merged.some(({ Key, Value }) => Key === one.Key && Value === one.Value))
      assert.deepEqual(
        merged,
        merged.toSorted((a, b) => (a.Key < b.Key ? -1 : 1)),
      )
      const upper = added.map(({ Key }) => Key.toUpperCase())
      const addedKeys = added.map(({ Key }) => Key.toLowerCase())
      const untouched = existing.filter(({ Key }) => !addedKeys.includes(Key.toLowerCase()))
      assert.deepEqual(new Set(removeTags(merged, upper, anyCase)), new Set(untouched))
    }),
  )
})

test('requestTagContext and resourceTagContext give the condition keys of tags', () => {
  assert.deepEqual(requestTagContext([]), {})
  assert.deepEqual(requestTagContext([tag('team', 'a'), tag('env', 'b')]), {
    'aws:TagKeys': ['team', 'env'],
    'aws:RequestTag/team': 'a',
    'aws:RequestTag/env': 'b',
  })
  assert.deepEqual(resourceTagContext([tag('team', 'a')]), { 'aws:ResourceTag/team': 'a', 'iam:ResourceTag/team': 'a' })
})
