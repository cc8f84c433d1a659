import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import { openStore } from '../storage/open-store.ts'
import { randomSealer } from '../storage/testing.ts'
import { eventually } from '../testing/eventually.ts'
import { emptyAnchor, writeAnchor } from './anchor-file.ts'
import { createLedger } from './ledger.ts'
import { newLedgerKey } from './ledger-key.ts'
import { SqliteFile } from './sqlite-file.ts'
import { checkpointsBetween, entriesAfter } from './tables.ts'
import { append, auditRecord, createTables, keyOf, openLedger, temporaryFiles } from './testing.ts'
import { verifyLedger } from './verify.ts'

const onFault = (fault: unknown) => {
  throw fault
}

test('records are kept as their JSON text, numbered from 1, and verify', async () => {
  using files = temporaryFiles()
  await using ledger = await openLedger(files, randomSealer())
  const records = [auditRecord(), auditRecord({ errorMessage: 'ünïcode \u{1f512}', requestParameters: null })]
  await ledger.record(...records)
  const entries = await entriesAfter(ledger.database, 0, 10)
  assert.deepEqual(
    entries.map(({ seq, record }) => [seq, record]),
    records.map((record, index) => [index + 1, JSON.stringify(record)]),
  )
  assert.deepEqual(await ledger.verify(), { sound: true, records: 2, signedThrough: 0 })
})

test('a transaction that is rolled back leaves no trace in the chain', async () => {
  const ledger = createLedger({ clock: new FixedClock(), onFault, onAlarm: onFault })
  const database = { kind: 'sqlite', file: ':memory:' } as const
  const sealer = randomSealer()
  const store = await openStore({ database, sealer, appender: ledger.appender, migrations: ledger.migrations })
  await ledger.start(store, sealer)
  await store.record([auditRecord({ eventName: 'First' })])
  // A group fails as a whole when its records cannot be written: JSON has no BigInt.
  const unwritable = auditRecord({ requestParameters: { limit: 1n } })
  await assert.rejects(store.record([auditRecord({ eventName: 'Lost' }), unwritable]))
  await store.record([auditRecord({ eventName: 'Second' })])
  await Promise.all(Array.from({ length: 100 }, () => store.record([auditRecord()])))
  const names = await store.read(async (sql) => (await entriesAfter(sql, 0, 2)).map(({ record }) => JSON.parse(record)))
  assert.deepEqual(
    names.map(({ eventName }) => eventName),
    ['First', 'Second'],
  )
  const key = await store.read((sql) => keyOf(sql, sealer))
  const report = await store.read((sql) => verifyLedger(sql, key))
  assert.deepEqual([report.sound, report.records], [true, 102])
  await ledger.stop()
  await store.close()
})

test('the chain goes on where it stood after a restart, and after a commit whose end was not heard of', async () => {
  using files = temporaryFiles()
  const sealer = randomSealer()
  {
    await using ledger = await openLedger(files, sealer)
    await ledger.record(auditRecord())
  }
  await using ledger = await openLedger(files, sealer)
  await ledger.record(auditRecord())
  // The commit succeeded, but the store got an error.
  await ledger.database.write((sql) => ledger.ledger.appender.append(sql, [auditRecord()]))
  ledger.ledger.appender.rolledBack()
  await ledger.record(auditRecord())
  assert.deepEqual(await ledger.verify(), { sound: true, records: 4, signedThrough: 1 })
})

test('nothing is appended before the ledger has its key', async () => {
  using files = temporaryFiles()
  const ledger = createLedger({ clock: new FixedClock(), onFault, onAlarm: onFault })
  using database = SqliteFile.rebuildable(files.database)
  await createTables(database, ledger.migrations)
  await assert.rejects(append(database, ledger.appender, [auditRecord()]), { message: 'the ledger was not started' })
  assert.deepEqual(await entriesAfter(database, 0, 1), [])
})

test('every 256th record is committed with a checkpoint, which replaces those since the one before', async () => {
  using files = temporaryFiles()
  await using ledger = await openLedger(files, randomSealer())
  const seqs = async () => (await checkpointsBetween(ledger.database, 0, 10_000)).map(({ seq }) => seq)
  await ledger.record(...Array.from({ length: 300 }, () => auditRecord()))
  assert.deepEqual(await eventually(seqs, ({ length }) => length > 1), [256, 300])
  await ledger.record(...Array.from({ length: 500 }, () => auditRecord()))
  assert.deepEqual(await seqs(), [256, 512, 768])
  assert.deepEqual(await ledger.verify(), { sound: true, records: 800, signedThrough: 768 })
})

test('a checkpoint follows a second after records were appended, at the latest at the end', async () => {
  using files = temporaryFiles()
  const sealer = randomSealer()
  {
    await using ledger = await openLedger(files, sealer)
    await ledger.record(auditRecord(), auditRecord())
    assert.equal((await ledger.verify()).signedThrough, 0)
    const signed = await eventually(ledger.anchor, (anchor) => anchor.seq > 0)
    assert.deepEqual([signed.seq, signed.timeMs], [2, Date.parse('2026-03-01T12:00:00Z')])
    assert.equal((await ledger.verify()).signedThrough, 2)
    await ledger.record(auditRecord())
  }
  await using ledger = await openLedger(files, sealer)
  assert.equal((await ledger.verify()).signedThrough, 3)
  assert.equal((await ledger.anchor()).seq, 3)
})

test('what a crash left unsigned is signed at the next start', async () => {
  using files = temporaryFiles()
  const sealer = randomSealer()
  const crashed = await openLedger(files, sealer)
  await crashed.record(auditRecord(), auditRecord())
  crashed.database.close()
  // Nothing can be written any more, as after a crash.
  await crashed.ledger.stop()
  assert.ok(crashed.faults.length > 0)
  await using ledger = await openLedger(files, sealer)
  assert.equal((await ledger.verify()).signedThrough, 2)
})

test('the start refuses a database whose end was cut off', async () => {
  using files = temporaryFiles()
  const sealer = randomSealer()
  {
    await using ledger = await openLedger(files, sealer)
    await ledger.record(auditRecord(), auditRecord(), auditRecord())
  }
  {
    using database = SqliteFile.rebuildable(files.database)
    await database.run('DELETE FROM ledger_records WHERE seq = 3')
    await database.run('DELETE FROM ledger_checkpoints WHERE seq = 3')
  }
  await assert.rejects(openLedger(files, sealer), {
    name: 'AnchorMismatchError',
    message: /vouches for the ledger up to record 3, but the ledger ends at record 2\./,
  })
})

test('an anchor is there from the beginning, and the start refuses a ledger without one', async () => {
  using files = temporaryFiles()
  const sealer = randomSealer()
  {
    await using ledger = await openLedger(files, sealer)
    assert.equal((await ledger.anchor()).seq, 0)
  }
  // Nothing was recorded, and what was there at the beginning is enough.
  await (await openLedger(files, sealer))[Symbol.asyncDispose]()
  rmSync(files.anchor)
  await assert.rejects(openLedger(files, sealer), { name: 'MissingAnchorError', message: /strongroom ledger accept/ })
})

test('a first start that got no further than the anchor is begun again', async () => {
  using files = temporaryFiles()
  await writeAnchor(files.anchor, emptyAnchor(newLedgerKey().privateKey))
  await using ledger = await openLedger(files, randomSealer())
  assert.equal((await ledger.verify()).sound, true)
})

test('a new database does not begin beside the anchor of a ledger with records', async () => {
  using files = temporaryFiles()
  const sealer = randomSealer()
  {
    await using ledger = await openLedger(files, sealer)
    await ledger.record(auditRecord())
  }
  for (const file of [files.database, `${files.database}-wal`, `${files.database}-shm`]) rmSync(file, { force: true })
  await assert.rejects(openLedger(files, sealer), { name: 'UnreadableAnchorError' })
})

test('the start refuses records whose key was removed', async () => {
  using files = temporaryFiles()
  const sealer = randomSealer()
  {
    await using ledger = await openLedger(files, sealer)
    await ledger.record(auditRecord())
  }
  {
    using database = SqliteFile.rebuildable(files.database)
    await database.run('DELETE FROM ledger_key')
  }
  rmSync(files.anchor)
  await assert.rejects(openLedger(files, sealer), { name: 'LedgerKeyMissingError' })
})

test('the start refuses a record that was given a number which cannot be counted to', async () => {
  using files = temporaryFiles()
  const sealer = randomSealer()
  {
    await using ledger = await openLedger(files, sealer)
    await ledger.record(auditRecord())
    await ledger.ledger.stop()
    await ledger.record(auditRecord())
    for (const [seq, table] of [
      [2, 'ledger_records'],
      [1, 'ledger_checkpoints'],
    ]) {
      await ledger.database.run(`UPDATE ${table} SET seq = 9223372036854775807 WHERE seq = ${seq}`)
    }
  }
  await assert.rejects(openLedger(files, sealer), { name: 'AnchorMismatchError' })
})

test('the start refuses an anchor that was altered', async () => {
  using files = temporaryFiles()
  const sealer = randomSealer()
  {
    await using ledger = await openLedger(files, sealer)
    await ledger.record(auditRecord(), auditRecord())
  }
  const text = readFileSync(files.anchor, 'utf8')
  for (const altered of [text.replace('"seq": 2', '"seq": 1'), '{"seq": 2}', 'null', '']) {
    writeFileSync(files.anchor, altered)
    await assert.rejects(openLedger(files, sealer), { name: 'UnreadableAnchorError' })
  }
})

test('the key that signs is sealed, and does not open under another root key', async () => {
  using files = temporaryFiles()
  {
    await using ledger = await openLedger(files, randomSealer())
    await ledger.record(auditRecord())
  }
  await assert.rejects(openLedger(files, randomSealer()))
})
