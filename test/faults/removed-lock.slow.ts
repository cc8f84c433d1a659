import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { restore } from '../../src/maintenance/restore.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

function isLocked(file: string): boolean {
  if (!existsSync(file)) return false
  using lock = new DatabaseSync(file, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE; ROLLBACK')
    return false
  } catch {
    return true
  }
}

test('a data directory whose lock file was removed lets no second server in', {
  skip: process.platform === 'win32' && 'open files cannot be deleted',
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-lock-'))
  const lock = join(dataDir, 'strongroom.sqlite-lock')
  const lockedAgain = () => eventually(() => isLocked(lock))
  let server: ServerProcess | undefined
  try {
    server = await startServerProcess(dataDir)
    rmSync(lock)
    await assert.rejects(startServerProcess(dataDir), /is open in another (server|program)/)
    // It is made anew, and holds as the first did; so does another file in its place.
    for (const replace of [() => {}, () => writeFileSync(lock, '')]) {
      rmSync(lock, { force: true })
      replace()
      await lockedAgain()
      const replaced = restore(join(dataDir, 'strongroom.sqlite'), { dataDir }, { replace: true })
      await assert.rejects(replaced, /is open in another server/)
    }
    assert.equal(await server.stop(), 0)
    // Without a server, a missing lock file is in nothing's way.
    rmSync(lock)
    server = await startServerProcess(dataDir)
    assert.equal(await server.stop(), 0)
  } finally {
    await server?.kill()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
