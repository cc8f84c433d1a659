import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { alice, policyOf } from '../../../testing/callers.ts'
import { kms } from '../../kms/kms.ts'
import { secretsManager } from '../../secrets-manager/secrets-manager.ts'
import { ssmFixture } from '../testing.ts'

const path = '/aws/reference/secretsmanager/app/db'

/** Parameter Store beside Secrets Manager, and what that was asked for since. */
async function referenceFixture() {
  const ssm = await ssmFixture(kms, secretsManager)
  const secrets = (operation: string, input: object) =>
    ssm.ask('secretsmanager', operation, { ClientRequestToken: randomUUID(), ...input })
  let before = 0
  const asked = () => {
    const records = ssm.store.records.slice(before).filter(({ eventName }) => eventName === 'GetSecretValue')
    before = ssm.store.records.length
    return records.map(({ requestParameters }) => requestParameters)
  }
  return { ...ssm, secrets, asked }
}

test('PS6: a selector that may be a version id is looked for as one first, then as a label', async () => {
  const ssm = await referenceFixture()
  const label = 'l'.repeat(40)
  await ssm.secrets('CreateSecret', { Name: 'app/db', SecretString: 'first' })
  await ssm.secrets('PutSecretValue', { SecretId: 'app/db', SecretString: 's' })
  await ssm.secrets('PutSecretValue', { SecretId: 'app/db', SecretString: 'labelled', VersionStages: [label] })
  ssm.asked()
  const { Parameter } = await ssm.call('GetParameter', { Name: `${path}:${label}`, WithDecryption: true })
  assert.deepEqual(ssm.asked(), [
    { secretId: 'app/db', versionId: label },
    { secretId: 'app/db', versionStage: label },
  ])
  assert.deepEqual([Parameter?.Value, Parameter?.Selector, Parameter?.Version], ['labelled', `:${label}`, 0])
  const previous = await ssm.call('GetParameter', { Name: `${path}:AWSPREVIOUS`, WithDecryption: true })
  assert.deepEqual(ssm.asked(), [{ secretId: 'app/db', versionStage: 'AWSPREVIOUS' }])
  assert.equal(previous.Parameter?.Value, 'first')
})

test('PS6: a secret that is not there is named by its reference, and other refusals are those of Secrets Manager', async () => {
  const ssm = await referenceFixture()
  await assert.rejects(ssm.call('GetParameter', { Name: `${path}:AWSCURRENT`, WithDecryption: true }), {
    code: 'ParameterNotFound',
    message: `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${path}:AWSCURRENT not found.`,
  })
  await ssm.putUser(alice, [policyOf({ Effect: 'Allow', Action: 'ssm:*', Resource: '*' })])
  await assert.rejects(ssm.call('GetParameters', { Names: [path], WithDecryption: true }, { caller: alice }), {
    code: 'AccessDeniedException',
    message: /secretsmanager:GetSecretValue/,
  })
  for (const name of [`${path}:a:b`, `${path}:`, '/aws/reference/secretsmanager/']) {
    await assert.rejects(ssm.call('GetParameter', { Name: name, WithDecryption: true }), { code: 'ParameterNotFound' })
  }
})
