import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateRoleCommand, GetRoleCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, GetKeyPolicyCommand } from '@aws-sdk/client-kms'
import {
  CreateSecretCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-secrets-manager'
import {
  GetResourcePoliciesCommand,
  PutParameterCommand,
  PutResourcePolicyCommand as ShareParameterCommand,
} from '@aws-sdk/client-ssm'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'

const accountId = '111122223333'
const guest = '444455556666'

let server: Strongroom
let clients: ReturnType<typeof clientsOf>
before(async () => {
  server = await startTestServer({ accountId })
  clients = clientsOf(server)
})
after(() => server.stop())

const letting = (Action: string, more: object = { Resource: '*' }) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: [accountId, guest] }, Action, ...more }],
  })

function assertShowsArns(document: string | undefined): void {
  const [{ Principal }] = JSON.parse(document ?? '').Statement
  assert.deepEqual(Principal.AWS, [`arn:aws:iam::${accountId}:root`, `arn:aws:iam::${guest}:root`])
}

test('a role shows the accounts that it trusts by their ARNs, also where their ids were given', async () => {
  const { iam } = clients
  const document = letting('sts:AssumeRole', {})
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: document }))
  const shown = async () => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'r' }))
    return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')
  }
  assertShowsArns(await shown())
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'r', PolicyDocument: document }))
  assertShowsArns(await shown())
})

test('a key shows the accounts of its policy by their ARNs', async () => {
  const { kms } = clients
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Policy: letting('kms:*') }))
  const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId: KeyMetadata?.KeyId }))
  assertShowsArns(Policy)
})

test('a secret shows the accounts of its policy by their ARNs', async () => {
  const { secrets } = clients
  await secrets.send(new CreateSecretCommand({ Name: 's', SecretString: 'x' }))
  const given = letting('secretsmanager:GetSecretValue')
  await secrets.send(new PutResourcePolicyCommand({ SecretId: 's', ResourcePolicy: given }))
  const { ResourcePolicy } = await secrets.send(new GetResourcePolicyCommand({ SecretId: 's' }))
  assertShowsArns(ResourcePolicy)
})

test('a parameter shows the accounts that it is shared with by their ARNs', async () => {
  const { ssm } = clients
  await ssm.send(new PutParameterCommand({ Name: 'p', Value: 'x', Type: 'String', Tier: 'Advanced' }))
  const ResourceArn = `arn:aws:ssm:us-east-1:${accountId}:parameter/p`
  const Policy = letting('ssm:GetParameter', { Resource: ResourceArn })
  await ssm.send(new ShareParameterCommand({ ResourceArn, Policy }))
  const { Policies } = await ssm.send(new GetResourcePoliciesCommand({ ResourceArn }))
  assertShowsArns(Policies?.[0]?.Policy)
})
