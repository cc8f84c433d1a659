import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, test } from 'node:test'
import { readKeyFile } from '../crypto/root-key-file.ts'
import { readAnchor } from '../ledger/anchor-file.ts'
import { DataDirectory } from '../server/data-directory.ts'
import { acceptLedger } from './accept-ledger.ts'
import { backUp } from './back-up.ts'
import { restore } from './restore.ts'
import { verifyLedgerOf } from './verify-ledger.ts'

const posix = { skip: process.platform === 'win32' ? 'FIFOs and devices are POSIX' : false }

let folder: string
const at = (name: string) => join(folder, name)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-paths-'))
  symlinkSync(at('nowhere'), at('dangling'))
  symlinkSync('loop', at('loop'))
  writeFileSync(at('plain'), '')
  if (process.platform !== 'win32') execFileSync('mkfifo', ['-m', '600', at('fifo')])
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a data directory that cannot be one is refused by whatever uses it', posix, async () => {
  const long = at('n'.repeat(300))
  for (const dataDir of ['/dev/null', at('fifo'), at('dangling/x'), at('plain'), at('plain/x'), at('loop'), long]) {
    const cannotBeMade = { name: 'ConfigError', message: /^The data directory .*cannot be made \(.*--data-dir/ }
    assert.throws(() => new DataDirectory(dataDir).prepare(), cannotBeMade)
    const none = { name: 'MaintenanceError', message: /There is no data directory .*--data-dir/ }
    await assert.rejects(acceptLedger({ dataDir }), none)
  }
})

test('a backup that is not a file is refused by every command that reads it, and nothing is made', posix, async () => {
  for (const file of ['/dev/zero', at('fifo'), folder, at('dangling'), at('loop'), at('plain/x')]) {
    const refused = { name: 'MaintenanceError', message: /There is no (file|database)|cannot be read: / }
    await assert.rejects(restore(file, { dataDir: at('unused') }), refused)
    await assert.rejects(verifyLedgerOf({ dataDir: at('unused'), backup: file }), refused)
  }
  assert.equal(existsSync(at('unused')), false)
})

test('a backup takes the place of nothing, a link that leads nowhere included, and needs a folder', posix, async () => {
  mkdirSync(at('data'))
  new DatabaseSync(at('data/strongroom.sqlite')).close()
  for (const file of [at('dangling'), at('fifo'), at('plain')]) {
    await assert.rejects(backUp(at('data'), file), { message: /exists; a backup never replaces a file: name another/ })
  }
  for (const file of [at('plain/copy'), at('nowhere/copy'), at('n'.repeat(300))]) {
    await assert.rejects(backUp(at('data'), file), { name: 'MaintenanceError', message: /cannot be copied to / })
  }
})

test('a FIFO in the place of a file of the data directory is refused, and not waited for', posix, async () => {
  assert.throws(() => readKeyFile(at('fifo')), { name: 'RootKeyError', message: /cannot be read: it is a FIFO/ })
  await assert.rejects(readAnchor(at('fifo'), {} as never), { name: 'UnreadableAnchorError' })
})
