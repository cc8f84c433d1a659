import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import { startPostgres } from '../../test/fixtures/postgres.ts'
import type { Sealer } from '../core/sealer.ts'
import type { Sql } from '../core/sql.ts'
import { openStore } from '../storage/open-store.ts'
import { randomSealer } from '../storage/testing.ts'
import { eventually } from '../testing/eventually.ts'
import { signAnchor, writeAnchor } from './anchor-file.ts'
import { signCheckpoint } from './checkpoint.ts'
import { chainStart, following } from './hash-chain.ts'
import { createLedger } from './ledger.ts'
import { entriesAfter, insertEntries, lastCheckpoint, lastEntry } from './tables.ts'
import { auditRecord, keyOf, temporaryFiles } from './testing.ts'
import { verifyLedger } from './verify.ts'

// What an attacker can do to a ledger who can write its database, and in some tests its files, but has no root key.

const postgres = await startPostgres()

after(async () => {
  if (typeof postgres !== 'string') await postgres.stop()
})

interface Place {
  files: ReturnType<typeof temporaryFiles>
  sealer: Sealer
  url: string | undefined
}

async function openDatabase({ files, sealer, url }: Place) {
  const alarms: (string | undefined)[] = []
  const ledger = createLedger({
    clock: new FixedClock(),
    files: url === undefined ? files : undefined,
    anchorFile: files.anchor,
    onFault: () => {},
    onAlarm: (reason) => alarms.push(reason),
  })
  const database =
    url === undefined ? ({ kind: 'sqlite', file: files.database } as const) : ({ kind: 'postgres', url } as const)
  const store = await openStore({ database, sealer, appender: ledger.appender, migrations: ledger.migrations })
  return { ledger, store, alarms }
}

async function openServer(place: Place) {
  const { sealer } = place
  const { ledger, store, alarms } = await openDatabase(place)
  try {
    await ledger.start(store, sealer)
  } catch (failure) {
    await store.close()
    throw failure
  }
  return {
    ledger,
    store,
    alarms,
    record: (count = 1) => Promise.all(Array.from({ length: count }, () => store.record([auditRecord()]))),
    verify: async () => store.read(async (sql) => verifyLedger(sql, await keyOf(sql, sealer))),
    /** Ends as by kill -9: nothing is signed any more. */
    async crash() {
      await store.close()
      await ledger.stop()
    },
    async stop() {
      await ledger.stop()
      await store.close()
    },
  }
}

/** Changes the database as another program would, while no server runs. */
async function tamper(place: Place, deed: (sql: Sql) => Promise<unknown>): Promise<void> {
  const { store } = await openDatabase(place)
  await store.write((sql) => deed(sql))
  await store.close()
}

/** As `strongroom ledger accept`, once it has proven the chain. */
async function accept(place: Place): Promise<void> {
  const { ledger, store } = await openDatabase(place)
  await ledger.acceptEnd(store, place.sealer)
  await store.close()
}

/** A record behind the end, as well chained as the server's own. */
async function insertBehind(sql: Sql, gap = 0): Promise<void> {
  const last = await lastEntry(sql)
  const record = JSON.stringify(auditRecord({ eventName: 'Forged', eventID: 'forged' }))
  await insertEntries(sql, [{ ...following({ ...last, seq: last.seq + gap }, record), record }])
}

/** Other records in the place of the last ones, the chain made anew over them. */
async function replaceLast(sql: Sql, count: number): Promise<void> {
  const last = await lastEntry(sql)
  const [before = { ...chainStart, record: '' }] = await entriesAfter(sql, last.seq - count - 1, 1)
  await sql.run('DELETE FROM ledger_records WHERE seq > ?', [last.seq - count])
  let head = last.seq === count ? chainStart : { seq: before.seq, hash: before.hash }
  for (let made = 0; made < count; made++) {
    const record = JSON.stringify(auditRecord({ eventName: 'Forged', eventID: 'forged' }))
    head = following(head, record)
    await insertEntries(sql, [{ ...head, record }])
  }
}

async function cutAfter(sql: Sql, seq: number): Promise<void> {
  await sql.run('DELETE FROM ledger_records WHERE seq > ?', [seq])
  await sql.run('DELETE FROM ledger_checkpoints WHERE seq > ?', [seq])
}

/** The ledger as versions kept it that sealed no head: anchors were checkpoints, and the key was sealed otherwise. */
async function asEarlierVersion(place: Place): Promise<void> {
  await tamper(place, async (sql) => {
    const key = await keyOf(sql, place.sealer)
    const bytes = key.privateKey.export({ type: 'pkcs8', format: 'der' })
    await sql.run('UPDATE ledger_key SET sealed_private_key = ?', [place.sealer.seal(bytes, 'ledger.checkpoint-key')])
    await writeAnchor(place.files.anchor, signCheckpoint(await lastEntry(sql), 0, key.privateKey))
    await sql.run(sql.dialect === 'sqlite' ? 'DROP TABLE ledger_head' : 'ALTER TABLE ledger_head DROP COLUMN tag')
    await sql.run("DELETE FROM migrations WHERE name = '0011-ledger-head'")
  })
}

for (const kind of ['SQLite', 'PostgreSQL'] as const) {
  const skip = kind === 'PostgreSQL' && typeof postgres === 'string' ? postgres : false
  const deed = (name: string, work: (place: Place) => Promise<void>) =>
    test(`${name} (${kind})`, { skip }, async () => {
      using files = temporaryFiles()
      const url = kind === 'PostgreSQL' && typeof postgres !== 'string' ? await postgres.newDatabase() : undefined
      await work({ files, sealer: randomSealer(), url })
    })

  deed('a server that was killed goes on with the records that it had not signed', async (place) => {
    const killed = await openServer(place)
    await killed.record(300)
    await killed.crash()
    const next = await openServer(place)
    assert.deepEqual(await next.verify(), { sound: true, records: 300, signedThrough: 300 })
    await next.record()
    assert.equal((await next.verify()).sound, true)
    await next.stop()
  })

  deed('a record inserted behind the end while no server runs keeps the next from starting', async (place) => {
    for (const end of ['stop', 'crash'] as const) {
      const server = await openServer(place)
      await server.record(5)
      await server[end]()
    }
    await tamper(place, (sql) => insertBehind(sql))
    await assert.rejects(openServer(place), {
      name: 'UnsoundEndError',
      message:
        /record 11 \(event forged .*\) is unproven: the server had written 10 records\. .*strongroom ledger accept/,
    })
  })

  deed('a record inserted behind the end while a server runs is an alarm, and is not signed', async (place) => {
    const server = await openServer(place)
    await server.record(3)
    await server.store.write((sql) => insertBehind(sql))
    await eventually(async () => server.alarms.length, Boolean)
    assert.match(String(server.alarms[0]), /the server has written 3 records, but there is a record 4/)
    await assert.rejects(server.record(), { name: 'StoreUnavailableError', message: /strongroom ledger verify/ })
    await assert.rejects(server.record(20), { name: 'StoreUnavailableError' })
    assert.match(String(await server.ledger.check()), /record 4/)
    assert.deepEqual((await server.verify()).firstBad?.problem, 'unproven')
    // As it was, it goes on.
    await server.store.write((sql) => sql.run('DELETE FROM ledger_records WHERE seq = 4'))
    assert.equal(await server.ledger.check(), undefined)
    await server.record()
    assert.deepEqual([server.alarms.length, server.alarms[1]], [2, undefined])
    await server.store.write((sql) => insertBehind(sql, 2))
    await eventually(
      async () => server.alarms.length,
      (length) => length > 2,
    )
    await server.stop()
    await assert.rejects(openServer(place), { name: 'UnsoundEndError' })
  })

  deed('records replaced in the last second before a kill keep the next server from starting', async (place) => {
    const server = await openServer(place)
    await server.record(4)
    await server.crash()
    await tamper(place, (sql) => replaceLast(sql, 2))
    await assert.rejects(openServer(place), {
      name: 'UnsoundEndError',
      message: /is unproven: it, or one that follows, is not what the server wrote/,
    })
  })

  deed('an end cut off together with the anchor keeps the next server from starting', async (place) => {
    const server = await openServer(place)
    await server.record(300)
    await server.stop()
    await tamper(place, (sql) => cutAfter(sql, 256))
    await assert.rejects(openServer(place), { name: 'AnchorMismatchError' })
    // A checkpoint from inside the database says nothing about how far the ledger had come.
    let inner: Awaited<ReturnType<typeof lastCheckpoint>>
    await tamper(place, async (sql) => {
      inner = await lastCheckpoint(sql)
    })
    assert.equal(inner?.seq, 256)
    await writeAnchor(place.files.anchor, inner)
    await assert.rejects(openServer(place), { name: 'UnreadableAnchorError' })
    // Even with an anchor of that time, the sealed head tells.
    await tamper(place, async (sql) => {
      const key = await keyOf(sql, place.sealer)
      await writeAnchor(place.files.anchor, signAnchor(await lastEntry(sql), 0, key.privateKey))
    })
    await assert.rejects(openServer(place), {
      name: 'UnsoundEndError',
      message: /record 257 is cut-off: the ledger ends before it, but the server had written 300 records/,
    })
  })

  deed('a head that was set back under a running server is an alarm', async (place) => {
    const server = await openServer(place)
    await server.record(2)
    const heads = () =>
      server.store.read((sql) =>
        sql.all<{ seq: number; hash: Uint8Array; tag: Uint8Array }>('SELECT seq, hash, tag FROM ledger_head'),
      )
    const [old] = await heads()
    assert.ok(old)
    await server.record(2)
    await server.store.write(async (sql) => {
      await cutAfter(sql, 2)
      await sql.run('UPDATE ledger_head SET seq = ?, hash = ?, tag = ?', [old.seq, old.hash, old.tag])
    })
    await eventually(async () => server.alarms.length, Boolean)
    assert.match(String(server.alarms[0]), /set back from record 4 to record 2/)
    await assert.rejects(server.record(), { name: 'StoreUnavailableError' })
    await server.stop()
  })

  deed('a ledger of an earlier version is proven from its first start on', async (place) => {
    const server = await openServer(place)
    await server.record(300)
    await server.stop()
    await asEarlierVersion(place)
    const first = await openServer(place)
    await first.record(2)
    await first.crash()
    await tamper(place, async (sql) => {
      assert.equal((await keyOf(sql, place.sealer)).earlier, false)
      await replaceLast(sql, 1)
    })
    await assert.rejects(openServer(place), { name: 'UnsoundEndError' })
  })

  deed('records that an earlier version had not signed are taken over when they are accepted', async (place) => {
    const server = await openServer(place)
    await server.record(3)
    await server.stop()
    await asEarlierVersion(place)
    await tamper(place, (sql) => insertBehind(sql))
    await assert.rejects(openServer(place), { name: 'UnsoundEndError', message: /record 4 .*strongroom ledger accept/ })
    await accept(place)
    const next = await openServer(place)
    assert.deepEqual(await next.verify(), { sound: true, records: 4, signedThrough: 4 })
    await next.stop()
  })

  deed('an end that was set back before an earlier version was replaced is still noticed', async (place) => {
    const server = await openServer(place)
    await server.record(300)
    await server.stop()
    await asEarlierVersion(place)
    await tamper(place, (sql) => cutAfter(sql, 256))
    await assert.rejects(openServer(place), { name: 'AnchorMismatchError' })
  })

  deed('a proven ledger cannot be passed off as one of an earlier version', async (place) => {
    const server = await openServer(place)
    await server.record(300)
    await server.stop()
    let inner: Awaited<ReturnType<typeof lastCheckpoint>>
    await tamper(place, async (sql) => {
      await cutAfter(sql, 256)
      await sql.run('DELETE FROM ledger_head')
      inner = await lastCheckpoint(sql)
    })
    assert.ok(inner)
    await writeAnchor(place.files.anchor, inner)
    await assert.rejects(openServer(place), { name: 'UnreadableAnchorError' })
    rmSync(place.files.anchor)
    await assert.rejects(openServer(place), { name: kind === 'SQLite' ? 'MissingAnchorError' : 'UnsoundEndError' })
  })
}
