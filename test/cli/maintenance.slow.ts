import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { hashAt } from '../../src/ledger/hash-chain.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { assertRefused, main, strongroomAtHome } from '../fixtures/command.ts'
import { missing, type Ran, run } from '../fixtures/foreign.ts'
import { send, signJson } from '../fixtures/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

/** The state of a server that was stopped, and of one that was killed: its log is not in the database file yet. */
let folder: string
let stopped: string
let killed: string

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-maintenance-'))
  stopped = join(folder, 'stopped')
  killed = join(folder, 'killed')
  const first = await startServerProcess(stopped)
  for (let count = 0; count < 20; count++) await createKey(first, `key ${count}`)
  await first.stop()
  cpSync(stopped, killed, { recursive: true })
  const second = await startServerProcess(killed)
  for (let count = 0; count < 20; count++) await createKey(second, `later key ${count}`)
  await second.kill()
})
after(() => rmSync(folder, { recursive: true, force: true }))

async function createKey({ port, credentials }: ServerProcess, description: string): Promise<void> {
  const input = { Description: description }
  const { status } = await send(port, signJson({ port, service: 'kms', operation: 'CreateKey', input }, credentials))
  assert.equal(status, 200)
}

const strongroom = (...args: string[]) => strongroomAtHome(folder)(...args)

function assertDone({ status, stderr }: Ran): void {
  assert.equal(status, 0, stderr)
}

let copies = 0
function copyOf(dataDir: string): string {
  const copy = join(folder, `copy-${copies++}`)
  cpSync(dataDir, copy, { recursive: true })
  return copy
}

const databaseOf = (dataDir: string) => join(dataDir, 'strongroom.sqlite')
const anchorOf = (dataDir: string) => join(dataDir, 'ledger-anchor.json')

function change(file: string, sql: string): void {
  using database = new DatabaseSync(file)
  database.exec(sql)
}

/** The hash, in hex, of the record behind one, as it was inserted. */
function chained(dataDir: string, seq: number): string {
  using database = new DatabaseSync(databaseOf(dataDir), { readOnly: true })
  const at = (place: number) => database.prepare('SELECT record, hash FROM ledger_records WHERE seq = ?').get(place)
  return hashAt(seq + 1, at(seq)?.hash as Uint8Array, String(at(seq + 1)?.record)).toString('hex')
}

async function backupOf(dataDir: string): Promise<string> {
  const file = join(folder, `backup-${copies++}.sqlite`)
  assertDone(await strongroom('backup', file, '--data-dir', dataDir))
  return file
}

const verify = (dataDir: string) => strongroom('ledger', 'verify', '--data-dir', dataDir)

async function recordsOf(dataDir: string): Promise<number> {
  const { stdout, stderr } = await verify(dataDir)
  assert.match(stdout, /sound/, stderr)
  return Number(/sound: (\d+) records/.exec(stdout)?.[1])
}

test('an end that was cut off is noticed also when the anchor was removed with it, until the operator accepts it', async () => {
  const dataDir = copyOf(stopped)
  change(databaseOf(dataDir), 'DELETE FROM ledger_records WHERE seq > 10; DELETE FROM ledger_checkpoints')
  assertRefused(await verify(dataDir), 1, /record 11 is cut-off/)
  rmSync(anchorOf(dataDir))
  assertRefused(await verify(dataDir), 1, /ledger-anchor.json is missing.*strongroom ledger accept/)
  await assert.rejects(startServerProcess(dataDir), /ledger-anchor.json is missing/)
  assertDone(await strongroom('ledger', 'accept', '--data-dir', dataDir))
  assert.equal(await recordsOf(dataDir), 10)
  const server = await startServerProcess(dataDir)
  await createKey(server, 'after it')
  assert.equal(await server.stop(), 0)
  assert.equal(await recordsOf(dataDir), 11)
})

test('accept keeps the anchor that was there, and refuses a ledger that is not sound or in use', async () => {
  const dataDir = copyOf(stopped)
  const before = readFileSync(anchorOf(dataDir), 'utf8')
  change(databaseOf(dataDir), "UPDATE ledger_records SET record = '{}' WHERE seq = 3")
  assertRefused(await strongroom('ledger', 'accept', '--data-dir', dataDir), 1, /not sound: record 3/)
  assert.equal(readFileSync(anchorOf(dataDir), 'utf8'), before)
  rmSync(dataDir, { recursive: true })
  cpSync(stopped, dataDir, { recursive: true })
  const accepted = await strongroom('ledger', 'accept', '--data-dir', dataDir)
  assertDone(accepted)
  const aside = /now (\S+)\.\n/.exec(accepted.stdout)?.[1]
  assert.ok(aside)
  assert.equal(readFileSync(aside, 'utf8'), before)
  const server = await startServerProcess(dataDir)
  assertRefused(await strongroom('ledger', 'accept', '--data-dir', dataDir), 1, /another server/)
  await server.stop()
})

test('a record that another program has put behind the end is refused by name until it is accepted', async () => {
  const dataDir = copyOf(killed)
  const records = await recordsOf(dataDir)
  const insert = `INSERT INTO ledger_records SELECT ${records + 1}, record, hash FROM ledger_records WHERE seq = 7`
  change(databaseOf(dataDir), insert)
  await assert.rejects(startServerProcess(dataDir), new RegExp(`record ${records + 1} .*is changed`))
  change(
    databaseOf(dataDir),
    `UPDATE ledger_records SET hash = x'${chained(dataDir, records)}' WHERE seq = ${records + 1}`,
  )
  const named = new RegExp(`record ${records + 1} \\(event .*is unproven: the server had written ${records} records`)
  assertRefused(await verify(dataDir), 1, named)
  await assert.rejects(startServerProcess(dataDir), named)
  const file = await backupOf(dataDir)
  assertRefused(await strongroom('restore', file, '--data-dir', dataDir, '--replace'), 1, /not sound/)
  const accepted = await strongroom('ledger', 'accept', '--data-dir', dataDir)
  assertDone(accepted)
  assert.match(accepted.stdout, new RegExp(`Accepted without proof, from record ${records + 1} on`))
  assert.equal(await recordsOf(dataDir), records + 1)
  assert.equal(await (await startServerProcess(dataDir)).stop(), 0)
})

test('an anchor whose database was removed is put aside by accept, and the next start begins anew', async () => {
  const dataDir = copyOf(stopped)
  rmSync(databaseOf(dataDir))
  await assert.rejects(startServerProcess(dataDir), /ledger-anchor.json.*strongroom ledger accept/)
  const accepted = await strongroom('ledger', 'accept', '--data-dir', dataDir)
  assertDone(accepted)
  assert.match(accepted.stdout, /No ledger has begun/)
  assert.equal(await (await startServerProcess(dataDir)).stop(), 0)
})

test('a ledger whose key was removed is named as such', async () => {
  const dataDir = copyOf(stopped)
  change(databaseOf(dataDir), 'DELETE FROM ledger_key')
  assertRefused(await verify(dataDir), 1, /no checkpoint key/)
  await assert.rejects(startServerProcess(dataDir), /no checkpoint key/)
})

test('a backup of a killed server holds what its log holds, is one file, and is whole on read-only media', async () => {
  const dataDir = copyOf(killed)
  const records = await recordsOf(dataDir)
  const file = await backupOf(copyOf(killed))
  const shelf = join(folder, 'shelf')
  mkdirSync(shelf)
  cpSync(file, join(shelf, 'backup.sqlite'))
  chmodSync(shelf, 0o500)
  const restored = join(folder, 'from-shelf')
  mkdirSync(restored)
  cpSync(join(killed, 'root.key'), join(restored, 'root.key'))
  const shelved = join(shelf, 'backup.sqlite')
  assertDone(await strongroom('ledger', 'verify', '--backup', shelved, '--data-dir', restored))
  assertDone(await strongroom('restore', shelved, '--data-dir', restored))
  assert.deepEqual(readdirSync(shelf), ['backup.sqlite'])
  chmodSync(shelf, 0o700)
  assert.equal(await recordsOf(restored), records)
})

test('restore takes the log of a copied data directory too', async () => {
  const source = copyOf(killed)
  assert.ok(existsSync(`${databaseOf(source)}-wal`))
  const records = await recordsOf(copyOf(killed))
  const dataDir = copyOf(stopped)
  assertDone(await strongroom('restore', databaseOf(source), '--data-dir', dataDir, '--replace'))
  assert.equal(await recordsOf(dataDir), records)
})

test('restore leaves nothing of a database that is half gone, and the server starts', async () => {
  const file = await backupOf(stopped)
  for (const gone of [[databaseOf], [databaseOf, anchorOf]]) {
    const dataDir = copyOf(killed)
    for (const of of gone) rmSync(of(dataDir))
    assertRefused(await strongroom('restore', file, '--data-dir', dataDir), 1, /--replace/)
    assertDone(await strongroom('restore', file, '--data-dir', dataDir, '--replace'))
    using database = new DatabaseSync(databaseOf(dataDir), { readOnly: true })
    assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' })
    assert.equal(await (await startServerProcess(dataDir)).stop(), 0)
    assert.equal(await recordsOf(dataDir), await recordsOf(stopped))
  }
})

test('restore refuses a server that runs, also when its database was removed under it', async () => {
  const file = await backupOf(stopped)
  const dataDir = copyOf(stopped)
  const server = await startServerProcess(dataDir)
  rmSync(databaseOf(dataDir))
  assertRefused(await strongroom('restore', file, '--data-dir', dataDir, '--replace'), 1, /another server/)
  await server.kill()
})

test('a damaged backup is refused, and what is there stays', async () => {
  const file = await backupOf(stopped)
  using opened = new DatabaseSync(file, { readOnly: true })
  const root = (name: string) =>
    Number(opened.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name)?.rootpage)
  const pageBytes = Number(opened.prepare('PRAGMA page_size').get()?.page_size)
  const dataDir = copyOf(stopped)
  const before = readFileSync(databaseOf(dataDir))
  for (const table of ['document_index', 'documents', 'ledger_records']) {
    const damaged = join(folder, `damaged-${table}.sqlite`)
    cpSync(file, damaged)
    const descriptor = openSync(damaged, 'r+')
    writeSync(descriptor, Buffer.alloc(pageBytes), 0, pageBytes, (root(table) - 1) * pageBytes)
    closeSync(descriptor)
    assertRefused(await strongroom('restore', damaged, '--data-dir', dataDir, '--replace'), 1, /damaged/)
  }
  assert.ok(before.equals(readFileSync(databaseOf(dataDir))))
  assert.deepEqual(
    readdirSync(dataDir).filter((name) => /restoring|replaced/.test(name)),
    [],
  )
})

test('a backup with a trigger in it is refused, and what is there stays', async () => {
  const file = await backupOf(stopped)
  change(file, 'CREATE TRIGGER copies AFTER INSERT ON documents BEGIN DELETE FROM due_work; END')
  const dataDir = copyOf(stopped)
  const before = readdirSync(dataDir)
  assertRefused(await strongroom('restore', file, '--data-dir', dataDir, '--replace'), 1, /it has a trigger copies/)
  assert.deepEqual(readdirSync(dataDir), before)
})

test('a data directory on read-only media is verified as it is', {
  skip: process.platform === 'linux' ? missing('unshare', '-m', 'true') : 'needs unshare',
}, async () => {
  const readOnly = (dataDir: string) =>
    run(
      'unshare',
      ['-m', 'sh', '-c', 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"', dataDir].concat(
        ...[process.execPath, main, 'ledger', 'verify', '--data-dir', dataDir],
      ),
      { PATH: process.env.PATH ?? '', HOME: folder },
    )
  const verified = await readOnly(copyOf(stopped))
  assertDone(verified)
  assert.match(verified.stdout, /is sound: 20 records/)
  // What its log holds cannot be read there.
  assertRefused(await readOnly(copyOf(killed)), 1, /was not closed by its server.*copy the data directory/)
})

test('what is not a database, or cannot be read or written, is refused in a line', async () => {
  const dataDir = copyOf(stopped)
  const nothing = join(folder, 'empty')
  writeFileSync(nothing, '')
  const text = join(folder, 'text')
  writeFileSync(text, 'no database, but longer than the header of one '.repeat(100))
  const foreign = join(folder, 'foreign.sqlite')
  change(foreign, 'CREATE TABLE other (id INTEGER)')
  for (const file of [nothing, text, foreign, folder]) {
    assertRefused(
      await strongroom('ledger', 'verify', '--backup', file, '--data-dir', dataDir),
      1,
      /no database|damaged|it is a folder/,
    )
    assertRefused(
      await strongroom('restore', file, '--data-dir', dataDir, '--replace'),
      1,
      /backup|damaged|copied|it is a folder/,
    )
  }
  assertRefused(
    await strongroom('backup', join(folder, 'no', 'such', 'folder'), '--data-dir', dataDir),
    1,
    /cannot be copied/,
  )
  writeFileSync(databaseOf(dataDir), readFileSync(text))
  assertRefused(await verify(dataDir), 1, /damaged/)
  assertRefused(await strongroom('backup', join(folder, 'of-text'), '--data-dir', dataDir), 1, /cannot be copied/)
  assert.equal(existsSync(join(folder, 'of-text')), false)
})

test('a backup that is interrupted leaves nothing behind', async () => {
  const dataDir = copyOf(stopped)
  // Large enough to take a while.
  change(
    databaseOf(dataDir),
    `CREATE TABLE ballast (bytes BLOB);
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
     INSERT INTO ballast SELECT randomblob(1048576) FROM n`,
  )
  const file = join(folder, 'interrupted.sqlite')
  const child = spawn(process.execPath, [main, 'backup', file, '--data-dir', dataDir], { stdio: 'ignore' })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  await eventually(() => existsSync(`${file}.partial`) || child.exitCode !== null)
  child.kill('SIGINT')
  assert.equal(await ended, 130)
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('interrupted')),
    [],
  )
})
