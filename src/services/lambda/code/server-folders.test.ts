import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { releaseHostId, takeHostId } from '../execution/host-ids.ts'
import { makeServerFolder, removeLeftovers, removeServerFolder } from './server-folders.ts'

const asRoot = { skip: process.getuid?.() !== 0 && 'needs root' }

/** A folder for temporary files of this test's own. */
function temporaryFolder(context: TestContext): string {
  const before = process.env.TMPDIR
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-temporary-'))
  chmodSync(folder, 0o1777)
  process.env.TMPDIR = folder
  context.after(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** The id of a process that has ended. */
const deadPid = () => spawnSync('/bin/true').pid

const faults = () => {
  const heard: unknown[] = []
  return { heard, onFault: (fault: unknown) => void heard.push(fault) }
}

test('left-overs of this user’s servers are removed, those of servers that run are not', async (context) => {
  const folder = temporaryFolder(context)
  const own = makeServerFolder()
  const names = {
    left: `strongroom-lambda-${deadPid()}-a`,
    // As in a container, where the server before had the same number.
    leftBySameNumber: `strongroom-lambda-${process.pid}-a`,
    running: `strongroom-lambda-${process.ppid}-a`,
    other: 'strongroom-lambda-x',
  }
  for (const name of Object.values(names)) mkdirSync(join(folder, name, 'homes', 'h'), { recursive: true })
  const { heard, onFault } = faults()
  await removeLeftovers(onFault)
  assert.deepEqual(heard, [])
  const left = Object.entries(names).filter(([, name]) => existsSync(join(folder, name)))
  assert.deepEqual(
    left.map(([what]) => what),
    ['running', 'other'],
  )
  assert.equal(existsSync(own), true)
  await removeServerFolder(own)
  assert.equal(existsSync(own), false)
})

test('a link with the name of a left-over is left alone, and so is what it names', async (context) => {
  const folder = temporaryFolder(context)
  const target = join(folder, 'target')
  mkdirSync(join(target, 'homes', 'h'), { recursive: true })
  chmodSync(target, 0o755)
  chmodSync(join(target, 'homes'), 0o755)
  const link = join(folder, `strongroom-lambda-${deadPid()}-x`)
  symlinkSync(target, link)
  const { heard, onFault } = faults()
  await removeLeftovers(onFault)
  assert.deepEqual(heard, [])
  assert.equal(lstatSync(link).isSymbolicLink(), true)
  assert.deepEqual(
    [target, join(target, 'homes')].map((path) => lstatSync(path).mode & 0o7777),
    [0o755, 0o755],
  )
  assert.equal(existsSync(join(target, 'homes', 'h')), true)
})

test('a folder of another user with the name of a left-over is left alone', asRoot, async (context) => {
  const folder = temporaryFolder(context)
  const planted = join(folder, `strongroom-lambda-${deadPid()}-x`)
  mkdirSync(join(planted, 'homes'), { recursive: true })
  for (const path of [planted, join(planted, 'homes')]) {
    chownSync(path, 1_900_000_005, 1_900_000_005)
    chmodSync(path, 0o500)
  }
  const { heard, onFault } = faults()
  await removeLeftovers(onFault)
  assert.deepEqual(heard, [])
  assert.deepEqual(
    [planted, join(planted, 'homes')].map((path) => lstatSync(path).mode & 0o7777),
    [0o500, 0o500],
  )
})

test(
  'a home that a killed server left goes with what its user runs, without a look behind its links',
  asRoot,
  async (context) => {
    const folder = temporaryFolder(context)
    chmodSync(folder, 0o755)
    const user = takeHostId() ?? 0
    context.after(() => void releaseHostId(user))
    const left = join(folder, `strongroom-lambda-${deadPid()}-x`)
    const home = join(left, 'homes', 'h')
    const closed = join(home, 'closed')
    mkdirSync(closed, { recursive: true })
    for (const path of [left, join(left, 'homes')]) chmodSync(path, 0o711)
    symlinkSync('/etc', join(home, 'link'))
    for (const path of [closed, home]) chownSync(path, user, user)
    chmodSync(closed, 0)
    const lingering = spawn('sleep', ['600'], { uid: user, gid: user, detached: true, stdio: 'ignore' })
    const ended = new Promise((resolve) => lingering.once('exit', (_, signal) => resolve(signal)))
    const etc = lstatSync('/etc').mode
    const { heard, onFault } = faults()
    await removeLeftovers(onFault)
    assert.deepEqual(heard, [])
    assert.equal(await ended, 'SIGKILL')
    assert.equal(existsSync(left), false)
    assert.equal(lstatSync('/etc').mode, etc)
  },
)
