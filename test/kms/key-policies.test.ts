import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PutUserPolicyCommand } from '@aws-sdk/client-iam'
import type { KMS } from '@aws-sdk/client-kms'
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm'
import type { Strongroom } from '../../src/server/server.ts'
import { records } from '../fixtures/actors.ts'
import { clientsOf, policy, startTestServer } from '../fixtures/clients.ts'
import {
  accessDenied,
  allow,
  document,
  kmsAs,
  newKey,
  newKmsUser,
  owner,
  Plaintext,
  rootOf,
  stranger,
} from './access-fixture.ts'
import { present } from './fixture.ts'

let server: Strongroom
let kms: KMS
before(async () => {
  server = await startTestServer({ accountId: owner, accounts: [stranger] })
  kms = kmsAs(server, server.credentials)
})
after(() => server.stop())

test('K4 scenario 48: without the root statement no identity policy allows, and an identity Deny always counts', async () => {
  const user = await newKmsUser(server, { Action: 'kms:*' })
  const named = await newKmsUser(server)
  const key = await newKey(kms, {
    Policy: document(allow(named.arn)),
    BypassPolicyLockoutSafetyCheck: true,
  })
  await assert.rejects(user.kms.encrypt({ KeyId: key.id, Plaintext }), accessDenied)
  await assert.rejects(kms.describeKey({ KeyId: key.id }), accessDenied, 'not even root')
  await named.kms.encrypt({ KeyId: key.id, Plaintext })
  const { iam } = clientsOf(server)
  const PolicyDocument = policy({ Effect: 'Deny', Action: 'kms:Encrypt' })
  await iam.send(new PutUserPolicyCommand({ UserName: named.name, PolicyName: 'no', PolicyDocument }))
  await assert.rejects(named.kms.encrypt({ KeyId: key.id, Plaintext }), (error: Error) => {
    assert.match(error.message, /with an explicit deny in an identity-based policy/)
    return error.name === 'AccessDeniedException'
  })
})

test('K4 scenario 49: a policy that locks its author out is refused unless the check is bypassed; 32 KB are enough', async () => {
  const key = await newKey(kms)
  const other = await newKmsUser(server)
  const locking = document(allow(other.arn))
  await assert.rejects(kms.putKeyPolicy({ KeyId: key.id, Policy: locking }), {
    name: 'MalformedPolicyDocumentException',
    message: 'The new key policy will not allow you to update the key policy in the future.',
  })
  await assert.rejects(kms.createKey({ Policy: locking }), { name: 'MalformedPolicyDocumentException' })
  const largest = document(allow(`arn:aws:iam::${owner}:root`)).padEnd(32_768)
  await kms.putKeyPolicy({ KeyId: key.id, Policy: largest })
  assert.equal((await kms.getKeyPolicy({ KeyId: key.id })).Policy, largest)
  await assert.rejects(kms.putKeyPolicy({ KeyId: key.id, Policy: `${largest} ` }), { name: 'LimitExceededException' })
  await kms.putKeyPolicy({ KeyId: key.id, Policy: locking, BypassPolicyLockoutSafetyCheck: true })
  await assert.rejects(kms.getKeyPolicy({ KeyId: key.id }), accessDenied)
  await other.kms.getKeyPolicy({ KeyId: key.id })
})

test('K4 scenario 50: another account needs both policies, both accounts see the use, and some operations never cross', async () => {
  const key = await newKey(kms, { Policy: document(allow([owner, stranger])) })
  const user = await newKmsUser(server, undefined, stranger)
  await assert.rejects(user.kms.encrypt({ KeyId: key.arn, Plaintext }), accessDenied)
  const { iam } = clientsOf(server, rootOf(server, stranger))
  const PolicyDocument = policy({ Action: 'kms:*' })
  await iam.send(new PutUserPolicyCommand({ UserName: user.name, PolicyName: 'all', PolicyDocument }))
  await user.kms.encrypt({ KeyId: key.arn, Plaintext })
  for (const accountId of [owner, stranger]) {
    const seen = await records(server, 'ResourceName', key.arn, rootOf(server, accountId))
    const encrypted = seen.filter(({ eventName, errorCode }) => eventName === 'Encrypt' && !errorCode)
    assert.equal(encrypted.length, 1, accountId)
    assert.equal(encrypted[0].recipientAccountId, accountId)
  }
  await user.kms.describeKey({ KeyId: key.arn })
  await user.kms.getKeyRotationStatus({ KeyId: key.arn })
  await user.kms.listGrants({ KeyId: key.arn })
  const never = [
    () => user.kms.listKeyPolicies({ KeyId: key.arn }),
    () => user.kms.getKeyPolicy({ KeyId: key.arn }),
    () => user.kms.putKeyPolicy({ KeyId: key.arn, Policy: document(allow(stranger)) }),
    () => user.kms.disableKey({ KeyId: key.arn }),
    () => user.kms.scheduleKeyDeletion({ KeyId: key.arn }),
    () => user.kms.tagResource({ KeyId: key.arn, Tags: [] }),
    () => user.kms.listResourceTags({ KeyId: key.arn }),
    () => user.kms.enableKeyRotation({ KeyId: key.arn }),
    () => user.kms.rotateKeyOnDemand({ KeyId: key.arn }),
    () => user.kms.getKeyLastUsage({ KeyId: key.arn }),
    () => user.kms.listAliases({ KeyId: key.arn }),
    () => user.kms.createAlias({ AliasName: 'alias/theirs', TargetKeyId: key.arn }),
    () => user.kms.updateKeyDescription({ KeyId: key.arn, Description: 'theirs' }),
  ]
  for (const call of never) await assert.rejects(call, accessDenied, String(call))
})

test('K4 scenario 58: a key for one service is used through it, as the caller, and not directly', async () => {
  const viaSsm = { Condition: { StringEquals: { 'kms:ViaService': `ssm.${server.region}.amazonaws.com` } } }
  const user = await newKmsUser(server, { Action: ['ssm:*', 'kms:*'] })
  const administrators = ['kms:Create*', 'kms:Describe*', 'kms:Put*', 'kms:Get*']
  const key = await newKey(kms, {
    Policy: document(allow(owner, administrators), allow(user.arn, ['kms:Encrypt', 'kms:Decrypt'], viaSsm)),
  })
  const parameter = { Name: '/app/password', Type: 'SecureString', Value: 'secret', KeyId: key.id } as const
  await user.ssm.send(new PutParameterCommand(parameter))
  const { Parameter } = await user.ssm.send(new GetParameterCommand({ Name: parameter.Name, WithDecryption: true }))
  assert.equal(Parameter?.Value, 'secret')
  await assert.rejects(user.kms.encrypt({ KeyId: key.id, Plaintext }), accessDenied)
  const [decrypted] = (await records(server, 'ResourceName', key.arn)).filter(
    ({ eventName }) => eventName === 'Decrypt',
  )
  assert.deepEqual([decrypted.sourceIPAddress, decrypted.userAgent], ['ssm.amazonaws.com', 'ssm.amazonaws.com'])
  assert.deepEqual([decrypted.userIdentity.arn, decrypted.userIdentity.invokedBy], [user.arn, 'ssm.amazonaws.com'])
})

test('tags and aliases let identity policies choose keys', async () => {
  const condition = {
    StringEquals: { 'aws:ResourceTag/team': 'blue' },
    'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/blue-*' },
  }
  const user = await newKmsUser(server, { Action: 'kms:Encrypt', Condition: condition })
  const key = await newKey(kms, { Tags: [{ TagKey: 'team', TagValue: 'blue' }] })
  const encrypt = () => user.kms.encrypt({ KeyId: key.id, Plaintext })
  await assert.rejects(encrypt, accessDenied)
  await kms.createAlias({ AliasName: 'alias/blue-app', TargetKeyId: key.id })
  await encrypt()
  await kms.untagResource({ KeyId: key.id, TagKeys: ['team'] })
  await assert.rejects(encrypt, accessDenied)
  const byAlias = await newKmsUser(server, {
    Action: 'kms:Encrypt',
    Condition: { StringEquals: { 'kms:RequestAlias': 'alias/blue-app' } },
  })
  await byAlias.kms.encrypt({ KeyId: 'alias/blue-app', Plaintext })
  await assert.rejects(byAlias.kms.encrypt({ KeyId: key.id, Plaintext }), accessDenied)
  assert.equal(present((await kms.listAliases({ KeyId: key.id })).Aliases).length, 1)
})
