import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SessionContext } from '../../../core/principal.ts'
import { inheritedTags, requestTagContext, roleTagContext, sessionTags } from './session-tags.ts'

const tag = (Key: string, Value = 'x') => ({ Key, Value })

const session = (tags: Record<string, string>, transitiveTagKeys: string[]): SessionContext => ({
  issuedBy: 'AssumeRole',
  mfaAuthenticated: false,
  issuedAtMs: 0,
  expiresAtMs: 1,
  policies: [],
  policyArns: [],
  tags,
  transitiveTagKeys,
})

const refusal = (message: string) => ({ code: 'InvalidParameterValue', status: 400, message })

const duplicate = refusal('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
const notIncluded = refusal('The specified transitive tag key must be included in the requested tags.')
const conflict = refusal(
  "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
)

test('sessionTags keeps tags and transitive keys as they are written', () => {
  assert.deepEqual(sessionTags([tag('Team', 'blue'), tag('Cost', '')], ['team']), {
    tags: { Team: 'blue', Cost: '' },
    transitiveTagKeys: ['team'],
  })
  assert.deepEqual(sessionTags([], []), { tags: {}, transitiveTagKeys: [] })
})

test('sessionTags refuses a key that is given twice, in whatever case', () => {
  assert.throws(() => sessionTags([tag('Team'), tag('Team')], []), duplicate)
  assert.throws(() => sessionTags([tag('Team'), tag('TEAM')], []), duplicate)
})

test('sessionTags refuses transitive keys that are not among the tags, and reserved keys', () => {
  assert.throws(() => sessionTags([tag('team')], ['stage']), notIncluded)
  assert.throws(() => sessionTags([], ['stage']), notIncluded)
  assert.throws(
    () => sessionTags([tag('AWS:team')], []),
    refusal('aws: prefixed tag key names are not allowed for external use.'),
  )
})

test('inheritedTags hands on the transitive tags of a session and nothing else', () => {
  assert.deepEqual(inheritedTags(session({ Star: '1', Heart: '1', Sun: '2' }, ['star', 'Heart'])), {
    tags: { Star: '1', Heart: '1' },
    transitiveTagKeys: ['star', 'Heart'],
  })
  assert.deepEqual(inheritedTags(undefined), { tags: {}, transitiveTagKeys: [] })
})

test('sessionTags adds to inherited tags, which stay transitive and cannot be given again', () => {
  const inherited = inheritedTags(session({ Star: '1' }, ['Star']))
  assert.deepEqual(sessionTags([tag('Moon', '3')], ['Moon'], inherited), {
    tags: { Star: '1', Moon: '3' },
    transitiveTagKeys: ['Star', 'Moon'],
  })
  assert.throws(() => sessionTags([tag('star', '2')], [], inherited), conflict)
  assert.throws(() => sessionTags([tag('star', '2')], ['star'], inherited), conflict)
  assert.throws(() => sessionTags([], ['Star'], inherited), conflict)
})

test('a transitive tag goes down a chain of any length unchanged', () => {
  const key = fc.stringMatching(/^[a-z]{1,8}$/)
  fc.assert(
    fc.property(key, fc.string(), fc.array(key, { maxLength: 5 }), (first, value, others) => {
      let carried = sessionTags([tag(first, value)], [first])
      for (const other of others.filter((name) => name !== first)) {
        carried = sessionTags(
          [tag(other)],
          [],
          inheritedTags(session({ ...carried.tags }, [...carried.transitiveTagKeys])),
        )
      }
      assert.equal(carried.tags[first], value)
      assert.deepEqual(carried.transitiveTagKeys, [first])
    }),
  )
})

test('a tag named __proto__ is a tag like any other', () => {
  const { tags } = sessionTags([tag('__proto__', 'x')], ['__proto__'])
  assert.deepEqual(Object.entries(tags), [['__proto__', 'x']])
  const inherited = inheritedTags(session(tags, ['__proto__']))
  assert.deepEqual(Object.entries(sessionTags([tag('b')], [], inherited).tags), [
    ['__proto__', 'x'],
    ['b', 'x'],
  ])
})

test('requestTagContext and roleTagContext name the condition keys of tags', () => {
  assert.deepEqual(requestTagContext([tag('team', 'blue'), tag('Stage', 'test')]), {
    'aws:TagKeys': ['team', 'Stage'],
    'aws:RequestTag/team': 'blue',
    'aws:RequestTag/Stage': 'test',
  })
  assert.deepEqual(requestTagContext([]), {})
  assert.deepEqual(roleTagContext({ team: 'blue' }), { 'aws:ResourceTag/team': 'blue', 'iam:ResourceTag/team': 'blue' })
})
