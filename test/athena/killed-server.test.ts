import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  AthenaClient,
  GetQueryExecutionCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { eventually } from '../../src/testing/eventually.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

const endless =
  'SELECT count(*) FROM UNNEST(sequence(1, 100000)) a(x), UNNEST(sequence(1, 100000)) b(y), UNNEST(sequence(1, 100000)) c(z) WHERE x * y + z = -1'

const clientOf = ({ port, credentials }: ServerProcess) =>
  new AthenaClient({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1 })

const foldersOf = (pid: number | undefined) =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`strongroom-query-${pid}-`))

const childrenOf = (pid: number | undefined) => {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number)
  } catch {
    return []
  }
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a killed server leaves no query process and no rows, and what ran is run again', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-athena-'))
  let server = await startServerProcess(dataDir, { args: ['--set', 'athena.memory=256MB'] })
  try {
    let athena = clientOf(server)
    const { port, credentials } = server
    const s3 = new S3Client({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials,
      forcePathStyle: true,
    })
    await s3.send(new CreateBucketCommand({ Bucket: 'results' }))
    s3.destroy()
    const ResultConfiguration = { OutputLocation: 's3://results/' }
    const { QueryExecutionId } = await athena.send(
      new StartQueryExecutionCommand({ QueryString: endless, ResultConfiguration }),
    )
    const stateOf = async () => {
      const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }))
      return QueryExecution?.Status?.State
    }
    const { pid } = server.child
    await eventually(stateOf, (state) => state === 'RUNNING')
    await eventually(() => foldersOf(pid).length === 1)
    const children = childrenOf(pid)
    assert.ok(children.length > 0)
    await server.kill()
    athena.destroy()
    // The query process sees that the server is gone, removes its folder and ends.
    await eventually(() => !children.some(isAlive) && foldersOf(pid).length === 0)

    server = await startServerProcess(dataDir, { args: ['--set', 'athena.memory=256MB'] })
    athena = clientOf(server)
    await eventually(() => childrenOf(server.child.pid).length > 0)
    assert.equal(await stateOf(), 'RUNNING')
    await athena.send(new StopQueryExecutionCommand({ QueryExecutionId }))
    await eventually(() => foldersOf(server.child.pid).length === 0)
    assert.equal(await stateOf(), 'CANCELLED')
    athena.destroy()
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
