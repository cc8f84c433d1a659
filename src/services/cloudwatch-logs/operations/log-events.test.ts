import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dayMs, hourMs, minuteMs } from '../../../core/durations.ts'
import type { ServiceMetrics } from '../../../core/services/service-metrics.ts'
import { logsFixture, messagesOf } from '../testing.ts'

test('scenario 18: a batch with an event 15 days old answers tooOldLogEventEndIndex, and the rest is stored', async () => {
  const { group, put, get } = await logsFixture()
  const to = await group('g')
  const answer = await put(to, [['old', 15 * dayMs], ['hour', hourMs], 'now'])
  assert.deepEqual(answer.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1 })
  assert.match(answer.nextSequenceToken ?? '', /^\d{56}$/)
  assert.deepEqual(messagesOf(await get(to)), ['hour', 'now'])
})

test('events that are expired or too new are left out, too', async () => {
  const { logs, group, put, get } = await logsFixture()
  const to = await group('g')
  await logs('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 7 })
  const answer = await put(to, [
    ['too old', 20 * dayMs],
    ['expired', 8 * dayMs],
    'now',
    ['soon', -2 * hourMs],
    ['too new', -2 * hourMs - 1],
  ])
  assert.deepEqual(answer.rejectedLogEventsInfo, {
    tooOldLogEventEndIndex: 1,
    expiredLogEventEndIndex: 2,
    tooNewLogEventStartIndex: 4,
  })
  assert.deepEqual(messagesOf(await get(to)), ['now', 'soon'])
  const none = await put(to, [['expired', 8 * dayMs]])
  assert.deepEqual(none.rejectedLogEventsInfo, { expiredLogEventEndIndex: 1 })
})

test('batches out of their limits are refused, and nothing of them is stored', async () => {
  const { logs, group, put, get } = await logsFixture()
  const to = await group('g')
  const refused = { code: 'InvalidParameterException', status: 400 }
  await assert.rejects(put(to, ['a', ['b', 1]]), {
    ...refused,
    message: 'Log events in a single PutLogEvents request must be in chronological order.',
  })
  await assert.rejects(put(to, [['a', dayMs + 1], 'b']), {
    ...refused,
    message: 'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
  })
  const half = 'x'.repeat(524_288 - 26)
  await assert.rejects(put(to, [half, `${half}x`]), {
    ...refused,
    message: 'Upload too large: 1048577 bytes exceeds limit of 1048576',
  })
  await assert.rejects(put(to, Array(10_001).fill('x')), refused)
  await assert.rejects(put(to, ['']), refused)
  await assert.rejects(put(to, []), refused)
  await assert.rejects(logs('PutLogEvents', { ...to, logEvents: [{ timestamp: -1, message: 'x' }] }), refused)
  assert.deepEqual(messagesOf(await get(to)), [])
  await put(to, [half, half])
  await put(to, Array(10_000).fill('x'))
  await assert.rejects(put({ ...to, logStreamName: 'none' }, ['x']), {
    code: 'ResourceNotFoundException',
    message: 'The specified log stream does not exist.',
  })
})

test('PutLogEvents and GetLogEvents are never recorded, and are authorised all the same', async () => {
  const { group, put, get, store } = await logsFixture({ allDataEvents: true })
  const to = await group('g')
  const before = store.records.length
  await put(to, ['x'])
  await get(to)
  await assert.rejects(put({ ...to, logGroupName: 'none' }, ['x']))
  assert.equal(store.records.length, before)
})

test('GetLogEvents gives the newest page first, and its tokens lead to all others and end where they are', async () => {
  const { group, put, get } = await logsFixture()
  const to = await group('g')
  // Two puts whose events lie between one another's.
  for (const odd of [1, 0]) {
    await put(
      to,
      Array.from({ length: 10 }, (_, n) => [`m${2 * n + odd}`, (20 - 2 * n - odd) * 1000] as const),
    )
  }
  const newest = await get(to, { limit: 8 })
  assert.deepEqual(messagesOf(newest), ['m12', 'm13', 'm14', 'm15', 'm16', 'm17', 'm18', 'm19'])
  assert.match(newest.nextForwardToken ?? '', /^f\/.+\/s$/)
  assert.match(newest.nextBackwardToken ?? '', /^b\/.+\/s$/)
  const before = await get(to, { limit: 8, nextToken: newest.nextBackwardToken })
  assert.deepEqual(messagesOf(before), ['m4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', 'm11'])
  const oldest = await get(to, { limit: 8, nextToken: before.nextBackwardToken })
  assert.deepEqual(messagesOf(oldest), ['m0', 'm1', 'm2', 'm3'])
  const end = await get(to, { limit: 8, nextToken: oldest.nextBackwardToken })
  assert.deepEqual([messagesOf(end), end.nextBackwardToken], [[], oldest.nextBackwardToken])
  const forward = await get(to, { limit: 8, nextToken: oldest.nextForwardToken })
  assert.deepEqual(messagesOf(forward), messagesOf(before))

  const last = await get(to, { nextToken: newest.nextForwardToken })
  assert.deepEqual([messagesOf(last), last.nextForwardToken], [[], newest.nextForwardToken])
  await put(to, ['new'])
  assert.deepEqual(messagesOf(await get(to, { nextToken: last.nextForwardToken })), ['new'])
  for (const nextToken of ['x', 'f/x/s', `f/${'A'.repeat(80)}/s`]) {
    await assert.rejects(get(to, { nextToken }), {
      code: 'InvalidParameterException',
      message: 'The specified nextToken is invalid.',
    })
  }
})

test('the forward token of an empty stream leads to what comes later', async () => {
  const { group, put, get } = await logsFixture()
  const to = await group('g')
  for (const startFromHead of [true, false]) {
    const empty = await get(to, { startFromHead })
    const again = await get(to, { nextToken: empty.nextForwardToken })
    assert.equal(again.nextForwardToken, empty.nextForwardToken)
    await put(to, [`after ${startFromHead}`])
    const found = messagesOf(await get(to, { nextToken: again.nextForwardToken }))
    assert.equal(found.at(-1), `after ${startFromHead}`)
    if (startFromHead) assert.equal(found.length, 1)
    Object.assign(to, await group(`g-${startFromHead}`))
  }
})

test('GetLogEvents keeps to its times: the start counts, and the end does not', async () => {
  const { group, put, get, clock } = await logsFixture()
  const to = await group('g')
  await put(to, [['a', 3], ['b', 2], ['c', 1], 'd'])
  const nowMs = clock.nowMs()
  const range = { startTime: nowMs - 2, endTime: nowMs }
  assert.deepEqual(messagesOf(await get(to, range)), ['b', 'c'])
  assert.deepEqual(messagesOf(await get(to, { ...range, startFromHead: true, limit: 1 })), ['b'])
  await assert.rejects(get(to, { startTime: 2, endTime: 1 }), { code: 'InvalidParameterException' })
})

test('a page holds a megabyte at most, and a larger event comes alone', async () => {
  const { group, put, get } = await logsFixture()
  const to = await group('g')
  const big = 'x'.repeat(400_000)
  for (let n = 0; n < 4; n++) await put(to, [`${n}${big}`])
  const first = await get(to, { startFromHead: true })
  assert.deepEqual(
    messagesOf(first).map((message) => message?.[0]),
    ['0', '1'],
  )
  const second = await get(to, { nextToken: first.nextForwardToken })
  assert.deepEqual(
    messagesOf(second).map((message) => message?.[0]),
    ['2', '3'],
  )
})

test('small blocks are merged, and ids, tokens and order stay as they were', async () => {
  const { group, put, get, advance, store, clock } = await logsFixture()
  const to = await group('g')
  for (let n = 0; n < 250; n++) {
    await put(to, [[`a${n}`, 1000], `b${n}`])
    clock.advance(1)
  }
  const read = async () => {
    const messages: (string | undefined)[] = []
    let page = await get(to, { startFromHead: true, limit: 99 })
    while (page.events?.length) {
      messages.push(...messagesOf(page))
      page = await get(to, { limit: 99, nextToken: page.nextForwardToken })
    }
    return messages
  }
  const before = await read()
  assert.equal(before.length, 500)
  const middle = await get(to, { startFromHead: true, limit: 250 })
  await advance(hourMs)
  const blocks = await store.sql('logs').all<{ events: number }>('SELECT events FROM logs_blocks ORDER BY first_ms')
  assert.deepEqual(
    blocks.map(({ events }) => events),
    [500],
  )
  assert.deepEqual(await read(), before)
  assert.deepEqual(messagesOf(await get(to, { nextToken: middle.nextForwardToken })), before.slice(250))
  await put(to, ['last'])
  await advance(hourMs + minuteMs)
  assert.deepEqual(await read(), [...before, 'last'])
  assert.equal((await store.sql('logs').all('SELECT id FROM logs_blocks')).length, 1)
})

test('groups of the class INFREQUENT_ACCESS take events, and are not read by GetLogEvents', async () => {
  const { group, put, get } = await logsFixture()
  const to = await group('g', ['s'], { logGroupClass: 'INFREQUENT_ACCESS' })
  await put(to, ['x'])
  await assert.rejects(get(to), { code: 'InvalidParameterException' })
})

test('an entity is reported as not kept', async () => {
  const { logs, group, clock } = await logsFixture()
  const to = await group('g')
  const logEvents = [{ timestamp: clock.nowMs(), message: 'x' }]
  const entity = { keyAttributes: { Type: 'Service', Name: 'x' } }
  const { rejectedEntityInfo } = (await logs('PutLogEvents', { ...to, logEvents, entity })) as {
    rejectedEntityInfo?: object
  }
  assert.deepEqual(rejectedEntityInfo, { errorType: 'UnsupportedLogGroupType' })
})

test('the tokens of GetLogEvents lead through all events in both directions, whatever the puts and the limit', async () => {
  const put = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(put, { minLength: 1, maxLength: 15 }),
      fc.integer({ min: 1, max: 7 }),
      fc.boolean(),
      async (puts, limit, merge) => {
        const { group, put: send, get, advance } = await logsFixture()
        const to = await group('g')
        const expected: { message: string; time: number }[] = []
        for (const [n, times] of puts.entries()) {
          const sorted = times.toSorted((one, other) => other - one)
          const events = sorted.map((before, k) => [`${n}-${k}`, before] as const)
          await send(to, events)
          for (const [message, before] of events) expected.push({ message, time: -before })
        }
        if (merge) await advance(hourMs)
        const all = expected
          .map((event, n) => ({ ...event, n }))
          .sort((one, other) => one.time - other.time || one.n - other.n)
          .map(({ message }) => message)
        const walk = async (first: object, token: 'nextForwardToken' | 'nextBackwardToken') => {
          const pages: (string | undefined)[][] = []
          let page = await get(to, { limit, ...first })
          for (let before: string | undefined; page[token] !== before; ) {
            pages.push(messagesOf(page))
            before = page[token]
            page = await get(to, { limit, nextToken: before })
          }
          return { pages, back: page }
        }
        const forward = await walk({ startFromHead: true }, 'nextForwardToken')
        assert.deepEqual(forward.pages.flat(), all)
        const backward = await walk({}, 'nextBackwardToken')
        assert.deepEqual(backward.pages.reverse().flat(), all)
        const again = await walk({ nextToken: forward.back.nextBackwardToken }, 'nextBackwardToken')
        assert.deepEqual(again.pages.reverse().flat(), all)
      },
    ),
    { numRuns: 25 },
  )
})

test('what is ingested is counted for CloudWatch, for the account and for the group', async () => {
  const added: unknown[] = []
  const add: ServiceMetrics['add'] = ({ namespace, name, dimensions }, value) =>
    added.push([namespace, name, dimensions?.LogGroupName, value])
  const { group, put } = await logsFixture({ host: { metrics: { add, watch: () => {} } } })
  await put(await group('g'), [['old', 15 * dayMs], 'four', 'fours'])
  const bytes = 'four'.length + 'fours'.length + 2 * 26
  assert.deepEqual(added, [
    ['AWS/Logs', 'IncomingLogEvents', undefined, 2],
    ['AWS/Logs', 'IncomingBytes', undefined, bytes],
    ['AWS/Logs', 'IncomingLogEvents', 'g', 2],
    ['AWS/Logs', 'IncomingBytes', 'g', bytes],
  ])
})
