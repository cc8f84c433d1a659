import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { hashAt } from '../../src/ledger/hash-chain.ts'
import { send, signJson } from '../fixtures/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

/** Puts a well-chained record behind the last one, as another program can that writes the database. */
function insertBehind(file: string): number {
  using database = new DatabaseSync(file, { timeout: 2000 })
  const last = database.prepare('SELECT seq, record, hash FROM ledger_records ORDER BY seq DESC LIMIT 1').get()
  const seq = Number(last?.seq) + 1
  const record = String(last?.record)
  database
    .prepare('INSERT INTO ledger_records (seq, record, hash) VALUES (?, ?, ?)')
    .run(seq, record, hashAt(seq, last?.hash as Uint8Array, record))
  return seq
}

test('a record that another program puts into a running server’s ledger makes it unready, and is never signed', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-foreign-'))
  const database = join(dataDir, 'strongroom.sqlite')
  let server: ServerProcess | undefined
  try {
    server = await startServerProcess(dataDir)
    const { port, credentials } = server
    const listKeys = () => send(port, signJson({ port, service: 'kms', operation: 'ListKeys', input: {} }, credentials))
    const ready = () => send(port, { method: 'GET', path: '/_strongroom/ready', headers: {}, body: '' })
    assert.equal((await listKeys()).status, 200)
    assert.equal((await ready()).status, 200)
    const seq = insertBehind(database)
    const { status, body } = await ready()
    assert.equal(status, 503)
    assert.match(JSON.parse(body).reason, new RegExp(`there is a record ${seq}\\b.*strongroom ledger verify`))
    assert.equal((await listKeys()).status, 503)
    assert.equal(await server.stop(), 0)
    using reading = new DatabaseSync(database, { readOnly: true })
    const signed = reading.prepare('SELECT MAX(seq) AS seq FROM ledger_checkpoints').get()
    assert.ok(Number(signed?.seq) < seq)
    await assert.rejects(
      startServerProcess(dataDir),
      new RegExp(`record ${seq} .*is unproven.*strongroom ledger accept`),
    )
  } finally {
    await server?.kill()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
