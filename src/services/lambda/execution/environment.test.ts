import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openGate } from '../../../../test/fixtures/gate.ts'
import { eventually } from '../../../testing/eventually.ts'
import { ExecutionEnvironment } from './environment.ts'
import { isRoot } from './host-ids.ts'
import { LogBuffer } from './log-buffer.ts'
import { privateMegabytes } from './memory-watch.ts'
import { RuntimeApi } from './runtime-api.ts'

// Under root nothing runs as the server's own user.
const ownUser = isRoot() ? { user: 1_800_000_000, group: 1_800_000_000 } : {}

/** A program that takes invocations and does with them what the script says. */
const environmentOf = (script: string) =>
  ExecutionEnvironment.start({
    version: '$LATEST',
    memoryMegabytes: 512,
    timeoutSeconds: 2,
    initLine: 'INIT',
    ownRuntime: false,
    process: ({ address }) => ({
      command: process.execPath,
      args: ['-e', script],
      env: { AWS_LAMBDA_RUNTIME_API: address },
      cwd: '/',
      ...ownUser,
    }),
  })

const call = `const call = (path, body) => fetch('http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/' + path,
  body === undefined ? {} : { method: 'POST', body });`

const event = { requestId: 'b25f48e8-84fd-11e6-80d9-574e0c4664cb', payload: Buffer.from('1'), invokedArn: 'arn' }

test('an environment that ended between two invocations takes none, so that another can', async () => {
  const environment = await environmentOf(`${call}(async () => {
    const { headers } = await call('invocation/next')
    await call('invocation/' + headers.get('lambda-runtime-aws-request-id') + '/response', '2')
    process.exit(0)
  })()`)
  assert.equal((await environment.invoke(event))?.payload.toString(), '2')
  assert.equal(await environment.invoke(event), undefined)
  assert.equal(environment.isEnded, true)
})

test('the Runtime API of a process with a user of its own answers that user alone', {
  skip: process.platform !== 'linux' && 'only Linux reports whose a connection is',
}, async () => {
  const user = process.getuid?.() ?? 0
  for (const [allowed, status] of [
    [user, 202],
    [user + 1, 403],
  ] as const) {
    const heard: string[] = []
    const ignored = () => {}
    const listener = { onReady: ignored, onResult: ignored, onResultTooLarge: ignored }
    const api = new RuntimeApi({ ...listener, onInitError: (body) => heard.push(body.toString()) }, undefined, allowed)
    const url = `http://${await api.listen()}/2018-06-01/runtime/init/error`
    const statuses = [
      await fetch(url, { method: 'POST', body: '{}' }),
      await fetch(url, { method: 'POST', body: '{}' }),
    ]
    assert.deepEqual(
      statuses.map((answer) => answer.status),
      [status, status],
    )
    assert.equal(heard.length, status === 202 ? 2 : 0)
    api.close()
  }
})

test('answers to invocations that are over, and work asked for twice, are refused', async () => {
  const environment = await environmentOf(`${call}(async () => {
    const { headers } = await call('invocation/next')
    const other = (await call('invocation/other/response', '2')).status
    const again = (await call('invocation/next')).status
    const nothing = (await call('nothing', '')).status
    await call('invocation/' + headers.get('lambda-runtime-aws-request-id') + '/response', JSON.stringify([other, again, nothing]))
    await call('invocation/next')
  })()`)
  assert.deepEqual(JSON.parse((await environment.invoke(event))?.payload.toString() ?? ''), [400, 400, 404])
  await environment.end()
})

test('an environment that is ended while it runs says that it was killed', async () => {
  const gate = await openGate()
  const environment = await environmentOf(`${call} call('invocation/next').then(() => fetch('${gate.url}'))`)
  const running = environment.invoke(event)
  await eventually(() => gate.waiting() === 1)
  await environment.end()
  await gate.close()
  const result = await running
  assert.equal(result?.failed, true)
  assert.match(result?.payload.toString() ?? '', /Runtime exited with error: signal: killed/)
})

test('a program that is not there ends with the first invocation', async () => {
  const environment = await ExecutionEnvironment.start({
    ...{ version: '1', memoryMegabytes: 128, timeoutSeconds: 2, initLine: 'INIT', ownRuntime: true },
    process: () => ({ command: '/nonexistent/bootstrap', args: [], env: {}, cwd: '/', ...ownUser }),
  })
  const result = await environment.invoke(event)
  assert.match(result?.payload.toString() ?? '', /Runtime exited with error: exit status 127/)
})

test('a log buffer keeps the end of what was written', () => {
  const log = new LogBuffer(10)
  log.add('abcdef')
  log.add('ghij')
  log.add('klm')
  assert.equal(log.take(), 'defghijklm')
  assert.equal(log.take(), '')
  log.add('x'.repeat(25))
  assert.equal(log.take(), 'x'.repeat(10))
})

test('the memory of a process is known where the system reports it', async () => {
  const megabytes = await privateMegabytes(process.pid)
  if (process.platform === 'linux') assert.ok(megabytes && megabytes > 1 && megabytes < 4096)
  assert.equal(await privateMegabytes(2 ** 30), undefined)
})

test('a process of a function never starts as root, whatever asks for it', {
  skip: !isRoot() && 'needs root',
}, async () => {
  for (const who of [{}, { user: 0, group: 0 }, { user: 1_800_000_000 }, { user: 1_800_000_000, group: 0 }]) {
    const started = ExecutionEnvironment.start({
      ...{ version: '1', memoryMegabytes: 128, timeoutSeconds: 2, initLine: 'INIT', ownRuntime: true },
      process: () => ({ command: '/bin/true', args: [], env: {}, cwd: '/', ...who }),
    })
    await assert.rejects(started, /would run as root/)
  }
})
