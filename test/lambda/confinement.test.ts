import assert from 'node:assert/strict'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { DeleteFunctionCommand } from '@aws-sdk/client-lambda'
import { Confinement, type Protection } from '../../src/services/lambda/execution/confinement.ts'
import { allEnded, functionRole, functionsOn } from '../fixtures/functions.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { zipOf } from '../fixtures/zip.ts'

/** Tries what a function has no business doing, and tells how each attempt ended. */
const spy = {
  'index.mjs': `import { execFileSync, spawn } from 'node:child_process'
    import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
    import { dirname } from 'node:path'
    const tried = (attempt) => { try { return attempt() } catch (error) { return error.code ?? 'failed' } }
    const { HOME, LAMBDA_TASK_ROOT } = process.env
    export const handler = async ({ server, dataDir, other, linger }) => {
      if (linger) {
        writeFileSync(HOME + '/note', 'mine')
        return [process.pid, HOME, LAMBDA_TASK_ROOT, spawn('setsid', ['sleep', '600'], { stdio: 'ignore' }).pid]
      }
      return {
        dataFolder: tried(() => readdirSync(dataDir)),
        uncovered: tried(() => String(execFileSync('/usr/bin/unshare', ['-Urm', '/bin/sh', '-c', '/usr/bin/umount "$0"; /bin/ls "$0"', dataDir], { stdio: 'pipe' }))),
        serverVariables: tried(() => readFileSync('/proc/' + server + '/environ', 'utf8')),
        serverDescriptors: tried(() => readdirSync('/proc/' + server + '/fd').filter((fd) => tried(() => readlinkSync('/proc/' + server + '/fd/' + fd)).length > 6)),
        serverRoot: tried(() => readdirSync('/proc/' + server + '/root' + dataDir)),
        otherVariables: tried(() => readFileSync('/proc/' + other[0] + '/environ', 'utf8')),
        otherHome: tried(() => readFileSync(other[1] + '/note', 'utf8')),
        otherCode: tried(() => readFileSync(other[2] + '/index.mjs', 'utf8')),
        homes: tried(() => readdirSync(dirname(HOME))),
        codes: tried(() => readdirSync(dirname(LAMBDA_TASK_ROOT))),
        descriptors: readdirSync('/proc/self/fd').map((fd) => tried(() => readlinkSync('/proc/self/fd/' + fd))),
        ownCode: existsSync(LAMBDA_TASK_ROOT + '/index.mjs'),
        ownHome: tried(() => { writeFileSync(HOME + '/x', 'y'); return readFileSync(HOME + '/x', 'utf8') }),
        trick: tried(() => readFileSync(HOME + '/tricked', 'utf8')),
        user: process.getuid(),
      }
    }`,
}

/** In the folder that a function starts in, and found there first by whatever asks the function's PATH. */
const tricks = ['mount', 'unshare', 'cat', 'mkdir', 'sh']
const trickFiles = Object.fromEntries(tricks.map((name) => [name, '#!/bin/sh\necho tricked >"$HOME/tricked"\n']))
const trickModes = Object.fromEntries(tricks.map((name) => [name, 0o100755]))

const nothing = [[], '', 'EACCES', 'ENOENT', 'EPERM', 'failed']

async function spiedOn(context: TestContext, protection: Protection, user?: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-confined-'))
  if (user !== undefined) chownSync(folder, user, user)
  const server = await startServerProcess(folder, { args: ['--dev'], user })
  context.after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const reachable = { ...server, endpoint: `http://127.0.0.1:${server.port}`, region: 'us-east-1' }
  const functions = functionsOn(reachable, await functionRole(reachable, 'spy'))
  await functions.create('other', spy)
  const other = (await functions.invoke('other', { linger: true })).result as [number, string, string, number]
  const ZipFile = await zipOf({ ...spy, ...trickFiles }, trickModes)
  await functions.create('spy', spy, { Code: { ZipFile }, Environment: { Variables: { PATH: '.:/usr/bin:/bin' } } })
  const event = { server: server.child.pid, dataDir: folder, other }
  const { result, log } = await functions.invoke('spy', event)
  const { ownCode, ownHome, homes, codes, descriptors, user: ownUser, ...attempts } = result as Record<string, unknown>
  assert.equal(ownCode, true, log)
  assert.equal(ownHome, 'y')
  for (const [attempt, got] of Object.entries(attempts)) {
    assert.ok(
      nothing.some((none) => JSON.stringify(none) === JSON.stringify(got)),
      `${attempt}: ${JSON.stringify(got)}`,
    )
  }
  for (const seen of [homes, codes])
    assert.ok(seen === 'EACCES' || (seen as string[]).length === 1, JSON.stringify(seen))
  assert.ok(
    (descriptors as string[]).every((target) => !target.includes(folder)),
    String(descriptors),
  )
  if (protection === 'users') {
    assert.notEqual(ownUser, process.getuid?.())
    await functions.lambda.send(new DeleteFunctionCommand({ FunctionName: 'other' }))
    // It had left the group of its function's processes.
    await allEnded(other.slice(-1) as number[])
  }
}

const asThisUser = await new Confinement([]).protectionFor({ command: process.execPath, files: [] })

test(
  'a function sees neither the server’s files and memory nor those of other functions',
  { skip: asThisUser === 'none' && 'this host offers nothing to keep functions apart' },
  (context) => spiedOn(context, asThisUser),
)

test(
  'a function of a server that is not root sees neither the server’s files and memory nor those of other functions',
  { skip: asThisUser !== 'users' && 'needs a root that may change its user' },
  (context) => spiedOn(context, 'namespaces', 1_800_000_000),
)
