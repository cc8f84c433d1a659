import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPolicyText } from './policy-text.ts'

const malformed = ({ message, detail }: { message: string; detail: string }) => new Error(`${message} | ${detail}`)
const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: statement })

test('readPolicyText gives the policy as it was read', () => {
  const text = policy({ Sid: 'a', Effect: 'Allow', Action: 's3:*', Resource: '*' })
  assert.deepEqual(
    readPolicyText(text, 'identity', malformed).statements.map(({ sid, action }) => [sid, action]),
    [['a', ['s3:*']]],
  )
})

test('readPolicyText refuses text that is not a policy of the kind, in the words of the service', () => {
  const refuses = (text: string, kind: 'identity' | 'resource', message: RegExp) =>
    assert.throws(() => readPolicyText(text, kind, malformed), message)
  refuses('{', 'identity', /^Error: .+ \| line 1, column 2: /)
  refuses(policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }), 'resource', /Missing required field Principal \|/)
})

test('readPolicyText takes the older version where the options allow any', () => {
  const older = JSON.stringify({ Statement: { Effect: 'Deny', Action: 's3:*', Resource: '*' } })
  assert.throws(() => readPolicyText(older, 'identity', malformed), /version 2012-10-17/)
  assert.equal(readPolicyText(older, 'identity', malformed, { anyVersion: true }).version, undefined)
})
