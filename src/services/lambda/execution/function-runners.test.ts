import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Confinement } from './confinement.ts'
import { FunctionRunners } from './function-runners.ts'
import { candidatesFor, interpreterOf } from './interpreters.ts'

const asRoot = { skip: process.getuid?.() !== 0 && 'needs root' }

/** A folder with a program that prints facts as interpreters do. */
function interpreterIn(context: TestContext, mode: number, version = '3.12.1'): string {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-interpreter-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const program = join(folder, 'python3')
  writeFileSync(program, `#!/bin/sh\necho "$0"; echo ${version}\n`, { mode: 0o755 })
  chmodSync(folder, mode)
  return program
}

const runnersOn = (...programs: string[]) => new FunctionRunners(new Confinement([]), () => programs)

test(
  'a server that is root runs functions on an interpreter that other users can run, not on its own',
  asRoot,
  async (context) => {
    const closed = interpreterIn(context, 0o700)
    const open = interpreterIn(context, 0o755)
    const runner = await runnersOn(closed, open).find('python')
    assert.ok('protection' in runner)
    assert.deepEqual([runner.protection, runner.interpreter?.command], ['users', open])
  },
)

test('a server that is root refuses functions whose interpreter other users cannot run', asRoot, async (context) => {
  const closed = interpreterIn(context, 0o700)
  assert.deepEqual(await runnersOn(closed).find('python'), {
    refusal: `they need a python3 3.9 or newer that users other than root can run, and ${closed} is none: install it for all users, put it on the PATH of the server, or run the server as a user other than root.`,
  })
})

test('an interpreter that is opened or installed while the server runs is found', asRoot, async (context) => {
  const program = interpreterIn(context, 0o700)
  const runners = runnersOn(program)
  assert.ok('refusal' in (await runners.find('python')))
  chmodSync(join(program, '..'), 0o755)
  assert.ok('protection' in (await runners.find('python')))
})

test('functions without an interpreter on the machine, or with one that is too old, are refused', async (context) => {
  const missing = await runnersOn().find('python')
  assert.match('refusal' in missing ? missing.refusal : '', /need a python3 3\.9 or newer .* there is none: install it/)
  const old = await runnersOn(interpreterIn(context, 0o755, '3.8.20')).find('python')
  assert.match('refusal' in old ? old.refusal : '', /can run, and \S+ is none/)
})

test(
  'a server that is root refuses all functions where its folder for temporary files is closed or not safe',
  asRoot,
  async (context) => {
    const before = process.env.TMPDIR
    const folder = mkdtempSync(join(tmpdir(), 'strongroom-closed-'))
    context.after(() => {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
      rmSync(folder, { recursive: true, force: true })
    })
    process.env.TMPDIR = folder
    for (const family of ['nodejs', 'python', 'provided'] as const) {
      const closed = await new FunctionRunners(new Confinement([])).find(family)
      assert.match(
        'refusal' in closed ? closed.refusal : '',
        /may not enter its folder for temporary files, .* set TMPDIR/,
      )
    }
    chmodSync(folder, 0o777)
    const changeable = await new FunctionRunners(new Confinement([])).find('provided')
    assert.match('refusal' in changeable ? changeable.refusal : '', /because they may change \S+: set TMPDIR/)
    chmodSync(folder, 0o1777)
    assert.deepEqual(await new FunctionRunners(new Confinement([])).find('provided'), { protection: 'users' })
  },
)

test('interpreters are looked for on the PATH, then where systems have them', (context) => {
  const program = interpreterIn(context, 0o755)
  const folder = join(program, '..')
  mkdirSync(join(folder, 'empty'))
  const candidates = candidatesFor('python', `relative:${folder}/empty:${folder}:${folder}`)
  assert.deepEqual(
    candidates.filter((candidate) => candidate.startsWith(folder) || candidate.startsWith('rel')),
    [program],
  )
  assert.equal(candidates[0], program)
  assert.equal(candidatesFor('nodejs', folder)[0], process.execPath)
})

test('a program that prints no path and no version is not an interpreter', () => {
  assert.equal(interpreterOf('nodejs', ''), undefined)
  assert.equal(interpreterOf('nodejs', 'node\n26.1.0\n'), undefined)
  assert.equal(interpreterOf('nodejs', '/usr/bin/node\n18.20.1\n'), undefined)
  assert.equal(interpreterOf('python', '/usr/bin/python3\n3.13.0rc1\n')?.command, '/usr/bin/python3')
})
