import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GrantOperation } from '@aws-sdk/client-kms'
import { callerOf, rootOf } from '../../../../../test/fixtures/call.ts'
import { newEntityId } from '../../../../core/identifiers.ts'
import type { Caller, SessionContext } from '../../../../core/principal.ts'
import type { CollectionReader, CollectionSpec } from '../../../../core/store.ts'
import { keys } from '../../storage/collections.ts'
import {
  accountId,
  alice,
  allowEverything,
  arnOf,
  type InputOf,
  idOf,
  kmsFixture,
  newUser,
  otherAccountId,
  policyOf,
  present,
  region,
  stranger,
} from '../../testing.ts'

const bob = newUser('bob')
const bobArn = arnOf(bob)
const roleArn = `arn:aws:iam::${accountId}:role/app`
const roleId = newEntityId('AROA', accountId)
const sessionOf = (sessionName: string): Caller =>
  callerOf({
    ...{ kind: 'assumed-role', accountId, roleArn, roleId, roleName: 'app', sessionName },
    arn: `arn:aws:sts::${accountId}:assumed-role/app/${sessionName}`,
  })
const session = sessionOf('s')
const federated = (policies: string[]): SessionContext => ({
  ...{ issuedAtMs: 0, expiresAtMs: Number.MAX_SAFE_INTEGER, issuedBy: 'GetFederationToken', mfaAuthenticated: false },
  ...{ policies, policyArns: [], tags: {}, transitiveTagKeys: [] },
})
const Plaintext = Buffer.from('x')
const context = (pairs: Record<string, string>) => ({ EncryptionContext: pairs })

/** A key that its administrator alone may use, so that whatever others may do comes of a grant. */
async function grantFixture() {
  const kms = await kmsFixture()
  await kms.putUser(bob)
  const trustPolicy = policyOf({ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' })
  await kms.putRole({ arn: roleArn, roleId, trustPolicy, policies: [allowEverything] })
  const administrators = { Effect: 'Allow', Principal: { AWS: arnOf(alice) }, Action: 'kms:*', Resource: '*' }
  const { keyId: KeyId, arn } = await kms.key({ Policy: policyOf(administrators) }, { caller: alice })
  const grant = (
    Operations: GrantOperation[],
    more: Partial<InputOf<'CreateGrant'>> = { GranteePrincipal: bobArn },
    caller: Caller = alice,
  ) => kms.call('CreateGrant', { KeyId: arn, Operations, ...more }, { caller })
  return { ...kms, KeyId, arn, grant }
}

const refused = { code: 'AccessDeniedException' }

test('a grant allows its operations to its grantee and to no other principal, at once and without its token', async () => {
  const kms = await grantFixture()
  const { KeyId } = kms
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }, { caller: bob }), refused)
  const { GrantId, GrantToken } = await kms.grant(['Encrypt'])
  assert.match(present(GrantId), /^[0-9a-f]{64}$/)
  assert.ok(present(GrantToken).length <= 8192)
  await kms.call('Encrypt', { KeyId, Plaintext }, { caller: bob })
  await kms.call('Encrypt', { KeyId, Plaintext, GrantTokens: [present(GrantToken)] }, { caller: bob })
  await assert.rejects(kms.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }, { caller: bob }), refused)
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }, { caller: session }), refused)
})

test('a grant reaches sessions of its role, a session alone, and an account by its identity policies', async () => {
  const kms = await grantFixture()
  const { KeyId, arn } = kms
  const encrypt = (caller: Caller) => kms.call('Encrypt', { KeyId: arn, Plaintext }, { caller })
  const other = sessionOf('s2')
  const revokeAll = async () => {
    const { Grants } = await kms.call('ListGrants', { KeyId }, { caller: alice })
    for (const { GrantId } of present(Grants))
      await kms.call('RevokeGrant', { KeyId, GrantId: present(GrantId) }, { caller: alice })
  }
  await kms.grant(['Encrypt'], { GranteePrincipal: roleArn })
  await encrypt(session)
  await encrypt(other)
  await revokeAll()
  await kms.grant(['Encrypt'], { GranteePrincipal: arnOf(session) })
  await encrypt(session)
  await assert.rejects(encrypt(other), refused)
  await revokeAll()
  await kms.grant(['Encrypt'], { GranteePrincipal: otherAccountId })
  await encrypt(callerOf(rootOf(otherAccountId)))
  await encrypt(stranger)
  await kms.putUser(stranger, [])
  await assert.rejects(encrypt(stranger), refused)
})

test('a grant reaches a federated user by its own name, or by the user who asked for its session', async () => {
  const kms = await grantFixture()
  const { arn: KeyId } = kms
  const arn = `arn:aws:sts::${accountId}:federated-user/guest`
  const issuedBy = (issuer: Caller) =>
    callerOf({ kind: 'federated-user', accountId, arn, name: 'guest', issuer: issuer.principal as never })
  const encrypt = (caller: Caller, statements: object[]) => {
    const policies = statements.map((statement) => policyOf(statement))
    return kms.call('Encrypt', { KeyId, Plaintext }, { caller: { ...caller, session: federated(policies) } })
  }
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' }
  await kms.grant(['Encrypt'])
  await encrypt(issuedBy(bob), [everything])
  await assert.rejects(encrypt(issuedBy(bob), [{ ...everything, Action: 's3:*' }]), refused)
  await assert.rejects(encrypt(issuedBy(callerOf(rootOf(accountId))), [everything]), refused)
  await kms.grant(['Encrypt'], { GranteePrincipal: arn })
  await encrypt(issuedBy(callerOf(rootOf(accountId))), [{ ...everything, Action: 's3:*' }])
})

test('a grant is bound to the user who had the name when it was made', async () => {
  const kms = await grantFixture()
  const { KeyId } = kms
  await kms.grant(['Encrypt'])
  const namesake = newUser('bob')
  await kms.removeUser(bob)
  await kms.putUser(namesake)
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }, { caller: namesake }), refused)
  const { Grants } = await kms.call('ListGrants', { KeyId }, { caller: alice })
  assert.equal(Grants?.[0]?.GranteePrincipal, idOf(bob))
  const asNow = await kms.call('ListGrants', { KeyId, GranteePrincipal: bobArn }, { caller: alice })
  assert.deepEqual(asNow.Grants, [])
  const asThen = await kms.call('ListGrants', { KeyId, GranteePrincipal: idOf(bob) }, { caller: alice })
  assert.equal(asThen.Grants?.length, 1)
})

test('scenario 51: a constraint on the encryption context holds for cryptographic operations, not for DescribeKey', async () => {
  const kms = await grantFixture()
  const { KeyId } = kms
  const Constraints = { EncryptionContextSubset: { dept: 'hr' } }
  await kms.grant(['Encrypt', 'Decrypt', 'DescribeKey'], { GranteePrincipal: bobArn, Constraints })
  const encrypt = (pairs: Record<string, string>) =>
    kms.call('Encrypt', { KeyId, Plaintext, ...context(pairs) }, { caller: alice })
  const decrypt = async (pairs: Record<string, string>) =>
    kms.call('Decrypt', { CiphertextBlob: (await encrypt(pairs)).CiphertextBlob, ...context(pairs) }, { caller: bob })
  await decrypt({ dept: 'hr', x: '1' })
  await assert.rejects(decrypt({ x: '1' }), refused)
  await assert.rejects(decrypt({ Dept: 'hr' }), refused)
  await assert.rejects(decrypt({ dept: 'HR' }), refused)
  await kms.call('DescribeKey', { KeyId }, { caller: bob })
})

test('EncryptionContextEquals demands the whole context, and both constraints hold together', async () => {
  const kms = await grantFixture()
  const { KeyId } = kms
  const encrypt = (pairs: Record<string, string>) =>
    kms.call('Encrypt', { KeyId, Plaintext, ...context(pairs) }, { caller: bob })
  await kms.grant(['Encrypt'], {
    GranteePrincipal: bobArn,
    Constraints: { EncryptionContextEquals: { a: '1', b: '2' } },
  })
  await encrypt({ b: '2', a: '1' })
  await assert.rejects(encrypt({ a: '1', b: '2', c: '3' }), refused)
  await assert.rejects(encrypt({ a: '1' }), refused)
  const impossible = { EncryptionContextEquals: { c: '3' }, EncryptionContextSubset: { d: '4' } }
  await kms.grant(['Encrypt'], { GranteePrincipal: bobArn, Constraints: impossible })
  await assert.rejects(encrypt({ c: '3' }), refused)
  await assert.rejects(encrypt({ c: '3', d: '4' }), refused)
})

test('empty constraints constrain nothing', async () => {
  const kms = await grantFixture()
  await kms.grant(['Encrypt'], { GranteePrincipal: bobArn, Constraints: { EncryptionContextEquals: {} } })
  await kms.call('Encrypt', { KeyId: kms.KeyId, Plaintext, ...context({ any: 'thing' }) }, { caller: bob })
})

test('ReEncrypt takes a grant for each side, under the constraints of its context', async () => {
  const kms = await grantFixture()
  const { KeyId } = kms
  const Constraints = { EncryptionContextSubset: { dept: 'hr' } }
  const { CiphertextBlob } = await kms.call(
    'Encrypt',
    { KeyId, Plaintext, ...context({ dept: 'hr' }) },
    { caller: alice },
  )
  const reEncrypt = (DestinationEncryptionContext: Record<string, string>) =>
    kms.call(
      'ReEncrypt',
      {
        CiphertextBlob,
        SourceEncryptionContext: { dept: 'hr' },
        DestinationKeyId: KeyId,
        DestinationEncryptionContext,
      },
      { caller: bob },
    )
  await kms.grant(['ReEncryptFrom'], { GranteePrincipal: bobArn, Constraints })
  await assert.rejects(reEncrypt({ dept: 'hr' }), refused)
  await kms.grant(['ReEncryptTo'], { GranteePrincipal: bobArn, Constraints })
  await reEncrypt({ dept: 'hr' })
  await assert.rejects(reEncrypt({ dept: 'it' }), refused)
})

test('scenario 52: who may make grants by a grant passes on no more than it gives', async () => {
  const kms = await grantFixture()
  const Constraints = { EncryptionContextSubset: { dept: 'hr' } }
  await kms.grant(['CreateGrant', 'Decrypt'], { GranteePrincipal: bobArn, Constraints })
  const passOn = (Operations: GrantOperation[], constraints?: InputOf<'CreateGrant'>['Constraints']) =>
    kms.grant(Operations, { GranteePrincipal: roleArn, Constraints: constraints }, bob)
  await assert.rejects(passOn(['Encrypt'], Constraints), refused)
  await assert.rejects(passOn(['Decrypt', 'DescribeKey'], Constraints), refused)
  await assert.rejects(passOn(['Decrypt']), refused)
  await assert.rejects(passOn(['Decrypt'], { EncryptionContextSubset: { dept: 'it' } }), refused)
  await assert.rejects(passOn(['Decrypt'], { EncryptionContextEquals: { x: '1' } }), refused)
  await passOn(['Decrypt'], Constraints)
  await passOn(['Decrypt'], { EncryptionContextSubset: { dept: 'hr', x: '1' } })
  await passOn(['Decrypt'], { EncryptionContextEquals: { dept: 'hr' } })
  await passOn(['Decrypt', 'CreateGrant'], { EncryptionContextEquals: { dept: 'hr' } })
})

test('scenario 53: a request repeated with its Name gives the same grant and another token', async () => {
  const kms = await grantFixture()
  const named = { GranteePrincipal: bobArn, Name: 'mine', Constraints: { EncryptionContextSubset: { a: '1', b: '2' } } }
  const one = await kms.grant(['Encrypt', 'Decrypt'], named)
  const again = { ...named, Constraints: { EncryptionContextSubset: { b: '2', a: '1' } } }
  const two = await kms.grant(['Decrypt', 'Encrypt'], again)
  assert.equal(one.GrantId, two.GrantId)
  assert.notEqual(one.GrantToken, two.GrantToken)
  const different = await kms.grant(['Encrypt'], named)
  assert.notEqual(different.GrantId, one.GrantId)
  const [three, four] = [await kms.grant(['Encrypt']), await kms.grant(['Encrypt'])]
  assert.notEqual(three.GrantId, four.GrantId)
  const { Grants } = await kms.call('ListGrants', { KeyId: kms.KeyId }, { caller: alice })
  assert.equal(Grants?.length, 4)
})

test('CreateGrant refuses principals that do not exist or are none', async () => {
  const kms = await grantFixture()
  const wrong = [
    ...[`arn:aws:iam::${accountId}:user/absent`, `arn:aws:iam::${accountId}:group/g`, idOf(bob), 'bob'],
    ...['s3.amazonaws.com', 'arn:aws:s3:::bucket', `arn:aws:sts::${accountId}:assumed-role/app`],
  ]
  for (const GranteePrincipal of wrong) {
    await assert.rejects(
      kms.grant(['Encrypt'], { GranteePrincipal }),
      { code: 'InvalidArnException' },
      GranteePrincipal,
    )
    const retiring = { GranteePrincipal: bobArn, RetiringPrincipal: GranteePrincipal }
    await assert.rejects(kms.grant(['Encrypt'], retiring), { code: 'InvalidArnException' }, GranteePrincipal)
  }
  // The service model has no such letter in principals.
  await assert.rejects(kms.grant(['Encrypt'], { GranteePrincipal: '*' }), { code: 'ValidationException' })
  const retiring = { GranteePrincipal: bobArn, RetiringPrincipal: '*' }
  await assert.rejects(kms.grant(['Encrypt'], retiring), { code: 'ValidationException' })
})

test('CreateGrant checks its members against one another and against the key', async () => {
  const kms = await grantFixture()
  const service = 'rds.amazonaws.com'
  const Constraints = { SourceArn: 'arn:aws:rds:us-east-1:111122223333:db:x' }
  const invalid: [GrantOperation[], Partial<InputOf<'CreateGrant'>>][] = [
    [['Encrypt'], {}],
    [['Encrypt'], { GranteePrincipal: bobArn, GranteeServicePrincipal: service, Constraints }],
    [['Encrypt'], { GranteePrincipal: bobArn, RetiringPrincipal: bobArn, RetiringServicePrincipal: service }],
    [['Encrypt'], { GranteeServicePrincipal: service, RetiringServicePrincipal: service }],
    [['Encrypt'], { GranteeServicePrincipal: service, Constraints }],
    [['Sign'], { GranteePrincipal: bobArn }],
    [['Encrypt', 'GetPublicKey'], { GranteePrincipal: bobArn }],
    [['Encrypt'], { GranteePrincipal: bobArn, Constraints: { EncryptionContextEquals: pairs(9) } }],
    [['Encrypt'], { GranteePrincipal: bobArn, Constraints: { EncryptionContextSubset: { k: 'v'.repeat(385) } } }],
  ]
  for (const [operations, more] of invalid) {
    await assert.rejects(kms.grant(operations, more), { code: 'ValidationException' }, JSON.stringify(more))
  }
  const largest = { ...pairs(7), k: 'v'.repeat(384) }
  await kms.grant(['Encrypt'], { GranteePrincipal: bobArn, Constraints: { EncryptionContextEquals: largest } })
})

test('a grant to a service holds for the resource that the service acts for', async () => {
  const kms = await grantFixture()
  const service = 'rds.amazonaws.com'
  const SourceArn = 'arn:aws:rds:us-east-1:111122223333:db:x'
  const { GrantId } = await kms.grant(['Encrypt'], {
    ...{ GranteeServicePrincipal: service, RetiringServicePrincipal: service },
    Constraints: { SourceArn },
  })
  const from = (sourceArn: string) => callerOf({ kind: 'service', service, sourceArn, sourceAccount: accountId })
  const encrypt = (caller: Caller) => kms.call('Encrypt', { KeyId: kms.KeyId, Plaintext }, { caller })
  await encrypt(from(SourceArn))
  await assert.rejects(encrypt(from('arn:aws:rds:us-east-1:111122223333:db:y')), refused)
  const retire = (caller: Caller) => kms.call('RetireGrant', { KeyId: kms.arn, GrantId: present(GrantId) }, { caller })
  await assert.rejects(
    retire(callerOf({ kind: 'service', service: 'ec2.amazonaws.com', sourceAccount: accountId })),
    refused,
  )
  await retire(from('arn:aws:rds:us-east-1:111122223333:db:y'))
})

test('CreateGrant follows the state of the key', async () => {
  const kms = await grantFixture()
  await kms.call('DisableKey', { KeyId: kms.KeyId }, { caller: alice })
  await assert.rejects(kms.grant(['Encrypt']), { code: 'DisabledException' })
  await kms.call('ScheduleKeyDeletion', { KeyId: kms.KeyId }, { caller: alice })
  await assert.rejects(kms.grant(['Encrypt']), { code: 'KMSInvalidStateException' })
})

test('CreateGrant allows 50,000 grants a key, and one more for each that ends', async () => {
  const kms = await grantFixture()
  const { GrantId } = await kms.grant(['Encrypt'])
  const count = async () => (await kms.store.in(keys).get({ accountId, region }, kms.KeyId))?.grantCount
  assert.equal(await count(), 1)
  await kms.store.transaction(async (tx) => {
    const key = present(await tx.in(keys).get({ accountId, region }, kms.KeyId))
    await tx.in(keys).put({ accountId, region }, kms.KeyId, { ...key, grantCount: 49_999 })
  })
  await kms.grant(['Encrypt'])
  await assert.rejects(kms.grant(['Encrypt']), { code: 'LimitExceededException' })
  await kms.call('RevokeGrant', { KeyId: kms.KeyId, GrantId: present(GrantId) }, { caller: alice })
  await kms.grant(['Encrypt'])
  assert.equal(await count(), 50_000)
})

test('a dry run makes no grant, and returns what would have prevented it', async () => {
  const kms = await grantFixture()
  const DryRun = true
  await assert.rejects(kms.grant(['Encrypt'], { GranteePrincipal: bobArn, DryRun }), {
    code: 'DryRunOperationException',
  })
  await assert.rejects(kms.grant(['Sign'], { GranteePrincipal: bobArn, DryRun }), { code: 'ValidationException' })
  await assert.rejects(kms.grant(['Encrypt'], { GranteePrincipal: bobArn, DryRun }, bob), refused)
  assert.deepEqual((await kms.call('ListGrants', { KeyId: kms.KeyId }, { caller: alice })).Grants, [])
})

const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']))

test('an authorisation looks for grants only where nothing else allows, and as often for many grants as for few', async () => {
  const kms = await grantFixture()
  const lookUpsOf = async (caller: Caller, KeyId: string) => {
    const { store } = kms
    const readerOf = store.in.bind(store)
    let lookUps = 0
    store.in = <T>(spec: CollectionSpec<T>): CollectionReader<T> => {
      const reader = readerOf(spec)
      if (spec.name !== 'kms.grants') return reader
      return {
        get: (...given) => reader.get(...given),
        count: (...given) => reader.count(...given),
        listOrdered: (...given) => reader.listOrdered(...given),
        listPlaces: (...given) => reader.listPlaces(...given),
        list: (scope, options) => {
          lookUps++
          assert.equal(options?.limit, 1)
          return reader.list(scope, options)
        },
      }
    }
    await kms.call('Encrypt', { KeyId, Plaintext, EncryptionContext: { a: '1', b: '2' } }, { caller })
    store.in = readerOf
    return lookUps
  }
  const { keyId: without } = await kms.key()
  assert.equal(await lookUpsOf(callerOf(rootOf(accountId)), without), 0)
  await kms.grant(['Encrypt'])
  assert.equal(await lookUpsOf(alice, kms.KeyId), 0)
  const few = await lookUpsOf(bob, kms.KeyId)
  for (let count = 0; count < 300; count++) {
    const GranteePrincipal = count % 2 ? bobArn : String(200_000_000_000 + count)
    const Constraints = count % 3 ? { EncryptionContextEquals: { tenant: String(count) } } : undefined
    await kms.grant(['Encrypt', 'Decrypt'], { GranteePrincipal, Constraints })
  }
  assert.equal(await lookUpsOf(bob, kms.KeyId), few)
  assert.equal(await lookUpsOf(alice, kms.KeyId), 0)
})
