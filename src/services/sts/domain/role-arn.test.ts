import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roleAccountOf } from './role-arn.ts'

test('roleAccountOf reads the account of a role, with and without a path', () => {
  assert.equal(roleAccountOf('arn:aws:iam::111122223333:role/deploy'), '111122223333')
  assert.equal(roleAccountOf('arn:aws:iam::111122223333:role/teams/blue/deploy@x'), '111122223333')
})

test('roleAccountOf refuses what is not the ARN of a role', () => {
  for (const arn of [
    'arn:aws:iam::111122223333:user/deploy',
    'arn:aws:iam::111122223333:role/',
    'arn:aws:iam::111122223333:role/a b',
    'arn:aws:iam:us-east-1:111122223333:role/deploy',
    'arn:aws:sts::111122223333:assumed-role/deploy/ci',
    'arn:aws:iam::1111:role/deploy',
    'arn:aws:iam::aws:role/deploy',
    'something that is not an ARN',
  ]) {
    assert.throws(() => roleAccountOf(arn), { code: 'ValidationError', status: 400, message: `${arn} is invalid` })
  }
})
