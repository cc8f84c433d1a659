import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { makeFolder, readRegularFile, requireRegularFile, writePrivateFile } from './files.ts'

const posix = { skip: process.platform === 'win32' ? 'FIFOs and devices are POSIX' : false }

let folder: string
const inFolder = (name: string) => join(folder, name)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-files-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a file is read whole, and one that is larger than its limit is refused', () => {
  writeFileSync(inFolder('file'), Buffer.alloc(200_000, 7))
  assert.deepEqual(readRegularFile(inFolder('file')), Buffer.alloc(200_000, 7))
  assert.equal(readRegularFile(inFolder('file'), 200_000).length, 200_000)
  assert.throws(() => readRegularFile(inFolder('file'), 199_999), { message: 'it is larger than 199999 bytes' })
})

test('what is not a file is refused with its kind, and never waited for', posix, () => {
  execFileSync('mkfifo', [inFolder('fifo')])
  for (const [path, kind] of [
    [folder, 'a folder'],
    [inFolder('fifo'), 'a FIFO'],
    ['/dev/zero', 'a device'],
  ] as const) {
    const message = `it is ${kind}, not a file`
    assert.throws(() => readRegularFile(path), { message })
    assert.throws(() => requireRegularFile(path), { message })
  }
})

test('a folder is made with all above it, for its owner alone, and one that is there stays', () => {
  makeFolder(inFolder('a/b/c'))
  for (const name of ['a', 'a/b', 'a/b/c']) assert.equal(statSync(inFolder(name)).mode & 0o777, 0o700)
  writeFileSync(inFolder('a/b/c/file'), '')
  makeFolder(inFolder('a/b/c'))
  assert.ok(existsSync(inFolder('a/b/c/file')))
})

test('a folder that cannot be made is refused at once, wherever it is', posix, () => {
  writeFileSync(inFolder('file'), '')
  symlinkSync(inFolder('nowhere'), inFolder('dangling'))
  symlinkSync('loop', inFolder('loop'))
  assert.throws(() => makeFolder(inFolder('file')), { message: 'it is a file, not a folder' })
  assert.throws(() => makeFolder(inFolder('file/x/y')), { code: 'ENOTDIR' })
  for (const name of ['dangling', 'dangling/x/y']) {
    assert.throws(() => makeFolder(inFolder(name)), { message: 'it is a link to nothing' })
  }
  assert.throws(() => makeFolder(inFolder('loop/x')), { code: 'ELOOP' })
  assert.throws(() => makeFolder(inFolder('n'.repeat(300))), { code: 'ENAMETOOLONG' })
  assert.throws(() => makeFolder(inFolder('a\0b')), { code: 'ERR_INVALID_ARG_VALUE' })
})

test('a folder under /proc, which refuses as if what is above were missing, is refused at once', {
  skip: process.platform === 'linux' ? false : '/proc is of Linux',
}, () => {
  for (const path of ['/proc/x', '/proc/x/y/z']) assert.throws(() => makeFolder(path), { code: 'ENOENT' })
})

test('a private file takes the place of a link, of a FIFO and of a file that others could read', posix, () => {
  writeFileSync(inFolder('elsewhere'), 'theirs')
  symlinkSync('elsewhere', inFolder('link'))
  execFileSync('mkfifo', [inFolder('fifo')])
  writeFileSync(inFolder('open'), '', { mode: 0o644 })
  for (const name of ['link', 'fifo', 'open']) {
    writePrivateFile(inFolder(name), 'ours')
    assert.ok(lstatSync(inFolder(name)).isFile())
    assert.equal(lstatSync(inFolder(name)).mode & 0o777, 0o600)
    assert.equal(readFileSync(inFolder(name), 'utf8'), 'ours')
  }
  assert.equal(readFileSync(inFolder('elsewhere'), 'utf8'), 'theirs')
  assert.deepEqual(readdirSync(folder).sort(), ['elsewhere', 'fifo', 'link', 'open'])
})
