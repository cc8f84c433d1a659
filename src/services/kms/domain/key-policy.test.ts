import assert from 'node:assert/strict'
import { test } from 'node:test'
import { principalsIn } from '../../../kit/resource-policies/bound-principals.ts'
import { defaultKeyPolicy, keyPolicies } from './key-policy.ts'

const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const use = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }

test('defaultKeyPolicy is printed as KMS prints it and gives the account everything', () => {
  const text = defaultKeyPolicy('aws', '111122223333')
  assert.ok(text.startsWith('{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",'))
  assert.deepEqual(principalsIn(keyPolicies.read(text), 'AWS'), ['arn:aws:iam::111122223333:root'])
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

test('the size of a key policy is counted in bytes, not characters', () => {
  keyPolicies.checkSize('é'.repeat(16_384))
  assert.throws(() => keyPolicies.checkSize(`${'é'.repeat(16_384)}x`), { code: 'LimitExceededException' })
})

test('a key policy cannot have ForAllValues over keys with one value', () => {
  const withCondition = (operator: string, key: string) =>
    policy({ ...use, Principal: '*', Condition: { [operator]: { [key]: 'x' } } })
  for (const key of ['kms:EncryptionContext:dept', 'KMS:encryptioncontext:dept', 'aws:RequestTag/team']) {
    assert.throws(() => keyPolicies.read(withCondition('ForAllValues:StringEquals', key)), {
      code: 'MalformedPolicyDocumentException',
    })
    keyPolicies.read(withCondition('StringEquals', key))
  }
  keyPolicies.read(withCondition('ForAllValues:StringEquals', 'kms:EncryptionContextKeys'))
})
