import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entityTags, policyTags, resourceTagContext } from './tags.ts'

const tag = (Key: string, Value = '') => ({ Key, Value })

test('IAM replaces the tag of the same key, whatever its case, and keeps the new spelling', () => {
  assert.deepEqual(entityTags.merge([tag('Team', 'a'), tag('env', 'x')], [tag('TEAM', 'b')]), [
    tag('TEAM', 'b'),
    tag('env', 'x'),
  ])
})

test('IAM keeps keys that differ in case apart for policies', () => {
  assert.deepEqual(policyTags.merge([tag('a', '1')], [tag('A', '2')]), [tag('A', '2'), tag('a', '1')])
})

test('IAM refuses a key given twice, in the words for users and roles or for policies', () => {
  assert.throws(() => entityTags.merge([], [tag('a'), tag('A')]), {
    code: 'InvalidInput',
    message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  })
  assert.throws(() => policyTags.merge([], [tag('a'), tag('a')]), {
    code: 'InvalidInput',
    message: 'Duplicate tag keys found.',
  })
})

test('IAM refuses reserved keys', () => {
  for (const key of ['aws:x', 'AWS:x', 'aws:']) {
    assert.throws(() => entityTags.merge([], [tag(key)]), { code: 'InvalidInput', message: /^aws: prefixed/ })
  }
})

test('IAM refuses the 51st tag', () => {
  const fifty = Array.from({ length: 50 }, (_, i) => tag(`k${i}`))
  assert.equal(entityTags.merge(fifty, [tag('k7', 'new')]).length, 50)
  assert.throws(() => entityTags.merge(fifty, [tag('k50')]), {
    code: 'LimitExceeded',
    status: 409,
    message: 'The number of tags has reached the maximum limit.',
  })
})

test('resourceTagContext gives the condition keys of tags under both names', () => {
  assert.deepEqual(resourceTagContext([tag('team', 'a')]), { 'aws:ResourceTag/team': 'a', 'iam:ResourceTag/team': 'a' })
})
