import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { GrantOperation, KMS } from '@aws-sdk/client-kms'
import type { Strongroom } from '../../src/server/server.ts'
import { records } from '../fixtures/actors.ts'
import { startTestServer } from '../fixtures/clients.ts'
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

const hr = { EncryptionContextSubset: { dept: 'hr' } }

test('scenario 51: a grant with a context constraint, through the wire', async () => {
  const { id: KeyId } = await newKey(kms)
  const user = await newKmsUser(server)
  const Operations: GrantOperation[] = ['Decrypt', 'DescribeKey']
  await kms.createGrant({ KeyId, GranteePrincipal: user.arn, Operations, Constraints: hr })
  const decrypt = async (EncryptionContext: Record<string, string>) => {
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext, EncryptionContext })
    return user.kms.decrypt({ CiphertextBlob, EncryptionContext })
  }
  assert.equal(Buffer.from(present((await decrypt({ dept: 'hr', x: '1' })).Plaintext)).toString(), 'x')
  await assert.rejects(decrypt({ x: '1' }), accessDenied)
  await user.kms.describeKey({ KeyId })
  await assert.rejects(user.kms.getKeyPolicy({ KeyId }), accessDenied)
})

test('scenario 52: a grantee who may make grants, through the wire', async () => {
  const { id: KeyId } = await newKey(kms)
  const [user, other] = [await newKmsUser(server), await newKmsUser(server)]
  const Operations: GrantOperation[] = ['CreateGrant', 'Decrypt']
  await kms.createGrant({ KeyId, GranteePrincipal: user.arn, Operations, Constraints: hr })
  const passOn = (operations: GrantOperation[], Constraints?: typeof hr) =>
    user.kms.createGrant({ KeyId, GranteePrincipal: other.arn, Operations: operations, Constraints })
  await assert.rejects(passOn(['Encrypt'], hr), accessDenied)
  await assert.rejects(passOn(['Decrypt']), accessDenied)
  await passOn(['Decrypt'], hr)
  await passOn(['Decrypt'], { EncryptionContextSubset: { dept: 'hr', level: '2' } as { dept: string } })
})

test('scenario 53: names make grants once; a token makes a grant usable at once', async () => {
  const { id: KeyId, arn } = await newKey(kms)
  const user = await newKmsUser(server)
  const input = { KeyId, GranteePrincipal: user.arn, Operations: ['Encrypt' as const] }
  const [one, two] = [await kms.createGrant({ ...input, Name: 'n' }), await kms.createGrant({ ...input, Name: 'n' })]
  assert.equal(one.GrantId, two.GrantId)
  assert.notEqual(one.GrantToken, two.GrantToken)
  const [three, four] = [await kms.createGrant(input), await kms.createGrant(input)]
  assert.notEqual(three.GrantId, four.GrantId)
  for (const token of [one, two, three]) {
    await user.kms.encrypt({ KeyId, Plaintext, GrantTokens: [present(token.GrantToken)] })
  }
  await assert.rejects(user.kms.encrypt({ KeyId, Plaintext, GrantTokens: [`${one.GrantToken}x`] }), {
    name: 'InvalidGrantTokenException',
  })
  const [created] = (await records(server, 'EventName', 'CreateGrant')).filter(
    ({ responseElements }) => responseElements?.grantId === four.GrantId,
  )
  assert.equal(created.readOnly, false)
  assert.deepEqual(created.responseElements, { grantId: four.GrantId, keyId: arn })
  assert.equal(created.requestParameters.granteePrincipal, user.arn)
  const everything = JSON.stringify(await records(server, 'ResourceName', arn))
  for (const { GrantToken } of [one, two, three, four]) assert.ok(!everything.includes(present(GrantToken)))
})

test('scenario 54: who may retire and who may revoke', async () => {
  const [user, retirer, unrelated] = [await newKmsUser(server), await newKmsUser(server), await newKmsUser(server)]
  const Policy = document(allow(owner), allow(unrelated.arn, 'kms:RetireGrant'))
  const { id: KeyId, arn } = await newKey(kms, { Policy })
  const make = () =>
    kms.createGrant({ KeyId, GranteePrincipal: user.arn, RetiringPrincipal: retirer.arn, Operations: ['Encrypt'] })
  const { GrantToken, GrantId = '' } = await make()
  await assert.rejects(unrelated.kms.retireGrant({ GrantToken }), accessDenied)
  await assert.rejects(user.kms.retireGrant({ GrantToken }), accessDenied)
  const listed = await kms.listRetirableGrants({ RetiringPrincipal: retirer.arn })
  assert.deepEqual(
    listed.Grants?.map((grant) => grant.GrantId),
    [GrantId],
  )
  await retirer.kms.retireGrant({ GrantToken })
  assert.deepEqual((await kms.listGrants({ KeyId })).Grants, [])
  await assert.rejects(user.kms.encrypt({ KeyId, Plaintext }), accessDenied)
  const [retired] = (await records(server, 'EventName', 'RetireGrant')).filter(({ errorCode }) => !errorCode)
  assert.deepEqual([retired.requestParameters, retired.additionalEventData], [null, { grantId: GrantId }])
  assert.equal(retired.resources[0].ARN, arn)
  const again = await make()
  await assert.rejects(retirer.kms.revokeGrant({ KeyId, GrantId: again.GrantId }), accessDenied)
  const administrator = await newKmsUser(server, { Action: 'kms:RevokeGrant' })
  await administrator.kms.revokeGrant({ KeyId, GrantId: again.GrantId })
  assert.deepEqual((await kms.listGrants({ KeyId })).Grants, [])
})

test('scenario 14: what a key pending deletion refuses, and what it still takes', async () => {
  const { id: KeyId } = await newKey(kms)
  const { GrantId } = await kms.createGrant({ KeyId, GranteePrincipal: owner, Operations: ['Encrypt'] })
  await kms.scheduleKeyDeletion({ KeyId })
  const invalid = { name: 'KMSInvalidStateException' }
  await assert.rejects(kms.encrypt({ KeyId, Plaintext }), invalid)
  await assert.rejects(kms.createAlias({ AliasName: 'alias/late', TargetKeyId: KeyId }), invalid)
  await assert.rejects(kms.tagResource({ KeyId, Tags: [{ TagKey: 'a', TagValue: '' }] }), invalid)
  await kms.putKeyPolicy({ KeyId, Policy: document(allow(owner)) })
  await kms.revokeGrant({ KeyId, GrantId })
})

test('a grant to a user of another account needs no policy there, and is recorded in both accounts', async () => {
  const { arn: KeyId } = await newKey(kms)
  const foreigner = await newKmsUser(server, undefined, stranger)
  await kms.createGrant({ KeyId, GranteePrincipal: foreigner.arn, Operations: ['Encrypt', 'DescribeKey'] })
  await foreigner.kms.encrypt({ KeyId, Plaintext })
  for (const accountId of [owner, stranger]) {
    const seen = await records(server, 'ResourceName', KeyId, rootOf(server, accountId))
    assert.equal(seen.filter(({ eventName }) => eventName === 'Encrypt').length, 1, accountId)
  }
  await assert.rejects(kms.createGrant({ KeyId, GranteePrincipal: `${foreigner.arn}-gone`, Operations: ['Encrypt'] }), {
    name: 'InvalidArnException',
  })
})
