import { KMS } from '@aws-sdk/client-kms'
import type { Strongroom } from '../../src/server/server.ts'
import { newUser } from '../fixtures/actors.ts'
import type { ClientCredentials } from '../fixtures/clients.ts'
import { present } from './fixture.ts'

export const owner = '111122223333'
export const stranger = '444455556666'

/** Makes a client that calls KMS with the given credentials. */
export const kmsAs = (server: Strongroom, credentials: ClientCredentials, region = server.region) =>
  new KMS({ endpoint: server.endpoint, region, credentials, maxAttempts: 1 })

export function rootOf(server: Strongroom, accountId = owner) {
  const root = server.accounts.find((account) => account.accountId === accountId)
  if (!root) throw new Error(`no account ${accountId}`)
  return root
}

/** A new user of an account, who may do what its policy says and nothing when it has none; its ARN and its KMS. */
export async function newKmsUser(server: Strongroom, statement?: object, accountId = owner) {
  const user = await newUser(server, statement, rootOf(server, accountId))
  return { ...user, kms: kmsAs(server, user.credentials) }
}

export const document = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })

export const allow = (AWS: string | string[], Action: string | string[] = 'kms:*', more: object = {}) => ({
  ...{ Effect: 'Allow', Principal: { AWS }, Action, Resource: '*' },
  ...more,
})

export const accessDenied = { name: 'AccessDeniedException' }

export const Plaintext = Buffer.from('x')

/** A new key of the account; its id and its ARN. */
export async function newKey(kms: KMS, input: Parameters<KMS['createKey']>[0] = {}) {
  const { KeyMetadata } = await kms.createKey(input)
  return { id: present(KeyMetadata?.KeyId), arn: present(KeyMetadata?.Arn) }
}
