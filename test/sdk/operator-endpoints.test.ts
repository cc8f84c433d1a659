import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Sha256 } from '@aws-crypto/sha256-js'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateKeyCommand, KMSServiceException } from '@aws-sdk/client-kms'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Strongroom } from '../../src/server/server.ts'
import { type ClientCredentials, clientsOf, credentialsOf, policy, startTestServer } from '../fixtures/clients.ts'

let server: Strongroom
let root: ReturnType<typeof clientsOf>
/** Of a call that was denied. */
let requestId = ''

before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  root = clientsOf(server)
  const powerless = await user('powerless')
  const denial = await clientsOf(server, powerless)
    .kms.send(new CreateKeyCommand({}))
    .then(
      () => assert.fail('the key was created'),
      (error) => error,
    )
  assert.ok(denial instanceof KMSServiceException)
  requestId = denial.$metadata.requestId ?? ''
})
after(() => server.stop())

async function user(UserName: string): Promise<ClientCredentials> {
  await root.iam.send(new CreateUserCommand({ UserName }))
  const { AccessKey } = await root.iam.send(new CreateAccessKeyCommand({ UserName }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

/** Allows all of Strongroom's own actions, but for what the condition says. */
const allowedUnless = (Condition: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'strongroom:*', Resource: '*' },
      { Effect: 'Deny', Action: '*', Resource: '*', Condition },
    ],
  })

/** The statuses of an explanation and of an operator's task; 400 is that of a task which was let in and given nothing. */
async function statuses(credentials: ClientCredentials): Promise<[explain: number, task: number]> {
  const { hostname, host } = new URL(server.endpoint)
  const signer = new SignatureV4({ credentials, region: 'us-east-1', service: 'strongroom', sha256: Sha256 })
  const ask = async (method: string, path: string, body?: string) => {
    const signed = await signer.sign({ method, protocol: 'http:', hostname, path, headers: { host }, body })
    return (await fetch(server.endpoint + path, { method, headers: signed.headers, body })).status
  }
  return [
    await ask('GET', `/_strongroom/explain/${requestId}`),
    await ask('POST', '/_strongroom/public-parameters', '{}'),
  ]
}

test("Strongroom's own endpoints hold to Deny statements on every key that other calls have", async () => {
  const asking = await user('asking')
  const under = async (Condition: object) => {
    const PolicyDocument = allowedUnless(Condition)
    await root.iam.send(new PutUserPolicyCommand({ UserName: 'asking', PolicyName: 'p', PolicyDocument }))
    return statuses(asking)
  }
  assert.deepEqual(await under({ StringEquals: { 'aws:username': 'another' } }), [200, 400])
  for (const condition of [
    { Bool: { 'aws:SecureTransport': 'false' } },
    { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } },
    { StringEquals: { 'aws:username': 'asking' } },
    { ArnLike: { 'aws:PrincipalArn': 'arn:*:iam::*:user/asking' } },
    { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } },
    { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
  ]) {
    assert.deepEqual(await under(condition), [404, 403], JSON.stringify(condition))
  }
})

test("Strongroom's own endpoints refuse sessions that were revoked by the time of their token", async () => {
  const trust = policy({ Action: 'sts:AssumeRole', Principal: { AWS: server.accountId }, Resource: undefined })
  const { Role } = await root.iam.send(new CreateRoleCommand({ RoleName: 'operator', AssumeRolePolicyDocument: trust }))
  const assuming = await user('assuming')
  const PolicyDocument = policy({ Action: 'sts:AssumeRole' })
  await root.iam.send(new PutUserPolicyCommand({ UserName: 'assuming', PolicyName: 'p', PolicyDocument }))
  const { Credentials } = await clientsOf(server, assuming).sts.send(
    new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'session' }),
  )
  const session = credentialsOf(Credentials)
  const under = async (issuedBefore: string) => {
    const document = allowedUnless({ DateLessThan: { 'aws:TokenIssueTime': issuedBefore } })
    await root.iam.send(new PutRolePolicyCommand({ RoleName: 'operator', PolicyName: 'p', PolicyDocument: document }))
    return statuses(session)
  }
  assert.deepEqual(await under('2020-01-01T00:00:00Z'), [200, 400])
  assert.deepEqual(await under('2100-01-01T00:00:00Z'), [404, 403])
})
