import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from '../../core/operation.ts'
import { schemasOf } from '../../gateway/protocols/testing.ts'
import type { SecretsManagerContext } from './secrets-manager-context.ts'
import { secretsManagerOperations } from './secrets-manager-service.ts'

const operations: Record<string, Operation<SecretsManagerContext, never, unknown>> = secretsManagerOperations

test('the operation table has every operation of the model, and each asks for a permission', () => {
  assert.deepEqual(Object.keys(operations).sort(), [...schemasOf('secrets-manager').operationNames])
  for (const [name, { permissions }] of Object.entries(operations)) assert.notEqual(permissions, 'none', name)
})

test('the operation table separates reads from writes as CloudTrail does', () => {
  const reads = Object.entries(operations).filter(([, { readOnly }]) => readOnly)
  assert.deepEqual(reads.map(([name]) => name).sort(), [
    ...['BatchGetSecretValue', 'DescribeSecret', 'GetRandomPassword', 'GetResourcePolicy', 'GetSecretValue'],
    ...['ListSecretVersionIds', 'ListSecrets', 'ValidateResourcePolicy'],
  ])
})
