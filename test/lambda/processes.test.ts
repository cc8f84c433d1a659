import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { InvokeCommand, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda'
import type { Strongroom } from '../../src/server/server.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { missing } from '../fixtures/foreign.ts'
import { allEnded, functionRole, functionsOn, isRunning } from '../fixtures/functions.ts'
import { openGate } from '../fixtures/gate.ts'
import { startServerProcess } from '../fixtures/server-process.ts'

/**
 * Tells its process, and those that it started. `gate`: waits there first. `busy`: never answers and never lets go of the processor,
 * once it has said so there.
 */
const stubborn = {
  'index.mjs': `import { spawn } from 'node:child_process'
    const child = spawn('sleep', ['600'], { stdio: 'ignore' })
    export const handler = async ({ busy, gate }) => {
      if (gate) await fetch(gate)
      if (busy) for (;;);
      return [process.pid, child.pid]
    }`,
}

async function withFunctions(server: Strongroom, name: string) {
  return functionsOn(server, await functionRole(server, name))
}

const foldersOf = (pid: number) => readdirSync(tmpdir()).filter((name) => name.startsWith(`strongroom-lambda-${pid}-`))

test('nothing of a function is left when the server stops, also not what runs', async () => {
  const server = await startTestServer()
  const functions = await withFunctions(server, 'stubborn')
  await functions.create('stubborn', stubborn, { Timeout: 60 })
  const pids = (await functions.invoke('stubborn')).result as number[]
  assert.deepEqual(pids.map(isRunning), [true, true])
  const gate = await openGate()
  const running = functions.invoke('stubborn', { gate: gate.url }).catch((error: Error) => error)
  await eventually(() => gate.waiting() === 1)
  const startedMs = performance.now()
  await server.stop()
  assert.ok(performance.now() - startedMs < 5000)
  assert.ok((await running) instanceof Error)
  await allEnded(pids)
  await gate.close()
  assert.deepEqual(foldersOf(process.pid), [])
})

test('a reset ends functions and forgets them, and the next runtime has its own', async () => {
  const server = await startTestServer()
  const gate = await openGate()
  try {
    const functions = await withFunctions(server, 'before')
    await functions.create('f', stubborn, { Timeout: 60 })
    const pids = (await functions.invoke('f')).result as number[]
    const running = functions.invoke('f', { gate: gate.url }).catch((error: Error) => error)
    await eventually(() => gate.waiting() === 1)
    await server.reset()
    assert.ok((await running) instanceof Error)
    await allEnded(pids)
    await assert.rejects(functions.invoke('f'), { name: 'ResourceNotFoundException' })
    const again = await withFunctions(server, 'before')
    await again.create('f', stubborn)
    assert.equal(((await again.invoke('f')).result as number[]).length, 2)
  } finally {
    await server.stop()
    await gate.close()
  }
})

test('kill -9 of the server ends its functions too, also those that never let go of the processor', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-functions-'))
  const args = ['--dev']
  const gate = await openGate()
  try {
    const first = await startServerProcess(folder, { args })
    const reachable = { ...first, endpoint: `http://127.0.0.1:${first.port}`, region: 'us-east-1' }
    const functions = functionsOn(reachable, await functionRole(reachable, 'stubborn'))
    await functions.create('f', stubborn, { Timeout: 60 })
    const pids = (await functions.invoke('f')).result as number[]
    await functions.create('g', stubborn, { Timeout: 60 })
    const more = (await functions.invoke('g')).result as number[]
    void functions.invoke('g', { busy: true, gate: gate.url }).catch(() => {})
    await eventually(() => gate.waiting() === 1)
    gate.open()
    assert.deepEqual([...pids, ...more].map(isRunning), [true, true, true, true])
    await first.kill()
    await allEnded([...pids, ...more])

    const second = await startServerProcess(folder, { args })
    const again = { ...second, endpoint: `http://127.0.0.1:${second.port}`, region: 'us-east-1' }
    assert.equal(((await functionsOn(again, '').invoke('f')).result as number[]).length, 2)
    // What the killed server left on disk is removed by the next one that runs a function.
    assert.deepEqual(foldersOf(first.child.pid ?? 0), [])
    assert.equal(await second.stop(), 0)
  } finally {
    await gate.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('invocations at one time run in environments of their own, up to what is reserved', async () => {
  const server = await startTestServer()
  const gate = await openGate()
  try {
    const functions = await withFunctions(server, 'parallel')
    await functions.create('f', stubborn)
    const Reserve = (count: number) =>
      functions.lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName: 'f', ReservedConcurrentExecutions: count }),
      )
    await Reserve(2)
    const waits = { gate: gate.url }
    const [first, second] = [functions.invoke('f', waits), functions.invoke('f', waits)]
    await eventually(() => gate.waiting() === 2)
    const tooMany = { name: 'TooManyRequestsException', message: 'Rate Exceeded.' }
    await assert.rejects(functions.invoke('f'), {
      ...tooMany,
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      Type: 'User',
    })
    gate.open()
    const pids = (await Promise.all([first, second])).map(({ result }) => (result as number[])[0])
    assert.equal(new Set(pids).size, 2)
    assert.ok(pids.includes(((await functions.invoke('f')).result as number[])[0]))
    await Reserve(0)
    await assert.rejects(functions.invoke('f'), tooMany)
  } finally {
    await server.stop()
    await gate.close()
  }
})

test('an event runs after its sender has its answer, and again when the function failed', async () => {
  const server = await startTestServer()
  try {
    const functions = await withFunctions(server, 'eventual')
    const code = {
      'index.mjs':
        'let n = 0; export const handler = async ({ fail }) => { n++; if (fail) throw new Error("no"); return n }',
    }
    await functions.create('f', code)
    const Payload = JSON.stringify({ fail: true })
    const event = { FunctionName: 'f', InvocationType: 'Event' as const }
    const { StatusCode } = await functions.lambda.send(new InvokeCommand({ ...event, Payload }))
    assert.equal(StatusCode, 202)
    await server.advance(0)
    assert.equal((await functions.invoke('f')).result, 2)
    await server.advance(59)
    assert.equal((await functions.invoke('f')).result, 3)
    await server.advance(2)
    assert.equal((await functions.invoke('f')).result, 5)
    await server.advance(121)
    assert.equal((await functions.invoke('f')).result, 7)
    await server.advance(1200)
    assert.equal((await functions.invoke('f')).result, 8)
  } finally {
    await server.stop()
  }
})

test('answers and events may have six megabytes, and no more', async () => {
  const server = await startTestServer()
  try {
    const functions = await withFunctions(server, 'large')
    await functions.create('f', {
      'index.mjs': 'export const handler = async ({ length = 0, text = "" }) => text + "x".repeat(length)',
    })
    const text = 'y'.repeat(6_000_000)
    assert.equal((await functions.invoke('f', { text })).result, text)
    const { FunctionError, result } = await functions.invokeForObject('f', { length: 6_291_556 })
    assert.deepEqual(
      [FunctionError, result],
      [
        'Unhandled',
        {
          errorType: 'Function.ResponseSizeTooLarge',
          errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
        },
      ],
    )
    assert.equal((await functions.invoke('f', { length: 3 })).result, 'xxx')
    await assert.rejects(functions.invoke('f', { text: 'y'.repeat(6_300_000) }), {
      name: 'RequestEntityTooLargeException',
      message: 'Request must be smaller than 6291556 bytes for the InvokeFunction operation',
    })
  } finally {
    await server.stop()
  }
})

test('a function that takes more memory than it has is ended', { skip: process.platform !== 'linux' }, async () => {
  const server = await startTestServer()
  try {
    const functions = await withFunctions(server, 'greedy')
    const code = {
      'index.mjs': `export const handler = async () => {
        const held = []
        for (let i = 0; i < 400; i++) { held.push(Buffer.alloc(4 << 20, 1)); await new Promise((r) => setTimeout(r, 4)) }
        return held.length
      }`,
    }
    await functions.create('f', code, { MemorySize: 128, Timeout: 20 })
    const { result, $metadata, log } = await functions.invokeForObject('f')
    assert.deepEqual(result, {
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${$metadata.requestId} Error: Runtime exited with error: signal: killed`,
    })
    assert.match(log, /Memory Size: 128 MB\tMax Memory Used: 128 MB/)
    if (missing('python3', '--version')) return
    await functions.create(
      'g',
      { 'index.py': 'def handler(event, context):\n    return len(bytearray(600 << 20))' },
      { MemorySize: 128, Timeout: 20 },
    )
    assert.equal((await functions.invokeForObject('g')).result.errorType, 'MemoryError')
  } finally {
    await server.stop()
  }
})
