import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomSealer } from '../storage/testing.ts'
import { eventually } from '../testing/eventually.ts'
import { Consumer, type ConsumerOptions, movePosition, positionOf } from './consumer.ts'
import type { SqliteFile } from './sqlite-file.ts'
import { entriesAfter, type LedgerEntry } from './tables.ts'
import { auditRecord, openLedger, temporaryFiles } from './testing.ts'

const name = 'copy'

async function ledgerOf(count: number) {
  const files = temporaryFiles()
  const ledger = await openLedger(files, randomSealer())
  await ledger.database.run('CREATE TABLE copies (seq INTEGER NOT NULL)')
  await ledger.record(...Array.from({ length: count }, () => auditRecord()))
  return Object.assign(ledger, {
    copies: async () => (await ledger.database.all<{ seq: number }>('SELECT seq FROM copies')).map(({ seq }) => seq),
    async [Symbol.asyncDispose]() {
      await ledger.ledger.stop()
      ledger.database.close()
      files[Symbol.dispose]()
    },
  })
}

/** A consumer that copies sequence numbers into a table; `crash` is called where a process may end. */
function copying(database: SqliteFile, crash: (point: 'before' | 'inside' | 'after') => void = () => {}) {
  const take = async (entries: readonly LedgerEntry[], from: number) => {
    crash('before')
    const taken = await database.write(async (sql) => {
      const last = entries.at(-1)
      if (!last || !(await movePosition(sql, name, from, last))) return false
      for (const { seq } of entries) await sql.run('INSERT INTO copies (seq) VALUES (?)', [seq])
      crash('inside')
      return true
    })
    crash('after')
    return taken
  }
  const options: Omit<ConsumerOptions, 'onFault'> = {
    entriesAfter: (seq, limit) => entriesAfter(database, seq, limit),
    position: async () => (await positionOf(database, name)).seq,
    take,
    batchSize: 7,
  }
  return options
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

test('a consumer takes every entry once and in order, over batches and restarts', async () => {
  await using ledger = await ledgerOf(20)
  const first = ledger.ledger.follow(copying(ledger.database))
  await first.reach(20, 2000)
  await first.stop()
  await ledger.record(...upTo(10).map(() => auditRecord()))
  const second = ledger.ledger.follow(copying(ledger.database))
  await second.reach(30, 2000)
  assert.deepEqual(await ledger.copies(), upTo(30))
  const { seq, hash } = await positionOf(ledger.database, name)
  const [last] = await entriesAfter(ledger.database, 29, 1)
  assert.deepEqual([seq, hash], [30, last?.hash])
})

test('a consumer is woken by what is appended', async () => {
  await using ledger = await ledgerOf(0)
  ledger.ledger.follow(copying(ledger.database))
  await ledger.record(auditRecord())
  assert.deepEqual(await eventually(ledger.copies, ({ length }) => length > 0), [1])
})

test('whenever the process ends, nothing is lost or taken twice', async () => {
  const points = fc.constantFrom<'before' | 'inside' | 'after'>('before', 'inside', 'after')
  const crashes = fc.array(fc.record({ point: points, batch: fc.integer({ min: 1, max: 3 }) }), { maxLength: 6 })
  await using ledger = await ledgerOf(40)
  await fc.assert(
    fc.asyncProperty(crashes, async (planned) => {
      await ledger.database.run('DELETE FROM copies')
      await ledger.database.run('DELETE FROM ledger_positions')
      for (const { point, batch } of planned) await runUntilCrash(ledger.database, point, batch)
      const last = new Consumer({ ...copying(ledger.database), onFault: assert.fail })
      await last.reach(40, 2000)
      await last.stop()
      assert.deepEqual(await ledger.copies(), upTo(40))
    }),
    { numRuns: 40 },
  )
})

/** Runs a consumer that does nothing any more once a point of a batch is reached. */
async function runUntilCrash(database: SqliteFile, point: 'before' | 'inside' | 'after', batch: number): Promise<void> {
  let batches = 0
  const crash = (at: string) => {
    if (at === 'before') batches++
    if (at === point && batches >= batch) throw new Error('the process ends')
  }
  const ended = Promise.withResolvers<void>()
  const consumer = new Consumer({ ...copying(database, crash), onFault: () => ended.resolve() })
  await Promise.race([ended.promise, consumer.reach(40, 2000)])
  await consumer.stop()
}

test('two consumers of one name share the entries between them', async () => {
  await using ledger = await ledgerOf(60)
  const consumers = [1, 2].map(() => ledger.ledger.follow(copying(ledger.database)))
  await Promise.all(consumers.map((consumer) => consumer.reach(60, 2000)))
  assert.deepEqual(await ledger.copies(), upTo(60))
})

test('what fails is reported and tried again', async () => {
  await using ledger = await ledgerOf(3)
  let failures = 1
  const crash = () => {
    if (failures-- > 0) throw new Error('not now')
  }
  ledger.ledger.follow(copying(ledger.database, crash))
  assert.deepEqual(await eventually(ledger.copies, ({ length }) => length > 0), upTo(3))
  assert.deepEqual(ledger.faults.map(String), ['Error: not now'])
})

test('waiting for an entry ends when the time is over, and when the consumer is stopped', async () => {
  await using ledger = await ledgerOf(1)
  const consumer = ledger.ledger.follow(copying(ledger.database))
  await consumer.reach(2, 10)
  assert.deepEqual(await ledger.copies(), [1])
  const waiting = consumer.reach(2, 60_000)
  await consumer.stop()
  await waiting
})

test('housekeeping is done when there is nothing to take, until there is no more of it', async () => {
  await using ledger = await ledgerOf(8)
  const done: string[] = []
  const options = copying(ledger.database)
  ledger.ledger.follow({
    ...options,
    take: (entries, from) => {
      done.push('take')
      return options.take(entries, from)
    },
    housekeep: async () => done.push('housekeep') < 5,
  })
  await eventually(
    async () => done,
    ({ length }) => length === 5,
  )
  assert.deepEqual(done, ['take', 'take', 'housekeep', 'housekeep', 'housekeep'])
})
