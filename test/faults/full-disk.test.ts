import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyLedgerOf } from '../../src/maintenance/verify-ledger.ts'
import { missing } from '../fixtures/foreign.ts'
import { send, signJson } from '../fixtures/raw-client.ts'
import { startServerProcess } from '../fixtures/server-process.ts'

// A limit on the size of files stands in for a full disk: writes fail the same way, and space can be freed again.
test('with a full disk requests fail clearly, nothing is half done, and service resumes when there is space', {
  skip: process.platform === 'linux' ? missing('prlimit', '--version') : 'needs prlimit',
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-full-'))
  const server = await startServerProcess(dataDir)
  const limitFiles = (bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(server.child.pid), `--fsize=${bytes}:unlimited`])
  const kms = (operation: string, input: object) =>
    send(server.port, signJson({ port: server.port, service: 'kms', operation, input }, server.credentials))
  // Enough at a time for their records to be written by a thread of its own.
  const statusesOfMany = async () => {
    const answers = await Promise.all(Array.from({ length: 64 }, () => kms('GenerateRandom', { NumberOfBytes: 8 })))
    return new Set(answers.map(({ status }) => status))
  }
  try {
    for (let round = 0; round < 10; round++) assert.deepEqual(await statusesOfMany(), new Set([200]))
    limitFiles(3 * 1024 * 1024)
    const made: string[] = []
    let refusal: Awaited<ReturnType<typeof kms>> | undefined
    for (let i = 0; i < 5000 && !refusal; i++) {
      const answer = await kms('CreateKey', { Description: 'd'.repeat(8000) })
      if (answer.status === 200) made.push(JSON.parse(answer.body).KeyMetadata.KeyId)
      else refusal = answer
    }
    assert.ok(made.length > 10, `only ${made.length} keys were made before the disk was full`)
    assert.equal(refusal?.status, 503, refusal?.body ?? '')
    assert.match(JSON.parse(refusal?.body ?? '').message, /again/)

    // Reads are recorded too: they go on while their smaller records fit, and end as clearly.
    let read = await kms('GenerateRandom', { NumberOfBytes: 8 })
    for (let i = 0; i < 5000 && read.status === 200; i++) read = await kms('GenerateRandom', { NumberOfBytes: 8 })
    assert.equal(read.status, 503, read.body)
    assert.deepEqual(await statusesOfMany(), new Set([503]))
    // The probe of readiness writes less than a record does, and may fit a little longer.
    const askReady = () => send(server.port, { method: 'GET', path: '/_strongroom/ready', headers: {}, body: '' })
    let ready = await askReady()
    for (let i = 0; i < 5000 && ready.status === 200; i++) ready = await askReady()
    assert.equal(ready.status, 503, ready.body)

    limitFiles('unlimited')
    assert.deepEqual(await statusesOfMany(), new Set([200]))
    const listed: string[] = []
    for (let Marker: string | undefined, more = true; more; ) {
      const { status, body } = await kms('ListKeys', { Limit: 1000, Marker })
      assert.equal(status, 200, body)
      const page = JSON.parse(body)
      listed.push(...page.Keys.map((key: { KeyId: string }) => key.KeyId))
      Marker = page.NextMarker
      more = page.Truncated
    }
    assert.deepEqual(listed.sort(), made.sort())
    assert.equal((await kms('CreateKey', {})).status, 200)
    assert.equal(await server.stop(), 0)
    const report = await verifyLedgerOf({ dataDir })
    assert.equal(report.sound, true, JSON.stringify(report))
  } finally {
    await server.kill()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
