import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import {
  CreateAliasCommand,
  CreateCustomKeyStoreCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeCustomKeyStoresCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  ImportKeyMaterialCommand,
  ListAliasesCommand,
  ListGrantsCommand,
  ListKeyRotationsCommand,
  ListResourceTagsCommand,
  ReplicateKeyCommand,
  RetireGrantCommand,
  RevokeGrantCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UpdateAliasCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms'
import { startTestServer } from '../fixtures/clients.ts'
import { type PostgresFixture, startPostgres } from '../fixtures/postgres.ts'
import { unreachedStore } from '../fixtures/xks-stores.ts'
import { day, Keys, pendingImport, present } from './fixture.ts'

let postgres: PostgresFixture | string
let dataDir: string
before(async () => {
  postgres = await startPostgres()
  dataDir = mkdtempSync(join(tmpdir(), 'strongroom-keys-on-postgres-'))
})
after(async () => {
  if (typeof postgres !== 'string') await postgres.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Has a test done with two servers on one new database. */
async function withTwoServers(t: TestContext, work: (one: Keys, other: Keys) => Promise<void>): Promise<void> {
  if (typeof postgres === 'string') return t.skip(postgres)
  // A folder vouches for one ledger.
  const own = mkdtempSync(join(dataDir, 'nodes-'))
  const options = { ephemeral: false, databaseUrl: await postgres.newDatabase(), dataDir: own }
  const one = new Keys(await startTestServer(options))
  const other = new Keys(await startTestServer(options))
  try {
    await work(one, other)
  } finally {
    await Promise.all([one, other].map(({ server }) => server.stop()))
  }
}

test('K4 K10: two servers on one PostgreSQL rotate each key once for each date, in both Regions', (t) =>
  withTwoServers(t, async (one, other) => {
    const made: { KeyId: string; blob: Uint8Array }[] = []
    for (let turn = 0; turn < 3; turn++) {
      const { KeyId } = await one.create({ MultiRegion: true })
      await one.kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }))
      await one.kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }))
      made.push({ KeyId, blob: await one.encrypt(KeyId, KeyId) })
    }
    const later = one.inDays(5 * 90 + 1)
    await Promise.all([one, other].map(({ server }) => server.setTime(later)))
    for (const { KeyId, blob } of made) {
      const there = other.in('eu-west-1')
      const { Rotations = [] } = await there.send(new ListKeyRotationsCommand({ KeyId }))
      assert.equal(Rotations.length, 5)
      assert.equal((await other.decrypt(blob, undefined, there)).text, KeyId)
      const [here, replica] = [await one.describe(KeyId), await other.describe(KeyId, there)]
      assert.equal(here.CurrentKeyMaterialId, replica.CurrentKeyMaterialId)
    }
  }))

const GranteePrincipal = 'arn:aws:iam::000000000000:root'

test('K4: whatever one server on PostgreSQL acknowledges of a key, the other one knows at once', (t) =>
  withTwoServers(t, async (one, other) => {
    const { KeyId, arn } = await one.create({
      Description: 'shared \u0000 text',
      Tags: [{ TagKey: 'a', TagValue: '1' }],
    })
    assert.equal((await other.describe(KeyId)).Description, 'shared \u0000 text')
    const blob = await one.encrypt(KeyId, 'kept')
    await other.kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: '2' }] }))
    const { Tags } = await one.kms.send(new ListResourceTagsCommand({ KeyId }))
    assert.deepEqual(Tags, [{ TagKey: 'a', TagValue: '2' }])

    const second = await other.create()
    await one.kms.send(new CreateAliasCommand({ AliasName: 'alias/app', TargetKeyId: KeyId }))
    assert.equal((await other.describe('alias/app')).KeyId, KeyId)
    await other.kms.send(new UpdateAliasCommand({ AliasName: 'alias/app', TargetKeyId: second.KeyId }))
    assert.equal((await one.describe('alias/app')).KeyId, second.KeyId)

    await one.kms.send(new RotateKeyOnDemandCommand({ KeyId }))
    await other.encrypt(KeyId, 'under the new material')
    assert.equal((await other.decrypt(blob)).text, 'kept')

    const grant = { KeyId, GranteePrincipal, RetiringPrincipal: GranteePrincipal, Operations: ['Decrypt' as const] }
    const first = await one.kms.send(new CreateGrantCommand(grant))
    const { GrantId } = await other.kms.send(new CreateGrantCommand(grant))
    await other.kms.send(new RetireGrantCommand({ GrantToken: first.GrantToken }))
    await one.kms.send(new RevokeGrantCommand({ KeyId, GrantId }))
    assert.deepEqual((await other.kms.send(new ListGrantsCommand({ KeyId }))).Grants, [])

    await one.kms.send(new DisableKeyCommand({ KeyId }))
    await assert.rejects(other.decrypt(blob), { name: 'DisabledException' })
    await other.kms.send(new EnableKeyCommand({ KeyId }))
    assert.equal((await one.decrypt(blob)).text, 'kept')

    await one.kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
    await assert.rejects(other.decrypt(blob), { message: `${arn} is pending deletion.` })
    await Promise.all([one, other].map(({ server }) => server.advance(8 * day)))
    await assert.rejects(other.decrypt(blob), { name: 'AccessDeniedException' })
    assert.equal((await other.records('DeleteKey')).length, 1)
  }))

test('K8 K10: imported material, related keys and key stores are shared by two servers on PostgreSQL', (t) =>
  withTwoServers(t, async (one, other) => {
    const imported = await one.create({ Origin: 'EXTERNAL' })
    const { token, wrap } = await one.parameters(imported.KeyId)
    const material = Buffer.alloc(32, 7)
    await other.kms.send(
      new ImportKeyMaterialCommand({
        KeyId: imported.KeyId,
        ImportToken: token,
        EncryptedKeyMaterial: wrap(material),
        ValidTo: other.inDays(2),
      }),
    )
    const blob = await one.encrypt(imported.KeyId, 'imported')
    await one.kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: imported.KeyId }))
    await assert.rejects(other.decrypt(blob), pendingImport(imported.arn))
    await other.import(imported.KeyId, material, { ValidTo: other.inDays(2) })
    assert.equal((await one.decrypt(blob)).text, 'imported')
    await Promise.all([one, other].map(({ server }) => server.advance(3 * day)))
    await assert.rejects(one.decrypt(blob), pendingImport(imported.arn))
    assert.equal((await one.records('DeleteExpiredKeyMaterial')).length, 1)

    const related = await one.create({ MultiRegion: true })
    await other.kms.send(new ReplicateKeyCommand({ KeyId: related.KeyId, ReplicaRegion: 'eu-west-1' }))
    await Promise.all([one, other].map(({ server }) => server.advance(60)))
    await one.kms.send(new UpdatePrimaryRegionCommand({ KeyId: related.KeyId, PrimaryRegion: 'eu-west-1' }))
    const { MultiRegionConfiguration } = await other.describe(related.KeyId)
    assert.equal(MultiRegionConfiguration?.PrimaryKey?.Region, 'eu-west-1')
    const there = other.in('eu-west-1')
    assert.equal((await other.decrypt(await one.encrypt(related.KeyId, 'far'), undefined, there)).text, 'far')

    const { CustomKeyStoreId } = await one.kms.send(new CreateCustomKeyStoreCommand(unreachedStore()))
    const { CustomKeyStores = [] } = await other.kms.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId }))
    assert.equal(CustomKeyStores[0]?.ConnectionState, 'DISCONNECTED')
    const inStore = { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId, XksKeyId: 'k' } as const
    await assert.rejects(other.kms.send(new CreateKeyCommand(inStore)), { name: 'CustomKeyStoreInvalidStateException' })
  }))

test('K4 K5 K10: changes that two servers on PostgreSQL make at the same time are made one after the other', (t) =>
  withTwoServers(t, async (one, other) => {
    /** How many of as many calls as given, half of them to each server, succeed. */
    const successes = async (calls: number, call: (keys: Keys, turn: number) => Promise<unknown>) => {
      const turns = Array.from({ length: calls }, (_, turn) => call(turn % 2 ? one : other, turn))
      return (await Promise.allSettled(turns)).filter(({ status }) => status === 'fulfilled').length
    }
    const { KeyId } = await one.create({ MultiRegion: true })
    const aliasMade = await successes(10, ({ kms }) =>
      kms.send(new CreateAliasCommand({ AliasName: 'alias/once', TargetKeyId: KeyId })),
    )
    assert.equal(aliasMade, 1)
    const aliasesMade = await successes(60, ({ kms }, turn) =>
      kms.send(new CreateAliasCommand({ AliasName: `alias/${turn}`, TargetKeyId: KeyId })),
    )
    assert.equal(aliasesMade, 49)
    const { Aliases } = await one.kms.send(new ListAliasesCommand({ KeyId, Limit: 100 }))
    assert.equal(Aliases?.length, 50)

    assert.equal(await successes(30, ({ kms }) => kms.send(new RotateKeyOnDemandCommand({ KeyId }))), 25)
    const { Rotations = [] } = await other.kms.send(new ListKeyRotationsCommand({ KeyId }))
    assert.equal(new Set(Rotations.map(({ KeyMaterialId }) => KeyMaterialId)).size, 25)

    const replication = new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' })
    assert.equal(await successes(6, ({ kms }) => kms.send(replication)), 1)

    const grant = { KeyId, GranteePrincipal, Operations: ['Encrypt' as const], Name: 'same' }
    assert.equal(await successes(10, ({ kms }) => kms.send(new CreateGrantCommand(grant))), 10)
    const { Grants = [] } = await one.kms.send(new ListGrantsCommand({ KeyId }))
    assert.equal(Grants.length, 1)
    const revocation = new RevokeGrantCommand({ KeyId, GrantId: present(Grants[0]?.GrantId) })
    assert.equal(await successes(6, ({ kms }) => kms.send(revocation)), 1)

    const ssmKeys = await Promise.all(
      Array.from({ length: 6 }, (_, i) => (i % 2 ? one : other).describe('alias/aws/ssm')),
    )
    assert.equal(new Set(ssmKeys.map(({ KeyId: id }) => id)).size, 1)
  }))
