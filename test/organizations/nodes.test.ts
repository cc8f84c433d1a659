import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ListUsersCommand } from '@aws-sdk/client-iam'
import * as client from '@aws-sdk/client-organizations'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { type Strongroom, startStrongroom } from '../../src/server/server.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { clientsOf, policy } from '../fixtures/clients.ts'
import { startPostgres } from '../fixtures/postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'strongroom-organizations-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const member = '444455556666'

const organizationsOn = ({ endpoint, region }: Strongroom, credentials: Strongroom['credentials']) =>
  new client.OrganizationsClient({ endpoint, region, credentials, maxAttempts: 1 })

const rootOf = ({ accounts }: Strongroom, accountId: string) => {
  const found = accounts.find((account) => account.accountId === accountId)
  if (!found) throw new Error(`no account ${accountId}`)
  return found
}

/** Makes an organization in which policies deny nothing yet. @returns how one is attached that denies, and detached. */
async function organizationOn(server: Strongroom) {
  const org = organizationsOn(server, server.credentials)
  await org.send(new client.CreateOrganizationCommand({}))
  const Target = { Id: member, Type: 'ACCOUNT' } as const
  const { Handshake } = await org.send(new client.InviteAccountToOrganizationCommand({ Target }))
  const asMember = organizationsOn(server, rootOf(server, member))
  await asMember.send(new client.AcceptHandshakeCommand({ HandshakeId: Handshake?.Id }))
  const RootId = (await org.send(new client.ListRootsCommand({}))).Roots?.[0]?.Id
  const Type = 'SERVICE_CONTROL_POLICY'
  await org.send(new client.EnablePolicyTypeCommand({ RootId, PolicyType: Type }))
  const Content = policy({ Effect: 'Deny', Action: 'iam:ListUsers' })
  const { Policy } = await org.send(new client.CreatePolicyCommand({ Type, Name: 'deny', Description: '', Content }))
  const attachment = { PolicyId: Policy?.PolicySummary?.Id, TargetId: member }
  return {
    org,
    attach: () => org.send(new client.AttachPolicyCommand(attachment)),
    detach: () => org.send(new client.DetachPolicyCommand(attachment)),
  }
}

test('a change on one node of a PostgreSQL database is in force on the other with its answer', async (t) => {
  const postgres = await startPostgres()
  if (typeof postgres === 'string') return t.skip(postgres)
  const nodes: Strongroom[] = []
  try {
    const databaseUrl = await postgres.newDatabase()
    const rootKey = { kind: 'value', value: 'ab'.repeat(32), from: 'the test' } as const
    for (const name of ['one', 'two']) {
      const dataDir = join(folder, name)
      nodes.push(
        await startStrongroom({ port: 0, databaseUrl, dataDir, rootKey, accounts: [member], logLevel: 'error' }),
      )
    }
    const [one, two] = nodes as [Strongroom, Strongroom]
    const { org, attach, detach } = await organizationOn(one)
    const { iam } = clientsOf(two, rootOf(two, member))
    for (let round = 0; round < 5; round++) {
      await iam.send(new ListUsersCommand({}))
      await attach()
      await assert.rejects(iam.send(new ListUsersCommand({})), { message: /explicit deny in a service control policy/ })
      await detach()
    }
    await iam.send(new ListUsersCommand({}))
    // An account that one node has made works on the other.
    const asked = new client.CreateAccountCommand({ AccountName: 'x', Email: 'x@example.com' })
    const { CreateAccountStatus } = await org.send(asked)
    const CreateAccountRequestId = CreateAccountStatus?.Id
    const onTwo = organizationsOn(two, two.credentials)
    const describe = new client.DescribeCreateAccountStatusCommand({ CreateAccountRequestId })
    const ask = async () => (await onTwo.send(describe)).CreateAccountStatus
    const done = await eventually(ask, (status) => status?.State !== 'IN_PROGRESS')
    assert.equal(done?.State, 'SUCCEEDED')
  } finally {
    for (const node of nodes) await node.stop()
    await postgres.stop()
  }
})

test('an organization is there after a restart, and then the roots of its accounts are in the credentials file', async () => {
  const dataDir = join(folder, 'durable')
  const start = () => startStrongroom({ port: 0, dataDir, accounts: [member], logLevel: 'error' })
  let server = await start()
  try {
    const { org, attach } = await organizationOn(server)
    await attach()
    const asked = new client.CreateAccountCommand({ AccountName: 'x', Email: 'x@example.com' })
    const CreateAccountRequestId = (await org.send(asked)).CreateAccountStatus?.Id
    const describe = new client.DescribeCreateAccountStatusCommand({ CreateAccountRequestId })
    const ask = async () => (await org.send(describe)).CreateAccountStatus
    const { AccountId = '' } = (await eventually(ask, (status) => status?.State === 'SUCCEEDED')) ?? {}
    await server.stop()
    server = await start()
    assert.match(readFileSync(join(dataDir, 'credentials'), 'utf8'), new RegExp(`^\\[${AccountId}\\]$`, 'm'))
    const { sts } = clientsOf(server, rootOf(server, AccountId))
    assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Account, AccountId)
    const { iam } = clientsOf(server, rootOf(server, member))
    await assert.rejects(iam.send(new ListUsersCommand({})), { message: /explicit deny in a service control policy/ })
  } finally {
    await server.stop()
  }
})
