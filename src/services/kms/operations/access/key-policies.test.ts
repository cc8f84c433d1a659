import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '../../../../core/principal.ts'
import { accountId, alice, idOf, kmsFixture, newUser, policyOf, present, root, stranger } from '../../testing.ts'

const rootArn = `arn:aws:iam::${accountId}:root`
const aliceArn = `arn:aws:iam::${accountId}:user/alice`
const allow = (AWS: string | string[], Action: string | string[] = 'kms:*') => ({
  Effect: 'Allow',
  Principal: { AWS },
  Action,
  Resource: '*',
})
const Plaintext = Buffer.from('x')

test('PutKeyPolicy replaces the policy, and GetKeyPolicy gives it back as it was written', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: allow(rootArn) }, null, 5)
  assert.equal(await kms.call('PutKeyPolicy', { KeyId, PolicyName: 'default', Policy }), undefined)
  assert.deepEqual(await kms.call('GetKeyPolicy', { KeyId }), { Policy, PolicyName: 'default' })
})

test('a key has one policy, default', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  assert.deepEqual(await kms.call('ListKeyPolicies', { KeyId }), { PolicyNames: ['default'], Truncated: false })
  const none = { code: 'NotFoundException', message: 'No such policy exists' }
  await assert.rejects(kms.call('GetKeyPolicy', { KeyId, PolicyName: 'other' }), none)
  await assert.rejects(kms.call('PutKeyPolicy', { KeyId, PolicyName: 'other', Policy: '{}' }), none)
  await assert.rejects(kms.call('ListKeyPolicies', { KeyId, Marker: 'x' }), { code: 'InvalidMarkerException' })
})

test('PutKeyPolicy refuses to lock the caller out unless the check is bypassed', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const Policy = policyOf(allow(rootArn, 'kms:Encrypt'))
  await assert.rejects(kms.call('PutKeyPolicy', { KeyId, Policy }), {
    code: 'MalformedPolicyDocumentException',
    message: 'The new key policy will not allow you to update the key policy in the future.',
  })
  await kms.call('PutKeyPolicy', { KeyId, Policy, BypassPolicyLockoutSafetyCheck: true })
  await assert.rejects(kms.call('PutKeyPolicy', { KeyId, Policy: policyOf(allow(rootArn)) }), {
    message: /perform: kms:PutKeyPolicy/,
  })
})

test('PutKeyPolicy passes to the policy engine whether the check is bypassed', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const bypassDenied = {
    ...allow(rootArn),
    Effect: 'Deny',
    Condition: { Bool: { 'kms:BypassPolicyLockoutSafetyCheck': 'true' } },
  }
  const Policy = policyOf(allow(rootArn), bypassDenied)
  await kms.call('PutKeyPolicy', { KeyId, Policy })
  await kms.call('PutKeyPolicy', { KeyId, Policy })
  await assert.rejects(kms.call('PutKeyPolicy', { KeyId, Policy, BypassPolicyLockoutSafetyCheck: true }), {
    code: 'AccessDeniedException',
  })
})

test('PutKeyPolicy takes 32,768 bytes and no more', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const ofSize = (bytes: number) => {
    const base = policyOf(allow(rootArn))
    return base + ' '.repeat(bytes - base.length)
  }
  await kms.call('PutKeyPolicy', { KeyId, Policy: ofSize(32_768) })
  await assert.rejects(kms.call('PutKeyPolicy', { KeyId, Policy: ofSize(32_769) }), {
    code: 'LimitExceededException',
  })
})

test('PutKeyPolicy refuses what is not a policy, and principals that do not exist', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  for (const Policy of ['x', '{}', policyOf({ Effect: 'Allow', Action: 'kms:*', Resource: '*' })]) {
    await assert.rejects(kms.call('PutKeyPolicy', { KeyId, Policy }), { code: 'MalformedPolicyDocumentException' })
  }
  const invalid = {
    code: 'MalformedPolicyDocumentException',
    message: 'Policy contains a statement with one or more invalid principals.',
  }
  const Policy = policyOf(allow([rootArn, aliceArn]))
  await kms.removeUser(alice)
  await assert.rejects(kms.call('PutKeyPolicy', { KeyId, Policy }), invalid)
  await kms.putUser(alice)
  await kms.call('PutKeyPolicy', { KeyId, Policy })
  const forAll = { ...allow(rootArn), Condition: { 'ForAllValues:StringEquals': { 'kms:EncryptionContext:a': 'b' } } }
  await assert.rejects(kms.call('PutKeyPolicy', { KeyId, Policy: policyOf(allow(rootArn), forAll) }), {
    code: 'MalformedPolicyDocumentException',
    message: /overly permissive/,
  })
})

test('a policy means the users it named, not those who have their names later', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key({ Policy: policyOf(allow(rootArn, 'kms:PutKeyPolicy'), allow(aliceArn)) })
  const encrypt = (caller: Caller) => kms.call('Encrypt', { KeyId, Plaintext }, { caller })
  await encrypt(alice)

  await kms.renameUser(alice, 'alicia')
  const namesake = newUser('alice')
  await kms.putUser(namesake)
  await assert.rejects(encrypt(namesake), { message: /perform: kms:Encrypt/ })
  const principalsOf = async () => {
    const [permission] = await kms.permissions('GetKeyPolicy', { KeyId })
    const { Statement } = JSON.parse(present(permission?.policy?.document))
    return Statement.map(({ Principal }: { Principal: { AWS: string } }) => Principal.AWS)
  }
  assert.deepEqual(await principalsOf(), [rootArn, `arn:aws:iam::${accountId}:user/alicia`])

  await kms.removeUser(alice)
  assert.deepEqual(await principalsOf(), [rootArn, idOf(alice)])
})

test('a key policy without the account leaves identity policies without effect, and a Deny among them in force', async () => {
  const kms = await kmsFixture()
  const Policy = policyOf(allow(aliceArn))
  const { keyId: KeyId } = await kms.key({ Policy, BypassPolicyLockoutSafetyCheck: true })
  await kms.call('Encrypt', { KeyId, Plaintext }, { caller: alice })
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }, { caller: root }), { code: 'AccessDeniedException' })
  await kms.putUser(alice, [policyOf({ Effect: 'Deny', Action: 'kms:Encrypt', Resource: '*' })])
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }, { caller: alice }), { code: 'AccessDeniedException' })
})

test('operations on the policy are closed to other accounts, whatever the policy says', async () => {
  const kms = await kmsFixture()
  const { arn: KeyId } = await kms.key({ Policy: policyOf(allow('*')) })
  const as = { caller: stranger }
  await kms.call('Encrypt', { KeyId, Plaintext }, as)
  const refused = { code: 'AccessDeniedException' }
  await assert.rejects(kms.call('GetKeyPolicy', { KeyId }, as), refused)
  await assert.rejects(kms.call('ListKeyPolicies', { KeyId }, as), refused)
  await assert.rejects(kms.call('PutKeyPolicy', { KeyId, Policy: policyOf(allow('*')) }, as), refused)
  await assert.rejects(kms.call('ScheduleKeyDeletion', { KeyId }, as), refused)
  await assert.rejects(kms.call('TagResource', { KeyId, Tags: [] }, as), refused)
  await assert.rejects(kms.call('CreateAlias', { AliasName: 'alias/mine', TargetKeyId: KeyId }, as), refused)
  await kms.call('GetKeyRotationStatus', { KeyId }, as)
})

test('another account needs both the key policy and its own identity policies', async () => {
  const kms = await kmsFixture()
  const { arn: KeyId } = await kms.key({ Policy: policyOf(allow([rootArn, '444455556666'])) })
  const as = { caller: stranger }
  await kms.call('Encrypt', { KeyId, Plaintext }, as)
  await kms.putUser(stranger, [])
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }, as), { code: 'AccessDeniedException' })
})
