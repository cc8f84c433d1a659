import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomSealer } from '../storage/testing.ts'
import {
  type AuthorizationMessage,
  decodeAuthorizationMessage,
  encodeAuthorizationMessage,
} from './authorization-message.ts'

const accountId = '111122223333'

const message: AuthorizationMessage = {
  allowed: false,
  explicitDeny: true,
  matchedStatements: { items: [{ statementId: 'NoInstances', effect: 'DENY' }] },
  failures: { items: [] },
  context: {
    principal: { id: 'AIDARTX3GSDSQALICE111', arn: `arn:aws:iam::${accountId}:user/alice` },
    action: 'ec2:RunInstances',
    resource: `arn:aws:ec2:us-east-1:${accountId}:instance/*`,
    conditions: { items: [{ key: 'ec2:Region', values: { items: [{ value: 'us-east-1' }] } }] },
  },
}

test('an authorization message is decoded for the account it belongs to and for no other', () => {
  const sealer = randomSealer()
  const encoded = encodeAuthorizationMessage(sealer, accountId, message)
  assert.match(encoded, /^[A-Za-z0-9_-]+$/)
  assert.deepEqual(decodeAuthorizationMessage(sealer, accountId, encoded), message)
  assert.equal(decodeAuthorizationMessage(sealer, '444455556666', encoded), undefined)
  assert.equal(decodeAuthorizationMessage(randomSealer(), accountId, encoded), undefined)
})

test('an authorization message with any character changed is none', () => {
  const sealer = randomSealer()
  const encoded = encodeAuthorizationMessage(sealer, accountId, message)
  fc.assert(
    fc.property(fc.nat({ max: encoded.length - 1 }), fc.string({ minLength: 1, maxLength: 1 }), (index, letter) => {
      fc.pre(encoded[index] !== letter)
      const changed = encoded.slice(0, index) + letter + encoded.slice(index + 1)
      assert.equal(decodeAuthorizationMessage(sealer, accountId, changed), undefined)
    }),
  )
  for (const text of ['', 'x', `${encoded}\n`, encoded.slice(0, -1), `${encoded}=`]) {
    assert.equal(decodeAuthorizationMessage(sealer, accountId, text), undefined)
  }
})
