import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EnableKeyRotationCommand, ListKeyRotationsCommand, ReplicateKeyCommand } from '@aws-sdk/client-kms'
import { startTestServer } from '../fixtures/clients.ts'
import { type PostgresFixture, startPostgres } from '../fixtures/postgres.ts'
import { Keys } from './fixture.ts'

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

test('K4 K10: two servers on one PostgreSQL rotate each key once for each date, in both Regions', async (t) => {
  if (typeof postgres === 'string') return t.skip(postgres)
  const options = { ephemeral: false, databaseUrl: await postgres.newDatabase(), dataDir }
  const one = new Keys(await startTestServer(options))
  const other = new Keys(await startTestServer(options))
  try {
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
  } finally {
    await Promise.all([one, other].map(({ server }) => server.stop()))
  }
})
