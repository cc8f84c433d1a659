import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BoundPolicy } from './bound-principals.ts'
import { addStatements, hasStatement, joinPolicies, removeStatement } from './statements.ts'

const alice = 'arn:aws:iam::111122223333:user/alice'
const bob = 'arn:aws:iam::111122223333:user/bob'

const allow = (Sid: string, AWS: string) => ({
  Sid,
  Effect: 'Allow',
  Principal: { AWS },
  Action: 's3:*',
  Resource: '*',
})

const policy = (statement: object | object[], boundPrincipals: Record<string, string> = {}): BoundPolicy => ({
  document: JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statement }),
  boundPrincipals,
})

test('addStatements puts statements behind those that are there, and keeps who all of them mean', () => {
  const added = policy([allow('b', bob)], { [bob]: 'AIDABOB' })
  assert.equal(addStatements(undefined, added), added)
  assert.deepEqual(
    addStatements(policy(allow('a', alice), { [alice]: 'AIDAALICE' }), added),
    policy([allow('a', alice), allow('b', bob)], { [alice]: 'AIDAALICE', [bob]: 'AIDABOB' }),
  )
})

test('addStatements gives the id of a principal to its statements when another one has its name now', () => {
  const before = policy([allow('a', alice), allow('b', bob)], { [alice]: 'AIDAFIRST', [bob]: 'AIDABOB' })
  assert.deepEqual(
    addStatements(before, policy([allow('c', alice)], { [alice]: 'AIDASECOND' })),
    policy([allow('a', 'AIDAFIRST'), allow('b', bob), allow('c', alice)], {
      AIDAFIRST: 'AIDAFIRST',
      [bob]: 'AIDABOB',
      [alice]: 'AIDASECOND',
    }),
  )
})

test('removeStatement forgets the principals that no other statement names, and the policy with its last statement', () => {
  const both = policy([allow('a', alice), allow('b', alice), allow('c', bob)], {
    [alice]: 'AIDAALICE',
    [bob]: 'AIDABOB',
  })
  const left = removeStatement(both, 'c')
  assert.deepEqual(left, policy([allow('a', alice), allow('b', alice)], { [alice]: 'AIDAALICE' }))
  assert.deepEqual([hasStatement(both, 'c'), left && hasStatement(left, 'c')], [true, false])
  assert.equal(removeStatement(policy(allow('a', alice), { [alice]: 'AIDAALICE' }), 'a'), undefined)
})

test('joinPolicies makes one policy of all statements, single ones and lists', () => {
  const documents = [policy(allow('a', alice)), policy([allow('b', bob), allow('c', bob)])].map(
    ({ document }) => document,
  )
  assert.deepEqual(JSON.parse(joinPolicies(documents)), {
    Version: '2012-10-17',
    Statement: [allow('a', alice), allow('b', bob), allow('c', bob)],
  })
})
