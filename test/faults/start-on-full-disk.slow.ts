import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyLedgerOf } from '../../src/maintenance/verify-ledger.ts'
import { assertRefused, strongroomAtHome } from '../fixtures/command.ts'
import { startServerProcess } from '../fixtures/server-process.ts'

const mount = (directory: string, options: string) =>
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'strongroom-test', directory])

const mayMount = () => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'strongroom-test', directory]).status === 0
  if (mounted) execFileSync('umount', [directory])
  rmSync(directory, { recursive: true })
  return mounted
}

test('a start on a full disk says so in one line, and one with space goes on from there', {
  skip: mayMount() ? false : 'needs the right to mount a file system',
}, async () => {
  const home = mkdtempSync(join(tmpdir(), 'strongroom-full-start-'))
  try {
    for (const size of ['4k', '64k', '140k']) {
      const dataDir = mkdtempSync(join(home, 'data-'))
      mount(dataDir, `size=${size},mode=700`)
      try {
        const start = () =>
          strongroomAtHome(home)('start', '--port', '0', '--log-level', 'silent', '--data-dir', dataDir)
        // Twice: what the first leaves is in nothing's way.
        for (let attempt = 0; attempt < 2; attempt++) assertRefused(await start(), 1, /space|full/)
        assert.deepEqual(
          readdirSync(dataDir).filter((name) => /^(running|credentials|root\.key)\.?./.test(name)),
          [],
        )
        execFileSync('mount', ['-o', 'remount,size=64m', dataDir])
        const server = await startServerProcess(dataDir)
        assert.equal(await server.stop(), 0)
        assert.equal((await verifyLedgerOf({ dataDir })).sound, true)
      } finally {
        execFileSync('umount', [dataDir])
      }
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})
