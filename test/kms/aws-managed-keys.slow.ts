import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { KMS } from '@aws-sdk/client-kms'
import { CreateSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm'
import type { Strongroom } from '../../src/server/server.ts'
import { records } from '../fixtures/actors.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import {
  accessDenied,
  allow,
  document,
  kmsAs,
  newKmsUser,
  owner,
  Plaintext,
  rootOf,
  stranger,
} from './access-fixture.ts'
import { present } from './fixture.ts'

let server: Strongroom
let kms: KMS
before(async () => {
  server = await startTestServer({ accountId: owner, accounts: [stranger] })
  kms = kmsAs(server, server.credentials)
})
after(() => server.stop())

const targetOf = async (client: KMS, alias: string) =>
  present((await client.listAliases({})).Aliases).find(({ AliasName }) => AliasName === alias)?.TargetKeyId

test('K5 scenario 56: the key behind alias/aws/secretsmanager', async () => {
  const alias = 'alias/aws/secretsmanager'
  const { secrets } = clientsOf(server)
  assert.equal(await targetOf(kms, alias), undefined)
  const names = ['one', 'two', 'three']
  await Promise.all(names.map((Name) => secrets.send(new CreateSecretCommand({ Name, SecretString: 's' }))))
  const KeyId = present(await targetOf(kms, alias))
  const created = (await records(server, 'EventName', 'CreateKey')).filter(
    ({ eventType }) => eventType === 'AwsServiceEvent',
  )
  assert.equal(created.length, 1)

  const { KeyMetadata } = await kms.describeKey({ KeyId: alias })
  assert.deepEqual([KeyMetadata?.KeyId, KeyMetadata?.KeyManager], [KeyId, 'AWS'])
  assert.equal((await kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled, true)
  assert.match(present((await kms.getKeyPolicy({ KeyId })).Policy), /"auto-secretsmanager-2"/)
  const user = await newKmsUser(server, { Action: '*' })
  for (const caller of [kms, user.kms]) {
    const refused = [
      () => caller.encrypt({ KeyId, Plaintext }),
      () => caller.putKeyPolicy({ KeyId, Policy: document(allow(owner)), BypassPolicyLockoutSafetyCheck: true }),
      () => caller.scheduleKeyDeletion({ KeyId }),
      () => caller.tagResource({ KeyId, Tags: [{ TagKey: 'a', TagValue: '' }] }),
      () => caller.disableKeyRotation({ KeyId }),
    ]
    for (const call of refused) await assert.rejects(call, accessDenied, String(call))
  }
  const { SecretString } = await user.secrets.send(new GetSecretValueCommand({ SecretId: 'one' }))
  assert.equal(SecretString, 's')
  const [used] = await records(server, 'EventName', 'Decrypt')
  assert.equal(used.resources[0].ARN, KeyMetadata?.Arn)
  const foreigner = await newKmsUser(server, { Action: '*' }, stranger)
  await assert.rejects(foreigner.kms.describeKey({ KeyId: present(KeyMetadata?.Arn) }), accessDenied)
})

test('K5: each account and each Region has a key of its own, which rotates by itself every year', async () => {
  const alias = 'alias/aws/ssm'
  const theirs = clientsOf(server, rootOf(server, stranger))
  for (const { ssm } of [clientsOf(server), theirs, clientsOf(server, server.credentials, 'eu-west-1')]) {
    await ssm.send(new PutParameterCommand({ Name: '/p', Type: 'SecureString', Value: 'v' }))
  }
  const clients = [kms, kmsAs(server, rootOf(server, stranger)), kmsAs(server, server.credentials, 'eu-west-1')]
  const ids = await Promise.all(clients.map((client) => targetOf(client, alias)))
  assert.equal(new Set(ids.map(present)).size, 3)
  const material = async () => (await kms.describeKey({ KeyId: alias })).KeyMetadata?.CurrentKeyMaterialId
  const before = await material()
  await server.advance(366 * 24 * 60 * 60)
  assert.notEqual(await material(), before)
  const { Parameter } = await clientsOf(server).ssm.send(new GetParameterCommand({ Name: '/p', WithDecryption: true }))
  assert.equal(Parameter?.Value, 'v')
  const [rotated] = await records(server, 'EventName', 'RotateKey')
  assert.equal(rotated.serviceEventDetails.rotationType, 'AUTOMATIC')
})
