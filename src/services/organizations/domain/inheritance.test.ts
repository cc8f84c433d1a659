import assert from 'node:assert/strict'
import { test } from 'node:test'
import { effectivePolicy, readManagementPolicy } from './inheritance.ts'

// The examples of https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inheritance_mgmt.html, shortened.

const value = (tag_value: object) => ({ tags: { team: { tag_value } } })
const merged = (...levels: object[]) => effectivePolicy(levels.map((level) => [level as never]))

test('a value is assigned, appended to and removed from, from the root down', () => {
  assert.deepEqual(merged(value({ '@@assign': ['a', 'b'] }), value({ '@@assign': ['c'] })), value(['c']))
  assert.deepEqual(merged(value({ '@@assign': ['a'] }), value({ '@@append': ['b', 'a'] })), value(['a', 'b']))
  assert.deepEqual(merged(value({ '@@assign': ['a', 'b'] }), value({ '@@remove': ['a'] })), value(['b']))
})

test('a policy can keep those below from changing it, for an element and all in it', () => {
  const none = { '@@operators_allowed_for_child_policies': ['@@none'] }
  assert.deepEqual(merged(value({ '@@assign': ['a'], ...none }), value({ '@@assign': ['b'] })), value(['a']))
  const closed = { tags: { ...none, team: { tag_value: { '@@assign': ['a'] } } } }
  assert.deepEqual(merged(closed, { tags: { other: { tag_key: { '@@assign': 'Other' } } } }), value(['a']))
  const appendOnly = { '@@operators_allowed_for_child_policies': ['@@append'] }
  const levels = [
    value({ '@@assign': ['a'], ...appendOnly }),
    value({ '@@assign': ['b'] }),
    value({ '@@append': ['c'] }),
  ]
  assert.deepEqual(merged(...levels), value(['a', 'c']))
  // What a level allows those below does not limit the policies of the level itself.
  const same = effectivePolicy([
    [value({ '@@assign': ['a'], ...none }) as never, value({ '@@append': ['b'] }) as never],
  ])
  assert.deepEqual(same, value(['a', 'b']))
  // Nothing below can allow again what was taken.
  const again = { '@@operators_allowed_for_child_policies': ['@@all'] }
  const reopened = merged(value({ '@@assign': ['a'], ...none }), value(again), value({ '@@assign': ['b'] }))
  assert.deepEqual(reopened, value(['a']))
})

test('nothing comes of no policies, and names such as __proto__ are names', () => {
  assert.equal(effectivePolicy([[], []]), undefined)
  const read = readManagementPolicy('{"tags":{"__proto__":{"tag_key":{"@@assign":"x"}}}}', 'tags')
  assert.ok('policy' in read)
  assert.equal(JSON.stringify(effectivePolicy([[read.policy]])), '{"tags":{"__proto__":{"tag_key":"x"}}}')
})

test('what is not a management policy is refused with its problem', () => {
  for (const [text, problem] of [
    ['{', 'it is not JSON'],
    ['[]', 'it is not an object'],
    ['{"plans":{}}', 'its one element is "tags"'],
    ['{"tags":{"a":1}}', 'tags.a has a value without an operator such as @@assign'],
    ['{"tags":{"a":{"@@set":1}}}', 'tags.a: there is no operator @@set'],
    ['{"tags":{"a":{"@@assign":1,"b":{}}}}', 'tags.a has both a value and elements'],
    ['{"tags":{"a":{"@@assign":{}}}}', 'tags.a.@@assign is an object'],
  ]) {
    assert.deepEqual(readManagementPolicy(text ?? '', 'tags'), { problem })
  }
})
