import { randomUUID } from 'node:crypto'
import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'

export { newKey, newUser, records } from '../fixtures/actors.ts'

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
