import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyLedgerOf } from '../../src/maintenance/verify-ledger.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { send, signJson } from '../fixtures/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

const kms = ({ port, credentials }: ServerProcess, operation: string, input: object = {}) =>
  send(port, signJson({ port, service: 'kms', operation, input }, credentials))

const ready = ({ port }: ServerProcess) =>
  send(port, { method: 'GET', path: '/_strongroom/ready', headers: {}, body: '' })

test('a server whose data directory is deleted says so, refuses all requests, and leaves what takes its place alone', {
  skip: process.platform === 'win32' && 'open files cannot be deleted',
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-lost-'))
  const dataDir = join(folder, 'data')
  const servers: ServerProcess[] = []
  try {
    const first = await startServerProcess(dataDir)
    servers.push(first)
    assert.equal((await kms(first, 'CreateKey')).status, 200)
    rmSync(dataDir, { recursive: true })
    const answer = await eventually(
      () => ready(first),
      ({ status }) => status !== 200,
    )
    assert.equal(answer.status, 503)
    assert.match(JSON.parse(answer.body).reason, /strongroom\.sqlite is gone/)
    for (const operation of ['CreateKey', 'ListKeys']) assert.equal((await kms(first, operation)).status, 503)

    const second = await startServerProcess(dataDir)
    servers.push(second)
    const { status, body } = await kms(second, 'CreateKey')
    assert.equal(status, 200)
    const { KeyId } = JSON.parse(body).KeyMetadata
    assert.equal(await first.stop(), 0)
    assert.ok(existsSync(join(dataDir, 'running.json')))
    assert.equal((await kms(second, 'DescribeKey', { KeyId })).status, 200)
    assert.equal(await second.stop(), 0)
    assert.equal(existsSync(join(dataDir, 'running.json')), false)

    const third = await startServerProcess(dataDir)
    servers.push(third)
    assert.equal((await kms(third, 'DescribeKey', { KeyId })).status, 200)
    assert.equal(await third.stop(), 0)
    const report = await verifyLedgerOf({ dataDir })
    assert.equal(report.sound, true, JSON.stringify(report))
  } finally {
    await Promise.all(servers.map((server) => server.kill()))
    rmSync(folder, { recursive: true, force: true })
  }
})
