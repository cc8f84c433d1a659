import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DescribeArchiveResponse, DescribeReplayResponse } from '@aws-sdk/client-eventbridge'
import { dayMs, hourMs } from '../../../core/durations.ts'
import { accountId, region } from '../../../testing/callers.ts'
import { eventsFixture, order } from '../testing.ts'

const arn = (resource: string) => `arn:aws:events:${region}:${accountId}:${resource}`
const bus = arn('event-bus/default')

async function archiveFixture() {
  const fixture = await eventsFixture()
  const { events, clock } = fixture
  return {
    ...fixture,
    archive: (more: object = {}) => events('CreateArchive', { ArchiveName: 'a', EventSourceArn: bus, ...more }),
    described: () => events<DescribeArchiveResponse>('DescribeArchive', { ArchiveName: 'a' }),
    replay: (ReplayName: string, more: object = {}) =>
      events('StartReplay', {
        ...{ ReplayName, EventSourceArn: arn('archive/a'), Destination: { Arn: bus } },
        ...{ EventStartTime: new Date(clock.nowMs() - dayMs), EventEndTime: new Date(clock.nowMs() + 1000) },
        ...more,
      }),
    replayed: (ReplayName: string) => events<DescribeReplayResponse>('DescribeReplay', { ReplayName }),
  }
}

test('scenario 32: replayed events carry replay-name and reach the rules of FilterArns alone', async () => {
  const { archive, queue, rule, put, settle, messages, replay, replayed, described } = await archiveFixture()
  await archive({ EventPattern: '{"source":["shop"]}' })
  const first = await rule('first', { source: ['shop'] }, [await queue('one')])
  await rule('second', { source: ['shop'] }, [await queue('two')])
  const { Entries = [] } = await put([order({ n: 1 }), order({ n: 2 }), order({ n: 3 }, { Source: 'other' })])
  await settle()
  assert.deepEqual([(await messages('one')).length, (await messages('two')).length], [2, 2])
  const { EventCount, SizeBytes = 0, State } = await described()
  assert.deepEqual([EventCount, State], [2, 'ENABLED'])
  assert.ok(SizeBytes > 100)

  await replay('again', { Destination: { Arn: bus, FilterArns: [first] } })
  assert.equal((await replayed('again')).State, 'STARTING')
  await settle()
  const again = (await messages('one')).map(({ Body = '' }) => JSON.parse(Body))
  assert.deepEqual(
    again.map(({ id, detail, 'replay-name': name }) => [id, detail.n, name]).sort((a, b) => a[1] - b[1]),
    [
      [Entries[0]?.EventId, 1, 'again'],
      [Entries[1]?.EventId, 2, 'again'],
    ],
  )
  assert.equal((await messages('two')).length, 0)
  assert.equal((await replayed('again')).State, 'COMPLETED')
  // Replayed events are not archived again.
  assert.equal((await described()).EventCount, 2)
})

test('a replay sends the events of its time alone, however many there are', async () => {
  const { archive, queue, rule, put, settle, messages, replay, clock, advance, replayed } = await archiveFixture()
  await archive()
  await rule('r', { 'replay-name': [{ exists: true }] }, [await queue('q')])
  await put([order({ early: true })])
  await advance(hourMs)
  for (let count = 0; count < 25; count++) await put(Array.from({ length: 10 }, (_, n) => order({ n })))
  const until = clock.nowMs() + 1
  await advance(hourMs)
  await put([order({ late: true })])
  await replay('r', { EventStartTime: new Date(until - 1), EventEndTime: new Date(until) })
  await settle()
  const sent = await messages('q')
  assert.equal(sent.length, 250)
  assert.equal((await replayed('r')).EventLastReplayedTime?.getTime(), until - 1)
})

test('a replay that is cancelled ends', async () => {
  const { archive, events, replay, replayed, settle } = await archiveFixture()
  await archive()
  await replay('r')
  assert.deepEqual(await events('CancelReplay', { ReplayName: 'r' }), {
    ReplayArn: arn('replay/r'),
    State: 'CANCELLING',
  })
  await settle()
  assert.equal((await replayed('r')).State, 'CANCELLED')
  await assert.rejects(events('CancelReplay', { ReplayName: 'r' }), { code: 'IllegalStatusException' })
  const { Replays } = await events<{ Replays: { ReplayName: string }[] }>('ListReplays', { State: 'CANCELLED' })
  assert.deepEqual(
    Replays.map(({ ReplayName }) => ReplayName),
    ['r'],
  )
})

test('archived events are kept for as long as the archive says', async () => {
  const { archive, events, put, advance, described } = await archiveFixture()
  await archive({ RetentionDays: 2, EventPattern: '{"source":["shop"]}' })
  await put([order()])
  await advance(dayMs)
  await put([order()])
  await advance(2 * dayMs)
  assert.equal((await described()).EventCount, 1)
  await events('UpdateArchive', { ArchiveName: 'a', RetentionDays: 0 })
  await advance(10 * dayMs)
  assert.equal((await described()).EventCount, 1)
})

test('the events of a deleted archive are removed', async () => {
  const { archive, events, put, settle, described } = await archiveFixture()
  await archive()
  await put([order()])
  await events('DeleteArchive', { ArchiveName: 'a' })
  await settle()
  await archive()
  const { EventCount, SizeBytes } = await described()
  assert.deepEqual([EventCount, SizeBytes], [0, 0])
})

test('what is wrong with archives and replays is refused with the texts of AWS', async () => {
  const { archive, events, replay, clock } = await archiveFixture()
  await assert.rejects(archive({ EventSourceArn: arn('event-bus/none') }), {
    message: 'Event bus none does not exist.',
  })
  await assert.rejects(archive({ EventPattern: '{}' }), { code: 'InvalidEventPatternException' })
  await archive()
  await assert.rejects(archive(), { code: 'ResourceAlreadyExistsException', message: 'Archive a already exists.' })
  await assert.rejects(events('DescribeArchive', { ArchiveName: 'b' }), { message: 'Archive b does not exist.' })
  await assert.rejects(events('DescribeReplay', { ReplayName: 'b' }), { message: 'Replay b does not exist.' })
  await assert.rejects(replay('r', { EventEndTime: new Date(clock.nowMs() - dayMs) }), {
    message: 'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.',
  })
  await assert.rejects(replay('r', { Destination: { Arn: arn('event-bus/other') } }), {
    message: 'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.',
  })
  await assert.rejects(replay('r', { EventSourceArn: arn('archive/b') }), { message: 'Archive b does not exist.' })
  await replay('r')
  await assert.rejects(replay('r'), { message: 'Replay r already exists.' })
})
