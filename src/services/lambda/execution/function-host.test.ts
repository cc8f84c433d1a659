import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FixedClock } from '../../../../test/fixtures/call.ts'
import type { FunctionVersion } from '../domain/function.ts'
import type { ExecutionEnvironment } from './environment.ts'
import { FunctionHost, type FunctionHostOptions } from './function-host.ts'

const event = { requestId: 'id', payload: Buffer.from('1'), invokedArn: 'arn' }
const limits = { unreserved: 1000 }

const versionOf = (name: string, codeId = name) =>
  ({
    arn: `arn:aws:lambda:us-east-1:111122223333:function:${name}`,
    functionName: name,
    accountId: '111122223333',
    region: 'us-east-1',
    revisionId: '1',
    timeoutSeconds: 3,
    code: { codeId },
  }) as FunctionVersion

/** A host whose environments are none: they answer at once, or when `release` is called. */
function hostFixture(options: Partial<FunctionHostOptions> = {}) {
  const clock = new FixedClock()
  const cleaned: string[] = []
  const pruned: string[][] = []
  const faults: unknown[] = []
  const waiting: (() => void)[] = []
  let living = 0
  let most = 0
  const fixture = { waits: false, ends: false, cleanFails: false, held: undefined as Promise<void> | undefined }
  const host = new FunctionHost({
    clock,
    metrics: { add() {}, watch() {} },
    maxEnvironments: 4,
    onFault: (fault) => void faults.push(fault),
    prune: async (inUse) => void pruned.push([...inUse]),
    start: async ({ functionName }) => {
      living++
      most = Math.max(most, living)
      await new Promise((resolve) => setImmediate(resolve))
      if (functionName === 'held') await fixture.held
      const environment = {
        isEnded: false,
        invoke: async () => {
          if (fixture.waits) await new Promise<void>((resolve) => waiting.push(resolve))
          environment.isEnded = fixture.ends
          return { payload: Buffer.from('1'), failed: false, log: '' }
        },
        end: async () => {
          environment.isEnded = true
        },
      }
      return {
        environment: environment as unknown as ExecutionEnvironment,
        credentialsExpireAtMs: clock.nowMs() + 3_600_000,
        clean: async () => {
          living--
          cleaned.push(functionName)
          if (fixture.cleanFails) throw new Error('not empty')
        },
      }
    },
    ...options,
  })
  const release = () => {
    for (const settle of waiting.splice(0)) settle()
  }
  return Object.assign(fixture, { host, cleaned, pruned, faults, release, most: () => most, living: () => living })
}

test('no more environments live at a time than the machine bears, however many functions are invoked', async () => {
  const { host, most, living, cleaned } = hostFixture()
  for (let round = 0; round < 10; round++) {
    const runs = ['a', 'b', 'c', 'd'].map((name) => host.run(versionOf(`${name}${round}`), limits, event))
    await Promise.allSettled(runs)
  }
  // One that is being ended no longer counts.
  assert.ok(most() <= 8, `${most()} at a time`)
  assert.equal(living(), 4)
  assert.equal(cleaned.length, 36)
  await host.stop()
  assert.equal(living(), 0)
})

test('invocations that come together while environments end start no more than the limit', async () => {
  const fixture = hostFixture()
  const { host } = fixture
  for (const name of ['a', 'b', 'c', 'd']) await host.run(versionOf(name), limits, event)
  fixture.waits = true
  const runs = Array.from({ length: 8 }, (_, index) => host.run(versionOf(`n${index}`), limits, event))
  const settled = Promise.allSettled(runs)
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  fixture.release()
  const outcomes = (await settled).map(({ status }) => status)
  assert.equal(outcomes.filter((status) => status === 'fulfilled').length, 4)
  assert.ok(fixture.living() <= 4)
  await host.stop()
})

test('an environment is cleaned up once, though its end is asked for twice', async () => {
  const fixture = hostFixture()
  fixture.ends = true
  await fixture.host.run(versionOf('a'), limits, event)
  await Promise.all([fixture.host.discard(versionOf('a').arn), fixture.host.stop()])
  assert.deepEqual(fixture.cleaned, ['a'])
})

test('what cannot be cleaned up is a fault of the server, not of the invocation', async () => {
  const fixture = hostFixture()
  Object.assign(fixture, { ends: true, cleanFails: true })
  assert.equal((await fixture.host.run(versionOf('a'), limits, event)).payload.toString(), '1')
  assert.match(String(fixture.faults[0]), /not empty/)
})

test('code that an environment starts with counts as in use', async () => {
  const fixture = hostFixture()
  fixture.ends = true
  let goOn = () => {}
  fixture.held = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const starting = fixture.host.run(versionOf('held'), limits, event)
  await fixture.host.run(versionOf('other'), limits, event)
  assert.deepEqual(fixture.pruned, [['held']])
  goOn()
  await starting
  await fixture.host.stop()
})

test('a host that stops waits for what is starting, and ends it', async () => {
  const fixture = hostFixture()
  const run = fixture.host.run(versionOf('a'), limits, event)
  const refused = assert.rejects(run, { code: 'ServiceException' })
  await fixture.host.stop()
  assert.deepEqual([fixture.living(), fixture.cleaned], [0, ['a']])
  await refused
})

test('what functions do is counted for the function, for its qualifier and for all', async () => {
  const added: string[] = []
  const { host } = hostFixture({
    metrics: {
      add({ name, dimensions = {} }, value) {
        if (name !== 'Duration') added.push(`${name} ${value} ${Object.values(dimensions).join(' ')}`.trim())
        else assert.ok(value >= 0)
      },
      watch() {},
    },
  })
  await host.run(versionOf('a'), limits, { ...event, invokedArn: `${versionOf('a').arn}:PROD` })
  assert.deepEqual(
    added.filter((text) => text.startsWith('Invocations')),
    ['Invocations 1', 'Invocations 1 a', 'Invocations 1 a a:PROD'],
  )
  assert.deepEqual(added.filter((text) => text.startsWith('Errors')).slice(0, 2), ['Errors 0', 'Errors 0 a'])
  added.length = 0
  await assert.rejects(
    host.run(versionOf('a'), { reserved: 0, unreserved: 10 }, { ...event, invokedArn: versionOf('a').arn }),
  )
  assert.deepEqual(added, ['Throttles 1', 'Throttles 1 a'])
  await host.stop()
})
