import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import pg from 'pg'
import { acceptLedger } from '../../src/maintenance/accept-ledger.ts'
import { verifyLedgerOf } from '../../src/maintenance/verify-ledger.ts'
import { startStrongroom } from '../../src/server/server.ts'
import { startPostgres } from '../fixtures/postgres.ts'
import { send, signJson } from '../fixtures/raw-client.ts'

const postgres = await startPostgres()
const skip = typeof postgres === 'string' ? postgres : false

after(async () => {
  if (typeof postgres !== 'string') await postgres.stop()
})

test('a ledger in PostgreSQL that was cut off is refused by start and verify until it is accepted', {
  skip,
}, async () => {
  if (typeof postgres === 'string') return
  const databaseUrl = await postgres.newDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-postgres-ledger-'))
  const options = { databaseUrl, dataDir, port: 0, logLevel: 'silent' } as const
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const run = async (calls: number) => {
    const server = await startStrongroom(options)
    try {
      for (let count = 0; count < calls; count++) {
        const call = signJson(
          { port: server.port, service: 'kms', operation: 'ListKeys', input: {} },
          server.credentials,
        )
        assert.equal((await send(server.port, call)).status, 200)
      }
    } finally {
      await server.stop()
    }
  }
  try {
    await run(5)
    assert.equal((await verifyLedgerOf(options)).sound, true)
    await client.query('DELETE FROM ledger_records WHERE seq > 3')
    await client.query('DELETE FROM ledger_checkpoints')
    await assert.rejects(run(0), { name: 'AnchorMismatchError' })
    const anchorless = mkdtempSync(join(dataDir, 'elsewhere-'))
    const { firstBad } = await verifyLedgerOf({ ...options, dataDir: anchorless, rootKey: rootKeyIn(dataDir) })
    assert.deepEqual([firstBad?.seq, firstBad?.problem], [4, 'cut-off'])
    const { proof, movedTo } = await acceptLedger(options)
    assert.deepEqual([proof?.records, proof?.firstBad?.seq], [3, 4])
    assert.match(String(movedTo), /ledger-anchor-postgres\.json$/)
    await run(1)
    assert.deepEqual((await verifyLedgerOf(options)).records, 4)
  } finally {
    await client.end()
    rmSync(dataDir, { recursive: true, force: true })
  }
})

const rootKeyIn = (dataDir: string) => ({ kind: 'file', file: join(dataDir, 'root.key') }) as const
