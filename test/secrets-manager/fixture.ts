import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type LookupAttributeKey, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand } from '@aws-sdk/client-kms'
import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { Strongroom } from '../../src/server.ts'
import { clientsOf, policy } from '../fixtures/clients.ts'

export const dayMs = 24 * 60 * 60 * 1000

/** Makes a secret; its ARN, its name and the id of its first version. */
export async function newSecret(client: SecretsManagerClient, input: Partial<CreateSecretCommandInput> = {}) {
  const Name = input.Name ?? `s-${randomUUID()}`
  const { ARN = '', VersionId = '' } = await client.send(
    new CreateSecretCommand({ Name, SecretString: 'first', ...input }),
  )
  return { arn: ARN, name: Name, versionId: VersionId }
}

/** Puts a value; the id of its version. */
export async function put(client: SecretsManagerClient, SecretId: string, SecretString: string, stages?: string[]) {
  const { VersionId = '' } = await client.send(
    new PutSecretValueCommand({ SecretId, SecretString, VersionStages: stages }),
  )
  return VersionId
}

export const read = (client: SecretsManagerClient, SecretId: string, more: object = {}) =>
  client.send(new GetSecretValueCommand({ SecretId, ...more }))

export const describe = (client: SecretsManagerClient, SecretId: string) =>
  client.send(new DescribeSecretCommand({ SecretId }))

/** The staging labels of a secret by version. */
export const labels = async (client: SecretsManagerClient, SecretId: string) =>
  (await describe(client, SecretId)).VersionIdsToStages

/** Clients of a new user with a policy of its own. */
export async function newUser(server: Strongroom, statement: object | undefined, root = server.credentials) {
  const { iam } = clientsOf(server, root)
  const UserName = `u-${randomUUID().slice(0, 8)}`
  const { User } = await iam.send(new CreateUserCommand({ UserName }))
  if (statement) {
    const PolicyDocument = policy(statement)
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'work', PolicyDocument }))
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  return { arn: User?.Arn ?? '', name: UserName, ...clientsOf(server, { accessKeyId, secretAccessKey }) }
}

export async function newKey(server: Strongroom, input: object = {}, root = server.credentials, region?: string) {
  const { KeyMetadata } = await clientsOf(server, root, region).kms.send(new CreateKeyCommand(input))
  assert.ok(KeyMetadata?.KeyId && KeyMetadata.Arn)
  return { id: KeyMetadata.KeyId, arn: KeyMetadata.Arn }
}

/** The records of an account with an attribute, newest first. */
export async function records(
  server: Strongroom,
  AttributeKey: LookupAttributeKey,
  AttributeValue: string,
  root = server.credentials,
  region?: string,
) {
  const { Events = [] } = await clientsOf(server, root, region).cloudtrail.send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey, AttributeValue }] }),
  )
  return Events.map(({ CloudTrailEvent = '' }) => JSON.parse(CloudTrailEvent))
}
