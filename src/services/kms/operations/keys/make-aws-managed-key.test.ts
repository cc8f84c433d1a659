import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerOf } from '../../../../../test/fixtures/call.ts'
import { predefinedAliases } from '../../domain/aws-managed-keys.ts'
import { keyCounts, keys } from '../../storage/collections.ts'
import { accountId, alice, kmsFixture, newUser, present, region, root, stranger } from '../../testing.ts'

const alias = 'alias/aws/secretsmanager'
const calledVia = ['secretsmanager.amazonaws.com']
const dataKey = { KeyId: alias, KeySpec: 'AES_256' as const }
const refused = { code: 'AccessDeniedException' }
const scope = { accountId, region }

test('the first use by a service makes the AWS managed key, once for many uses at the same time', async () => {
  const kms = await kmsFixture()
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => kms.call('GenerateDataKey', dataKey, { caller: alice, calledVia })),
  )
  assert.equal(new Set(answers.map(({ KeyId }) => KeyId)).size, 1)
  const { Keys } = await kms.call('ListKeys', {})
  assert.deepEqual(
    Keys?.map(({ KeyArn }) => KeyArn),
    [answers[0]?.KeyId],
  )
  const created = kms.store.records.filter(({ eventName }) => eventName === 'CreateKey')
  assert.equal(created.length, 1)
  assert.deepEqual(
    [created[0]?.eventType, created[0]?.userIdentity, created[0]?.resources?.[0]?.ARN],
    ['AwsServiceEvent', { accountId, invokedBy: 'AWS Internal' }, answers[0]?.KeyId],
  )
})

test('a direct call makes no AWS managed key, but DescribeKey does; no caller makes one for another account', async () => {
  const kms = await kmsFixture()
  await assert.rejects(kms.call('GenerateDataKey', dataKey), { code: 'NotFoundException' })
  const foreign = `arn:aws:kms:${region}:${accountId}:${alias}`
  await assert.rejects(kms.call('DescribeKey', { KeyId: foreign }, { caller: stranger }), refused)
  await assert.rejects(kms.call('DescribeKey', { KeyId: 'alias/aws/unheard-of' }), { code: 'NotFoundException' })
  assert.deepEqual((await kms.call('ListKeys', {})).Keys, [])
  const { KeyMetadata } = await kms.call('DescribeKey', { KeyId: alias }, { caller: alice })
  assert.equal(KeyMetadata?.KeyManager, 'AWS')
  assert.equal(
    KeyMetadata?.Description,
    'Default key that protects my Secrets Manager data when no other key is defined',
  )
  assert.deepEqual(
    [KeyMetadata?.KeyState, KeyMetadata?.MultiRegion, KeyMetadata?.Origin],
    ['Enabled', false, 'AWS_KMS'],
  )
})

test('K5: the customer sees an AWS managed key and its policy, and can neither manage it nor use it directly, not even as root', async () => {
  const kms = await kmsFixture()
  const { KeyMetadata } = await kms.call('DescribeKey', { KeyId: alias })
  const KeyId = present(KeyMetadata?.KeyId)
  const own = await kms.key()
  const Plaintext = Buffer.from('x')
  const viaService = await kms.call('Encrypt', { KeyId, Plaintext }, { caller: alice, calledVia })
  const attempts = [
    () => kms.call('Encrypt', { KeyId, Plaintext }),
    () => kms.call('Decrypt', { CiphertextBlob: viaService.CiphertextBlob }),
    () => kms.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }),
    () => kms.call('PutKeyPolicy', { KeyId, Policy: '{}' }),
    () => kms.call('EnableKey', { KeyId }),
    () => kms.call('DisableKey', { KeyId }),
    () => kms.call('ScheduleKeyDeletion', { KeyId }),
    () => kms.call('EnableKeyRotation', { KeyId }),
    () => kms.call('DisableKeyRotation', { KeyId }),
    () => kms.call('RotateKeyOnDemand', { KeyId }),
    () => kms.call('TagResource', { KeyId, Tags: [] }),
    () => kms.call('UntagResource', { KeyId, TagKeys: [] }),
    () => kms.call('UpdateKeyDescription', { KeyId, Description: 'mine' }),
    () => kms.call('CreateAlias', { AliasName: 'alias/mine', TargetKeyId: KeyId }),
    () => kms.call('CreateGrant', { KeyId, Operations: ['Encrypt'], GranteePrincipal: accountId }),
  ]
  for (const attempt of attempts) await assert.rejects(attempt, refused, String(attempt))
  for (const AliasName of [alias, 'alias/aws/mine']) {
    const code = 'NotAuthorizedException'
    await assert.rejects(kms.call('UpdateAlias', { AliasName, TargetKeyId: own.keyId }), { code })
    await assert.rejects(kms.call('CreateAlias', { AliasName, TargetKeyId: own.keyId }), { code })
    await assert.rejects(kms.call('DeleteAlias', { AliasName }), { code })
  }
  await kms.call('ListGrants', { KeyId })
  await kms.call('ListResourceTags', { KeyId })
  await kms.call('ListKeyPolicies', { KeyId })
  await kms.call('GetKeyPolicy', { KeyId })
})

test('an AWS managed key works through its own service, for its own account, in its own Region', async () => {
  const kms = await kmsFixture()
  const { KeyMetadata } = await kms.call('DescribeKey', { KeyId: alias })
  const KeyId = present(KeyMetadata?.Arn)
  const Plaintext = Buffer.from('x')
  await kms.call('Encrypt', { KeyId, Plaintext }, { caller: alice, calledVia })
  await assert.rejects(
    kms.call('Encrypt', { KeyId, Plaintext }, { caller: alice, calledVia: ['ssm.amazonaws.com'] }),
    refused,
  )
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }, { caller: stranger, calledVia }), refused)
  const service = callerOf({ kind: 'service', service: 'secretsmanager.amazonaws.com', sourceAccount: accountId })
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }, { caller: service }), refused)
  const bob = newUser('bob')
  await kms.putUser(bob, [])
  // The key policy leaves to the service whom it lets use its resources.
  await kms.call('Encrypt', { KeyId, Plaintext }, { caller: bob, calledVia })
})

test('an AWS managed key rotates every year; what it encrypted before is still decrypted', async () => {
  const kms = await kmsFixture()
  const KeyId = present((await kms.call('DescribeKey', { KeyId: alias })).KeyMetadata?.KeyId)
  const { CiphertextBlob } = await kms.call(
    'Encrypt',
    { KeyId, Plaintext: Buffer.from('x') },
    { caller: root, calledVia },
  )
  const status = await kms.call('GetKeyRotationStatus', { KeyId })
  assert.deepEqual([status.KeyRotationEnabled, status.RotationPeriodInDays], [true, 365])
  const before = (await kms.call('DescribeKey', { KeyId })).KeyMetadata?.CurrentKeyMaterialId
  await kms.advanceDays(365)
  assert.notEqual((await kms.call('DescribeKey', { KeyId })).KeyMetadata?.CurrentKeyMaterialId, before)
  const { Plaintext } = await kms.call('Decrypt', { CiphertextBlob }, { caller: root, calledVia })
  assert.equal(Buffer.from(present(Plaintext)).toString(), 'x')
})

test('AWS managed keys do not count to the quota of keys', async () => {
  const kms = await kmsFixture()
  for (const KeyId of predefinedAliases) await kms.call('DescribeKey', { KeyId })
  assert.equal(await kms.store.in(keys).count(scope), predefinedAliases.length)
  assert.equal(await kms.store.in(keyCounts).get(scope, 'keys'), undefined)
  await kms.key()
  assert.equal((await kms.store.in(keyCounts).get(scope, 'keys'))?.customerManaged, 1)
})

test('the policies of AWS managed keys say who may use them, and only the account may see them', async () => {
  const kms = await kmsFixture()
  const policyBehind = async (KeyId: string) => {
    const { KeyMetadata } = await kms.call('DescribeKey', { KeyId })
    const { Policy } = await kms.call('GetKeyPolicy', { KeyId: present(KeyMetadata?.KeyId) })
    return present(Policy)
  }
  assert.equal(
    await policyBehind('alias/aws/s3'),
    `{
  "Version" : "2012-10-17",
  "Id" : "auto-s3-2",
  "Statement" : [ {
    "Sid" : "Allow access through S3 for all principals in the account that are authorized to use S3",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "*"
    },
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {
      "StringEquals" : {
        "kms:CallerAccount" : "${accountId}",
        "kms:ViaService" : "s3.us-east-1.amazonaws.com"
      }
    }
  }, {
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::${accountId}:root"
    },
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*" ],
    "Resource" : "*"
  } ]
}`,
  )
  const { Id, Statement } = JSON.parse(await policyBehind(alias))
  assert.equal(Id, 'auto-secretsmanager-2')
  assert.deepEqual(
    Statement.map(({ Action, Condition }: { Action: unknown; Condition: unknown }) => [Action, Condition]),
    [
      [
        ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:CreateGrant', 'kms:DescribeKey'],
        {
          StringEquals: {
            'kms:CallerAccount': accountId,
            'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com',
          },
        },
      ],
      [
        'kms:GenerateDataKey*',
        {
          StringEquals: { 'kms:CallerAccount': accountId },
          StringLike: { 'kms:ViaService': 'secretsmanager.*.amazonaws.com' },
        },
      ],
      [['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'], undefined],
    ],
  )
  const ebs = JSON.parse(await policyBehind('alias/aws/ebs'))
  assert.equal(ebs.Statement[0].Condition.StringEquals['kms:ViaService'], 'ec2.us-east-1.amazonaws.com')
})

test('ListAliases shows the predefined aliases among the others in every page, with a key once there is one', async () => {
  const kms = await kmsFixture()
  const { keyId: TargetKeyId } = await kms.key()
  const own = ['alias/a', 'alias/aws-mine', 'alias/b', 'alias/z']
  for (const AliasName of own) await kms.call('CreateAlias', { AliasName, TargetKeyId })
  const { KeyMetadata } = await kms.call('DescribeKey', { KeyId: alias })
  for (const Limit of [1, 2, 7, 100]) {
    const listed: { AliasName?: string; TargetKeyId?: string }[] = []
    for (let Marker: string | undefined; ; ) {
      const page = await kms.call('ListAliases', { Limit, Marker })
      listed.push(...present(page.Aliases))
      Marker = page.NextMarker
      if (!page.Truncated) break
    }
    assert.deepEqual(
      listed.map(({ AliasName }) => AliasName),
      [...own, ...predefinedAliases].sort(),
    )
    const withKey = listed.filter(({ AliasName, TargetKeyId: key }) => key && !own.includes(present(AliasName)))
    assert.deepEqual(
      withKey.map(({ AliasName, TargetKeyId: key }) => [AliasName, key]),
      [[alias, KeyMetadata?.KeyId]],
    )
  }
})
