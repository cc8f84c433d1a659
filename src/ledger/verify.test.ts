import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { randomSealer } from '../storage/testing.ts'
import { signCheckpoint } from './checkpoint.ts'
import { chainStart, following, hashAt } from './hash-chain.ts'
import { sealHead } from './head.ts'
import { ledgerKey } from './ledger-key.ts'
import type { SqliteFile } from './sqlite-file.ts'
import { entriesAfter, insertCheckpoint, insertEntries, moveHead } from './tables.ts'
import { auditRecord, openLedger, temporaryFiles } from './testing.ts'
import { type VerifyOptions, type VerifyReport, verifyLedger } from './verify.ts'

const files = temporaryFiles()
const sealer = randomSealer()
const ledger = await openLedger(files, sealer)
const records = Array.from({ length: 600 }, (_, index) => auditRecord({ eventName: `Event${index + 1}` }))
await ledger.record(...records)
await ledger.ledger.stop()
const { key } = ledger
const lastKept = await ledger.anchor()

after(() => {
  ledger.database.close()
  files[Symbol.dispose]()
})

/** Verifies the ledger of 600 records, signed at 256, 512 and 600, after it was tampered with; then undoes that. */
async function verifyAfter(
  tamper: (database: SqliteFile) => Promise<unknown>,
  options: Partial<VerifyOptions> = {},
): Promise<VerifyReport> {
  const undo = new Error('undo')
  let report: VerifyReport | undefined
  const work = async () => {
    await tamper(ledger.database)
    report = await verifyLedger(ledger.database, { ...key, ...options })
    throw undo
  }
  await assert.rejects(ledger.database.write(work), undo)
  assert.ok(report)
  return report
}

/** Makes the chain anew, as one would who knows how it is made but has not the key. */
async function rechain(database: SqliteFile): Promise<void> {
  const entries = await entriesAfter(database, 0, 1000)
  let head = chainStart
  await database.run('DELETE FROM ledger_records')
  for (const { record } of entries) {
    head = following(head, record)
    await insertEntries(database, [{ ...head, record }])
  }
}

const change = (database: SqliteFile, seq: number) =>
  database.run(`UPDATE ledger_records SET record = replace(record, '"alice"', '"mallory"') WHERE seq = ?`, [seq])

const remove = (database: SqliteFile, seq: number) => database.run('DELETE FROM ledger_records WHERE seq = ?', [seq])

async function renumber(database: SqliteFile, fromSeq: number, by: number): Promise<void> {
  await database.run('UPDATE ledger_records SET seq = -seq WHERE seq >= ?', [fromSeq])
  await database.run('UPDATE ledger_records SET seq = ? - seq WHERE seq < 0', [by])
}

/** What is reported of a record that is there, under its name. */
const named = (seq: number) => ({ seq, eventId: records[seq - 1]?.eventID, time: '2026-03-01T12:00:00Z' })

test('an untouched ledger is sound, and every record is signed for', async () => {
  const progress: number[][] = []
  const report = await verifyAfter(async () => {}, {
    kept: [lastKept],
    onProgress: (checked, total) => progress.push([checked, total]),
  })
  assert.deepEqual(report, { sound: true, records: 600, signedThrough: 600 })
  assert.deepEqual(progress, [
    [512, 600],
    [600, 600],
  ])
})

test('a changed record is named', async () => {
  for (const seq of [1, 300, 512, 513, 599]) {
    const { firstBad, sound, records: checked } = await verifyAfter((database) => change(database, seq))
    assert.equal(sound, false)
    assert.equal(checked, seq - 1)
    assert.deepEqual(firstBad, { ...named(seq), problem: 'changed', detail: 'its content is not what was written' })
  }
})

test('a changed last record is named', async () => {
  const { firstBad } = await verifyAfter((database) => change(database, 600))
  assert.deepEqual(firstBad, { ...named(600), problem: 'changed', detail: 'its content and its hash do not fit' })
})

test('a record that is not JSON any more is named by its number', async () => {
  const { firstBad } = await verifyAfter((database) =>
    database.run("UPDATE ledger_records SET record = '{' WHERE seq = 7"),
  )
  assert.deepEqual(firstBad, { seq: 7, problem: 'changed', detail: 'its content is not what was written' })
})

test('a changed hash is named', async () => {
  const { firstBad } = await verifyAfter((database) =>
    database.run('UPDATE ledger_records SET hash = zeroblob(32) WHERE seq = 40'),
  )
  assert.deepEqual(firstBad, { ...named(40), problem: 'changed', detail: 'its hash is not the one that was written' })
})

test('removed records are named by their numbers', async () => {
  for (const seq of [1, 400]) {
    const { firstBad } = await verifyAfter((database) => remove(database, seq))
    assert.deepEqual(firstBad, { seq, problem: 'missing', detail: `record ${seq} is missing` })
  }
  const range = await verifyAfter((database) => database.run('DELETE FROM ledger_records WHERE seq BETWEEN 20 AND 29'))
  assert.deepEqual(range.firstBad, { seq: 20, problem: 'missing', detail: 'records 20 to 29 are missing' })
})

test('a record removed with the later ones renumbered is found where the next one took its place', async () => {
  const { firstBad } = await verifyAfter(async (database) => {
    await remove(database, 100)
    await renumber(database, 101, -1)
  })
  assert.deepEqual([firstBad?.seq, firstBad?.problem, firstBad?.eventId], [100, 'displaced', records[100]?.eventID])
})

test('an inserted record is named', async () => {
  const record = JSON.stringify(auditRecord({ eventID: 'forged' }))
  const { firstBad } = await verifyAfter(async (database) => {
    const [before] = await entriesAfter(database, 99, 1)
    await renumber(database, 101, 1)
    const hash = hashAt(101, before?.hash ?? chainStart.hash, record)
    await insertEntries(database, [{ seq: 101, record, hash: Buffer.from(hash).fill(1, 0, 1) }])
  })
  assert.deepEqual([firstBad?.seq, firstBad?.problem, firstBad?.eventId], [101, 'displaced', 'forged'])
  // With a hash of its own that fits, it is the one after it that no longer continues the chain.
  const fitting = await verifyAfter(async (database) => {
    const [before] = await entriesAfter(database, 99, 1)
    await renumber(database, 101, 1)
    await insertEntries(database, [{ seq: 101, record, hash: hashAt(101, before?.hash ?? chainStart.hash, record) }])
  })
  assert.deepEqual([fitting.firstBad?.seq, fitting.firstBad?.problem], [102, 'displaced'])
})

test('a record put before the first is named', async () => {
  const [first] = await entriesAfter(ledger.database, 0, 1)
  assert.ok(first)
  const { firstBad } = await verifyAfter((database) => insertEntries(database, [{ ...first, seq: 0 }]))
  assert.deepEqual([firstBad?.seq, firstBad?.problem], [0, 'displaced'])
})

test('a record or a checkpoint with a number that JavaScript cannot hold is named', async () => {
  for (const seq of ['9007199254740992', '9223372036854775807', '-9223372036854775808']) {
    for (const [table, columns] of [
      ['ledger_records', 'record, hash'],
      ['ledger_checkpoints', 'hash, time_ms, signature'],
    ]) {
      const { firstBad } = await verifyAfter(async (database) => {
        await database.run(`INSERT INTO ${table} SELECT 9999, ${columns} FROM ${table} WHERE seq = 256`)
        await database.run(`UPDATE ${table} SET seq = ${seq} WHERE seq = 9999`)
      })
      assert.equal(firstBad?.problem, 'displaced')
      assert.ok(firstBad?.detail.startsWith(seq))
    }
  }
})

test('a checkpoint whose time is out of range is not signed', async () => {
  for (const time of ['9223372036854775807', '-9223372036854775808']) {
    const tamper = (database: SqliteFile) =>
      database.run(`UPDATE ledger_checkpoints SET time_ms = ${time} WHERE seq = 512`)
    assert.equal((await verifyAfter(tamper)).firstBad?.problem, 'unsigned')
  }
})

test('of two records that changed places, the first is named', async () => {
  const { firstBad } = await verifyAfter(async (database) => {
    await database.run('UPDATE ledger_records SET seq = -1 WHERE seq = 10')
    await database.run('UPDATE ledger_records SET seq = 10 WHERE seq = 20')
    await database.run('UPDATE ledger_records SET seq = 20 WHERE seq = -1')
  })
  assert.deepEqual([firstBad?.seq, firstBad?.problem, firstBad?.eventId], [10, 'displaced', records[19]?.eventID])
})

test('a chain that was made anew over changed records fails against the signed checkpoints', async () => {
  const { firstBad, signedThrough } = await verifyAfter(async (database) => {
    await change(database, 300)
    await rechain(database)
  })
  const detail = 'one of the records 257 to 512 is not the one that was signed'
  assert.deepEqual(firstBad, { ...named(257), problem: 'rewritten', detail })
  assert.equal(signedThrough, 256)
})

test('a chain made anew whose checkpoints were removed or signed with another key is found', async () => {
  const forge = async (database: SqliteFile) => {
    await change(database, 300)
    await rechain(database)
    await database.run('DELETE FROM ledger_checkpoints WHERE seq > 256')
  }
  const removed = await verifyAfter(forge)
  assert.deepEqual([removed.firstBad?.seq, removed.firstBad?.problem], [512, 'unsigned'])

  const { privateKey } = generateKeyPairSync('ed25519')
  const resigned = await verifyAfter(async (database) => {
    await forge(database)
    for (const entry of await entriesAfter(database, 256, 1000)) {
      if (entry.seq === 512 || entry.seq === 600) await insertCheckpoint(database, signCheckpoint(entry, 0, privateKey))
    }
  })
  assert.deepEqual(resigned.firstBad, {
    seq: 512,
    problem: 'unsigned',
    detail: "the checkpoint for record 512 is not signed by this ledger's key",
  })
})

test('a checkpoint cannot be moved to another record or time', async () => {
  for (const column of ['time_ms', 'seq']) {
    const { firstBad } = await verifyAfter((database) =>
      database.run(`UPDATE ledger_checkpoints SET ${column} = ${column} - 1 WHERE seq = 600`),
    )
    assert.equal(firstBad?.problem, 'unsigned')
  }
})

test('an end that was cut off is noticed by the checkpoint for it, in the database or kept elsewhere', async () => {
  const cut = (database: SqliteFile) => database.run('DELETE FROM ledger_records WHERE seq > 590')
  const inside = await verifyAfter(cut)
  assert.deepEqual(inside.firstBad, {
    seq: 591,
    problem: 'cut-off',
    detail: 'the ledger ends before it, but a checkpoint of 2026-03-01T12:00:00.000Z vouches for records up to 600',
  })
  const cutWhole = async (database: SqliteFile) => {
    await cut(database)
    await database.run('DELETE FROM ledger_checkpoints WHERE seq > 590')
  }
  assert.equal((await verifyAfter(cutWhole, { kept: [lastKept] })).firstBad?.problem, 'cut-off')
  // The sealed head shows it, too.
  const cutOff = await verifyAfter(cutWhole)
  const detail = 'the ledger ends before it, but the server had written 600 records'
  assert.deepEqual(cutOff.firstBad, { seq: 591, problem: 'cut-off', detail, acceptable: true })
  // An older head is as good as the newer one: only what is kept elsewhere shows it.
  const setBack = async (database: SqliteFile) => {
    await cutWhole(database)
    const [last] = await entriesAfter(database, 589, 1)
    assert.ok(last)
    await moveHead(database, sealHead(last, key.headKey))
  }
  assert.deepEqual(await verifyAfter(setBack), { sound: true, records: 590, signedThrough: 512 })
  assert.equal((await verifyAfter(setBack, { kept: [lastKept] })).firstBad?.problem, 'cut-off')
})

test('a sealed head that is gone or altered is named where there are no records behind the last signature', async () => {
  const cases = [
    ['DELETE FROM ledger_head', 'what proves the end of the ledger is gone'],
    ['UPDATE ledger_head SET seq = 599', 'what proves the end of the ledger was altered'],
    ['UPDATE ledger_head SET tag = zeroblob(32)', 'what proves the end of the ledger was altered'],
    ['UPDATE ledger_head SET seq = 9223372036854775807', 'what proves the end of the ledger is gone'],
  ]
  for (const [statement = '', found] of cases) {
    const { firstBad } = await verifyAfter((database) => database.run(statement))
    const detail = `the ledger ends before it, but ${found}`
    assert.deepEqual(firstBad, { seq: 601, problem: 'cut-off', detail, acceptable: true })
  }
})

test('without the key that seals heads, checkpoints still prove what they have signed', async () => {
  const withoutHeadKey = { headKey: undefined }
  assert.equal((await verifyAfter(async () => {}, withoutHeadKey)).sound, true)
  const forgedHead = (database: SqliteFile) => database.run('UPDATE ledger_head SET tag = zeroblob(32)')
  assert.equal((await verifyAfter(forgedHead, withoutHeadKey)).sound, true)
  const changed = await verifyAfter((database) => change(database, 300), withoutHeadKey)
  assert.deepEqual([changed.firstBad?.seq, changed.firstBad?.problem], [300, 'changed'])
})

test('a kept checkpoint finds a chain that was rewritten behind the last checkpoint in the database', async () => {
  const rewrite = async (database: SqliteFile) => {
    await database.run('DELETE FROM ledger_checkpoints WHERE seq = 600')
    await change(database, 550)
    await rechain(database)
  }
  const { firstBad } = await verifyAfter(rewrite, { kept: [lastKept] })
  assert.deepEqual([firstBad?.seq, firstBad?.problem], [513, 'rewritten'])
})

test('a replaced checkpoint key does not open, so that a ledger signed with it is not taken for ours', async () => {
  const undo = new Error('undo')
  const replace = async () => {
    await ledger.database.run('UPDATE ledger_key SET sealed_private_key = zeroblob(100)')
    await assert.rejects(ledgerKey(ledger.database, sealer))
    await ledger.database.run('DELETE FROM ledger_key')
    await assert.rejects(ledgerKey(ledger.database, sealer), /no checkpoint key/)
    throw undo
  }
  await assert.rejects(ledger.database.write(replace), undo)
})

test('whatever single record is changed, removed or moved, the first bad record is where it happened', async () => {
  const seqs = fc.integer({ min: 1, max: 599 })
  const deeds = fc.constantFrom('change', 'remove', 'swap')
  await fc.assert(
    fc.asyncProperty(seqs, deeds, async (seq, deed) => {
      const { firstBad } = await verifyAfter(async (database) => {
        if (deed === 'change') return change(database, seq)
        if (deed === 'remove') return remove(database, seq)
        await database.run('UPDATE ledger_records SET seq = -1 WHERE seq = ?', [seq])
        await database.run('UPDATE ledger_records SET seq = ? WHERE seq = ?', [seq, seq + 1])
        return database.run('UPDATE ledger_records SET seq = ? WHERE seq = -1', [seq + 1])
      })
      assert.equal(firstBad?.seq, seq)
    }),
    { numRuns: 40 },
  )
})
