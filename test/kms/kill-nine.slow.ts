import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  KMSClient,
  ListKeyRotationsCommand,
  ReplicateKeyCommand,
} from '@aws-sdk/client-kms'
import { DataDirectory } from '../../src/server/data-directory.ts'
import { seeded } from '../../src/testing/random.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { present } from './fixture.ts'

const primaryRegion = 'us-east-1'
const replicaRegion = 'eu-west-1'
const keyCount = 6
const periodDays = 90
const periods = 30

const endpointOf = ({ port }: ServerProcess) => `http://127.0.0.1:${port}`

const kmsOf = (server: ServerProcess, region = primaryRegion) =>
  new KMSClient({ endpoint: endpointOf(server), region, credentials: server.credentials, maxAttempts: 1 })

const setClock = (server: ServerProcess, body: object) =>
  fetch(`${endpointOf(server)}/_strongroom/clock`, { method: 'POST', body: JSON.stringify(body) })

/** Multi-Region keys that rotate, each with something that it encrypted at first. */
async function rotatingKeys(server: ServerProcess) {
  const kms = kmsOf(server)
  const made: { KeyId: string; blob: Uint8Array }[] = []
  for (let place = 0; place < keyCount; place++) {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ MultiRegion: true }))
    const KeyId = present(KeyMetadata?.KeyId)
    await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: replicaRegion }))
    await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: periodDays }))
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(KeyId) }))
    made.push({ KeyId, blob: present(CiphertextBlob) })
  }
  return made
}

function rotationsInLedger(dataDir: string): Map<string, number> {
  const database = new DatabaseSync(new DataDirectory(dataDir).database)
  const counts = new Map<string, number>()
  try {
    for (const row of database.prepare('SELECT record FROM ledger_records').iterate()) {
      const { eventName, serviceEventDetails } = JSON.parse(String(row.record))
      if (eventName !== 'RotateKey') continue
      counts.set(serviceEventDetails.keyId, (counts.get(serviceEventDetails.keyId) ?? 0) + 1)
    }
  } finally {
    database.close()
  }
  return counts
}

test('K4 K10: a server killed among rotations rotates each key once for each date, in both Regions, and loses nothing', () =>
  seeded(async (random) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-rotations-'))
    try {
      let server = await startServerProcess(dataDir, { args: ['--dev'] })
      const made = await rotatingKeys(server)
      const target = { set: new Date(Date.now() + (periods * periodDays + 1) * 86_400_000).toISOString() }
      for (let round = 0; round < 3; round++) {
        const moving = setClock(server, target).catch(() => undefined)
        await pause(40 + random() * 120)
        await server.kill()
        await moving
        server = await startServerProcess(dataDir, { args: ['--dev'] })
      }
      assert.equal((await setClock(server, target)).status, 200)
      for (const { KeyId, blob } of made) {
        const ids = []
        for (const region of [primaryRegion, replicaRegion]) {
          const kms = kmsOf(server, region)
          const { Rotations = [] } = await kms.send(new ListKeyRotationsCommand({ KeyId, Limit: 1000 }))
          assert.equal(Rotations.length, periods)
          const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: blob }))
          assert.equal(Buffer.from(present(Plaintext)).toString(), KeyId)
          ids.push((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.CurrentKeyMaterialId)
        }
        assert.equal(ids[0], ids[1])
      }
      assert.equal(await server.stop(), 0)
      const counts = rotationsInLedger(dataDir)
      assert.deepEqual(
        made.map(({ KeyId }) => counts.get(KeyId)),
        made.map(() => periods),
      )
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  }))
