import assert from 'node:assert/strict'
import { test } from 'node:test'
import { principalsIn, withPrincipals } from './bound-principals.ts'
import { parsePolicy } from './validate.ts'

const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const use = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }

test('principalsIn finds them wherever they stand, and passes over those of other types', () => {
  const text = policy(
    { ...use, Principal: { AWS: ['a', 'b'], Service: 's3.amazonaws.com' } },
    { ...use, Principal: '*' },
    { ...use, Effect: 'Deny', NotPrincipal: { AWS: 'c' } },
  )
  assert.deepEqual(principalsIn(parsePolicy(text, 'key'), 'AWS'), ['a', 'b', 'c'])
})

test('withPrincipals replaces principals and nothing else', () => {
  const statement = (aws: unknown) => ({
    ...use,
    Principal: { AWS: aws, Service: 'alice' },
    Condition: { StringEquals: { 'aws:username': 'alice' } },
  })
  const changed = withPrincipals(policy(statement('alice'), statement(['bob', 'alice'])), new Map([['alice', 'AIDA1']]))
  assert.deepEqual(JSON.parse(changed).Statement, [statement('AIDA1'), statement(['bob', 'AIDA1'])])
  const single = JSON.stringify({ Statement: statement('alice') })
  assert.deepEqual(JSON.parse(withPrincipals(single, new Map([['alice', 'AIDA1']]))).Statement, statement('AIDA1'))
})
