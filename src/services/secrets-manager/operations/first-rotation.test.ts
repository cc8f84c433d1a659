import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { dayMs, minuteMs } from '../../../core/durations.ts'
import { rotating, type StepEvent } from '../testing.ts'

const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret']

/** A rotating fixture with a secret that has no value. */
async function withoutValue() {
  const sm = await rotating()
  const Name = `empty-${randomUUID()}`
  await sm.call('CreateSecret', { Name, ClientRequestToken: randomUUID() })
  const stepsAsked = () => sm.asked.map(({ Step }) => Step)
  const labels = async () => (await sm.describe(Name)).VersionIdsToStages
  const eventNames = async () => {
    const { ARN } = await sm.describe(Name)
    return sm.eventsOf(ARN).map(({ eventName }) => eventName)
  }
  return { ...sm, name: Name, stepsAsked, labels, eventNames }
}

const noCurrent = {
  code: 'ResourceNotFoundException',
  message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
}

test('the rotation of a secret without a value makes its first one, which is current when the function says so', async () => {
  const sm = await withoutValue()
  const seen: Record<string, unknown> = {}
  const run = sm.rotator.run
  sm.rotator.run = async (event: StepEvent) => {
    seen[event.Step] = await sm.labels()
    if (event.Step !== 'finishSecret') await assert.rejects(sm.read(sm.name), noCurrent)
    await run(event)
  }
  const token = await sm.rotate(sm.name, { RotationRules: { AutomaticallyAfterDays: 30 } })
  assert.deepEqual(await sm.labels(), { [token]: ['AWSPENDING'] })
  await assert.rejects(sm.read(sm.name, { VersionId: token }), { code: 'ResourceNotFoundException' })
  await sm.settle()
  assert.deepEqual(sm.stepsAsked(), steps)
  // Also once it is written: a version that waits for its steps is not current because there is no other.
  const pending = { [token]: ['AWSPENDING'] }
  assert.deepEqual(seen, { createSecret: pending, setSecret: pending, testSecret: pending, finishSecret: pending })
  assert.deepEqual(await sm.labels(), { [token]: ['AWSCURRENT', 'AWSPENDING'] })
  assert.equal((await sm.read(sm.name)).SecretString, `rotated to ${token}`)
  assert.deepEqual(await sm.eventNames(), ['RotationStarted', 'RotationSucceeded'])
  assert.equal((await sm.describe(sm.name)).LastRotatedDate?.getTime(), sm.clock.timeMs)
  sm.useTemplate()
  await sm.advance(31 * dayMs)
  assert.deepEqual(Object.values((await sm.labels()) ?? {}).sort(), [['AWSCURRENT', 'AWSPENDING'], ['AWSPREVIOUS']])
  assert.deepEqual(sm.faults, [])
})

test('a first rotation that fails is tried again with the same token, from a value that was written or none', async () => {
  const sm = await withoutValue()
  sm.state.failAt = 'createSecret'
  const token = await sm.rotate(sm.name)
  await sm.settle()
  assert.deepEqual(await sm.labels(), { [token]: ['AWSPENDING'] })
  await assert.rejects(sm.rotate(sm.name), { message: /^A previous rotation isn't complete/ })
  sm.state.failAt = 'testSecret'
  await sm.advance(minuteMs)
  assert.equal((await sm.read(sm.name, { VersionStage: 'AWSPENDING' })).SecretString, `rotated to ${token}`)
  await assert.rejects(sm.read(sm.name), noCurrent)
  sm.state.failAt = ''
  await sm.advance(2 * minuteMs)
  assert.deepEqual(sm.stepsAsked(), ['createSecret', ...steps.slice(0, 3), ...steps])
  assert.ok(sm.asked.every(({ ClientRequestToken }) => ClientRequestToken === token))
  assert.deepEqual(await sm.labels(), { [token]: ['AWSCURRENT', 'AWSPENDING'] })
  assert.deepEqual(await sm.eventNames(), ['RotationStarted', 'RotationFailed', 'RotationFailed', 'RotationSucceeded'])
})

test('a first rotation that was cancelled begins anew once AWSPENDING is removed', async () => {
  const sm = await withoutValue()
  sm.state.failAt = 'createSecret'
  const token = await sm.rotate(sm.name)
  await sm.settle()
  assert.deepEqual(await sm.call('CancelRotateSecret', { SecretId: sm.name }), {
    ARN: (await sm.describe(sm.name)).ARN,
    Name: sm.name,
    VersionId: token,
  })
  await assert.rejects(sm.rotate(sm.name), { message: /^A previous rotation isn't complete/ })
  const removal = { SecretId: sm.name, VersionStage: 'AWSPENDING', RemoveFromVersionId: token }
  await sm.call('UpdateSecretVersionStage', removal)
  sm.state.failAt = ''
  const next = await sm.rotate(sm.name)
  await sm.settle()
  assert.deepEqual(await sm.labels(), { [next]: ['AWSCURRENT', 'AWSPENDING'] })
})

test('a value that is put by hand during a first rotation becomes current, and the rotation is abandoned', async () => {
  const sm = await withoutValue()
  sm.state.failAt = 'setSecret'
  const token = await sm.rotate(sm.name)
  await sm.settle()
  const version = await sm.put(sm.name, 'by hand')
  assert.deepEqual(await sm.labels(), { [version]: ['AWSCURRENT'] })
  assert.equal((await sm.read(sm.name)).SecretString, 'by hand')
  assert.equal((await sm.read(sm.name, { VersionId: token })).SecretString, `rotated to ${token}`)
  assert.deepEqual(await sm.eventNames(), ['RotationStarted', 'RotationFailed', 'RotationAbandoned'])
})

test('a function may put the first value as the current one at once', async () => {
  const sm = await withoutValue()
  sm.rotator.run = async ({ Step, ClientRequestToken }) => {
    sm.asked.push({ Step } as StepEvent)
    if (Step === 'createSecret') await sm.put(sm.name, 'first', { ClientRequestToken })
  }
  const token = await sm.rotate(sm.name)
  await sm.settle()
  assert.deepEqual(sm.stepsAsked(), steps)
  assert.deepEqual(await sm.labels(), { [token]: ['AWSCURRENT', 'AWSPENDING'] })
  assert.deepEqual(await sm.eventNames(), ['RotationStarted', 'RotationSucceeded'])
})

test('a secret without a value that only has a schedule gets its first one in the next window', async () => {
  const sm = await withoutValue()
  sm.rotator.run = async (event) => {
    sm.asked.push(event)
    if (event.Step === 'testSecret') await sm.read(sm.name, { VersionStage: 'AWSPENDING' })
  }
  await sm.rotate(sm.name, {
    RotateImmediately: false,
    RotationRules: { ScheduleExpression: 'cron(0 8 * * ? *)' },
  })
  await sm.settle()
  // There is nothing to test the function with; the configuration stays all the same.
  assert.deepEqual(sm.stepsAsked(), ['testSecret'])
  assert.deepEqual(await sm.eventNames(), ['TestRotationStarted', 'TestRotationFailed'])
  const configured = await sm.describe(sm.name)
  assert.deepEqual([configured.RotationEnabled, configured.VersionIdsToStages], [true, undefined])
  assert.equal(configured.NextRotationDate?.toISOString(), '2026-03-02T23:59:59.000Z')
  sm.useTemplate()
  sm.asked.length = 0
  await sm.advance(dayMs)
  assert.deepEqual(sm.stepsAsked(), steps)
  assert.deepEqual(Object.values((await sm.labels()) ?? {}), [['AWSCURRENT', 'AWSPENDING']])
  assert.deepEqual(sm.faults, [])
})
