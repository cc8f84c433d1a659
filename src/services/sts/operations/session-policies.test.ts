import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, otherAccountId, policyOf } from '../testing.ts'
import { sessionPolicies } from './session-policies.ts'

const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
const own = `arn:aws:iam::${accountId}:policy/teams/blue`
const foreign = `arn:aws:iam::${otherAccountId}:policy/theirs`

const managedPolicy = async (arn: string) =>
  [readOnly, own, foreign].includes(arn) ? { name: 'p', arn, document: policyOf() } : undefined

const asked = (request: Parameters<typeof sessionPolicies>[1]) => sessionPolicies({ managedPolicy }, request, accountId)

test('sessionPolicies are the document and the ARNs of the request', async () => {
  const Policy = policyOf({ Effect: 'Allow', Action: 's3:*', Resource: '*' })
  assert.deepEqual(await asked({ Policy, PolicyArns: [{ arn: readOnly }, { arn: own }] }), {
    policies: [Policy],
    policyArns: [readOnly, own],
  })
  assert.deepEqual(await asked({}), { policies: [], policyArns: [] })
})

test('sessionPolicies refuses documents that are not identity policies, with the texts of IAM', async () => {
  const principal = policyOf({ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' })
  for (const [Policy, message] of [
    ['{', 'Syntax errors in policy.'],
    ['{"Version":"2012-10-17"}', 'Syntax errors in policy.'],
    [principal, 'Policy document should not specify a principal.'],
    [policyOf({ Effect: 'Allow', Action: 's3:*' }), 'Policy statement must contain resources.'],
  ]) {
    await assert.rejects(asked({ Policy }), { code: 'MalformedPolicyDocument', status: 400, message })
  }
})

test('sessionPolicies refuses managed policies that are not there or belong to another account', async () => {
  for (const arn of [
    foreign,
    `arn:aws:iam::${accountId}:policy/none`,
    `arn:aws:iam::${accountId}:role/x`,
    'nonsense',
  ]) {
    await assert.rejects(asked({ PolicyArns: [{ arn: readOnly }, { arn }] }), {
      code: 'ValidationError',
      status: 400,
      message: `${arn} is invalid`,
    })
  }
})
