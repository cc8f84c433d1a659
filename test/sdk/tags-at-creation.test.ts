import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateKeyCommand, ReplicateKeyCommand } from '@aws-sdk/client-kms'
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { PutParameterCommand } from '@aws-sdk/client-ssm'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'

let server: Strongroom
let clients: ReturnType<typeof clientsOf>
let root: ReturnType<typeof clientsOf>

before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  root = clientsOf(server)
  await root.iam.send(new CreateUserCommand({ UserName: 'maker', Tags: [{ Key: 'team', Value: 'red' }] }))
  const { AccessKey } = await root.iam.send(new CreateAccessKeyCommand({ UserName: 'maker' }))
  clients = clientsOf(server, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  })
})
after(() => server.stop())

const anything = { Action: '*', Resource: '*' }

const under = (...Statement: object[]) => {
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  return root.iam.send(new PutUserPolicyCommand({ UserName: 'maker', PolicyName: 'p', PolicyDocument }))
}

/** Each makes a resource of another name with a tag `team`. */
const creations: Record<string, (team: string, name: string) => Promise<unknown>> = {
  CreateSecret: (Value, Name) =>
    clients.secrets.send(new CreateSecretCommand({ Name, SecretString: 'x', Tags: [{ Key: 'team', Value }] })),
  CreateKey: (TagValue) => clients.kms.send(new CreateKeyCommand({ Tags: [{ TagKey: 'team', TagValue }] })),
  PutParameter: (Value, Name) =>
    clients.ssm.send(new PutParameterCommand({ Name, Value: 'x', Type: 'String', Tags: [{ Key: 'team', Value }] })),
  CreateUser: (Value, UserName) =>
    clients.iam.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'team', Value }] })),
  CreatePolicy: (Value, PolicyName) => {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...anything } })
    return clients.iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument, Tags: [{ Key: 'team', Value }] }))
  },
}

const denied = { name: /^AccessDenied/ }

for (const [operation, create] of Object.entries(creations)) {
  test(`${operation} is allowed and denied by the tags that it gives, as tags of the resource`, async () => {
    await under({
      ...anything,
      Effect: 'Allow',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables are written so.
      Condition: { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } },
    })
    await create('red', `allowed-${operation}`)
    await assert.rejects(create('blue', `blue-${operation}`), denied)
    await under(
      { ...anything, Effect: 'Allow' },
      { ...anything, Effect: 'Deny', Condition: { StringEquals: { 'aws:ResourceTag/team': 'forbidden' } } },
    )
    await create('red', `other-${operation}`)
    await assert.rejects(create('forbidden', `forbidden-${operation}`), denied)
  })
}

test('ReplicateKey makes no replica with tags that are denied for resources', async () => {
  const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({ MultiRegion: true }))
  await under(
    { ...anything, Effect: 'Allow' },
    { ...anything, Effect: 'Deny', Condition: { StringEquals: { 'aws:ResourceTag/team': 'forbidden' } } },
  )
  const replicate = (ReplicaRegion: string, TagValue: string) =>
    clients.kms.send(
      new ReplicateKeyCommand({ KeyId: KeyMetadata?.KeyId, ReplicaRegion, Tags: [{ TagKey: 'team', TagValue }] }),
    )
  await assert.rejects(replicate('eu-west-1', 'forbidden'), denied)
  await replicate('eu-west-1', 'red')
})

test('CreateSecret has the tags under the own name of Secrets Manager too', async () => {
  await under({
    ...anything,
    Effect: 'Allow',
    Condition: { StringEquals: { 'secretsmanager:ResourceTag/team': 'red' } },
  })
  await creations.CreateSecret?.('red', 'own-name')
  await assert.rejects(async () => creations.CreateSecret?.('blue', 'own-name-blue'), denied)
})
