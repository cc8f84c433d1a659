import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { DataDirectory } from './data-directory.ts'
import { exposureOfKey, exposuresOf } from './exposure.ts'
import { startStrongroom } from './server.ts'

const posix = { skip: process.platform === 'win32' ? 'modes say nothing there' : false }

let folder: string
let directory: DataDirectory
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'strongroom-exposure-')))
  directory = new DataDirectory(join(folder, 'above', 'data'))
  mkdirSync(directory.path, { recursive: true, mode: 0o700 })
  writeFileSync(directory.database, '', { mode: 0o600 })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const mends = () => exposuresOf(directory).map(({ mend, isOpenToChange }) => `${mend}${isOpenToChange ? ' !' : ''}`)

test(
  'a data directory that only its owner enters is closed, whatever the modes of its files, and below a sticky folder',
  posix,
  () => {
    assert.deepEqual(mends(), [])
    chmodSync(directory.database, 0o666)
    chmodSync(join(folder, 'above'), 0o1777)
    assert.deepEqual(mends(), [])
    assert.deepEqual(exposuresOf(new DataDirectory(join(folder, 'above', 'none', 'yet'))), [])
  },
)

test(
  'what every user can change differs from what others can read, and each comes with the command that ends it',
  posix,
  () => {
    const above = join(folder, 'above')
    const { path, database } = directory
    for (const [aboveMode, mode, fileMode, expected] of [
      [0o777, 0o700, 0o600, [`chmod o-w ${above} !`]],
      [0o755, 0o777, 0o600, [`chmod 700 ${path} !`]],
      [0o755, 0o770, 0o600, [`chmod 700 ${path}`]],
      [0o755, 0o755, 0o602, [`chmod 600 ${database} !`]],
      [0o755, 0o755, 0o644, [`chmod 600 ${database}`]],
      [0o755, 0o750, 0o606, []],
      [0o755, 0o750, 0o660, [`chmod 600 ${database}`]],
    ] as const) {
      chmodSync(above, aboveMode)
      chmodSync(path, mode)
      chmodSync(database, fileMode)
      assert.deepEqual(mends(), expected)
    }
  },
)

test('a key that every user reads is reported, and one that a group reads is not', posix, () => {
  chmodSync(directory.database, 0o644)
  assert.equal(exposureOfKey(directory.database)[0]?.mend, `chmod o-rwx ${directory.database}`)
  chmodSync(directory.database, 0o640)
  assert.deepEqual(exposureOfKey(directory.database), [])
  assert.deepEqual(exposureOfKey(join(folder, 'none')), [])
})

test(
  'a durable server does not start where every user can change its data, and a development server does',
  posix,
  async () => {
    const dataDir = join(folder, 'open')
    mkdirSync(dataDir)
    chmodSync(dataDir, 0o777)
    const options = { dataDir, port: 0, logLevel: 'silent' } as const
    const message = `${dataDir} can be changed by every user of this machine, and so can the data: chmod 700 ${dataDir}`
    await assert.rejects(startStrongroom(options), { name: 'ConfigError', message })
    await (await startStrongroom({ ...options, dev: true })).stop()
  },
)
