import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { assertRefused, main, strongroomAtHome } from '../fixtures/command.ts'
import { run } from '../fixtures/foreign.ts'

let folder: string
const strongroom = (...args: string[]) => strongroomAtHome(folder)(...args)

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-failures-'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

test('start says which part of an address cannot be had', async () => {
  const start = (...args: string[]) => strongroom('start', '--ephemeral', '--log-level', 'silent', ...args)
  assertRefused(await start('--host', 'nonsense.invalid', '--insecure'), 1, /nonsense\.invalid has no address.*--host/)
  assertRefused(await start('--host', '127.999.1.1'), 1, /127\.999\.1\.1 has no address.*--host/)
  // Of the block that is kept for documentation, so no machine has it.
  assertRefused(await start('--host', '192.0.2.1', '--insecure'), 1, /cannot listen on 192\.0\.2\.1:4566.*--host/)
})

test('start names the file that keeps it from its data directory, and no port', async () => {
  const dataDir = join(folder, 'blocked')
  mkdirSync(join(dataDir, 'credentials'), { recursive: true })
  const started = await strongroom('start', '--port', '0', '--log-level', 'silent', '--data-dir', dataDir)
  assertRefused(started, 1, /blocked\/credentials cannot be written \(EISDIR\).*--data-dir/)
})

test('start names a data directory that its user may not write, and no port', {
  skip: process.getuid?.() === 0 ? false : 'only root can become another user',
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-foreign-'))
  try {
    const args = [
      '--eval',
      asUnprivileged,
      main,
      'start',
      '--port',
      '0',
      '--log-level',
      'silent',
      '--data-dir',
      dataDir,
    ]
    const ran = await run(process.execPath, args, { ...process.env, HOME: folder } as Record<string, string>)
    assertRefused(ran, 1, /strongroom\.sqlite cannot be written \(EACCES\).*--data-dir/)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})

/** Runs what its arguments name, as the unprivileged user of the system. */
const asUnprivileged = `
const { spawnSync } = require('node:child_process')
const { status } = spawnSync(process.execPath, process.argv.slice(1), { uid: 65534, gid: 65534, stdio: 'inherit' })
process.exitCode = status`

test('start says at once that a data directory cannot be made, wherever it is', {
  skip: process.platform === 'win32' ? 'FIFOs are POSIX' : false,
}, async () => {
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  for (const dataDir of [fifo, ...(process.platform === 'linux' ? ['/proc/x'] : [])]) {
    const started = await strongroom('start', '--port', '0', '--log-level', 'silent', '--data-dir', dataDir)
    assertRefused(started, 2, /^strongroom: The data directory .*cannot be made.*--data-dir/)
  }
})

test('an empty data directory is refused by every command, and nothing is made', async () => {
  for (const command of ['start', 'status', 'credentials', 'doctor']) {
    assertRefused(await strongroom(command, '--data-dir', ''), 2, /data directory is empty.*--data-dir/)
  }
  assert.equal(existsSync('root.key'), false)
})

test('an empty port and one that is not a number are reported as they were given', async () => {
  assertRefused(await strongroom('start', '--ephemeral', '--port', ''), 2, /Invalid port "": use/)
  assertRefused(await strongroom('start', '--ephemeral', '--port', '0x10'), 2, /Invalid port "0x10": use/)
})

test('commands say which file of the data directory they cannot read', async () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  for (const args of [['status'], ['credentials'], ['explain', 'x'], ['logs', 'x']]) {
    assertRefused(await strongroom(...args, '--data-dir', file), 1, /cannot be read \(ENOTDIR\).*--data-dir/)
  }
  const { status, stdout } = await strongroom('doctor', '--data-dir', file)
  assert.equal(status, 1)
  assert.match(stdout, /✗ running server\s+.*cannot be read \(ENOTDIR\)/)
})

test('commands say that running.json is damaged', async () => {
  const dataDir = join(folder, 'damaged')
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'running.json'), '{')
  assertRefused(await strongroom('status', '--data-dir', dataDir), 1, /running\.json is damaged: remove it/)
})

test('an endpoint that is none is refused by every command that asks a server', async () => {
  for (const args of [['status'], ['explain', 'x'], ['logs', 'x'], ['public-parameters', 'restore']]) {
    assertRefused(await strongroom(...args, '--endpoint', 'nonsense'), 2, /Invalid endpoint "nonsense": use /)
  }
})

test('public-parameters import asks for the region that it misses', async () => {
  const imported = await strongroom('public-parameters', 'import', '--from-endpoint', 'http://127.0.0.1:1')
  assertRefused(imported, 1, /Region is missing.*--region/)
})

test('doctor looks at the port that the environment names', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  try {
    const { stdout } = await strongroomAtHome(folder, { STRONGROOM_PORT: String(port) })('doctor')
    assert.match(stdout, new RegExp(`- port ${port}\\s+taken by something else`))
  } finally {
    taken.close()
  }
})

test('on an older Node the message says which one is needed', async () => {
  const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } })"
  const args = ['--import', `data:text/javascript,${encodeURIComponent(older)}`, main, 'status']
  const ran = await run(process.execPath, args, { ...process.env, HOME: folder } as Record<string, string>)
  assertRefused(ran, 1, /^strongroom: this is Node 20\.19\.0, and Node 24 or newer is needed/)
})

test('commands for SQLite refuse where the environment says that the state is in PostgreSQL', async () => {
  const onPostgres = strongroomAtHome(folder, { STRONGROOM_DATABASE_URL: 'postgres://127.0.0.1:1/none' })
  const backup = join(folder, 'of-nothing.sqlite')
  assertRefused(await onPostgres('backup', backup), 1, /pg_dump.*--data-dir/)
  assertRefused(await onPostgres('restore', backup), 1, /pg_restore.*--data-dir/)
  assert.equal(existsSync(backup), false)
  const named = await onPostgres('backup', backup, '--data-dir', join(folder, 'none'))
  assertRefused(named, 1, /There is no database/)
})
