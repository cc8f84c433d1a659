import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import {
  CreateKeyCommand,
  DeleteImportedKeyMaterialCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { DataDirectory } from '../../src/server/data-directory.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { day, Keys, present } from './fixture.ts'

let keys: Keys
let dataDir: string
before(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'strongroom-shredding-'))
  keys = new Keys(await startTestServer({ ephemeral: false, dataDir, settings: { 'kms.import': 'any' } }))
})
after(async () => {
  await keys.server.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

/** The sealed secrets of a collection, as text in the database, whose ids begin so. */
function sealedSecrets(collection: string, member: string, idPrefix = ''): string[] {
  const database = new DatabaseSync(new DataDirectory(dataDir).database, { readOnly: true })
  try {
    const rows = database.prepare('SELECT id, document FROM documents WHERE collection = ?').all(collection)
    return rows
      .filter(({ id }) => String(id).startsWith(idPrefix))
      .map(({ document }) => JSON.parse(String(document))[member].$sealed)
  } finally {
    database.close()
  }
}

const materialsOf = (keyId: string) => sealedSecrets('kms.key-materials', 'secret', keyId)

/** The files that hold any part of a secret, cut into pieces because a page of the database may end within it. */
function filesWith(sealed: string): string[] {
  const pieces = (sealed.match(/.{48}/g) ?? []).map((piece) => Buffer.from(piece))
  assert.ok(pieces.length > 0)
  return readdirSync(dataDir).filter((name) => {
    const bytes = readFileSync(join(dataDir, name))
    return pieces.some((piece) => bytes.includes(piece))
  })
}

/** Deletions within a second share one checkpoint of the write-ahead log. */
async function assertGone(secrets: readonly string[]): Promise<void> {
  await eventually(
    () => secrets.flatMap(filesWith),
    ({ length }) => length === 0,
  )
}

function assertThere(secrets: readonly string[], count: number): void {
  assert.equal(secrets.length, count)
  for (const sealed of secrets) assert.notDeepEqual(filesWith(sealed), [])
}

test('when a key is deleted, no file of the server holds any version of its material any more', async () => {
  const { KeyId } = await keys.create()
  const kept = await keys.create()
  await keys.kms.send(new RotateKeyOnDemandCommand({ KeyId }))
  const rsa = await keys.create({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  const secrets = [KeyId, rsa.KeyId].flatMap(materialsOf)
  assertThere(secrets, 3)
  for (const id of [KeyId, rsa.KeyId]) {
    await keys.kms.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: 7 }))
  }
  await keys.server.advance(6.9 * day)
  assertThere(secrets, 3)
  await keys.server.advance(0.2 * day)
  await assertGone(secrets)
  assertThere(materialsOf(kept.KeyId), 1)
  await keys.encrypt(kept.KeyId, 'x')
})

test('a replica takes its copy with it, and leaves that of the primary key', async () => {
  const { KeyMetadata } = await keys.kms.send(new CreateKeyCommand({ MultiRegion: true }))
  const KeyId = present(KeyMetadata?.KeyId)
  const [own] = materialsOf(KeyId)
  await keys.kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }))
  await keys.server.advance(0)
  const copies = materialsOf(KeyId).filter((sealed) => sealed !== own)
  assertThere(copies, 1)
  await keys.in('eu-west-1').send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
  await keys.server.advance(7 * day)
  await assertGone(copies)
  assertThere([present(own)], 1)
})

test('imported material is gone when it is deleted, when it expires, and where it is imported anew', async () => {
  const material = randomBytes(32)
  const { KeyId } = await keys.create({ Origin: 'EXTERNAL' })
  await keys.import(KeyId, material)
  const first = materialsOf(KeyId)
  await keys.import(KeyId, material)
  await assertGone(first)
  const second = materialsOf(KeyId)
  assertThere(second, 1)
  await keys.kms.send(new DeleteImportedKeyMaterialCommand({ KeyId }))
  await assertGone(second)
  await keys.import(KeyId, material, { ValidTo: keys.inDays(1) })
  const third = materialsOf(KeyId)
  assertThere(third, 1)
  await keys.server.advance(day + 60)
  await assertGone(third)
})

test('the private key of a wrapping key pair is gone after its 24 hours', async () => {
  const { KeyId } = await keys.create({ Origin: 'EXTERNAL' })
  await keys.server.advance(2 * day)
  await keys.parameters(KeyId)
  const pairs = sealedSecrets('kms.import-pairs', 'privateKey')
  assertThere(pairs, 1)
  await keys.server.advance(day + 60)
  await assertGone(pairs)
})
