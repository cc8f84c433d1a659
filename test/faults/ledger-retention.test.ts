import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, test } from 'node:test'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { acceptLedger } from '../../src/maintenance/accept-ledger.ts'
import { backUp } from '../../src/maintenance/back-up.ts'
import { restore } from '../../src/maintenance/restore.ts'
import { verifyLedgerOf } from '../../src/maintenance/verify-ledger.ts'
import { DataDirectory } from '../../src/server/data-directory.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { send, signJson } from '../fixtures/raw-client.ts'
import { startServerProcess } from '../fixtures/server-process.ts'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'strongroom-retention-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const daySeconds = 86_400

/** Calls that change nothing, many at a time. */
async function makeCalls(
  server: { port: number; credentials: { accessKeyId: string; secretAccessKey: string } },
  count: number,
) {
  const input = { NumberOfBytes: 8 }
  const request = signJson(
    { port: server.port, service: 'kms', operation: 'GenerateRandom', input },
    server.credentials,
  )
  for (let made = 0; made < count; made += 50) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(server.port, request)))
    for (const { status } of answers) assert.equal(status, 200)
  }
}

test('a server removes records when they have grown old by its clock, and backups, restore and accept go on from there', async () => {
  const options = { ephemeral: false, dataDir, ledgerRetention: '2d' }
  const server = await startTestServer(options)
  try {
    await makeCalls(server, 600)
    await server.advance(1.5 * daySeconds)
    await makeCalls(server, 300)
    assert.equal((await verifyLedgerOf({ dataDir })).removed, undefined)
    await server.advance(1.5 * daySeconds)
    const { sound, removed, keyProven } = await verifyLedgerOf({ dataDir })
    assert.deepEqual([sound, removed?.through, removed?.reason, keyProven], [true, 512, 'older than 2d', true])
    const { cloudtrail } = clientsOf(server)
    const { Events = [] } = await cloudtrail.send(new LookupEventsCommand({ MaxResults: 50 }))
    assert.equal(Events.length, 50)
    const oldestMs = Math.min(...Events.map(({ EventTime }) => EventTime?.getTime() ?? 0))
    assert.ok(oldestMs > server.now().getTime() - 2 * daySeconds * 1000)
    await backUp(dataDir, join(dataDir, 'backup.sqlite'))
  } finally {
    await server.stop()
  }
  const backup = join(dataDir, 'backup.sqlite')
  assert.equal((await verifyLedgerOf({ dataDir, backup })).removed?.through, 512)
  await restore(backup, { dataDir }, { replace: true })
  assert.equal((await verifyLedgerOf({ dataDir })).removed?.through, 512)
  {
    using database = new DatabaseSync(new DataDirectory(dataDir).database)
    database.exec('DELETE FROM ledger_records WHERE seq > 600; DELETE FROM ledger_checkpoints WHERE seq > 600')
  }
  await assert.rejects(startTestServer(options), { name: 'AnchorMismatchError' })
  const { proof } = await acceptLedger({ dataDir })
  assert.deepEqual([proof?.records, proof?.firstBad?.problem], [600, 'cut-off'])
  const again = await startTestServer(options)
  await makeCalls(again, 50)
  await again.stop()
  const report = await verifyLedgerOf({ dataDir })
  assert.deepEqual([report.sound, report.removed?.through], [true, 512])
})

test('a server killed while it removes records leaves a sound ledger, and the next one goes on', async () => {
  const args = ['--dev', '--ledger-retention', '1d']
  let server = await startServerProcess(dataDir, { args })
  const through: number[] = []
  try {
    await makeCalls(server, 1600)
    for (let round = 0; round < 2; round++) {
      const before = removedThrough()
      const { port } = server
      const body = JSON.stringify({ advanceSeconds: 3 * daySeconds })
      void fetch(`http://127.0.0.1:${port}/_strongroom/clock`, { method: 'POST', body }).catch(() => {})
      while (removedThrough() === before) await new Promise((resolve) => setTimeout(resolve, 1))
      await server.kill()
      const { sound, removed, firstBad } = await verifyLedgerOf({ dataDir })
      assert.equal(sound, true, JSON.stringify(firstBad))
      through.push(removed?.through ?? 0)
      server = await startServerProcess(dataDir, { args })
    }
    assert.deepEqual(
      through,
      through.toSorted((a, b) => a - b),
    )
    assert.ok((through[0] ?? 0) > 0 && (through[0] ?? 0) < 1536, `killed at ${through}`)
    await fetch(`http://127.0.0.1:${server.port}/_strongroom/clock`, {
      method: 'POST',
      body: JSON.stringify({ advanceSeconds: 3 * daySeconds }),
    })
    assert.equal(await server.stop(), 0)
    const { sound, removed } = await verifyLedgerOf({ dataDir })
    assert.deepEqual([sound, (removed?.through ?? 0) >= 1536], [true, true])
  } finally {
    await server.kill()
  }
})

function removedThrough(): number {
  using database = new DatabaseSync(new DataDirectory(dataDir).database, { readOnly: true })
  return Number(database.prepare('SELECT seq FROM ledger_base').get()?.seq ?? 0)
}
