import assert from 'node:assert/strict'
import { test } from 'node:test'
import { principalsIn } from '../../../policy/bound-principals.ts'
import { parsePolicy } from '../../../policy/validate.ts'
import { checkConditions, checkKeyPolicySize, defaultKeyPolicy } from './key-policy.ts'

const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const use = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }

test('defaultKeyPolicy is printed as KMS prints it and gives the account everything', () => {
  const text = defaultKeyPolicy('aws', '111122223333')
  assert.ok(text.startsWith('{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",'))
  assert.deepEqual(principalsIn(parsePolicy(text, 'key'), 'AWS'), ['arn:aws:iam::111122223333:root'])
  assert.deepEqual(JSON.parse(text).Statement, [
    {
      Sid: 'Enable IAM User Permissions',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:root' },
      Action: 'kms:*',
      Resource: '*',
    },
  ])
})

test('checkKeyPolicySize counts bytes, not characters', () => {
  checkKeyPolicySize('é'.repeat(16_384))
  assert.throws(() => checkKeyPolicySize(`${'é'.repeat(16_384)}x`), { code: 'LimitExceededException' })
})

test('checkConditions refuses ForAllValues over keys with one value', () => {
  const withCondition = (operator: string, key: string) =>
    parsePolicy(policy({ ...use, Principal: '*', Condition: { [operator]: { [key]: 'x' } } }), 'key')
  for (const key of ['kms:EncryptionContext:dept', 'KMS:encryptioncontext:dept', 'aws:RequestTag/team']) {
    assert.throws(() => checkConditions(withCondition('ForAllValues:StringEquals', key)), {
      code: 'MalformedPolicyDocumentException',
    })
    checkConditions(withCondition('StringEquals', key))
  }
  checkConditions(withCondition('ForAllValues:StringEquals', 'kms:EncryptionContextKeys'))
})
