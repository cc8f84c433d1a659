import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

function home(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-cache-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { NODE_COMPILE_CACHE: _, ...env } = process.env
  const help = (more: Record<string, string> = {}) =>
    execFileSync(process.execPath, [main, '--help'], { env: { ...env, XDG_CACHE_HOME: folder, ...more } })
  return { folder: join(folder, 'strongroom', 'compile'), help }
}

test('compiled code is kept for the next run, in a folder of the user alone', (t) => {
  const { folder, help } = home(t)
  help()
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  assert.ok(readdirSync(folder, { recursive: true }).length > 0)
})

test('a folder that others can write to is not used, nor any where a setting of Node turns it off', (t) => {
  const { folder, help } = home(t)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  help({ NODE_DISABLE_COMPILE_CACHE: '1' })
  chmodSync(folder, 0o777)
  help()
  assert.deepEqual(readdirSync(folder), [])
})
