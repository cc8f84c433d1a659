import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLongTermCredentials } from './long-term-credentials.ts'
import { accountId, iamFixture, otherAccountId, present } from './testing.ts'

const configured = { accountId: otherAccountId, accessKeyId: 'test', secretAccessKey: 'also a test' }

async function withCredentials() {
  const iam = await iamFixture()
  return { iam, credentials: createLongTermCredentials({ store: iam.store, rootCredentials: [configured] }) }
}

test('Configured credentials are those of a root user', async () => {
  const { credentials } = await withCredentials()
  assert.deepEqual(await credentials.resolve('test', undefined), {
    caller: {
      principal: { kind: 'root', accountId: otherAccountId, arn: `arn:aws:iam::${otherAccountId}:root` },
      accessKeyId: 'test',
      principalTags: {},
    },
    secretAccessKey: 'also a test',
  })
})

test('The key of a user is that user as it is now, tags included', async () => {
  const { iam, credentials } = await withCredentials()
  const { User } = await iam.call('CreateUser', { UserName: 'alice', Tags: [{ Key: 'team', Value: 'red' }] })
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName: 'alice' })
  await iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'alicia', NewPath: '/x/' })
  const accessKeyId = present(AccessKey?.AccessKeyId)
  const arn = `arn:aws:iam::${accountId}:user/x/alicia`
  assert.deepEqual(await credentials.resolve(accessKeyId, undefined), {
    caller: {
      principal: { kind: 'user', accountId, arn, userId: User?.UserId, userName: 'alicia' },
      accessKeyId,
      principalTags: { team: 'red' },
    },
    secretAccessKey: AccessKey?.SecretAccessKey,
  })
})

test('A key that the root user made is the root user', async () => {
  const { iam, credentials } = await withCredentials()
  const { AccessKey } = await iam.call('CreateAccessKey', {})
  const resolved = await credentials.resolve(present(AccessKey?.AccessKeyId), undefined)
  assert.deepEqual(typeof resolved === 'object' && 'caller' in resolved && resolved.caller.principal, {
    kind: 'root',
    accountId,
    arn: `arn:aws:iam::${accountId}:root`,
  })
})

test('A root user goes by the alias of its account while there is one', async () => {
  const { iam, credentials } = await withCredentials()
  const { AccessKey } = await iam.call('CreateAccessKey', {})
  const alias = async () => {
    const resolved = await credentials.resolve(present(AccessKey?.AccessKeyId), undefined)
    return (
      typeof resolved === 'object' &&
      'caller' in resolved &&
      resolved.caller.principal.kind === 'root' &&
      resolved.caller.principal.alias
    )
  }
  await iam.call('CreateAccountAlias', { AccountAlias: 'my-company' })
  assert.equal(await alias(), 'my-company')
  await iam.call('DeleteAccountAlias', { AccountAlias: 'my-company' })
  assert.equal(await alias(), undefined)
})

test('Keys that were never made are unknown, whatever they look like', async () => {
  const { credentials } = await withCredentials()
  for (const id of [
    'AKIAIOSFODNN7EXAMPLE',
    'AKIARTX3GSDSQAAAAAAA',
    'ASIARTX3GSDSQAAAAAAA',
    '',
    'x'.repeat(5000),
    '__proto__',
  ]) {
    assert.equal(await credentials.resolve(id, undefined), 'unknown-key', id)
  }
})

test('A session token beside a long-term key is invalid', async () => {
  const { iam, credentials } = await withCredentials()
  const { AccessKey } = await iam.call('CreateAccessKey', {})
  assert.deepEqual(await credentials.resolve(present(AccessKey?.AccessKeyId), 'token'), {
    refused: 'invalid-token',
    secretAccessKey: AccessKey?.SecretAccessKey,
  })
  assert.deepEqual(await credentials.resolve('test', ''), { refused: 'invalid-token', secretAccessKey: 'also a test' })
  assert.equal(await credentials.resolve('AKIARTX3GSDSQAAAAAAA', 'token'), 'unknown-key')
})
