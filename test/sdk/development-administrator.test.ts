import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  DeleteAccessKeyCommand,
  GetAccountSummaryCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { DataDirectory } from '../../src/server/data-directory.ts'
import { type Strongroom, startStrongroom } from '../../src/server/server.ts'

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-administrator-'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

const start = (options: Parameters<typeof startStrongroom>[0] = {}) =>
  startStrongroom({ dev: true, dataDir: join(folder, 'dev'), port: 0, logLevel: 'silent', ...options })

const accessKeyId = 'AKIAQAAAAAAADEVADMIN'
const credentials = { accessKeyId, secretAccessKey: 'strongroom/development/administrator/key' }
const roleArn = 'arn:aws:iam::000000000000:role/administrator'
const clientsOf = ({ endpoint, region }: Strongroom, own = credentials) => {
  const config = { endpoint, region, credentials: { ...own }, maxAttempts: 1 }
  return { iam: new IAMClient(config), sts: new STSClient(config) }
}
const AdministratorAccess = 'arn:aws:iam::aws:policy/AdministratorAccess'

/** What a tool that has stored it would miss if it changed. */
async function identityOf(server: Strongroom) {
  const { iam } = clientsOf(server)
  const { User } = await iam.send(new GetUserCommand({}))
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'administrator' }))
  return { ...server.administrator, userId: User?.UserId, roleId: Role?.RoleId }
}

test('the administrator of a development server is the same at each start and after a reset, and assumes roles', async () => {
  const first = await start()
  const identity = await identityOf(first)
  assert.deepEqual(identity, {
    ...credentials,
    userArn: 'arn:aws:iam::000000000000:user/administrator',
    roleArn,
    userId: 'AIDAQAAAAAAADEVADMINS',
    roleId: 'AROAQAAAAAAADEVADMINS',
  })
  const { sts, iam } = clientsOf(first)
  const assumed = await sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'first', Tags: [{ Key: 'team', Value: 'a' }] }),
  )
  assert.equal(assumed.AssumedRoleUser?.Arn, 'arn:aws:sts::000000000000:assumed-role/administrator/first')
  const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}))
  assert.deepEqual([SummaryMap?.Users, SummaryMap?.Roles], [1, 1])
  const attached = await iam.send(new ListAttachedUserPoliciesCommand({ UserName: 'administrator' }))
  assert.equal(attached.AttachedPolicies?.[0]?.PolicyArn, AdministratorAccess)
  const uses = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: AdministratorAccess }))
  assert.deepEqual([uses.PolicyUsers?.length, uses.PolicyRoles?.length], [1, 1])
  await first.reset()
  assert.deepEqual(await identityOf(first), identity)
  await first.stop()
  const second = await start()
  try {
    assert.deepEqual(await identityOf(second), identity)
  } finally {
    await second.stop()
  }
})

test('an administrator that was deleted stays away until a reset', async () => {
  const dataDir = join(folder, 'deleted')
  const first = await start({ dataDir })
  await clientsOf(first).iam.send(new DeleteAccessKeyCommand({ AccessKeyId: accessKeyId }))
  await first.stop()
  const second = await start({ dataDir })
  try {
    const { administrator: gone } = second
    assert.equal(gone, undefined)
    assert.equal(new DataDirectory(dataDir).readCredentials('administrator'), undefined)
    await assert.rejects(clientsOf(second).sts.send(new GetCallerIdentityCommand({})), { name: 'InvalidClientTokenId' })
    await assert.rejects(assumeAsRoot(second), { message: /by root accounts\. Make an IAM user with an access key/ })
    await second.reset()
    assert.equal(second.administrator?.accessKeyId, accessKeyId)
    await clientsOf(second).sts.send(new GetCallerIdentityCommand({}))
  } finally {
    await second.stop()
  }
})

const assumeAsRoot = (server: Strongroom) =>
  clientsOf(server, server.credentials).sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'root', DurationSeconds: 900 }),
  )

test('AssumeRole by root names the administrator on a development server, and says what AWS says on a durable one', async () => {
  const dev = await start({ ephemeral: true, accounts: ['111122223333'] })
  try {
    const message =
      /^Roles may not be assumed by root accounts\. .*access key ID AKIAQAAAAAAADEVADMIN .*--administrator/
    await assert.rejects(assumeAsRoot(dev), { name: 'AccessDenied', message })
    const other = { accessKeyId: 'AKIARTX3GSDSTEVADMIN', secretAccessKey: credentials.secretAccessKey }
    const { Account, Arn } = await clientsOf(dev, other).sts.send(new GetCallerIdentityCommand({}))
    assert.deepEqual([Account, Arn], ['111122223333', 'arn:aws:iam::111122223333:user/administrator'])
  } finally {
    await dev.stop()
  }
  const durable = await start({ dev: false, ephemeral: true })
  try {
    assert.equal(durable.administrator, undefined)
    await assert.rejects(assumeAsRoot(durable), { message: 'Roles may not be assumed by root accounts.' })
  } finally {
    await durable.stop()
  }
})

test('the credentials file has the administrator as a profile of its own, beside root', async () => {
  const dataDir = join(folder, 'profiles')
  const server = await start({ dataDir, accounts: ['111122223333'] })
  await server.stop()
  const directory = new DataDirectory(dataDir)
  assert.equal(directory.readCredentials()?.accessKeyId, 'test')
  assert.deepEqual(directory.readCredentials('administrator'), { ...credentials, region: 'us-east-1' })
  assert.deepEqual(readFileSync(directory.credentials, 'utf8').match(/^\[.*$/gm), [
    '[default]',
    '[administrator]',
    '[111122223333]',
    '[111122223333-administrator]',
  ])
})
