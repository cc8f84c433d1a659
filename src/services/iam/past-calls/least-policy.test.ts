import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { evaluate } from '../../../policy/evaluate.ts'
import { policySize } from '../domain/policy-text.ts'
import { leastPolicies } from './least-policy.ts'
import type { Need } from './needed-actions.ts'

const key = 'arn:aws:kms:us-east-1:111122223333:key/1'
const via = 'ssm.us-east-1.amazonaws.com'

test('actions on the same resources stand in one statement, in order', () => {
  const needs = [
    { action: 'kms:Encrypt', resource: key },
    { action: 'kms:Decrypt', resource: key },
    { action: 'kms:ListKeys', resource: '*' },
    { action: 'kms:Decrypt', resource: key },
  ]
  const policies = leastPolicies(needs)
  assert.deepEqual(policies, [
    {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:Encrypt'], Resource: [key] },
        { Effect: 'Allow', Action: ['kms:ListKeys'], Resource: ['*'] },
      ],
    },
  ])
  assert.deepEqual(leastPolicies(needs.reverse()), policies)
})

test('keys used through a service alone are allowed through it alone', () => {
  const [policy] = leastPolicies([
    { action: 'kms:Decrypt', resource: key, viaService: via },
    { action: 'kms:Encrypt', resource: key, viaService: via },
    { action: 'kms:Encrypt', resource: key },
  ])
  assert.deepEqual(policy?.Statement, [
    {
      ...{ Effect: 'Allow', Action: ['kms:Decrypt'], Resource: [key] },
      Condition: { StringEquals: { 'kms:ViaService': [via] } },
    },
    { Effect: 'Allow', Action: ['kms:Encrypt'], Resource: [key] },
  ])
})

test('what every resource is allowed for names no others', () => {
  const [policy] = leastPolicies([
    { action: 'iam:GetUser', resource: '*' },
    { action: 'iam:GetUser', resource: 'arn:aws:iam::111122223333:user/a' },
  ])
  assert.deepEqual(policy?.Statement, [{ Effect: 'Allow', Action: ['iam:GetUser'], Resource: ['*'] }])
})

test('without needs no policy is made', () => assert.deepEqual(leastPolicies([]), []))

const need: fc.Arbitrary<Need> = fc.record(
  {
    action: fc.constantFrom('kms:Decrypt', 'kms:Encrypt', 's3:GetObject', 's3:PutObject', 'sqs:SendMessage'),
    resource: fc.oneof(
      fc.integer({ min: 0, max: 300 }).map((number) => `arn:aws:x:us-east-1:111122223333:thing/${number}`),
      fc.constant('*'),
    ),
    viaService: fc.constantFrom(via, 'secretsmanager.us-east-1.amazonaws.com'),
  },
  { requiredKeys: ['action', 'resource'] },
)

test('together the policies allow each need, nothing on other resources, and none is too large', () => {
  fc.assert(
    fc.property(fc.array(need, { minLength: 1, maxLength: 120 }), (needs) => {
      const policies = leastPolicies(needs, 600)
      const identity = policies.map((policy, index) => ({ name: String(index), document: JSON.stringify(policy) }))
      for (const { document } of identity) assert.ok(policySize(document) <= 600)
      const allowed = ({ action, resource, viaService }: Need) =>
        evaluate({
          caller: {
            principal: { kind: 'user', accountId: '111122223333', arn: 'arn', userId: 'AIDA', userName: 'u' },
            principalTags: {},
          },
          permission: { action, resource },
          context: viaService ? { 'kms:ViaService': viaService } : {},
          policies: { identity },
        }).allowed
      for (const each of needs) {
        assert.ok(allowed(each))
        const isAnywhere = needs.some(({ action, resource }) => action === each.action && resource === '*')
        assert.ok(isAnywhere || !allowed({ ...each, resource: 'arn:aws:x:us-east-1:111122223333:thing/other' }))
        const isDirect = needs.some(
          ({ action, resource, viaService }) =>
            action === each.action && (resource === each.resource || resource === '*') && viaService === undefined,
        )
        assert.equal(allowed({ action: each.action, resource: each.resource }), isDirect)
      }
    }),
    { numRuns: 40 },
  )
})
