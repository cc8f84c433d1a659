import assert from 'node:assert/strict'
import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { zipOf } from '../../../../test/fixtures/zip.ts'
import { CodeFolders } from './code-folders.ts'

const raise = (fault: unknown) => {
  throw fault
}

function foldersOf(context: TestContext): CodeFolders {
  const folders = new CodeFolders(raise)
  context.after(() => folders.remove())
  return folders
}

const modeOf = (path: string) => lstatSync(path).mode & 0o7777

test('code is unpacked read-only, whatever the umask is', async (context) => {
  const archive = await zipOf({ 'a/b/index.mjs': '1', bootstrap: '2' }, { bootstrap: 0o100755 })
  const root = process.getuid?.() === 0
  for (const umask of [0, 0o077]) {
    const folders = foldersOf(context)
    const before = process.umask(umask)
    try {
      const { path, bytes } = await folders.unpacked('code', async () => archive)
      assert.equal(bytes, 2)
      assert.deepEqual(
        ['', 'a', 'a/b', 'a/b/index.mjs', 'bootstrap'].map((name) => modeOf(join(path, name))),
        [0o550, 0o555, 0o555, 0o444, 0o555],
      )
      const { base } = await folders.common()
      const passable = root ? 0o711 : 0o700
      assert.deepEqual(
        ['', 'code', 'homes', 'node_modules', 'certificates', 'view'].map((name) => modeOf(join(base, name))),
        [passable, passable, passable, 0o755, 0o755, 0o755],
      )
    } finally {
      process.umask(before)
    }
  }
})

test('code that cannot be unpacked leaves nothing', async (context) => {
  const folders = foldersOf(context)
  const whole = await zipOf({ 'index.mjs': 'x'.repeat(1000) })
  const broken = Buffer.from(whole)
  // In the data of the file, behind its header: it is noticed while it is being inflated.
  broken.fill(0xff, 45, 50)
  for (let attempt = 0; attempt < 3; attempt++) {
    await assert.rejects(folders.unpacked('broken', async () => broken))
    await assert.rejects(
      folders.unpacked('gone', () => Promise.reject(new Error('gone'))),
      /gone/,
    )
  }
  const { base } = await folders.common()
  assert.deepEqual(readdirSync(join(base, 'code')), [])
  assert.ok(existsSync((await folders.unpacked('broken', async () => whole)).path))
})

test('of code that is not in use, what was used last is kept, up to twenty folders', async (context) => {
  const folders = foldersOf(context)
  const archive = await zipOf({ 'index.mjs': '1' })
  const paths: string[] = []
  for (let count = 0; count < 25; count++) {
    paths.push((await folders.unpacked(`code${count}`, async () => archive)).path)
  }
  await folders.prune(new Set(['code0']))
  const there = paths.map((path) => existsSync(path))
  assert.deepEqual(there, [true, false, false, false, false, ...Array(20).fill(true)])
  assert.equal(readdirSync(dirname(paths[0] ?? '')).length, 21)
  await folders.prune(new Set())
  assert.equal(readdirSync(dirname(paths[0] ?? '')).length, 20)
})

test('of code that is not in use, no more than so many bytes are kept', async (context) => {
  const folders = new CodeFolders(raise, undefined, { folders: 20, bytes: 500 })
  context.after(() => folders.remove())
  const archive = await zipOf({ large: Buffer.alloc(200) })
  const paths: string[] = []
  for (const codeId of ['a', 'b', 'c']) paths.push((await folders.unpacked(codeId, async () => archive)).path)
  await folders.prune(new Set())
  assert.deepEqual(paths.map(existsSync), [false, true, true])
})

test('a home is its user’s own and goes whole', async (context) => {
  const folders = foldersOf(context)
  const root = process.getuid?.() === 0
  const home = await folders.newHome(root)
  assert.equal(modeOf(home.path), 0o700)
  assert.equal(lstatSync(home.path).uid, home.user ?? process.getuid?.())
  assert.equal(home.user !== undefined, root)
  await folders.removeHome(home)
  assert.equal(existsSync(home.path), false)
})
