import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tooManyInvocations } from '../domain/errors.ts'
import { quotas } from '../domain/quotas.ts'
import { dequeue, enqueue, queueCounters, queuedEvents } from '../storage/event-queue.ts'
import { lambdaFixture, scope } from '../testing.ts'
import { invokeEventWork } from './invoke-event.ts'

const invalid = { code: 'InvalidRequestContentException', status: 400 }

test('Invoke takes JSON alone, and passes on nothing as an empty object', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  await assert.rejects(lambda.call('Invoke', { FunctionName: 'f', Payload: Buffer.from('{') }), invalid)
  await lambda.call('Invoke', { FunctionName: 'f' })
  assert.equal(lambda.runs.at(-1)?.event.payload.toString(), '{}')
  const ClientContext = Buffer.from('{"custom":{"who":"Zoë"}}').toString('base64')
  await lambda.call('Invoke', { FunctionName: 'f', ClientContext })
  assert.equal(lambda.runs.at(-1)?.event.clientContext, '{"custom":{"who":"Zo\\u00eb"}}')
  await assert.rejects(lambda.call('Invoke', { FunctionName: 'f', ClientContext: 'e30x' }), invalid)
})

test('Invoke answers with the end of the log when it is asked for', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  lambda.answer = async () => ({ log: `${'x'.repeat(5000)}END\n` })
  const { LogResult } = await lambda.call('Invoke', { FunctionName: 'f', LogType: 'Tail' })
  assert.equal(Buffer.from(LogResult ?? '', 'base64').toString(), `${'x'.repeat(4092)}END\n`)
  assert.equal((await lambda.call('Invoke', { FunctionName: 'f' })).LogResult, undefined)
})

test('a payload that is not UTF-8, or not JSON, is refused and reaches no function', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  for (const Payload of [
    Buffer.from('{"a":"\u00ff"}', 'latin1'),
    Buffer.from('{'),
    Buffer.from('{"a":"é"}').subarray(0, 7),
  ]) {
    await assert.rejects(lambda.call('Invoke', { FunctionName: 'f', Payload }), {
      code: 'InvalidRequestContentException',
      message: /^Could not parse request body into json: Could not parse payload into json/,
    })
  }
  assert.equal(lambda.runs.length, 0)
})

test('DryRun runs nothing', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  const { StatusCode } = await lambda.call('Invoke', { FunctionName: 'f', InvocationType: 'DryRun' })
  assert.deepEqual([StatusCode, lambda.runs.length], [204, 0])
})

test('an event is run later, and again one and two minutes after it failed; then it is given up', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  const times: number[] = []
  const startMs = lambda.clock.nowMs()
  lambda.answer = async () => {
    times.push((lambda.clock.nowMs() - startMs) / 1000)
    return { failed: true }
  }
  const Payload = Buffer.from('{"n":1}')
  const event = { FunctionName: 'f', InvocationType: 'Event' as const, Payload }
  assert.deepEqual(await lambda.call('Invoke', event), { StatusCode: 202 })
  assert.deepEqual(times, [])
  await lambda.advance(3600)
  assert.deepEqual(times, [0, 60, 180])
  const ids = new Set(lambda.runs.map(({ event }) => event.requestId))
  assert.equal(ids.size, 1)
  assert.equal(lambda.runs.at(-1)?.event.payload.toString(), '{"n":1}')
  assert.deepEqual(await lambda.store.in(queuedEvents).list(scope), [])
})

test('an event that runs at last is done with', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  lambda.answer = async () => ({ failed: lambda.runs.length < 2 })
  await lambda.call('Invoke', { FunctionName: 'f', InvocationType: 'Event' })
  await lambda.advance(3600)
  assert.equal(lambda.runs.length, 2)
})

test('an event that is throttled waits up to six hours, which does not count as a failure of the function', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  lambda.answer = async () => {
    throw tooManyInvocations(true)
  }
  await lambda.call('Invoke', { FunctionName: 'f', InvocationType: 'Event' })
  await lambda.advance(5 * 3600)
  const tries = lambda.runs.length
  assert.ok(tries > 10 && tries < 100, `${tries} tries`)
  lambda.answer = async () => ({})
  await lambda.advance(3600)
  assert.equal(lambda.runs.length, tries + 1)
})

test('events of slow functions have places of their own, so that other work goes on', async () => {
  const lambda = await lambdaFixture()
  const spec = lambda.runners[invokeEventWork]
  assert.ok(typeof spec === 'object')
  assert.deepEqual([spec.atOnce, spec.isPrompt], [3, true])
})

test('an event of a function that was deleted goes with it', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  await lambda.call('Invoke', { FunctionName: 'f', InvocationType: 'Event' })
  await lambda.call('DeleteFunction', { FunctionName: 'f' })
  await lambda.advance(60)
  assert.deepEqual([lambda.runs.length, await lambda.store.in(queuedEvents).list(scope)], [0, []])
})

test('payloads over the limits are refused with their size', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  const Payload = Buffer.from(JSON.stringify('x'.repeat(1024 * 1024)))
  await assert.rejects(lambda.call('Invoke', { FunctionName: 'f', InvocationType: 'Event', Payload }), {
    code: 'RequestTooLargeException',
    status: 413,
    message: '1048578 byte payload is too long for the Event invocation type (limit 1048576 bytes)',
  })
  await lambda.call('Invoke', { FunctionName: 'f', Payload })
})

test('the logs of the last fifty invocations are kept, and go with the function', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  for (let count = 0; count < 53; count++) {
    lambda.answer = async () => ({ log: `run ${count}\n` })
    await lambda.call('Invoke', { FunctionName: 'f' })
  }
  const kept = await lambda.lambda.logs.read(scope, 'f')
  assert.deepEqual(
    kept.map(({ text }) => text),
    Array.from({ length: 50 }, (_, index) => `run ${index + 3}\n`),
  )
  await lambda.call('DeleteFunction', { FunctionName: 'f' })
  assert.deepEqual(await lambda.lambda.logs.read(scope, 'f'), [])
})

test('an event that waited for six hours is dropped, whatever it waited for', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  await lambda.call('Invoke', { FunctionName: 'f', InvocationType: 'Event' })
  lambda.clock.timeMs += 6 * 3_600_000 + 1
  await lambda.advance(1)
  assert.deepEqual([lambda.runs.length, await lambda.store.in(queuedEvents).list(scope)], [0, []])
})

test('as many events wait for a function as may, by number and by size, and each that is done lets another in', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  const invocation = { FunctionName: 'f', InvocationType: 'Event' as const }
  const { store } = lambda
  const event = { functionName: 'f', invokedArn: 'arn', payload: 'e30=', queuedAtMs: 0, failures: 0 }
  await store.transaction(async (tx) => {
    for (let count = 0; count < quotas.queuedEvents - 1; count++) await enqueue(tx, scope, `waiting${count}`, event)
  })
  await lambda.call('Invoke', invocation)
  const full = { code: 'TooManyRequestsException', status: 429 }
  await assert.rejects(lambda.call('Invoke', invocation), full)
  await lambda.create('other')
  await lambda.call('Invoke', { ...invocation, FunctionName: 'other' })
  await lambda.advance(1)
  assert.equal(lambda.runs.length, 2)
  await lambda.call('Invoke', invocation)
  await assert.rejects(lambda.call('Invoke', invocation), full)

  const most = queueCounters(10, 100)
  const large = { ...event, functionName: 'other', payload: 'x'.repeat(60) }
  const add = (id: string) => store.transaction((tx) => enqueue(tx, scope, id, large, most))
  await add('first')
  await assert.rejects(add('second'), full)
  const done = (id: string) => store.transaction((tx) => dequeue(tx, scope, id, large))
  await done('first')
  await add('second')
  // As when two nodes ran it.
  await done('first')
  await assert.rejects(add('third'), full)
})
