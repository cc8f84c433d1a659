import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { CreateUserCommand, GetUserCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms'
import { verifyLedgerOf } from '../../src/maintenance/verify-ledger.ts'
import { startStrongroom } from '../../src/server/server.ts'
import { clientsOf } from '../fixtures/clients.ts'
import { type PostgresFixture, startPostgres } from '../fixtures/postgres.ts'

let postgres: PostgresFixture | string
let dataDir: string
before(async () => {
  postgres = await startPostgres()
  dataDir = mkdtempSync(join(tmpdir(), 'strongroom-on-postgres-'))
})
after(async () => {
  if (typeof postgres !== 'string') await postgres.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

test('servers that first start together on one database have one account, and the keys of one root', async (t) => {
  if (typeof postgres === 'string') return t.skip(postgres)
  const rootKey = { kind: 'value', value: 'ab'.repeat(32), from: 'the test' } as const
  const startAll = (databaseUrl: string, accountIds: (string | undefined)[] = []) =>
    Promise.allSettled(
      [0, 1, 2].map((place) => {
        // A folder vouches for one ledger, so that each database has folders of its own.
        const folder = mkdtempSync(join(dataDir, 'node-'))
        const options = { port: 0, databaseUrl, dataDir: folder, rootKey, logLevel: 'silent' } as const
        return startStrongroom({ ...options, accountId: accountIds[place] })
      }),
    )
  for (let round = 0; round < 3; round++) {
    const started = await startAll(await postgres.newDatabase())
    const servers = started.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : assert.fail()))
    assert.equal(new Set(servers.map(({ credentials }) => JSON.stringify(credentials))).size, 1)
    await Promise.all(servers.map((server) => server.stop()))
  }
  const outcomes = await startAll(await postgres.newDatabase(), ['111111111111', '222222222222', '333333333333'])
  const servers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  assert.equal(servers.length, 1)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') assert.match(outcome.reason.message, /belongs to account/)
  }
  await Promise.all(servers.map((server) => server.stop()))
})

test('a server on PostgreSQL keeps keys, users and a sound ledger over a restart, and resets to nothing', async (t) => {
  if (typeof postgres === 'string') return t.skip(postgres)
  const databaseUrl = await postgres.newDatabase()
  const options = { dev: true, port: 0, databaseUrl, dataDir, logLevel: 'error' } as const
  const first = await startStrongroom(options)
  const { kms, iam } = clientsOf(first)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const { CiphertextBlob } = await kms.send(
    new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('kept') }),
  )
  await Promise.all(Array.from({ length: 20 }, (_, i) => iam.send(new CreateUserCommand({ UserName: `u${i}` }))))
  await first.stop()

  const second = await startStrongroom(options)
  try {
    const again = clientsOf(second)
    const { Plaintext } = await again.kms.send(new DecryptCommand({ CiphertextBlob }))
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'kept')
    await again.iam.send(new GetUserCommand({ UserName: 'u19' }))
    const { Events = [] } = await again.cloudtrail.send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'CreateUser' }] }),
    )
    assert.equal(Events.length, 20)
    const report = await verifyLedgerOf({ dataDir, databaseUrl })
    assert.equal(report.sound, true, JSON.stringify(report))
    await second.reset()
    await assert.rejects(clientsOf(second).iam.send(new GetUserCommand({ UserName: 'u19' })), {
      name: 'NoSuchEntityException',
    })
  } finally {
    await second.stop()
  }
})
