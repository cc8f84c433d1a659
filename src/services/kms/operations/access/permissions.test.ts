import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from '../../../../core/operation.ts'
import { policyThatAllowsNothing } from '../../domain/key-policy.ts'
import type { KmsContext } from '../../kms-context.ts'
import { kmsOperations } from '../../kms-service.ts'
import { accountId, kmsFixture, newUser, otherAccountId, policyOf, present, stranger } from '../../testing.ts'

const operations: Record<string, Operation<KmsContext, never, unknown>> = kmsOperations

/** Operations that work on keys of other accounts, as the permissions reference of KMS lists them. */
const crossAccount = [
  ...['CreateGrant', 'Decapsulate', 'Decrypt', 'DeriveSharedSecret', 'DescribeKey', 'Encapsulate', 'Encrypt'],
  ...[
    'GenerateDataKey',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GenerateDataKeyWithoutPlaintext',
  ],
  ...['GenerateMac', 'GetKeyRotationStatus', 'GetPublicKey', 'ListGrants', 'RetireGrant', 'RevokeGrant'],
  ...['Sign', 'Verify', 'VerifyMac'],
]

/** Operations that are about no key of the request's choosing. */
const withoutKey = [
  ...['CreateKey', 'ListKeys', 'GenerateRandom', 'ListRetirableGrants', 'DeleteAlias', 'ReEncrypt'],
  ...['CreateCustomKeyStore', 'ConnectCustomKeyStore', 'DisconnectCustomKeyStore', 'UpdateCustomKeyStore'],
  ...['DeleteCustomKeyStore', 'DescribeCustomKeyStores'],
]

test('a key that is open to other accounts lets them do what crosses accounts, and nothing else', async () => {
  const kms = await kmsFixture()
  const open = { Effect: 'Allow', Principal: { AWS: [accountId, otherAccountId] }, Action: 'kms:*', Resource: '*' }
  const { arn: KeyId } = await kms.key({ Policy: policyOf(open) })
  const { keyId: theirs } = await kms.key({}, { caller: stranger })
  await kms.call('CreateAlias', { AliasName: 'alias/theirs', TargetKeyId: theirs }, { caller: stranger })
  const input = {
    ...{
      KeyId,
      TargetKeyId: KeyId,
      AliasName: 'alias/theirs',
      GrantId: '0'.repeat(64),
      Operations: [],
      PrimaryRegion: 'eu-west-1',
    },
    ...{ ReplicaRegion: 'eu-west-1', Tags: [], TagKeys: [], CiphertextBlob: Buffer.from('x') },
  }
  for (const [name, { permissions }] of Object.entries(operations)) {
    if (withoutKey.includes(name) || permissions === 'none') continue
    const context = kms.contextOf(name, { caller: stranger })
    const asked = await permissions(context, input as never)
    const onKey = asked.filter(({ resource }) => resource === KeyId)
    assert.ok(onKey.length > 0, `${name} asks for nothing on the key`)
    const isOpen = onKey.every(({ policy }) => policy?.document !== policyThatAllowsNothing)
    // A key policy can only deny RetireGrant, so that an open one says nothing.
    assert.equal(isOpen, crossAccount.includes(name) && name !== 'RetireGrant', name)
    assert.ok(onKey.every(({ resourceAccountId }) => resourceAccountId === accountId))
  }
})

test('ReEncrypt crosses accounts on either side', async () => {
  const kms = await kmsFixture()
  const open = { Effect: 'Allow', Principal: { AWS: [accountId, otherAccountId] }, Action: 'kms:*', Resource: '*' }
  const ours = await kms.key({ Policy: policyOf(open) })
  const theirs = await kms.key({}, { caller: stranger })
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId: ours.arn, Plaintext: Buffer.from('x') })
  const there = await kms.call('ReEncrypt', { CiphertextBlob, DestinationKeyId: theirs.keyId }, { caller: stranger })
  await kms.call(
    'ReEncrypt',
    { CiphertextBlob: there.CiphertextBlob, DestinationKeyId: ours.arn },
    { caller: stranger },
  )
})

test('the condition keys of CreateGrant describe the grant that is asked for', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const contextOf = async (input: object, calledVia?: string[]) => {
    const request = { KeyId, Operations: ['Encrypt', 'Decrypt'] as ('Encrypt' | 'Decrypt')[], ...input }
    const [permission] = await kms.permissions('CreateGrant', request, { calledVia })
    const keys = Object.entries(present(permission?.context)).filter(([key]) => /Grant|Retiring|Encryption/.test(key))
    return Object.fromEntries(keys)
  }
  assert.deepEqual(await contextOf({ GranteePrincipal: accountId }), {
    'kms:GrantIsForAWSResource': 'false',
    'kms:GrantOperations': ['Encrypt', 'Decrypt'],
    'kms:GranteePrincipal': accountId,
  })
  const Constraints = { EncryptionContextSubset: { dept: 'hr' }, SourceArn: 'arn:aws:rds:us-east-1:111122223333:db:x' }
  const service = { GranteeServicePrincipal: 'rds.amazonaws.com', RetiringServicePrincipal: 'rds.amazonaws.com' }
  assert.deepEqual(await contextOf({ ...service, Constraints }, ['rds.amazonaws.com']), {
    'kms:GrantIsForAWSResource': 'true',
    'kms:GrantOperations': ['Encrypt', 'Decrypt'],
    'kms:GranteeServicePrincipal': 'rds.amazonaws.com',
    'kms:RetiringServicePrincipal': 'rds.amazonaws.com',
    'kms:GrantConstraintType': 'EncryptionContextSubset',
    'kms:GrantConstraintSourceArn': Constraints.SourceArn,
    'kms:EncryptionContext:dept': 'hr',
    'kms:EncryptionContextKeys': ['dept'],
  })
  const both = { EncryptionContextEquals: { a: '1' }, EncryptionContextSubset: { a: '1' } }
  const { 'kms:GrantConstraintType': types } = await contextOf({ RetiringPrincipal: accountId, Constraints: both })
  assert.deepEqual(types, ['EncryptionContextEquals', 'EncryptionContextSubset'])
  for (const name of ['ListGrants', 'RevokeGrant'] as const) {
    const [permission] = await kms.permissions(
      name,
      { KeyId, GrantId: '0'.repeat(64) },
      { calledVia: ['rds.amazonaws.com'] },
    )
    assert.equal(permission?.context?.['kms:GrantIsForAWSResource'], 'true')
  }
})

test('a key policy with statements that say nothing is accepted, and they have no effect', async () => {
  const kms = await kmsFixture()
  const user = newUser('ulla')
  await kms.putUser(user, [])
  const Principal = { AWS: `arn:aws:iam::${accountId}:user/ulla` }
  const account = {
    Sid: 'the account itself',
    Effect: 'Allow',
    Principal: { AWS: accountId },
    Action: 'kms:*',
    Resource: '*',
  }
  const elsewhere = `arn:aws:kms:us-east-1:${accountId}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
  const idle = [
    { Effect: 'Allow', Principal, Resource: '*' },
    { Effect: 'Allow', Principal, Action: 'kms:*' },
    { Effect: 'Allow', Principal, Action: 'kms:*', Resource: elsewhere },
  ]
  const { keyId: KeyId } = await kms.key({ Policy: policyOf(account, ...idle) })
  const encrypt = () => kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') }, { caller: user })
  await assert.rejects(encrypt, { code: 'AccessDeniedException' })
  const effective = { Effect: 'Allow', NotPrincipal: { AWS: accountId }, Action: 'kms:Encrypt', Resource: '*' }
  await kms.call('PutKeyPolicy', { KeyId, Policy: policyOf(account, effective) }).then(
    () => assert.fail('NotPrincipal goes with Deny'),
    ({ code }) => assert.equal(code, 'MalformedPolicyDocumentException'),
  )
})
