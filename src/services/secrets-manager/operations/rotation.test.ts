import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { AwsEvent } from '../../../core/aws-event.ts'
import { dayMs, minuteMs } from '../../../core/durations.ts'
import { lambdaArn, rotating, type SecretsManagerFixture } from '../testing.ts'

const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret']

const eventNames = (fixture: SecretsManagerFixture, arn: string | undefined) =>
  fixture.eventsOf(arn).map(({ eventName }) => eventName)

test('SM1 scenario 25: a rotation calls the four steps in order with one token, and dates itself', async () => {
  const sm = await rotating()
  const name = await sm.create()
  const events: AwsEvent[] = []
  sm.bus.subscribe((event) => void events.push(event))
  const token = await sm.rotate(name, { RotationRules: { ScheduleExpression: 'rate(30 days)' } })
  const before = await sm.describe(name)
  assert.deepEqual(before.VersionIdsToStages?.[token], ['AWSPENDING'])
  await assert.rejects(sm.read(name, { VersionId: token }), { code: 'ResourceNotFoundException' })
  assert.equal(sm.asked.length, 0, 'the call does not wait for the function')
  await sm.settle()
  assert.deepEqual(
    sm.asked.map(({ Step }) => Step),
    steps,
  )
  for (const event of sm.asked) {
    assert.deepEqual([event.ClientRequestToken, event.SecretId], [token, before.ARN])
    assert.match(event.RotationToken, /^[a-zA-Z0-9-]{36,256}$/)
  }
  const after = await sm.describe(name)
  assert.deepEqual(after.VersionIdsToStages?.[token], ['AWSCURRENT', 'AWSPENDING'])
  assert.equal((await sm.read(name)).SecretString, `rotated to ${token}`)
  assert.equal(after.RotationEnabled, true)
  assert.equal(after.RotationLambdaARN, lambdaArn)
  assert.equal(after.LastRotatedDate?.getTime(), sm.clock.timeMs)
  assert.equal(after.NextRotationDate?.toISOString(), '2026-03-31T23:59:59.000Z')
  assert.deepEqual(after.RotationRules, { ScheduleExpression: 'rate(30 days)', AutomaticallyAfterDays: 30 })
  assert.deepEqual(eventNames(sm, before.ARN), ['RotationStarted', 'RotationSucceeded'])
  const published = events.filter((event) => event['detail-type'] === 'AWS Service Event via CloudTrail')
  assert.deepEqual(published.map(({ detail }) => detail.eventName).sort(), ['RotationStarted', 'RotationSucceeded'])
  assert.deepEqual(sm.faults, [])
})

test('SM1: a year of monthly rotations runs in order, each in its window', async () => {
  const sm = await rotating()
  const name = await sm.create()
  await sm.rotate(name, { RotationRules: { ScheduleExpression: 'cron(0 4 1 * ? *)', Duration: '2h' } })
  await sm.settle()
  sm.asked.length = 0
  const times: string[] = []
  const run = sm.rotator.run
  sm.rotator.run = async (event) => {
    if (event.Step === 'createSecret') times.push(sm.clock.now().toISOString())
    await run(event)
  }
  await sm.advance(365 * dayMs)
  assert.deepEqual(
    times,
    [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((month) => new Date(Date.UTC(2026, month - 1, 1, 4)).toISOString()),
  )
  assert.deepEqual(
    sm.asked.map(({ Step }) => Step),
    Array.from({ length: 12 }, () => steps).flat(),
  )
  const { VersionIdsToStages } = await sm.describe(name)
  assert.deepEqual(Object.values(VersionIdsToStages ?? {}).sort(), [['AWSCURRENT', 'AWSPENDING'], ['AWSPREVIOUS']])
  assert.deepEqual(sm.faults, [])
})

test('SM1 scenario 26: a function that fails is tried again from its first step with the same token', async () => {
  const sm = await rotating()
  const name = await sm.create()
  const { ARN, VersionIdsToStages = {} } = await sm.describe(name)
  sm.state.failAt = 'setSecret'
  const token = await sm.rotate(name)
  await sm.settle()
  assert.deepEqual(
    sm.asked.map(({ Step }) => Step),
    ['createSecret', 'setSecret'],
  )
  const [, failed] = sm.eventsOf(ARN)
  assert.equal(failed?.eventName, 'RotationFailed')
  assert.equal(failed?.errorMessage, `Error when executing lambda ${lambdaArn} during setSecret step`)
  assert.match(failed?.requestID ?? '', /^Rotation-arn:aws:secretsmanager:/)
  assert.deepEqual(failed?.userIdentity, { accountId: '111122223333', invokedBy: 'secretsmanager.amazonaws.com' })
  const between = await sm.describe(name)
  assert.deepEqual(between.VersionIdsToStages, { ...VersionIdsToStages, [token]: ['AWSPENDING'] })
  await assert.rejects(sm.rotate(name), {
    code: 'InvalidRequestException',
    message: "A previous rotation isn't complete. That rotation will be reattempted.",
  })
  sm.state.failAt = ''
  sm.asked.length = 0
  await sm.advance(minuteMs)
  assert.deepEqual(
    sm.asked.map(({ Step, ClientRequestToken }) => [Step, ClientRequestToken]),
    steps.map((step) => [step, token]),
  )
  assert.deepEqual((await sm.describe(name)).VersionIdsToStages?.[token], ['AWSCURRENT', 'AWSPENDING'])
})

test('SM1: after five failures a rotation waits for its next window, where it goes on with the same version', async () => {
  const sm = await rotating()
  const name = await sm.create()
  sm.state.failAt = 'testSecret'
  const token = await sm.rotate(name, { RotationRules: { AutomaticallyAfterDays: 2 } })
  await sm.advance(dayMs)
  const { ARN } = await sm.describe(name)
  assert.equal(eventNames(sm, ARN).filter((event) => event === 'RotationFailed').length, 5)
  sm.state.failAt = ''
  await sm.advance(dayMs)
  assert.equal(sm.asked.at(-1)?.ClientRequestToken, token)
  assert.equal((await sm.read(name)).VersionId, token)
})

test('SM1: a function that says it has finished and has not moved AWSCURRENT has failed', async () => {
  const sm = await rotating()
  const name = await sm.create()
  sm.rotator.run = async () => {}
  await sm.rotate(name)
  await sm.settle()
  const { ARN } = await sm.describe(name)
  const last = sm.eventsOf(ARN).at(-1)
  assert.deepEqual(
    [last?.eventName, last?.errorMessage],
    ['RotationFailed', `Error when executing lambda ${lambdaArn} during finishSecret step`],
  )
})

test('SM1 scenario 24: without a function, or one that lets Secrets Manager in, nothing is configured', async () => {
  const sm = await rotating()
  const name = await sm.create()
  await assert.rejects(sm.call('RotateSecret', { SecretId: name, ClientRequestToken: randomUUID() }), {
    code: 'InvalidRequestException',
    message: 'No Lambda rotation function ARN is associated with this secret.',
  })
  for (const SecretId of [name, 'no-such-secret']) {
    await assert.rejects(sm.call('RotateSecret', { SecretId, RotationLambdaARN: lambdaArn }), {
      code: 'InvalidParameterException',
      message: 'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
    })
  }
  sm.rotator.permitted = false
  await assert.rejects(sm.rotate(name), {
    code: 'AccessDeniedException',
    message:
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
  })
  assert.equal('RotationEnabled' in (await sm.describe(name)), false)
  sm.rotator.permitted = true
  const rules = { AutomaticallyAfterDays: 3, ScheduleExpression: 'rate(3 days)' }
  await assert.rejects(sm.rotate(name, { RotationRules: rules }), {
    code: 'InvalidParameterException',
    message: 'You cannot specify both rotation frequency and schedule expression together.',
  })
})

test('SM1: RotateSecret is done once for a token', async () => {
  const sm = await rotating()
  const name = await sm.create()
  const input = { SecretId: name, ClientRequestToken: randomUUID(), RotationLambdaARN: lambdaArn }
  const first = await sm.call('RotateSecret', input)
  assert.deepEqual(await sm.call('RotateSecret', input), first)
  await sm.settle()
  assert.deepEqual(await sm.call('RotateSecret', input), first)
  assert.equal(sm.asked.length, 4)
})

test('SM1: RotateSecret sent twice at once with one token is done once, with two tokens refused once', async () => {
  const sm = await rotating()
  const rotate = (SecretId: string, ClientRequestToken: string) =>
    sm.call('RotateSecret', { SecretId, ClientRequestToken, RotationLambdaARN: lambdaArn })
  const same = await sm.create({ Name: 'same' })
  const token = randomUUID()
  const [first, second] = await Promise.all([rotate(same, token), rotate(same, token)])
  assert.deepEqual(first, second)
  const other = await sm.create({ Name: 'other' })
  const outcomes = await Promise.allSettled([rotate(other, randomUUID()), rotate(other, randomUUID())])
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  await sm.settle()
  assert.equal(sm.asked.length, 8)
})

test('SM1 scenario 27: a cancelled rotation leaves AWSPENDING, and the next begins when it is removed', async () => {
  const sm = await rotating()
  const name = await sm.create()
  await assert.rejects(sm.call('CancelRotateSecret', { SecretId: name }), { code: 'InvalidRequestException' })
  sm.state.failAt = 'testSecret'
  const token = await sm.rotate(name, { RotationRules: { AutomaticallyAfterDays: 10 } })
  await sm.settle()
  const answer = (await sm.call('CancelRotateSecret', { SecretId: name })) as { VersionId?: string }
  assert.equal(answer.VersionId, token)
  const { RotationEnabled, NextRotationDate, RotationRules, VersionIdsToStages } = await sm.describe(name)
  assert.deepEqual([RotationEnabled, NextRotationDate], [false, undefined])
  assert.deepEqual(RotationRules, { AutomaticallyAfterDays: 10 })
  assert.deepEqual(VersionIdsToStages?.[token], ['AWSPENDING'])
  sm.state.failAt = ''
  sm.asked.length = 0
  await sm.advance(30 * dayMs)
  assert.equal(sm.asked.length, 0)
  await assert.rejects(sm.rotate(name), { code: 'InvalidRequestException' })
  const stage = { SecretId: name, VersionStage: 'AWSPENDING', RemoveFromVersionId: token }
  await sm.call('UpdateSecretVersionStage', stage)
  const next = await sm.rotate(name)
  await sm.settle()
  assert.equal((await sm.read(name)).VersionId, next)
})

test('SM1 scenario 28: a value that a caller puts during a rotation ends it', async () => {
  const sm = await rotating()
  const name = await sm.create()
  sm.state.failAt = 'setSecret'
  const token = await sm.rotate(name, { RotationRules: { AutomaticallyAfterDays: 30 } })
  await sm.settle()
  const manual = await sm.put(name, 'by hand')
  const { ARN, VersionIdsToStages = {} } = await sm.describe(name)
  assert.deepEqual(VersionIdsToStages[manual], ['AWSCURRENT'])
  assert.equal(VersionIdsToStages[token], undefined)
  assert.equal(eventNames(sm, ARN).at(-1), 'RotationAbandoned')
  sm.state.failAt = ''
  sm.asked.length = 0
  await sm.advance(dayMs)
  assert.equal(sm.asked.length, 0)
  await sm.advance(30 * dayMs)
  assert.equal(sm.asked.length, 4)
})

test('SM1: a value put while the function runs ends the rotation, whatever the function answers', async () => {
  const sm = await rotating()
  const name = await sm.create()
  const run = sm.rotator.run
  sm.rotator.run = async (event) => {
    if (event.Step === 'testSecret') await sm.put(name, 'by hand')
    else await run(event)
  }
  await sm.rotate(name)
  await sm.settle()
  assert.equal((await sm.read(name)).SecretString, 'by hand')
  const { ARN } = await sm.describe(name)
  assert.deepEqual(eventNames(sm, ARN), ['RotationStarted', 'RotationAbandoned'])
})

test('SM1 scenario 29: RotateImmediately=false tests the function and leaves nothing behind', async () => {
  const sm = await rotating()
  const name = await sm.create()
  const before = await sm.describe(name)
  let tried: string | undefined
  const run = sm.rotator.run
  sm.rotator.run = async (event) => {
    tried = (await sm.read(name, { VersionStage: 'AWSPENDING' })).SecretString
    await run(event)
  }
  const rules = { RotateImmediately: false, RotationRules: { ScheduleExpression: 'cron(0 8 * * ? *)' } }
  await sm.rotate(name, rules)
  await sm.settle()
  assert.deepEqual(
    sm.asked.map(({ Step }) => Step),
    ['testSecret'],
  )
  assert.equal(tried, 'first')
  const after = await sm.describe(name)
  assert.deepEqual(after.VersionIdsToStages, before.VersionIdsToStages)
  assert.equal(after.NextRotationDate?.toISOString(), '2026-03-02T23:59:59.000Z')
  assert.equal(after.LastRotatedDate, undefined)
  assert.deepEqual(eventNames(sm, before.ARN), ['TestRotationStarted', 'TestRotationSucceeded'])

  sm.state.failAt = 'testSecret'
  await sm.rotate(name, rules)
  await sm.settle()
  assert.equal(eventNames(sm, before.ARN).at(-1), 'TestRotationFailed')
  const failed = await sm.describe(name)
  assert.deepEqual([failed.VersionIdsToStages, failed.RotationEnabled], [before.VersionIdsToStages, true])
})

test('SM1 scenario 32: a value put by hand counts as a rotation for the next date', async () => {
  const sm = await rotating()
  const name = await sm.create()
  await sm.rotate(name, { RotationRules: { AutomaticallyAfterDays: 30 } })
  await sm.settle()
  await sm.advance(10 * dayMs)
  await sm.put(name, 'by hand')
  assert.equal((await sm.describe(name)).NextRotationDate?.toISOString(), '2026-04-10T23:59:59.000Z')
  sm.asked.length = 0
  await sm.advance(29 * dayMs)
  assert.equal(sm.asked.length, 0)
  await sm.advance(dayMs)
  assert.equal(sm.asked.length, 4)
})

test('SM1: a secret that is marked for deletion does not rotate, and goes on when it is restored', async () => {
  const sm = await rotating()
  const name = await sm.create()
  await sm.rotate(name, { RotationRules: { AutomaticallyAfterDays: 5 } })
  await sm.settle()
  await sm.call('DeleteSecret', { SecretId: name })
  sm.asked.length = 0
  await sm.advance(20 * dayMs)
  assert.equal(sm.asked.length, 0)
  await sm.call('RestoreSecret', { SecretId: name })
  assert.equal((await sm.describe(name)).RotationEnabled, true)
  await sm.advance(2 * dayMs)
  assert.equal(sm.asked.length, 4)
})

test('SM1: a RotationToken that belongs to no rotation of the secret is refused', async () => {
  const sm = await rotating()
  const name = await sm.create()
  sm.state.failAt = 'setSecret'
  const token = await sm.rotate(name)
  await sm.settle()
  const RotationToken = sm.asked[0]?.RotationToken
  const write = { ClientRequestToken: randomUUID(), VersionStages: ['x'] }
  await assert.rejects(sm.put(name, 'v', { ...write, RotationToken: randomUUID() }), {
    code: 'InvalidParameterException',
  })
  await sm.put(name, 'v', { ...write, RotationToken })
  assert.ok(token)
})

test('SM1: a step whose answer was lost is asked again, and the rotation still ends well', async () => {
  for (const [place, step] of steps.entries()) {
    const sm = await rotating()
    const name = await sm.create()
    const run = sm.rotator.run
    let lost = 0
    sm.rotator.run = async (event) => {
      await run(event)
      // The lease of the work is lost, as when the process is killed before it can write down what the step came to.
      if (event.Step === step && lost++ === 0) {
        const { ARN: key = '' } = await sm.describe(name)
        const scope = { accountId: '111122223333', region: 'us-east-1' }
        const work = { kind: 'secretsmanager.rotate', key, dueAtMs: sm.clock.nowMs(), scope, payload: { name } }
        await sm.store.transaction((tx) => tx.schedule(work))
      }
    }
    const token = await sm.rotate(name)
    await sm.settle()
    assert.deepEqual(
      sm.asked.map(({ Step }) => Step),
      [...steps.slice(0, place + 1), ...steps.slice(place)],
    )
    assert.equal((await sm.read(name)).VersionId, token)
    const { ARN } = await sm.describe(name)
    assert.deepEqual(eventNames(sm, ARN), ['RotationStarted', 'RotationSucceeded'])
  }
})
