import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import {
  CreateKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  ListKeyPoliciesCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms'
import { AssumeRoleCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, credentialsOf, policy, startTestServer } from '../fixtures/clients.ts'

const owner = '111122223333'
const stranger = '444455556666'

let server: Strongroom
before(async () => {
  server = await startTestServer({ accountId: owner, accounts: [stranger] })
})
after(() => server.stop())

const rootOf = (accountId: string) => {
  const root = server.accounts.find((account) => account.accountId === accountId)
  if (!root) throw new Error(`no account ${accountId}`)
  return clientsOf(server, root)
}

async function strangersUser(name: string, Action: string) {
  const { iam } = rootOf(stranger)
  await iam.send(new CreateUserCommand({ UserName: name }))
  const PolicyDocument = policy({ Action })
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'work', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  return clientsOf(server, { accessKeyId, secretAccessKey })
}

async function eventsOf(accountId: string, name: string) {
  const { Events = [] } = await rootOf(accountId).cloudtrail.send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }] }),
  )
  return Events.map(({ CloudTrailEvent = '' }) => JSON.parse(CloudTrailEvent))
}

test('K4: a key of another account works only when the key policy and an identity policy both allow, and both accounts see it', async () => {
  const { kms } = rootOf(owner)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const { KeyId, Arn } = KeyMetadata ?? {}
  const user = await strangersUser('visitor', 'kms:*')
  const encrypt = () => user.kms.send(new EncryptCommand({ KeyId: Arn, Plaintext: Buffer.from('x') }))
  await assert.rejects(encrypt, { name: 'AccessDeniedException' })
  const shared = JSON.stringify({
    Version: '2012-10-17',
    Statement: [owner, stranger].map((account) => ({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: 'kms:*',
      Resource: '*',
    })),
  })
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: shared }))
  await encrypt()
  // An operation that is never cross-account stays closed, whatever the policies say.
  await assert.rejects(user.kms.send(new ListKeyPoliciesCommand({ KeyId: Arn })), { name: 'AccessDeniedException' })

  const [done, denied, ...more] = await eventsOf(stranger, 'Encrypt')
  assert.equal(more.length, 0)
  assert.equal(denied.errorCode, 'AccessDeniedException')
  const [copy, ...copies] = await eventsOf(owner, 'Encrypt')
  assert.equal(copies.length, 0, 'a denied call is recorded in the account of the caller alone')
  assert.equal(copy.userIdentity.type, 'AWSAccount')
  assert.deepEqual(Object.keys(copy.userIdentity).sort(), ['accountId', 'principalId', 'type'])
  assert.equal(copy.recipientAccountId, owner)
  assert.equal(copy.sharedEventID, done.sharedEventID)
  assert.notEqual(copy.eventID, done.eventID)
  assert.equal(done.userIdentity.userName, 'visitor')

  // What was allowed and failed all the same is in both accounts.
  await kms.send(new DisableKeyCommand({ KeyId }))
  await assert.rejects(encrypt, { name: 'DisabledException' })
  const [failed] = await eventsOf(owner, 'Encrypt')
  const [failedThere] = await eventsOf(stranger, 'Encrypt')
  assert.deepEqual([failed.errorCode, failed.userIdentity.type], ['DisabledException', 'AWSAccount'])
  assert.ok(failed.sharedEventID)
  assert.equal(failed.sharedEventID, failedThere.sharedEventID)
})

test('CT1: assuming a role of another account is recorded in both, a denied attempt in the caller alone', async () => {
  const user = await strangersUser('traveller', 'sts:AssumeRole')
  const trust = policy({ Principal: { AWS: stranger }, Action: 'sts:AssumeRole', Resource: undefined })
  const role = new CreateRoleCommand({ RoleName: 'guest', AssumeRolePolicyDocument: trust })
  const { Role } = await rootOf(owner).iam.send(role)
  const assume = (RoleArn: string, more: object = {}) =>
    user.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'abroad', ...more }))
  await assert.rejects(assume(`arn:aws:iam::${owner}:role/absent`), { name: 'AccessDenied' })
  // Trusted, and yet denied: no user has this device.
  const device = { SerialNumber: `arn:aws:iam::${stranger}:mfa/none`, TokenCode: '123456' }
  await assert.rejects(assume(Role?.Arn ?? '', device), { name: 'AccessDenied' })
  await assume(Role?.Arn ?? '')
  const atHome = await eventsOf(stranger, 'AssumeRole')
  const abroad = await eventsOf(owner, 'AssumeRole')
  assert.deepEqual(
    atHome.map(({ errorCode }) => errorCode),
    [undefined, 'AccessDenied', 'AccessDenied'],
  )
  assert.equal(abroad.length, 1)
  assert.equal(abroad[0].sharedEventID, atHome[0].sharedEventID)
})

test('sessions that may not make a call are refused in the words of their service, and the refusal is recorded', async () => {
  const { sts } = await strangersUser('commuter', '*')
  const { Credentials } = await sts.send(new GetSessionTokenCommand({}))
  const session = clientsOf(server, credentialsOf(Credentials))
  await assert.rejects(session.iam.send(new ListUsersCommand({})), { name: 'InvalidClientTokenId' })
  await assert.rejects(session.sts.send(new GetSessionTokenCommand({})), {
    name: 'AccessDenied',
    message: 'Cannot call GetSessionToken with session credentials',
  })
  const [refused] = await eventsOf(stranger, 'ListUsers')
  assert.equal(refused.errorCode, 'InvalidClientTokenId')
  assert.equal(refused.userIdentity.sessionContext.attributes.mfaAuthenticated, 'false')
})
