import assert from 'node:assert/strict'
import { existsSync, renameSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import type { AuditRecord } from '../core/audit.ts'
import { StoreUnavailableError } from '../core/store.ts'
import { openStore } from '../storage/open-store.ts'
import { randomSealer } from '../storage/testing.ts'
import { eventually } from '../testing/eventually.ts'
import { AppendThread } from './append-thread.ts'
import { chainStart } from './hash-chain.ts'
import { createLedger } from './ledger.ts'
import { newLedgerKey } from './ledger-key.ts'
import { entriesAfter } from './tables.ts'
import { auditRecord, keyOf, temporaryFiles } from './testing.ts'
import { verifyLedger } from './verify.ts'

/** A store in a file with its ledger, as a server has them. */
async function openLedgerInStore() {
  const files = temporaryFiles()
  const sealer = randomSealer()
  const faults: unknown[] = []
  const ledger = createLedger({
    clock: new FixedClock(),
    files,
    anchorFile: files.anchor,
    onFault: (fault) => faults.push(fault),
    onAlarm: assert.fail,
  })
  const database = { kind: 'sqlite', file: files.database } as const
  const store = await openStore({ database, sealer, appender: ledger.appender, migrations: ledger.migrations })
  await ledger.start(store, sealer)
  const { appender } = ledger
  const apart: number[] = []
  // Counts what the thread has appended.
  const appendApart = appender.appendApart?.bind(appender)
  appender.appendApart = (records) => {
    const appending = appendApart?.(records)
    if (appending) apart.push(records.length)
    return appending
  }
  const recordAtOnce = (...names: string[]) =>
    Promise.allSettled(names.map((eventName) => store.record([auditRecord({ eventName })])))
  return {
    files,
    faults,
    store,
    /** Sizes of the groups that the thread has taken. */
    apart,
    recordAtOnce,
    /** Appends until the thread runs. */
    warmUp: () => eventually(() => recordAtOnce(...many('Warm', 16)).then(() => apart.length), Boolean),
    names: async () => {
      const entries = await store.read((sql) => entriesAfter(sql, 0, 100_000))
      return entries.map(({ record }) => (JSON.parse(record) as AuditRecord).eventName)
    },
    verify: async () => {
      const key = await store.read((sql) => keyOf(sql, sealer))
      return store.read((sql) => verifyLedger(sql, key))
    },
    async [Symbol.asyncDispose]() {
      await ledger.stop()
      await store.close()
      files[Symbol.dispose]()
    },
  }
}

const many = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i}`)

test('what the thread and the store append in turns is one chain, in order, with its checkpoints', async () => {
  await using ledger = await openLedgerInStore()
  await ledger.warmUp()
  const begun = (await ledger.names()).length
  const expected: string[] = []
  for (let round = 0; round < 40; round++) {
    const names = many(`Round${round}-`, 1 + ((round * 7) % 40))
    expected.push(...names)
    await ledger.recordAtOnce(...names)
  }
  assert.deepEqual((await ledger.names()).slice(begun), expected)
  assert.ok(ledger.apart.length > 20, `the thread took ${ledger.apart.length} groups`)
  assert.ok(ledger.apart.every((records) => records >= 12))
  const report = await ledger.verify()
  assert.deepEqual([report.sound, report.records], [true, begun + expected.length])
  assert.ok(report.sound && report.signedThrough >= 512, JSON.stringify(report))
  assert.deepEqual(ledger.faults, [])
})

test('changes and records of many callers at a time are all there', async () => {
  await using ledger = await openLedgerInStore()
  await ledger.warmUp()
  const begun = (await ledger.names()).length
  const things = { name: 'test.things' } as const
  const scope = { accountId: '111122223333', region: '' }
  const callers = Array.from({ length: 24 }, async (_, caller) => {
    for (let turn = 0; turn < 20; turn++) {
      if (caller % 6 === 0 && turn % 5 === 0) {
        await ledger.store.transaction(async (tx) => {
          await tx.in(things).put(scope, `${caller}-${turn}`, { turn })
          tx.record(auditRecord({ eventName: `C${caller}-${turn}` }))
        })
        assert.deepEqual(await ledger.store.in(things).get(scope, `${caller}-${turn}`), { turn })
      } else await ledger.store.record([auditRecord({ eventName: `C${caller}-${turn}` })])
    }
  })
  await Promise.all(callers)
  const names = (await ledger.names()).slice(begun)
  assert.equal(names.length, 24 * 20)
  assert.equal(new Set(names).size, 24 * 20)
  for (let caller = 0; caller < 24; caller++) {
    const own = names.filter((name) => name.startsWith(`C${caller}-`))
    assert.deepEqual(own, many(`C${caller}-`, 20), 'a caller has its records in its order')
  }
  assert.equal((await ledger.store.in(things).list(scope)).length, 4 * 4)
  assert.equal((await ledger.verify()).sound, true)
})

test('records that the thread cannot write are refused, and the next ones follow the last that are there', async () => {
  await using ledger = await openLedgerInStore()
  await ledger.warmUp()
  const begun = (await ledger.names()).length
  using other = new DatabaseSync(ledger.files.database)
  other.exec('BEGIN IMMEDIATE')
  const refused = await ledger.recordAtOnce(...many('Lost', 16))
  other.exec('ROLLBACK')
  for (const result of refused) {
    assert.ok(result.status === 'rejected' && result.reason instanceof StoreUnavailableError)
    assert.match(result.reason.message, /database is locked/)
  }
  await ledger.recordAtOnce(...many('Kept', 16))
  assert.deepEqual((await ledger.names()).slice(begun), many('Kept', 16))
  assert.equal((await ledger.verify()).sound, true)
})

test('while no thread can start, the store appends, and the reason is reported', async () => {
  await using ledger = await openLedgerInStore()
  const { database } = ledger.files
  // The store has the file open and goes on; the thread finds none, and must not make one.
  renameSync(database, `${database}.moved`)
  try {
    for (let round = 0; round < 5; round++) await ledger.recordAtOnce(...many(`Round${round}-`, 16))
    await eventually(
      async () => ledger.faults,
      ({ length }) => length > 0,
    )
    await ledger.recordAtOnce(...many('More', 16))
    assert.equal(existsSync(database), false)
  } finally {
    renameSync(`${database}.moved`, database)
  }
  assert.equal((await ledger.names()).length, 96)
  assert.deepEqual(ledger.apart, [])
  assert.match(String(ledger.faults[0]), /unable to open database file/)
})

test('what the thread could not do is an error to its caller', async () => {
  using files = temporaryFiles()
  const faults: unknown[] = []
  // There is no table to append to.
  new DatabaseSync(files.database).close()
  const thread = new AppendThread({ databaseFile: files.database, key: newLedgerKey() }, (fault) => faults.push(fault))
  assert.equal(thread.isReady(), false)
  await eventually(async () => thread.isReady(), Boolean)
  await assert.rejects(thread.append({ head: chainStart, texts: ['{}'], timeMs: 0 }), /no such table/)
  await thread.stop()
  assert.equal(thread.isReady(), false)
  assert.deepEqual(faults, [])
})
