import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusedBy, ssmFixture } from '../testing.ts'

const path = '/aws/reference/secretsmanager/app/db'
const absent = () => {
  throw refusedBy('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
}

test('PS6: a selector that may be a version id is looked for as one first, then as a label', async () => {
  const asked: unknown[] = []
  const ssm = await ssmFixture({
    secretsmanager: (_operation, input) => {
      asked.push(input)
      return input.VersionId ? absent() : { Name: 'app/db', SecretString: 's', VersionStages: [input.VersionStage] }
    },
  })
  const label = 'l'.repeat(40)
  const { Parameter } = await ssm.call('GetParameter', { Name: `${path}:${label}`, WithDecryption: true })
  assert.deepEqual(asked, [
    { SecretId: 'app/db', VersionId: label },
    { SecretId: 'app/db', VersionStage: label },
  ])
  assert.deepEqual([Parameter?.Value, Parameter?.Selector, Parameter?.Version], ['s', `:${label}`, 0])
  asked.length = 0
  await ssm.call('GetParameter', { Name: `${path}:AWSPREVIOUS`, WithDecryption: true })
  assert.deepEqual(asked, [{ SecretId: 'app/db', VersionStage: 'AWSPREVIOUS' }])
})

test('PS6: the error for a secret that is not there names its reference, and other refusals are those of Secrets Manager', async () => {
  const missing = await ssmFixture({ secretsmanager: absent })
  await assert.rejects(missing.call('GetParameter', { Name: `${path}:AWSCURRENT`, WithDecryption: true }), {
    code: 'ParameterNotFound',
    message: `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${path}:AWSCURRENT not found.`,
  })
  const denied = await ssmFixture({
    secretsmanager: () => {
      throw refusedBy('AccessDeniedException', 'no')
    },
  })
  await assert.rejects(denied.call('GetParameters', { Names: [path], WithDecryption: true }), {
    code: 'AccessDeniedException',
  })
  for (const name of [`${path}:a:b`, `${path}:`, '/aws/reference/secretsmanager/']) {
    await assert.rejects(missing.call('GetParameter', { Name: name, WithDecryption: true }), {
      code: 'ParameterNotFound',
    })
  }
})
