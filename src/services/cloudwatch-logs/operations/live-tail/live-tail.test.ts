import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StartLiveTailResponse, StartLiveTailResponseStream } from '@aws-sdk/client-cloudwatch-logs'
import { accountId, alice, policyOf, region } from '../../../../testing/callers.ts'
import { logsFixture } from '../../testing.ts'
import { LiveTails } from './live-tails.ts'
import { evenly } from './tail-events.ts'

const arnOf = (name: string) => `arn:aws:logs:${region}:${accountId}:log-group:${name}`

async function tailFixture() {
  const fixture = await logsFixture()
  /** Starts a session and reads its first message. */
  const tail = async (names: readonly string[], more: object = {}) => {
    const logGroupIdentifiers = names.map(arnOf)
    const { responseStream } = await fixture.logs<StartLiveTailResponse>('StartLiveTail', {
      logGroupIdentifiers,
      ...more,
    })
    assert.ok(responseStream)
    const stream = responseStream[Symbol.asyncIterator]()
    const next = async () => (await stream.next()).value as StartLiveTailResponseStream | undefined
    const started = await next()
    const update = async () => {
      const { sessionResults = [], sessionMetadata } = (await next())?.sessionUpdate ?? {}
      return { messages: sessionResults.map(({ message }) => message), ...sessionMetadata, sessionResults }
    }
    return { started, next, update, end: () => stream.return?.() }
  }
  return { ...fixture, tail }
}

test('a session shows what is put into its groups from then on, an update each second', async () => {
  const { tail, group, put, clock } = await tailFixture()
  const [one, two, other] = [await group('/one'), await group('/two'), await group('/other')]
  await put(one, ['before'])
  const { started, update, end } = await tail(['/one', '/two', '/one'], { logEventFilterPattern: '?error ?warning' })
  const { sessionId, requestId, ...start } = started?.sessionStart ?? {}
  assert.ok(sessionId && requestId)
  assert.equal(start.logEventFilterPattern, '?error ?warning')
  const first = update()
  await put(one, ['an error', 'fine'])
  await put(two, [['a warning', 5]])
  await put(other, ['an error elsewhere'])
  const { sessionResults, messages, sampled } = await first
  assert.deepEqual([messages, sampled], [['a warning', 'an error'], false])
  const nowMs = clock.nowMs()
  assert.deepEqual(sessionResults[1], {
    ...{ logStreamName: 's', logGroupIdentifier: `${accountId}:/one`, message: 'an error' },
    ...{ timestamp: nowMs, ingestionTime: nowMs },
  })
  assert.deepEqual((await update()).messages, [])
  await end()
})

test('a session of some streams, or of those with a prefix, leaves out the others', async () => {
  const { tail, group, put } = await tailFixture()
  const { logGroupName } = await group('/g', ['web-1', 'web-2', 'db'])
  const sessions = [
    await tail(['/g'], { logStreamNames: ['db'] }),
    await tail(['/g'], { logStreamNamePrefixes: ['web'] }),
  ]
  const updates = sessions.map(({ update }) => update())
  for (const logStreamName of ['web-1', 'web-2', 'db']) await put({ logGroupName, logStreamName }, [logStreamName])
  const seen = (await Promise.all(updates)).map(({ messages }) => messages)
  assert.deepEqual(seen, [['db'], ['web-1', 'web-2']])
  for (const { end } of sessions) await end()
})

test('of more than 500 events of a second, as many are chosen evenly, and the update says so', async () => {
  const { tail, group, put } = await tailFixture()
  const stream = await group('/g')
  const { update, end } = await tail(['/g'])
  const first = update()
  await put(
    stream,
    Array.from({ length: 2000 }, (_, n) => String(n)),
  )
  const { messages, sampled } = await first
  assert.equal(sampled, true)
  assert.deepEqual([messages.length, messages[0], messages[1], messages.at(-1)], [500, '0', '4', '1996'])
  await end()
})

test('a session ends after three hours with its exception, and with the server', async () => {
  const { tail, group, clock, interrupt, faults } = await tailFixture()
  await group('/g')
  const long = await tail(['/g'])
  clock.advance(3 * 3600)
  await assert.rejects(long.next(), { code: 'SessionTimeoutException' })
  const other = await tail(['/g'])
  const ended = other.next()
  interrupt()
  assert.equal(await ended, undefined)
  assert.deepEqual(faults, [])
})

test('an account has 15 sessions at a time in a Region, those that are never read among them', async () => {
  const { tail, group, logs } = await tailFixture()
  await group('/g')
  const sessions = []
  for (let n = 0; n < 14; n++) sessions.push(await tail(['/g']))
  await logs('StartLiveTail', { logGroupIdentifiers: [arnOf('/g')] })
  await assert.rejects(tail(['/g']), { code: 'LimitExceededException' })
  await sessions[0]?.end()
  await (await tail(['/g'])).end()
  for (const { end } of sessions) await end()
})

test('a session that does not read keeps the newest puts, and its next update says that some are missing', () => {
  const tails = new LiveTails()
  const puts = tails.join({ accountId, region }, new Set(['g']), 1)
  const block = { id: '', stream_id: 's', first_ms: 0, last_ms: 0, events: 1, bytes: 1, data_key: '' }
  for (let n = 0; n < 6000; n++) tails.note({ groupId: 'g', streamName: 's', block: { ...block, id: String(n) } })
  const taken = puts?.take()
  assert.deepEqual([taken?.isCut, taken?.puts.length, taken?.puts.at(-1)?.block.id], [true, 5000, '5999'])
  puts?.leave()
  puts?.leave()
  assert.ok(tails.join({ accountId, region }, new Set(['g']), 1))
})

test('evenly chosen items stay in order', () => {
  assert.deepEqual(evenly([0, 1, 2, 3, 4, 5, 6], 3), [0, 2, 4])
  assert.deepEqual(evenly([0, 1], 3), [0, 1])
})

test('StartLiveTail refuses names, missing groups, bad patterns, and streams of several groups', async () => {
  const { logs, group, lastRecord } = await tailFixture()
  await group('/a')
  await group('/b')
  await group('/rare', ['s'], { logGroupClass: 'INFREQUENT_ACCESS' })
  const start = (input: object) => logs('StartLiveTail', input)
  const [a, b] = ['/a', '/b'].map(arnOf)
  const invalid = { code: 'InvalidParameterException' }
  await assert.rejects(start({ logGroupIdentifiers: ['/a'] }), invalid)
  await assert.rejects(start({ logGroupIdentifiers: [] }), invalid)
  await assert.rejects(start({ logGroupIdentifiers: Array(11).fill(a) }), invalid)
  await assert.rejects(start({ logGroupIdentifiers: [a], logEventFilterPattern: '{ $.a = }' }), invalid)
  await assert.rejects(start({ logGroupIdentifiers: [a, b], logStreamNames: ['s'] }), invalid)
  await assert.rejects(
    start({ logGroupIdentifiers: [a], logStreamNames: ['s'], logStreamNamePrefixes: ['s'] }),
    invalid,
  )
  await assert.rejects(start({ logGroupIdentifiers: [arnOf('/rare')] }), invalid)
  await assert.rejects(start({ logGroupIdentifiers: [arnOf('/none')] }), { code: 'ResourceNotFoundException' })
  assert.equal(lastRecord().eventName, 'StartLiveTail')
})

test('StartLiveTail needs the permission on each of its groups', async () => {
  const { logs, group, putUser } = await tailFixture()
  await group('/a')
  await group('/b')
  const policy = policyOf({ Effect: 'Allow', Action: 'logs:StartLiveTail', Resource: `${arnOf('/a')}:*` })
  await putUser(alice, [policy])
  const start = (...names: string[]) =>
    logs<StartLiveTailResponse>('StartLiveTail', { logGroupIdentifiers: names.map(arnOf) }, { caller: alice })
  assert.ok((await start('/a')).responseStream)
  await assert.rejects(start('/a', '/b'), { code: 'AccessDeniedException', message: /logs:StartLiveTail/ })
})
