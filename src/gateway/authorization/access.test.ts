import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '../../core/call.ts'
import type { IdentityDirectory, PolicySet } from '../../core/identity.ts'
import type { Permission } from '../../core/operation.ts'
import { alice, named, policyOf, type StatementSketch } from '../../policy/testing.ts'
import { Access } from './access.ts'

const call = {
  caller: alice,
  region: 'us-east-1',
  clock: { nowMs: () => Date.parse('2026-03-01T12:00:00Z') },
  source: { ip: '127.0.0.1', host: 'localhost' },
  calledVia: [],
} as unknown as Call

const accessUnder = (...statements: StatementSketch[]) => {
  const policies: PolicySet = { identity: [named(policyOf(...statements))] }
  const identity = { policiesOf: () => policies, organizationOf: () => undefined }
  return new Access(call, identity as unknown as IdentityDirectory)
}

/** A permission that counts how often its condition keys were computed. */
function permissionWith(team: string) {
  const permission = {
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::b/o',
    context: () => {
      permission.asked++
      return { 'x:Team': team }
    },
    asked: 0,
  } satisfies Permission & { asked: number }
  return permission
}

const allow = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
const denyRed = { ...allow, Effect: 'Deny', Condition: { StringEquals: { 'x:team': 'red' } } }

test('Condition keys are not put together where no condition asks for them', () => {
  const permission = permissionWith('red')
  assert.equal(accessUnder(allow).refusal([permission]), undefined)
  assert.equal(permission.asked, 0)
})

test('Condition keys that are computed on demand take part in the decision and in its explanation', async () => {
  const access = accessUnder(allow, denyRed)
  const [red, blue] = [permissionWith('red'), permissionWith('blue')]
  assert.equal(await access.refusal([blue]), undefined)
  const refusal = await access.refusal([blue, red])
  assert.equal(refusal?.request.permission, red)
  assert.equal(refusal.decision.explicitDeny, true)
  assert.equal(refusal.request.context['x:Team'], 'red')
  assert.equal(refusal.request.context['aws:RequestedRegion'], 'us-east-1')
  assert.equal(red.asked, 1)
})
