import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, allow, iamFixture, policyOf, variable } from '../testing.ts'

const alice = `arn:aws:iam::${accountId}:user/alice`

test('GetContextKeysForCustomPolicy names every key once', async () => {
  const iam = await iamFixture()
  const first = policyOf(
    allow('*', {
      Resource: `arn:aws:s3:::${variable('aws:username')}`,
      Condition: { StringLike: { 'aws:PrincipalTag/x': variable('aws:userid') } },
    }),
  )
  const second = policyOf(allow('*', { Condition: { Bool: { 'AWS:UserName': 'x', 'aws:SecureTransport': 'true' } } }))
  const { ContextKeyNames } = await iam.call('GetContextKeysForCustomPolicy', { PolicyInputList: [first, second] })
  assert.deepEqual(ContextKeyNames, ['aws:username', 'aws:PrincipalTag/x', 'aws:userid', 'aws:SecureTransport'])
  await assert.rejects(iam.call('GetContextKeysForCustomPolicy', { PolicyInputList: ['x'] }), { code: 'InvalidInput' })
})

test('GetContextKeysForPrincipalPolicy looks into the policies of a user, its groups, and those given', async () => {
  const iam = await iamFixture()
  const using = (key: string) => allow('*', { Condition: { Null: { [key]: 'true' } } })
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('PutUserPolicy', {
    UserName: 'alice',
    PolicyName: 'own',
    PolicyDocument: policyOf(using('s3:prefix')),
  })
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('AddUserToGroup', { GroupName: 'g', UserName: 'alice' })
  await iam.call('PutGroupPolicy', {
    GroupName: 'g',
    PolicyName: 'p',
    PolicyDocument: policyOf(using('kms:ViaService')),
  })
  const { ContextKeyNames } = await iam.call('GetContextKeysForPrincipalPolicy', {
    PolicySourceArn: alice,
    PolicyInputList: [policyOf(using('aws:SourceIp'))],
  })
  assert.deepEqual(ContextKeyNames, ['s3:prefix', 'kms:ViaService', 'aws:SourceIp'])
  await assert.rejects(
    iam.call('GetContextKeysForPrincipalPolicy', { PolicySourceArn: alice.replace('alice', 'bob') }),
    {
      code: 'NoSuchEntity',
      message: 'The user with name bob cannot be found.',
    },
  )
})
