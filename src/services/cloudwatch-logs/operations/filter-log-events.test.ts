import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestMetricFilterResponse } from '@aws-sdk/client-cloudwatch-logs'
import fc from 'fast-check'
import { hourMs } from '../../../core/durations.ts'
import { type LogsFixture, logsFixture, messagesOf } from '../testing.ts'

test('FilterLogEvents reads all streams of a group in order of time, or those that are named', async () => {
  const { group, put, filter, clock } = await logsFixture()
  const { logGroupName } = await group('g', ['web-1', 'web-2', 'db'])
  const stream = (logStreamName: string) => ({ logGroupName, logStreamName })
  await put(stream('web-1'), [
    ['w1 a', 40],
    ['w1 b', 10],
  ])
  await put(stream('db'), [['db a', 30]])
  await put(stream('web-2'), [['w2 a', 20], 'w2 b'])
  const read = async (more: object) => messagesOf(await filter({ logGroupName, ...more }))
  assert.deepEqual(await read({}), ['w1 a', 'db a', 'w2 a', 'w1 b', 'w2 b'])
  assert.deepEqual(await read({ logStreamNamePrefix: 'web' }), ['w1 a', 'w2 a', 'w1 b', 'w2 b'])
  assert.deepEqual(await read({ logStreamNames: ['db'] }), ['db a'])
  assert.deepEqual(await read({ logStreamNames: ['db', 'web-2'] }), ['db a', 'w2 a', 'w2 b'])
  assert.deepEqual(await read({ filterPattern: 'a' }), ['w1 a', 'db a', 'w2 a'])
  const nowMs = clock.nowMs()
  assert.deepEqual(await read({ startTime: nowMs - 30, endTime: nowMs - 10 }), ['db a', 'w2 a', 'w1 b'])
  assert.deepEqual(await read({ startTime: nowMs - 30, startFromHead: false }), ['w2 b', 'w1 b', 'w2 a', 'db a'])
  const { events = [], searchedLogStreams } = await filter({ logGroupIdentifier: 'g', limit: 1 })
  assert.deepEqual(searchedLogStreams, [])
  assert.deepEqual(events, [
    {
      logStreamName: 'web-1',
      timestamp: nowMs - 40,
      message: 'w1 a',
      ingestionTime: nowMs,
      eventId: events[0]?.eventId,
    },
  ])
  assert.match(events[0]?.eventId ?? '', /^\d{56}$/)
  const refusals = [
    { logStreamNames: ['db'], logStreamNamePrefix: 'd' },
    { startFromHead: false },
    { startTime: 2, endTime: 1 },
    { filterPattern: 'a:b' },
  ]
  for (const more of refusals) await assert.rejects(read(more), { code: 'InvalidParameterException' })
  await assert.rejects(read({ logStreamNames: ['db', 'none'] }), {
    message: 'The specified log stream does not exist.',
  })
})

/** All events of a search, page by page, with their ids. */
async function pagesOf({ filter }: Pick<LogsFixture, 'filter'>, more: object) {
  const events: { id: string; message: string }[] = []
  let nextToken: string | undefined
  let pages = 0
  do {
    const page = await filter({ ...more, nextToken })
    for (const { eventId = '', message = '' } of page.events ?? []) events.push({ id: eventId, message })
    nextToken = page.nextToken
    pages++
  } while (nextToken)
  return { events, pages }
}

test('pages of FilterLogEvents together hold every match once, in order, whatever the puts, the limit and the direction', async () => {
  const put = fc.record({
    stream: fc.constantFrom('a', 'b', 'c'),
    times: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 }),
  })
  const puts = fc.array(put, { minLength: 1, maxLength: 25 })
  await fc.assert(
    fc.asyncProperty(
      puts,
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      fc.boolean(),
      async (all, limit, backward, merge) => {
        const fixture = await logsFixture()
        const { logGroupName } = await fixture.group('g', ['a', 'b', 'c'])
        const expected: { message: string; time: number }[] = []
        for (const [n, { stream, times }] of all.entries()) {
          const sorted = times.toSorted((one, other) => other - one)
          const events = sorted.map((before, k) => [`${n}-${k} ${before % 2 ? 'odd' : 'even'}`, before] as const)
          await fixture.put({ logGroupName, logStreamName: stream }, events)
          for (const [message, before] of events) expected.push({ message, time: -before })
        }
        if (merge) await fixture.advance(hourMs)
        const search = {
          logGroupName,
          limit,
          filterPattern: 'odd',
          startTime: Date.UTC(2024, 0, 1),
          startFromHead: !backward,
        }
        const { events } = await pagesOf(fixture, search)
        const odd = expected.filter(({ message }) => message.endsWith('odd'))
        const inOrder = odd.sort((one, other) => one.time - other.time || odd.indexOf(one) - odd.indexOf(other))
        const wanted = inOrder.map(({ message }) => message)
        assert.deepEqual(
          events.map(({ message }) => message),
          backward ? wanted.reverse() : wanted,
        )
        assert.equal(new Set(events.map(({ id }) => id)).size, events.length)
        const ids = events.map(({ id }) => id)
        assert.deepEqual(ids, backward ? ids.toSorted().reverse() : ids.toSorted())
      },
    ),
    { numRuns: 30 },
  )
})

test('ids of events stay the same when their blocks are merged', async () => {
  const fixture = await logsFixture()
  const to = await fixture.group('g')
  for (let n = 0; n < 20; n++) await fixture.put(to, [[`${n}`, n]])
  const search = { logGroupName: 'g', limit: 7 }
  const before = await pagesOf(fixture, search)
  await fixture.advance(hourMs)
  assert.deepEqual(await pagesOf(fixture, search), before)
})

test('a page that looks through much and finds nothing is empty, and has a next one', async () => {
  const fixture = await logsFixture()
  const to = await fixture.group('g')
  const message = 'x'.repeat(500_000)
  for (let n = 70; n > 0; n--)
    await fixture.put(to, [
      [n === 1 ? `${message} needle` : message, n],
      ['y'.repeat(500_000), 0],
    ])
  const first = await fixture.filter({ logGroupName: 'g', filterPattern: 'needle' })
  assert.deepEqual([messagesOf(first), typeof first.nextToken], [[], 'string'])
  const { events, pages } = await pagesOf(fixture, { logGroupName: 'g', filterPattern: 'needle' })
  assert.equal(events.length, 1)
  assert.ok(pages > 1 && pages < 10, `${pages} pages`)
  const other = { logGroupName: 'g', filterPattern: 'other', nextToken: first.nextToken }
  await assert.rejects(fixture.filter(other), { message: 'The specified nextToken is invalid.' })
  await assert.rejects(fixture.filter({ logGroupName: 'g', nextToken: 'x' }), {
    message: 'The specified nextToken is invalid.',
  })
})

test('an expression that takes too long is refused, and holds up nothing', async () => {
  const { group, put, filter } = await logsFixture()
  const to = await group('g')
  let random = 7
  const text = Array.from({ length: 900_000 }, () => {
    random = (random * 48_271) % 2_147_483_647
    return random % 2 ? 'a' : 'b'
  }).join('')
  await put(to, [text])
  await assert.rejects(filter({ logGroupName: 'g', filterPattern: '%[ab]*a[ab]{900}c%' }), {
    code: 'InvalidParameterException',
    message: /takes too long/,
  })
})

test('TestMetricFilter gives the values that a pattern finds', async () => {
  const { logs, lastRecord } = await logsFixture()
  const found = await logs<TestMetricFilterResponse>('TestMetricFilter', {
    filterPattern: '{ $.code = 4* && $.user.name = "a" }',
    logEventMessages: ['{"code":404,"user":{"name":"a"}}', '{"code":500}', 'code 404'],
  })
  assert.deepEqual(found.matches, [
    {
      eventNumber: 1,
      eventMessage: '{"code":404,"user":{"name":"a"}}',
      extractedValues: { '$.code': '404', '$.user.name': 'a' },
    },
  ])
  assert.deepEqual(lastRecord().requestParameters, { filterPattern: '{ $.code = 4* && $.user.name = "a" }' })
  const many = { filterPattern: '', logEventMessages: Array(51).fill('x') }
  await assert.rejects(logs('TestMetricFilter', many), { code: 'InvalidParameterException' })
})
