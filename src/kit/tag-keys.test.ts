import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createdTagKeys, removedTagKeys, requestTagKeys, resourceTagKeys } from './tag-keys.ts'

test('createdTagKeys gives tags as those of the request and of the resource', () => {
  const tags = [{ Key: 'team', Value: 'red' }, { Key: 'env' }, { Value: 'of no key' }]
  assert.deepEqual(createdTagKeys(tags, 'secretsmanager:ResourceTag'), {
    'aws:TagKeys': ['team', 'env'],
    'aws:RequestTag/team': 'red',
    'aws:RequestTag/env': '',
    'aws:ResourceTag/team': 'red',
    'secretsmanager:ResourceTag/team': 'red',
    'aws:ResourceTag/env': '',
    'secretsmanager:ResourceTag/env': '',
  })
  assert.deepEqual(resourceTagKeys(tags), { 'aws:ResourceTag/team': 'red', 'aws:ResourceTag/env': '' })
  assert.deepEqual([requestTagKeys([]), requestTagKeys([{}]), createdTagKeys([])], [{}, {}, {}])
  assert.deepEqual(removedTagKeys(['team']), { 'aws:TagKeys': ['team'] })
})
