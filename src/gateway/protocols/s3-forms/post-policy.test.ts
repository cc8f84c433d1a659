import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPostPolicy } from './post-policy.ts'

const nowMs = Date.UTC(2026, 0, 1)
const expiration = '2026-01-02T00:00:00.000Z'
const encoded = (document: unknown) => Buffer.from(JSON.stringify(document)).toString('base64')

/** What a form is answered with: the refusal, or the range of its file. */
function check(document: unknown, fields: Record<string, string> = {}) {
  const given = new Map(Object.entries({ bucket: 'photos', key: 'a/b.jpg', ...fields }))
  try {
    return checkPostPolicy(typeof document === 'string' ? document : encoded(document), given, nowMs)
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return `${code}: ${message}`
  }
}

const always = [{ bucket: 'photos' }, ['starts-with', '$key', 'a/']]
const withConditions = (...more: unknown[]) => ({ expiration, conditions: [...always, ...more] })

test('a policy has to name the bucket and every field, except those that sign it and those to be ignored', () => {
  assert.equal(check(withConditions()), undefined)
  const extra = (name: string) => `AccessDenied: Invalid according to Policy: Extra input fields: ${name}`
  assert.equal(check({ expiration, conditions: always.slice(1) }), extra('bucket'))
  assert.equal(check({ expiration, conditions: always.slice(0, 1) }), extra('key'))
  assert.equal(check(withConditions(), { acl: 'private' }), extra('acl'))
  const uncovered = { policy: 'x', 'x-amz-signature': 'x', file: 'x', 'x-ignore-a': 'x' }
  assert.equal(check(withConditions(), uncovered), undefined)
})

test('a policy for another bucket or another key does not count', () => {
  assert.equal(
    check({ expiration, conditions: [{ bucket: 'others' }, { key: 'a/b.jpg' }] }),
    'AccessDenied: Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "others"]',
  )
  assert.equal(
    check({ expiration, conditions: [{ bucket: 'photos' }, ['starts-with', '$key', 'b/']] }),
    'AccessDenied: Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "b/"]',
  )
})

test('the range of the file is what the policy says', () => {
  assert.deepEqual(check(withConditions(['content-length-range', 1, 10])), { min: 1, max: 10 })
})

test('a policy that is not one is refused with what is wrong', () => {
  const invalid = (problem: string) => `InvalidPolicyDocument: Invalid Policy: ${problem}`
  assert.equal(check('%%%'), invalid('Invalid Base64 encoding.'))
  assert.equal(check(Buffer.from('{').toString('base64')), invalid('Invalid JSON.'))
  assert.equal(check([]), invalid('Invalid JSON.'))
  assert.equal(check({ conditions: [] }), invalid('Policy missing expiration.'))
  assert.equal(check({ expiration: 'tomorrow', conditions: [] }), invalid(`Invalid 'expiration' value: '"tomorrow"'`))
  assert.equal(check({ expiration }), invalid('Policy missing conditions.'))
  assert.equal(check({ expiration, conditions: {} }), invalid("Invalid 'conditions' value: must be a List."))
  for (const condition of [1, null, ['eq', '$key'], ['like', '$key', 'a'], ['eq', 'key', 'a'], { key: 1 }]) {
    assert.match(String(check(withConditions(condition))), /^InvalidPolicyDocument: /)
  }
  assert.match(String(check(withConditions(['content-length-range', 10, 1]))), /^InvalidPolicyDocument: /)
  assert.equal(
    check({ expiration: '2025-12-31T23:59:59Z', conditions: always }),
    'AccessDenied: Invalid according to Policy: Policy expired.',
  )
})
