import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { changeableByOthers, makeFolder, NotOwnFolderError, removeTree, setFolderMode } from './owned-tree.ts'

const asRoot = { skip: process.getuid?.() !== 0 && 'needs root' }
const other = 1_800_000_001

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-owned-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A folder that must stay as it is. */
function precious(folder: string): string {
  const path = join(folder, 'precious')
  mkdirSync(join(path, 'inner'), { recursive: true })
  writeFileSync(join(path, 'inner', 'file'), 'kept')
  chmodSync(join(path, 'inner'), 0o755)
  chmodSync(path, 0o755)
  return path
}

function assertUntouched(path: string): void {
  assert.deepEqual(
    [path, join(path, 'inner')].map((folder) => lstatSync(folder).mode & 0o7777),
    [0o755, 0o755],
  )
  assert.deepEqual(readdirSync(join(path, 'inner')), ['file'])
}

test('a tree is removed with its links, which are not followed', async (context) => {
  const folder = folderOf(context)
  const target = precious(folder)
  const tree = join(folder, 'tree')
  mkdirSync(join(tree, 'a', 'b'), { recursive: true })
  for (const place of [tree, join(tree, 'a'), join(tree, 'a', 'b')]) symlinkSync(target, join(place, 'link'))
  await removeTree(tree)
  assert.equal(existsSync(tree), false)
  assertUntouched(target)
  await removeTree(tree)
})

test('a link in the place of a tree is refused, and what it names stays as it is', async (context) => {
  const folder = folderOf(context)
  const target = precious(folder)
  const link = join(folder, 'link')
  symlinkSync(target, link)
  await assert.rejects(removeTree(link), NotOwnFolderError)
  await assert.rejects(setFolderMode(link, 0o700), NotOwnFolderError)
  assertUntouched(target)
  assert.equal(lstatSync(link).isSymbolicLink(), true)
})

test('a tree of any depth is removed', async (context) => {
  const tree = join(folderOf(context), 'tree')
  // Deeper than a path may be long, and than a process may have descriptors.
  const program = `const { mkdirSync } = require('node:fs')
    for (let depth = 0; depth < 1200; depth++) { mkdirSync('deeper'); process.chdir('deeper') }`
  mkdirSync(tree)
  execFileSync(process.execPath, ['-e', program], { cwd: tree })
  await removeTree(tree)
  assert.equal(existsSync(tree), false)
})

test('folders that are closed to their owner are removed by a user that is not root', async (context) => {
  const folder = folderOf(context)
  const tree = join(folder, 'tree')
  mkdirSync(join(tree, 'closed', 'readonly'), { recursive: true })
  writeFileSync(join(tree, 'closed', 'readonly', 'file'), '')
  const user = process.getuid?.() === 0 ? other : undefined
  const owned = [folder, tree, join(tree, 'closed'), join(tree, 'closed', 'readonly')]
  if (user !== undefined) for (const path of owned) chownSync(path, user, user)
  chmodSync(join(tree, 'closed', 'readonly'), 0o555)
  chmodSync(join(tree, 'closed'), 0)
  const module = JSON.stringify(import.meta.resolve('./owned-tree.ts'))
  const program = `const { removeTree } = await import(${module}); await removeTree(${JSON.stringify(tree)})`
  execFileSync(process.execPath, ['--input-type=module', '-e', program], { uid: user, gid: user, cwd: '/' })
  assert.equal(existsSync(tree), false)
})

test('a folder of another user is left as it is, also within a tree of one’s own', asRoot, async (context) => {
  const tree = join(folderOf(context), 'tree')
  mkdirSync(join(tree, 'a'), { recursive: true })
  const foreign = precious(join(tree, 'a'))
  chownSync(foreign, other, other)
  await assert.rejects(removeTree(tree), NotOwnFolderError)
  await assert.rejects(setFolderMode(foreign, 0o700), NotOwnFolderError)
  await assert.rejects(removeTree(foreign), NotOwnFolderError)
  assertUntouched(foreign)
})

/** Exchanges `entry` for a link and back again, as fast as it can, until it is killed. */
const exchanger = `
  const { renameSync, symlinkSync, unlinkSync, mkdirSync, writeFileSync } = require('node:fs')
  const [, tree, target] = process.argv
  const tried = (act) => { try { act() } catch {} }
  console.log('ready')
  for (;;) {
    tried(() => mkdirSync(tree + '/entry/inner', { recursive: true }))
    tried(() => writeFileSync(tree + '/entry/inner/file', ''))
    tried(() => renameSync(tree + '/entry', tree + '/aside'))
    tried(() => symlinkSync(target, tree + '/entry'))
    tried(() => unlinkSync(tree + '/entry'))
    tried(() => renameSync(tree + '/aside', tree + '/entry'))
  }`

test('an entry that is exchanged for a link all the while leads no removal elsewhere', async (context) => {
  const folder = folderOf(context)
  const target = precious(folder)
  const tree = join(folder, 'tree')
  const child = spawn(process.execPath, ['-e', exchanger, tree, target], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve))
    const endMs = performance.now() + 2500
    for (let round = 0; round < 2000 && performance.now() < endMs; round++) {
      mkdirSync(tree, { recursive: true })
      // It fails where something is added or gone meanwhile.
      await removeTree(tree).catch(() => {})
    }
  } finally {
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
  }
  assertUntouched(target)
})

test('a folder is made with the mode that is asked for, whatever the umask is', async (context) => {
  const folder = folderOf(context)
  for (const umask of [0, 0o077]) {
    const before = process.umask(umask)
    try {
      await makeFolder(join(folder, String(umask)), 0o711)
    } finally {
      process.umask(before)
    }
    assert.equal(lstatSync(join(folder, String(umask))).mode & 0o7777, 0o711)
  }
})

test('a path is changeable by others where a folder above is theirs, or open to them without the sticky bit', async (context) => {
  const folder = folderOf(context)
  const open = join(folder, 'open')
  const inner = join(open, 'inner')
  mkdirSync(inner, { recursive: true })
  assert.equal(await changeableByOthers(inner), undefined)
  chmodSync(open, 0o777)
  assert.equal(await changeableByOthers(inner), open)
  chmodSync(open, 0o1777)
  assert.equal(await changeableByOthers(inner), undefined)
  if (process.getuid?.() !== 0) return
  chmodSync(open, 0o755)
  chownSync(open, other, other)
  assert.equal(await changeableByOthers(inner), open)
})
