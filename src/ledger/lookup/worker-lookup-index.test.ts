import assert from 'node:assert/strict'
import { copyFileSync, existsSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { AuditRecord } from '../../core/audit.ts'
import { randomSealer } from '../../storage/testing.ts'
import { eventually } from '../../testing/eventually.ts'
import { positionOf } from '../consumer.ts'
import { SqliteFile } from '../sqlite-file.ts'
import { append, auditRecord, openLedger, temporaryFiles } from '../testing.ts'
import { WorkerLookupIndex } from './worker-lookup-index.ts'

const wanted = { accountId: '111122223333', region: 'us-east-1', fromMs: 0, limit: 50 }

type Opened = Awaited<ReturnType<typeof openLedger>>

const findNames = async ({ ledger }: Opened) =>
  (await ledger.find(wanted)).records.map((record) => (JSON.parse(record) as AuditRecord).eventName)

const named = (...names: string[]) => names.map((eventName) => auditRecord({ eventName }))

test('a call finds the calls before it, through an index in a file of its own', async () => {
  using files = temporaryFiles()
  await using ledger = await openLedger(files, randomSealer())
  for (const name of ['One', 'Two', 'Three']) {
    await ledger.record(...named(name))
    assert.equal((await findNames(ledger))[0], name)
  }
  assert.deepEqual(await findNames(ledger), ['Three', 'Two', 'One'])
  assert.deepEqual(await ledger.database.all("SELECT name FROM sqlite_schema WHERE name LIKE 'lookup%'"), [])
  assert.equal(statSync(files.index).mode & 0o777, 0o600)
})

test('many lookups at a time each get their own answer', async () => {
  using files = temporaryFiles()
  await using ledger = await openLedger(files, randomSealer())
  const names = Array.from({ length: 40 }, (_, n) => `Event${n}`)
  await ledger.record(...named(...names))
  const answers = await Promise.all(
    names.map((value) => ledger.ledger.find({ ...wanted, attribute: { key: 'EventName', value } })),
  )
  assert.deepEqual(
    answers.map(({ records }) => records.map((record) => JSON.parse(record).eventName)),
    names.map((name) => [name]),
  )
})

test('the index goes on after a restart where it stood, with what was appended meanwhile', async () => {
  using files = temporaryFiles()
  const sealer = randomSealer()
  {
    await using ledger = await openLedger(files, sealer)
    await ledger.record(...named('One'))
    await findNames(ledger)
  }
  // Would be lost if the index were made anew.
  using index = SqliteFile.rebuildable(files.index)
  assert.equal((await positionOf(index, 'lookup')).seq, 1)
  await index.run('CREATE TABLE witness (id INTEGER)')
  await using ledger = await openLedger(files, sealer)
  await ledger.record(...named('Two'))
  assert.deepEqual(await findNames(ledger), ['Two', 'One'])
  assert.equal((await index.all("SELECT 1 AS there FROM sqlite_schema WHERE name = 'witness'")).length, 1)
})

test('an index file that is missing, cut short, no database or of another version is made anew', async () => {
  using files = temporaryFiles()
  const sealer = randomSealer()
  const damages: ((file: string) => Promise<unknown>)[] = [
    async (file) => assert.equal(existsSync(file), false),
    async (file) => truncateSync(file, 5000),
    async (file) =>
      writeFileSync(file, 'this is not a database, and it is longer than a file that SQLite takes for an empty one'),
    async (file) => {
      using index = SqliteFile.rebuildable(file)
      await index.run('DELETE FROM lookup_lists')
      await index.run('PRAGMA user_version = 0')
    },
  ]
  const names: string[] = []
  for (const [round, damage] of damages.entries()) {
    await damage(files.index)
    await using ledger = await openLedger(files, sealer)
    await ledger.record(...named(`Round${round}`))
    names.unshift(`Round${round}`)
    assert.deepEqual(await findNames(ledger), names)
    assert.deepEqual(ledger.faults, [])
  }
})

test('an index of records that the database does not hold, after a backup was put back, is made anew', async () => {
  using files = temporaryFiles()
  const sealer = randomSealer()
  const backup = `${files.database}.backup`
  {
    await using ledger = await openLedger(files, sealer)
    await ledger.record(...named('Kept'))
    await ledger.database.all('PRAGMA wal_checkpoint(TRUNCATE)')
    copyFileSync(files.database, backup)
    copyFileSync(files.anchor, `${files.anchor}.backup`)
    await ledger.record(...named('Undone'))
    assert.deepEqual(await findNames(ledger), ['Undone', 'Kept'])
  }
  copyFileSync(backup, files.database)
  copyFileSync(`${files.anchor}.backup`, files.anchor)
  await using ledger = await openLedger(files, sealer)
  await ledger.record(...named('Instead'))
  assert.deepEqual(await findNames(ledger), ['Instead', 'Kept'])
})

test('while the index cannot be opened lookups are refused, and it is tried again', async () => {
  using files = temporaryFiles()
  const faults: unknown[] = []
  await using index = new StoppedAtEnd({
    databaseFile: files.database,
    indexFile: files.index,
    nowMs: () => 0,
    onFault: (fault) => faults.push(fault),
  })
  await assert.rejects(index.find(wanted), { name: 'StoreUnavailableError' })
  await assert.rejects(index.find(wanted), { name: 'StoreUnavailableError' })
  assert.equal(faults.length, 1)
  await using ledger = await openLedger({ ...files, index: `${files.index}.other` }, randomSealer())
  await append(ledger.database, ledger.ledger.appender, named('Late'))
  const found = await eventually(
    () => index.find(wanted).catch(() => undefined),
    (page) => page !== undefined,
  )
  assert.equal(found?.records.length, 1)
})

class StoppedAtEnd extends WorkerLookupIndex {
  async [Symbol.asyncDispose]() {
    await this.stop()
  }
}
