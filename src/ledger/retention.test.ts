import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import type { AuditRecord } from '../core/audit.ts'
import { dayMs } from '../core/durations.ts'
import type { Sql } from '../core/sql.ts'
import { randomSealer } from '../storage/testing.ts'
import { putBase, signBase, storedBase } from './base.ts'
import { signCheckpoint } from './checkpoint.ts'
import { movePosition, positionOf } from './consumer.ts'
import { chainStart } from './hash-chain.ts'
import { Retention } from './retention.ts'
import { SqliteFile } from './sqlite-file.ts'
import { entriesAfter, type LedgerIo, lastEntry } from './tables.ts'
import { auditRecord, openLedger, temporaryFiles } from './testing.ts'
import { verifyLedger } from './verify.ts'

const days = (count: number) => ({ maxAgeMs: count * dayMs, reason: `older than ${count}d` })
const dayS = 86_400

type Opened = Awaited<ReturnType<typeof openLedger>>

/** Records of the clock's time, each named by its number. */
async function record(ledger: Opened, clock: FixedClock, count: number): Promise<AuditRecord[]> {
  const { seq } = await lastEntry(ledger.database)
  const eventTime = clock.now().toISOString().replace('.000', '')
  const records = Array.from({ length: count }, (_, n) => auditRecord({ eventName: `Event${seq + n + 1}`, eventTime }))
  await ledger.record(...records)
  return records
}

/** A ledger of 600 records of one day and 300 of five days later, which keeps three days. */
async function agedLedger() {
  const files = temporaryFiles()
  const clock = new FixedClock()
  const sealer = randomSealer()
  const ledger = await openLedger(files, sealer, clock, days(3))
  const old = await record(ledger, clock, 600)
  clock.advance(5 * dayS)
  const young = await record(ledger, clock, 300)
  return Object.assign(ledger, {
    ...{ files, clock, sealer, old, young },
    seqs: async () => (await entriesAfter(ledger.database, -1, 2000)).map(({ seq }) => seq),
    find: (value: string) =>
      ledger.ledger.find({
        ...{ accountId: '111122223333', region: 'us-east-1', fromMs: 0, limit: 50 },
        attribute: { key: 'EventName', value },
      }),
    async [Symbol.asyncDispose]() {
      await ledger.ledger.stop()
      ledger.database.close()
      files[Symbol.dispose]()
      assert.deepEqual(ledger.faults, [])
    },
  })
}

test('records older than the retention leave up to a checkpoint, with their events and checkpoints, and the rest verifies', async () => {
  await using ledger = await agedLedger()
  assert.equal((await ledger.find('Event400')).records.length, 0, 'the history is as long as the retention')
  await ledger.retain()
  // The checkpoint for record 512 is old; the next one, for record 768, is young.
  assert.deepEqual([(await ledger.seqs())[0], (await ledger.seqs()).length], [513, 388])
  const removed = { through: 512, timeMs: ledger.clock.timeMs, reason: 'older than 3d' }
  const report = await ledger.verify()
  assert.deepEqual(report, { sound: true, records: 900, signedThrough: report.signedThrough, removed })
  const checkpoints = await ledger.database.all('SELECT seq FROM ledger_checkpoints WHERE seq <= 512')
  assert.deepEqual(checkpoints, [])
  using index = SqliteFile.forReading(ledger.files.index)
  const [{ first, lists } = {}] = await index.all<{ first: number; lists: number }>(
    `SELECT (SELECT MIN(seq) FROM lookup_event_ids) AS first,
      (SELECT COUNT(*) FROM lookup_terms WHERE value = '=Event512' OR value = '=Event1') AS lists`,
  )
  assert.deepEqual([first, lists], [513, 0])
  for (const name of ['Event601', 'Event900']) assert.equal((await ledger.find(name)).records.length, 1, name)
  await ledger.retain()
  assert.equal((await ledger.verify()).removed?.through, 512)
})

test('the last record stays, however old, and the ledger goes on behind it after a restart', async () => {
  using files = temporaryFiles()
  const clock = new FixedClock()
  const sealer = randomSealer()
  {
    await using ledger = await openLedger(files, sealer, clock, days(1))
    await record(ledger, clock, 256)
    clock.advance(2 * dayS)
    await ledger.retain()
    assert.equal((await ledger.verify()).removed, undefined)
    await record(ledger, clock, 1)
    clock.advance(2 * dayS)
    await ledger.retain()
    assert.equal((await ledger.verify()).removed?.through, 256)
  }
  await using ledger = await openLedger(files, sealer, clock, days(1))
  await record(ledger, clock, 1)
  const { sound, records, removed } = await ledger.verify()
  assert.deepEqual([sound, records, removed?.through], [true, 258, 256])
})

test('a prefix that a stranger removed is reported as missing, whatever stands for a base', async () => {
  await using ledger = await agedLedger()
  const { database, key } = ledger
  const undo = new Error('undo')
  const findings = async (tamper: () => Promise<unknown>) => {
    let found: unknown
    const work = async () => {
      await tamper()
      const { firstBad } = await verifyLedger(database, key)
      found = firstBad && [firstBad.problem, firstBad.detail]
      throw undo
    }
    await assert.rejects(database.write(work), undo)
    return found
  }
  const [at300] = await entriesAfter(database, 299, 1)
  assert.ok(at300)
  const cut = (seq: number) => database.run('DELETE FROM ledger_records WHERE seq <= ?', [seq])
  const missing = (from: number, to: number) => ['missing', `records ${from} to ${to} are missing`]
  assert.deepEqual(await findings(() => cut(300)), missing(1, 300))
  const strangersKey = generateKeyPairSync('ed25519').privateKey
  const forge = async () => {
    await cut(300)
    await putBase(database, signBase(at300, 0, 'older than 3d', strangersKey))
  }
  assert.deepEqual(await findings(forge), missing(1, 300))
  // A checkpoint is signed by the ledger's own key, and says less.
  const passOff = async () => {
    await cut(300)
    await putBase(database, { ...signCheckpoint(at300, 0, key.privateKey), reason: '' })
  }
  assert.deepEqual(await findings(passOff), missing(1, 300))
  const unused = () => putBase(database, signBase(at300, 0, 'older than 3d', strangersKey))
  assert.deepEqual(await findings(unused), [
    'unsigned',
    "the statement that records up to 300 were removed is not signed by this ledger's key",
  ])

  const bases: NonNullable<Awaited<ReturnType<typeof storedBase>>>[] = []
  await ledger.retain(async () => {
    const base = await storedBase(database)
    if (base) bases.push(base)
  })
  const [older] = bases
  assert.ok(older && older.seq < 512)
  assert.deepEqual(await findings(() => cut(600)), missing(513, 600))
  assert.deepEqual(await findings(() => putBase(database, older)), missing(older.seq + 1, 512))
  assert.deepEqual(await findings(() => database.run('DELETE FROM ledger_base')), missing(1, 512))
  for (const altered of ['time_ms = time_ms - 1', "reason = 'older than 9d'", 'seq = 768', 'hash = zeroblob(32)']) {
    const alter = () => database.run(`UPDATE ledger_base SET ${altered}`)
    assert.deepEqual(await findings(alter), missing(1, 512), altered)
  }
  const putBack = () =>
    database.run(
      'INSERT INTO ledger_records (seq, record, hash) SELECT 7, record, hash FROM ledger_records WHERE seq = 513',
    )
  assert.deepEqual(await findings(putBack), ['displaced', 'its number is that of a record that retention has removed'])
})

test('what was tampered with is not removed, so that it can still be found', async () => {
  for (const tamper of [
    "UPDATE ledger_records SET record = replace(record, 'alice', 'mallory') WHERE seq = 300",
    'UPDATE ledger_checkpoints SET signature = zeroblob(64) WHERE seq = 512',
    'DELETE FROM ledger_checkpoints WHERE seq = 512',
    'DELETE FROM ledger_records WHERE seq = 260',
  ]) {
    await using ledger = await agedLedger()
    await ledger.database.run(tamper)
    // Without its checkpoint, what could leave ends before.
    const refused = ledger.retain()
    if (tamper.startsWith('DELETE FROM ledger_checkpoints')) await refused
    else await assert.rejects(refused, { name: 'UnsoundRecordsError' }, tamper)
    const { firstBad, removed } = await ledger.verify()
    assert.ok(firstBad && firstBad.seq > 256, tamper)
    assert.equal(removed?.through, 256, tamper)
  }
  await using ledger = await agedLedger()
  await putBase(ledger.database, signBase(chainStart, 0, '', generateKeyPairSync('ed25519').privateKey))
  await assert.rejects(ledger.retain(), /what was removed before is not signed/)
})

test('retention stops at the position of the slowest consumer', async () => {
  await using ledger = await agedLedger()
  const { database } = ledger
  let limit = 300
  const consumer = ledger.ledger.follow({
    position: async () => (await positionOf(database, 'slow')).seq,
    take: async (entries, from) => {
      const last = entries.findLast(({ seq }) => seq <= limit)
      return last ? database.write((sql) => movePosition(sql, 'slow', from, last)).then(() => false) : false
    },
    batchSize: 100,
  })
  await consumer.reach(300, 2000)
  await ledger.retain()
  assert.equal((await ledger.verify()).removed?.through, 300)
  limit = 900
  await consumer.reach(900, 2000)
  await ledger.retain()
  assert.equal((await ledger.verify()).removed?.through, 512)
})

test('a crash between any two changes leaves a ledger that verifies, and whose removal is gone on with', async () => {
  await using ledger = await agedLedger()
  const { files } = ledger
  const through = new Set<number>()
  await ledger.retain(async () => {
    using copy = temporaryFiles()
    // As a killed server leaves it, with its log.
    for (const suffix of ['', '-wal']) copyFileSync(files.database + suffix, copy.database + suffix)
    copyFileSync(files.anchor, copy.anchor)
    {
      using database = SqliteFile.forReading(copy.database)
      const { sound, removed } = await verifyLedger(database, { ...ledger.key, kept: [await ledger.anchor()] })
      assert.equal(sound, true)
      // The head may be signed meanwhile, which is a change, too.
      if (!removed || through.has(removed.through)) return
      through.add(removed.through)
    }
    if (through.size !== 2) return
    await using after = await openLedger(copy, ledger.sealer, ledger.clock, days(3))
    await after.retain()
    assert.equal((await after.verify()).removed?.through, 512)
  })
  assert.deepEqual([...through], [128, 256, 384, 512])
})

test('a change that fails leaves the base and the records before it as they were', async () => {
  await using ledger = await agedLedger()
  const { database, clock, key } = ledger
  let failing = 3
  const io: LedgerIo = {
    read: (work) => database.read(work),
    readApart: (work) => database.readApart(work),
    write: (work) =>
      database.write(async (sql) => {
        const result = await work(sql)
        if (--failing === 0) throw new Error('the disk is full')
        return result
      }),
  }
  const retention = new Retention({
    ...{ io, clock, key, rule: days(3) },
    head: () => lastEntry(database),
    release: async (seq) => seq,
  })
  await assert.rejects(retention.enforce(), /the disk is full/)
  const { sound, removed } = await ledger.verify()
  assert.deepEqual([sound, removed?.through], [true, 256])
  await retention.enforce()
  assert.equal((await ledger.verify()).removed?.through, 512)
})

test('a verification that runs meanwhile goes on behind what is removed', async () => {
  await using ledger = await agedLedger()
  const { database, key } = ledger
  let reads = 0
  const sql: Sql = {
    dialect: database.dialect,
    run: () => assert.fail('a verification changes nothing'),
    all: async (statement, parameters) => {
      if (statement.includes('FROM ledger_records WHERE seq >') && ++reads === 1) await ledger.retain()
      return database.all(statement, parameters)
    },
  }
  const { sound, records, removed } = await verifyLedger(sql, key)
  assert.deepEqual([reads > 1, sound, records, removed?.through], [true, true, 900, 512])
})

test('an anchor, or a copy of one, that vouches for removed records alone contradicts nothing', async () => {
  using files = temporaryFiles()
  const clock = new FixedClock()
  const sealer = randomSealer()
  const opened = await openLedger(files, sealer, clock, days(3))
  await record(opened, clock, 300)
  await opened.ledger.stop()
  opened.database.close()
  copyFileSync(files.anchor, `${files.anchor}.kept`)
  {
    await using ledger = await openLedger(files, sealer, clock, days(3))
    await record(ledger, clock, 300)
    clock.advance(5 * dayS)
    await record(ledger, clock, 300)
    await ledger.retain()
    assert.equal((await ledger.verify()).removed?.through, 512)
  }
  copyFileSync(`${files.anchor}.kept`, files.anchor)
  await using ledger = await openLedger(files, sealer, clock, days(3))
  const kept = [await ledger.anchor()]
  assert.equal((await verifyLedger(ledger.database, { ...ledger.key, kept })).sound, true)
})

test('with everything behind the base cut off, the ledger ends at the base', async () => {
  await using ledger = await agedLedger()
  await ledger.retain()
  await ledger.ledger.stop()
  await ledger.database.run('DELETE FROM ledger_records')
  await ledger.database.run('DELETE FROM ledger_checkpoints')
  const { firstBad, records } = await ledger.verify()
  assert.deepEqual([records, firstBad?.seq, firstBad?.problem, firstBad?.acceptable], [512, 513, 'cut-off', true])
  assert.equal((await lastEntry(ledger.database)).seq, 512)
})
