import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DeleteFunctionCommand } from '@aws-sdk/client-lambda'
import { backUp } from '../../src/maintenance/back-up.ts'
import { restore } from '../../src/maintenance/restore.ts'
import { startStrongroom } from '../../src/server/server.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { functionRole, functionsOn } from '../fixtures/functions.ts'

test("a function's code is a sealed file beside the database, survives a restart, a backup and its restore, and goes with the function", async (t) => {
  const parent = mkdtempSync(join(tmpdir(), 'strongroom-stored-code-'))
  t.after(() => rmSync(parent, { recursive: true, force: true }))
  const [dataDir, other, file] = [join(parent, 'data'), join(parent, 'other'), join(parent, 'backup.sqlite')]
  const filesIn = (folder: string) =>
    readdirSync(join(folder, 'blobs'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const roleArns: string[] = []
  const withServer = async (folder: string, work: (functions: ReturnType<typeof functionsOn>) => Promise<void>) => {
    const server = await startStrongroom({ port: 0, dataDir: folder, logLevel: 'error' })
    try {
      roleArns[0] ??= await functionRole(server, 'function-role')
      await work(functionsOn(server, String(roleArns[0])))
    } finally {
      await server.stop()
    }
  }
  const secret = 'a secret in the code'
  await withServer(dataDir, async ({ create }) => {
    await create('kept', { 'index.mjs': `export const handler = async () => '${secret}'` })
  })
  const [stored, ...more] = filesIn(dataDir)
  assert.ok(stored && more.length === 0)
  assert.ok(!readFileSync(join(stored.parentPath, stored.name)).includes('index.mjs'))
  await withServer(dataDir, async ({ invoke }) => {
    assert.equal((await invoke('kept')).result, secret)
    await backUp(dataDir, file)
  })
  mkdirSync(other)
  copyFileSync(join(dataDir, 'root.key'), join(other, 'root.key'))
  await restore(file, { dataDir: other })
  await withServer(other, async ({ invoke, lambda }) => {
    assert.equal((await invoke('kept')).result, secret)
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'kept' }))
    await eventually(
      () => filesIn(other),
      ({ length }) => length === 0,
    )
  })
})
