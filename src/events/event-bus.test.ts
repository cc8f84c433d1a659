import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import { type AwsEvent, eventsInOutbox, publishEvent } from '../core/aws-event.ts'
import { createScheduler } from '../scheduler/scheduler.ts'
import { testStore } from '../storage/testing.ts'
import { EventBus } from './event-bus.ts'

const scope = { accountId: '111122223333', region: 'eu-west-1' }

async function fixture() {
  const store = await testStore()
  const clock = new FixedClock()
  const bus = new EventBus()
  const failures: unknown[] = []
  const scheduler = createScheduler({
    store,
    clock,
    runners: bus.work(store),
    onError: (error) => failures.push(error),
  })
  const publish = (name: string) =>
    store.transaction((tx) =>
      publishEvent(tx, {
        source: 'aws.ssm',
        detailType: 'Parameter Store Change',
        scope,
        timeMs: clock.nowMs(),
        resources: ['arn:aws:ssm:eu-west-1:111122223333:parameter/a'],
        detail: { name },
      }),
    )
  return { store, clock, bus, scheduler, failures, publish }
}

test('an event reaches every subscriber in AWS form', async () => {
  const { bus, scheduler, publish } = await fixture()
  const seen: AwsEvent[] = []
  bus.subscribe((event) => void seen.push(event))
  bus.subscribe((event) => void seen.push(event))
  await publish('a')
  await scheduler.runDue()
  assert.equal(seen.length, 2)
  const [event] = seen
  assert.match(event?.id ?? '', /^[0-9a-f-]{36}$/)
  assert.match(event?.time ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.deepEqual(
    { ...event, id: '', time: '' },
    {
      version: '0',
      id: '',
      'detail-type': 'Parameter Store Change',
      source: 'aws.ssm',
      account: '111122223333',
      time: '',
      region: 'eu-west-1',
      resources: ['arn:aws:ssm:eu-west-1:111122223333:parameter/a'],
      detail: { name: 'a' },
    },
  )
})

test('an event whose transaction fails is never delivered', async () => {
  const { store, bus, clock, scheduler } = await fixture()
  const seen: AwsEvent[] = []
  bus.subscribe((event) => void seen.push(event))
  const failing = store.transaction(async (tx) => {
    const timeMs = clock.nowMs()
    await publishEvent(tx, { source: 'aws.ssm', detailType: 'x', scope, timeMs, resources: [], detail: {} })
    throw new Error('no')
  })
  await assert.rejects(failing, /no/)
  await scheduler.runDue()
  assert.deepEqual(seen, [])
})

test('an event that a subscriber could not take is delivered again, and not after the subscription has ended', async () => {
  const { bus, clock, scheduler, failures, publish } = await fixture()
  let attempts = 0
  const end = bus.subscribe(() => {
    attempts++
    if (attempts === 1) throw new Error('busy')
  })
  await publish('a')
  await scheduler.runDue()
  assert.equal(failures.length, 1)
  clock.advance(2)
  await scheduler.runDue()
  assert.equal(attempts, 2)
  end()
  await publish('b')
  await scheduler.runDue()
  assert.equal(attempts, 2)
})

test('events of one millisecond are delivered in the order in which they were published', async () => {
  const { bus, scheduler, publish } = await fixture()
  const seen: unknown[] = []
  bus.subscribe(({ detail }) => void seen.push(detail.name))
  const names = Array.from({ length: 20 }, (_, at) => `parameter-${at}`)
  for (const name of names) await publish(name)
  await scheduler.runDue()
  assert.deepEqual(seen, names)
})

test('events before the one that a subscriber could not take are not delivered again, however many there are', async () => {
  const { store, bus, clock, scheduler, publish } = await fixture()
  const seen: unknown[] = []
  let failing = true
  bus.subscribe(({ detail }) => {
    if (failing && detail.name === 'event-1100') throw new Error('busy')
    seen.push(detail.name)
  })
  const names = Array.from({ length: 1200 }, (_, at) => `event-${at}`)
  for (const name of names) await publish(name)
  await scheduler.runDue()
  assert.equal(seen.length, 1100)
  failing = false
  clock.advance(2)
  await scheduler.runDue()
  assert.deepEqual(seen, names)
  assert.deepEqual(await eventsInOutbox(store, 1), [])
})

test('an event that is published while others are delivered is delivered too', async () => {
  const { store, bus, scheduler, publish } = await fixture()
  const seen: unknown[] = []
  bus.subscribe(async ({ detail }) => {
    seen.push(detail.name)
    if (detail.name === 'first') for (let at = 0; at < 30; at++) await publish(`later-${at}`)
  })
  await publish('first')
  await scheduler.runDue()
  assert.equal(seen.length, 31)
  assert.deepEqual(await eventsInOutbox(store, 1), [])
  await publish('again')
  await scheduler.runDue()
  assert.equal(seen.at(-1), 'again')
})
