import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UserIdentity } from '../../core/audit.ts'
import { lookupKeys } from '../../core/event-history.ts'
import { auditRecord } from '../testing.ts'
import { eventFacts, valuesOf } from './event-facts.ts'

test('an event is found by the eight keys of the API', () => {
  const ARN = 'arn:aws:kms:us-east-1:111122223333:key/1234'
  const record = auditRecord({
    eventID: 'a3a1a5f8-57a0-4f5c-9b1d-7c7a2f1c0001',
    resources: [
      { accountId: '111122223333', type: 'AWS::KMS::Key', ARN },
      { accountId: '111122223333', type: 'AWS::KMS::Key', ARN: `${ARN}5` },
    ],
  })
  const facts = eventFacts(record)
  assert.deepEqual(Object.fromEntries(lookupKeys.map((key) => [key, valuesOf(facts, key)])), {
    EventId: ['a3a1a5f8-57a0-4f5c-9b1d-7c7a2f1c0001'],
    EventName: ['Decrypt'],
    ReadOnly: ['true'],
    Username: ['alice'],
    ResourceType: ['AWS::KMS::Key'],
    ResourceName: [ARN, `${ARN}5`],
    EventSource: ['kms.amazonaws.com'],
    AccessKeyId: ['AKIAQ3EGRIYFEXAMPLE1'],
  })
  assert.equal(facts.timeMs, Date.parse('2026-03-01T12:00:00Z'))
})

test('the user name is that of a user or a session, root for root, and absent for services and other accounts', () => {
  const identities: [UserIdentity, string | undefined][] = [
    [{ type: 'IAMUser', userName: 'alice', principalId: 'AIDAEXAMPLE' }, 'alice'],
    [{ type: 'Root', principalId: '111122223333' }, 'root'],
    [{ type: 'Root', principalId: '111122223333', userName: 'account-alias' }, 'root'],
    [{ type: 'AssumedRole', principalId: 'AROAEXAMPLE:deploy@1' }, 'deploy@1'],
    [{ type: 'FederatedUser', principalId: '111122223333:bob' }, 'bob'],
    [{ type: 'AWSService', invokedBy: 'kms.amazonaws.com' }, undefined],
    [{ type: 'AWSAccount', principalId: 'AIDAEXAMPLE', accountId: '444455556666' }, undefined],
    [{ type: 'Unknown', principalId: 'Anonymous' }, undefined],
  ]
  for (const [userIdentity, expected] of identities) {
    assert.equal(eventFacts(auditRecord({ userIdentity })).userName, expected)
  }
})

test('an event without an access key is found by none', () => {
  for (const accessKeyId of [undefined, '']) {
    const facts = eventFacts(auditRecord({ userIdentity: { type: 'Unknown', accessKeyId } }))
    assert.deepEqual(valuesOf(facts, 'AccessKeyId'), [])
  }
})
