import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerOf, rootOf, userOf } from '../../../../test/fixtures/call.ts'
import { createLongTermCredentials } from '../long-term-credentials.ts'
import {
  accountId,
  administrator,
  everyPage,
  type IamFixture,
  iamFixture,
  otherAccountId,
  present,
} from '../testing.ts'

async function withKey(iam: IamFixture, UserName = 'alice') {
  await iam.call('CreateUser', { UserName })
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName })
  return { UserName, AccessKeyId: present(AccessKey?.AccessKeyId), secret: present(AccessKey?.SecretAccessKey) }
}

const keyNotFound = (id: string) => ({
  code: 'NoSuchEntity',
  status: 404,
  message: `The Access Key with id ${id} cannot be found.`,
})

test('CreateAccessKey answers an active key with its secret, which no other answer has', async () => {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'alice' })
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName: 'ALICE' })
  const { AccessKeyId, SecretAccessKey, ...rest } = present(AccessKey)
  assert.match(present(AccessKeyId), /^AKIARTX3GSDS[Q-Z2-7][A-Z2-7]{7}$/)
  assert.match(present(SecretAccessKey), /^[A-Za-z0-9+/]{40}$/)
  assert.deepEqual(rest, { UserName: 'alice', Status: 'Active', CreateDate: iam.clock.now() })
  assert.deepEqual(await iam.call('ListAccessKeys', { UserName: 'alice' }), {
    AccessKeyMetadata: [{ AccessKeyId, ...rest }],
    IsTruncated: false,
  })
})

test('CreateAccessKey refuses the third key, also when three are asked for at once', async () => {
  const iam = await iamFixture()
  const UserName = 'alice'
  await iam.call('CreateUser', { UserName })
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => iam.call('CreateAccessKey', { UserName })))
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected'],
  )
  await assert.rejects(iam.call('CreateAccessKey', { UserName }), {
    code: 'LimitExceeded',
    status: 409,
    message: 'Cannot exceed quota for AccessKeysPerUser: 2',
  })
  const pages = await everyPage((request) => iam.call('ListAccessKeys', { UserName, ...request }), 1)
  assert.deepEqual(
    pages.map(({ AccessKeyMetadata }) => AccessKeyMetadata?.length),
    [1, 1],
  )
})

test('Access keys are those of the caller when no user is named: of a user, or of the root user', async () => {
  const iam = await iamFixture()
  const { User } = await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: administrator })
  const alice = callerOf(userOf(accountId, 'alice', present(User?.UserId)))
  const own = await iam.call('CreateAccessKey', {}, alice)
  assert.equal(own.AccessKey?.UserName, 'alice')
  const roots = await iam.call('CreateAccessKey', {})
  assert.equal(roots.AccessKey?.UserName, undefined)
  const AccessKeyId = present(roots.AccessKey?.AccessKeyId)
  const listed = (await iam.call('ListAccessKeys', {})).AccessKeyMetadata?.map((key) => key.AccessKeyId)
  assert.deepEqual(listed, [AccessKeyId])
  assert.equal((await iam.call('GetAccountSummary', {})).SummaryMap?.AccountAccessKeysPresent, 1)
  await assert.rejects(
    iam.call('UpdateAccessKey', { AccessKeyId, Status: 'Inactive' }, alice),
    keyNotFound(AccessKeyId),
  )
  await iam.call('UpdateAccessKey', { AccessKeyId, Status: 'Inactive' })
  await iam.call('DeleteAccessKey', { AccessKeyId })
  assert.deepEqual((await iam.call('ListAccessKeys', {})).AccessKeyMetadata, [])
})

test('A new key opens the door at once, an inactive or deleted one no longer does', async () => {
  const iam = await iamFixture()
  const credentials = createLongTermCredentials({ store: iam.store, rootCredentials: [] })
  const { secret, ...key } = await withKey(iam)
  const resolve = async () => credentials.resolve(key.AccessKeyId, undefined)
  const resolved = await resolve()
  assert.equal(typeof resolved === 'object' && resolved.secretAccessKey, secret)
  await iam.call('UpdateAccessKey', { ...key, Status: 'Inactive' })
  assert.equal(await resolve(), 'unknown-key')
  assert.equal((await iam.call('ListAccessKeys', key)).AccessKeyMetadata?.[0]?.Status, 'Inactive')
  await iam.call('UpdateAccessKey', { ...key, Status: 'Active' })
  assert.equal(typeof (await resolve()), 'object')
  await iam.call('DeleteAccessKey', key)
  assert.equal(await resolve(), 'unknown-key')
  await assert.rejects(iam.call('DeleteAccessKey', key), keyNotFound(key.AccessKeyId))
})

test('Access keys of another user are not found under a user', async () => {
  const iam = await iamFixture()
  const { AccessKeyId } = await withKey(iam)
  await iam.call('CreateUser', { UserName: 'bob' })
  for (const id of [AccessKeyId, 'AKIAIOSFODNN7EXAMPLE']) {
    const key = { UserName: 'bob', AccessKeyId: id }
    await assert.rejects(iam.call('UpdateAccessKey', { ...key, Status: 'Inactive' }), keyNotFound(id))
    await assert.rejects(iam.call('DeleteAccessKey', key), keyNotFound(id))
  }
  const notFound = { code: 'NoSuchEntity', message: 'The user with name eve cannot be found.' }
  await assert.rejects(iam.call('CreateAccessKey', { UserName: 'eve' }), notFound)
  await assert.rejects(iam.call('ListAccessKeys', { UserName: 'eve' }), notFound)
})

test('GetAccessKeyLastUsed shows N/A until the key is used, then when, where and for what', async () => {
  const iam = await iamFixture()
  const { AccessKeyId } = await withKey(iam)
  assert.deepEqual(await iam.call('GetAccessKeyLastUsed', { AccessKeyId }), {
    UserName: 'alice',
    AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' },
  })
  const caller = { ...callerOf(userOf(accountId, 'alice')), accessKeyId: AccessKeyId }
  iam.directory.noteUse({ caller, service: 'kms', region: 'eu-west-1', atMs: iam.clock.nowMs() })
  await iam.directory.flush()
  assert.deepEqual((await iam.call('GetAccessKeyLastUsed', { AccessKeyId })).AccessKeyLastUsed, {
    LastUsedDate: iam.clock.now(),
    ServiceName: 'kms',
    Region: 'eu-west-1',
  })
})

test('GetAccessKeyLastUsed does not tell keys of other accounts from keys that never were', async () => {
  const iam = await iamFixture()
  const { AccessKeyId } = await withKey(iam)
  const stranger = callerOf(rootOf(otherAccountId))
  for (const id of [AccessKeyId, 'AKIAIOSFODNN7EXAMPLE']) {
    await assert.rejects(iam.call('GetAccessKeyLastUsed', { AccessKeyId: id }, stranger), {
      code: 'AccessDenied',
      status: 403,
      message: `User: arn:aws:iam::${otherAccountId}:root is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key ${id}`,
    })
  }
})

test('GetAccessKeyLastUsed asks for the user whose key it is', async () => {
  const iam = await iamFixture()
  const { AccessKeyId } = await withKey(iam)
  const [asked] = await iam.permissions('GetAccessKeyLastUsed', { AccessKeyId })
  assert.deepEqual(asked, {
    action: 'iam:GetAccessKeyLastUsed',
    resource: `arn:aws:iam::${accountId}:user/alice`,
    printedResource: `access key ${AccessKeyId}`,
    context: {},
  })
})

test('Secret access keys are sealed in the store', async () => {
  const iam = await iamFixture()
  const { secret, AccessKeyId } = await withKey(iam)
  const rows = await iam.store.read((sql) =>
    sql.all<{ id: string; document: string }>('SELECT id, document FROM documents'),
  )
  assert.ok(rows.some(({ id }) => id === AccessKeyId))
  assert.ok(rows.every(({ document }) => !document.includes(secret)))
})
