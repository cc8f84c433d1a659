import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListUsersCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import * as client from '@aws-sdk/client-organizations'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { eventually } from '../../src/testing/eventually.ts'
import { seeded } from '../../src/testing/random.ts'
import { type ClientCredentials, credentialsOf, policy } from '../fixtures/clients.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

const configOf = ({ port }: ServerProcess, credentials: ClientCredentials) => ({
  ...{ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1 },
})

async function openOrganization(server: ServerProcess) {
  const org = new client.OrganizationsClient(configOf(server, server.credentials))
  await org.send(new client.CreateOrganizationCommand({}))
  const RootId = (await org.send(new client.ListRootsCommand({}))).Roots?.[0]?.Id ?? ''
  const Type = 'SERVICE_CONTROL_POLICY'
  await org.send(new client.EnablePolicyTypeCommand({ RootId, PolicyType: Type }))
  const Content = policy({ Effect: 'Deny', Action: 'iam:ListUsers' })
  const { Policy } = await org.send(new client.CreatePolicyCommand({ Type, Name: 'deny', Description: '', Content }))
  // A role is assumed by a user: not by root.
  const iam = new IAMClient(configOf(server, server.credentials))
  const UserName = 'operator'
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument: policy({ Action: '*' }) }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const operator = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  return { RootId, PolicyId: Policy?.PolicySummary?.Id ?? '', operator }
}

test('a killed server has every account that was asked for, usable, and every attachment that it acknowledged', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-kill-organizations-'))
  const start = () => startServerProcess(dataDir, { args: ['--set', 'organizations.account-quota=1000'] })
  let server = await start()
  try {
    const { RootId, PolicyId, operator } = await openOrganization(server)
    const requests: string[] = []
    let [isAttached, isChanging] = [false, false]
    await seeded(async (random) => {
      for (let round = 0; round < 6; round++) {
        const org = new client.OrganizationsClient(configOf(server, server.credentials))
        const kill = setTimeout(() => server.kill(), 30 + random() * 150)
        try {
          for (let n = 0; n < 1000; n++) {
            const input = { AccountName: `a-${round}-${n}`, Email: `a-${round}-${n}@example.com` }
            const { CreateAccountStatus } = await org.send(new client.CreateAccountCommand(input))
            requests.push(CreateAccountStatus?.Id ?? '')
            const attachment = { PolicyId, TargetId: RootId }
            // Until the change is acknowledged it may be either.
            isChanging = true
            if (isAttached) await org.send(new client.DetachPolicyCommand(attachment))
            else await org.send(new client.AttachPolicyCommand(attachment))
            isAttached = !isAttached
            isChanging = false
          }
        } catch {
          // The server was killed under a request.
        }
        clearTimeout(kill)
        await server.kill()
        server = await start()
        const { Policies } = await new client.OrganizationsClient(configOf(server, server.credentials)).send(
          new client.ListPoliciesForTargetCommand({ TargetId: RootId, Filter: 'SERVICE_CONTROL_POLICY' }),
        )
        const isThere = Policies?.some(({ Id }) => Id === PolicyId) === true
        if (!isChanging) assert.equal(isThere, isAttached)
        isAttached = isThere
        isChanging = false
      }
    })
    const org = new client.OrganizationsClient(configOf(server, server.credentials))
    const sts = new STSClient(configOf(server, operator))
    for (const CreateAccountRequestId of requests) {
      const describe = new client.DescribeCreateAccountStatusCommand({ CreateAccountRequestId })
      const ask = async () => (await org.send(describe)).CreateAccountStatus
      // What was begun under a lease of the killed server is taken up when that is over.
      const done = await eventually(ask, (status) => status?.State !== 'IN_PROGRESS', 180_000)
      assert.equal(done?.State, 'SUCCEEDED')
      const RoleArn = `arn:aws:iam::${done.AccountId}:role/OrganizationAccountAccessRole`
      const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'after' }))
      const users = new IAMClient(configOf(server, credentialsOf(Credentials))).send(new ListUsersCommand({}))
      if (isAttached) await assert.rejects(users, { message: /explicit deny in a service control policy/ })
      else await users
    }
    let count = 0
    for await (const page of client.paginateListAccounts({ client: org }, {})) count += page.Accounts?.length ?? 0
    const others = client.paginateListCreateAccountStatus({ client: org }, { States: ['SUCCEEDED'] })
    let succeeded = 0
    for await (const page of others) succeeded += page.CreateAccountStatuses?.length ?? 0
    assert.equal(count, succeeded + 1)
    assert.ok(succeeded >= requests.length)
    assert.ok(requests.length > 0)
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
