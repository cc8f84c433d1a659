import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { validatePolicy } from '../../../policy/validate.ts'
import { awsManagedPolicies } from './index.ts'

interface Statement {
  Effect: 'Allow' | 'Deny'
  Action?: string | string[]
  NotAction?: string | string[]
  Resource: string | string[]
}

const listOf = (value: string | string[] = []) => (Array.isArray(value) ? value : [value])

const statementsOf = (name: string): Statement[] => {
  const policy = awsManagedPolicies.find((candidate) => candidate.name === name)
  assert.ok(policy, name)
  return JSON.parse(policy.document).Statement
}

const matches = (pattern: string, action: string) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test(action)

/** Whether some statement names the action, on whatever resource. */
const allows = (name: string, action: string) =>
  statementsOf(name).some(
    ({ Effect, Action, NotAction }) =>
      Effect === 'Allow' &&
      (NotAction
        ? !listOf(NotAction).some((pattern) => matches(pattern, action))
        : listOf(Action).some((pattern) => matches(pattern, action))),
  )

test('awsManagedPolicies holds every policy of its folder once', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.json'))
  assert.deepEqual(awsManagedPolicies.map(({ name }) => `${name}.json`).sort(), files.sort())
})

test('docs/iam.md lists every one of awsManagedPolicies, in order, with its version and what it is for', () => {
  const guide = readFileSync(new URL('../../../../docs/iam.md', import.meta.url), 'utf8')
  const [, section = ''] = guide.split("## AWS's managed policies")
  const rows = [...section.matchAll(/^\| `([^`]+)` +\| (\S+) +\| (.+?) +\|$/gm)].map(([, ...cells]) => cells)
  assert.deepEqual(
    rows,
    awsManagedPolicies.map(({ arn, defaultVersionId, description }) => [
      arn.slice('arn:aws:iam::aws:policy/'.length),
      defaultVersionId,
      description,
    ]),
  )
})

test('awsManagedPolicies have ARNs and ids of their own, of the form that AWS gives', () => {
  for (const { name, path, arn, policyId } of awsManagedPolicies) {
    assert.match(arn, /^arn:aws:iam::aws:policy\/((service-role|job-function)\/)?[\w]+$/)
    assert.equal(arn, `arn:aws:iam::aws:policy${path}${name}`)
    assert.match(policyId, /^ANPA[A-Z0-9]{17}$/)
  }
  assert.equal(new Set(awsManagedPolicies.map(({ arn }) => arn)).size, awsManagedPolicies.length)
  assert.equal(new Set(awsManagedPolicies.map(({ policyId }) => policyId)).size, awsManagedPolicies.length)
})

test('awsManagedPolicies have a version, a description and dates in their order', () => {
  for (const { name, description, defaultVersionId, createDate, updateDate } of awsManagedPolicies) {
    assert.match(defaultVersionId, /^v[1-9]\d*$/, name)
    assert.ok(description.length > 0 && description.length <= 1000, name)
    assert.ok(Date.parse(createDate) <= Date.parse(updateDate), name)
  }
})

test('awsManagedPolicies are such as customers could write, and no larger', () => {
  for (const { name, document } of awsManagedPolicies) {
    assert.doesNotThrow(() => validatePolicy(document, 'identity'), name)
    assert.ok(document.replaceAll(/\s/g, '').length <= 6144, name)
    for (const { Effect } of statementsOf(name)) assert.equal(Effect, name === 'AWSDenyAll' ? 'Deny' : 'Allow', name)
  }
})

test('awsManagedPolicies that read neither read secrets nor decrypt nor change anything', () => {
  for (const name of ['ReadOnlyAccess', 'SecurityAudit', 'ViewOnlyAccess']) {
    for (const action of [
      'secretsmanager:GetSecretValue',
      'secretsmanager:BatchGetSecretValue',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'kms:ScheduleKeyDeletion',
      'iam:CreateAccessKey',
      'iam:PassRole',
      's3:PutObject',
      'cloudtrail:StopLogging',
      'sts:AssumeRole',
    ]) {
      assert.equal(allows(name, action), false, `${name} ${action}`)
    }
    assert.ok(allows(name, 'kms:ListKeys'), name)
    assert.ok(allows(name, 'iam:ListUsers'), name)
  }
  assert.ok(!allows('SecurityAudit', 's3:GetObject'))
  assert.ok(!allows('SecurityAudit', 'ssm:GetParameter'))
})

test('PowerUserAccess leaves identities out and AWSKeyManagementServicePowerUser leaves using keys out', () => {
  assert.ok(allows('PowerUserAccess', 'kms:Decrypt'))
  assert.ok(!allows('PowerUserAccess', 'iam:CreateUser'))
  assert.ok(!allows('PowerUserAccess', 'organizations:CreateAccount'))
  assert.ok(allows('PowerUserAccess', 'iam:CreateServiceLinkedRole'))
  assert.ok(allows('AWSKeyManagementServicePowerUser', 'kms:CreateKey'))
  for (const action of ['kms:Decrypt', 'kms:Encrypt', 'kms:ScheduleKeyDeletion', 'kms:PutKeyPolicy']) {
    assert.ok(!allows('AWSKeyManagementServicePowerUser', action), action)
  }
})

test('AdministratorAccess allows everything and AWSDenyAll denies it', () => {
  assert.deepEqual(statementsOf('AdministratorAccess'), [{ Effect: 'Allow', Action: '*', Resource: '*' }])
  assert.deepEqual(statementsOf('AWSDenyAll'), [{ Sid: 'DenyAll', Effect: 'Deny', Action: '*', Resource: '*' }])
})
