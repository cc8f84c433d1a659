import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { DataDirectory } from './data-directory.ts'

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-directory-'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

test('a data directory where no server was says nothing', () => {
  const directory = new DataDirectory(join(folder, 'none'))
  assert.equal(directory.readAnnouncement(), undefined)
  assert.equal(directory.readCredentials(), undefined)
})

test('the errors for files that cannot be read say what to do', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const unreadable = {
    name: 'DataDirectoryError',
    message: /cannot be read \((it is a folder, not a file|ENOTDIR)\): name .*--data-dir/,
  }
  assert.throws(() => new DataDirectory(file).readAnnouncement(), unreadable)
  assert.throws(() => new DataDirectory(file).readCredentials(), unreadable)
  const directory = new DataDirectory(folder)
  mkdirSync(directory.credentials)
  assert.throws(() => directory.readCredentials(), unreadable)
})

test('a damaged announcement is reported, whatever it holds', () => {
  const directory = new DataDirectory(folder)
  for (const text of ['', '{', 'null', '{}', '{"endpoint": 1}', '{"endpoint": "nonsense"}']) {
    writeFileSync(directory.running, text)
    assert.throws(() => directory.readAnnouncement(), { name: 'DataDirectoryError', message: /is damaged: remove it/ })
  }
  const facts = { endpoint: 'http://127.0.0.1:4566', pid: 1, version: '1.0.0' }
  directory.announce(facts)
  assert.deepEqual(directory.readAnnouncement(), facts)
})
