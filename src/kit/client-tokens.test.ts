import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import { minuteMs } from '../core/durations.ts'
import { ServiceError } from '../core/service-error.ts'
import type { CollectionSpec } from '../core/store.ts'
import { testStore } from '../storage/testing.ts'
import { clientTokenCollection, clientTokens, type TokenRequest, type UsedToken } from './client-tokens.ts'

const collection: CollectionSpec<UsedToken> = { name: 'kit.test-tokens', ...clientTokenCollection }
const place = { accountId: '111122223333', region: 'us-east-1' }
const windowMs = 5 * minuteMs

async function requests({ comparesInput = true } = {}) {
  const store = await testStore()
  const clock = new FixedClock()
  const mismatch = (token: string) => new ServiceError('IdempotentParameterMismatch', 400, token)
  const tokens = clientTokens({ collection, windowMs, mismatch: comparesInput ? mismatch : undefined })
  let made = 0
  return {
    clock,
    kept: () => store.in(collection).count(place),
    /** Makes a request. @returns the number of the request that was made first. */
    request: (request: TokenRequest, where: { operation?: string; region?: string } = {}, fails = false) =>
      store.transaction((tx) =>
        tokens.once(tx, { operation: 'Create', ...place, clock, ...where }, request, async () => {
          if (fails) throw new ServiceError('LimitExceededException', 400)
          return { number: ++made }
        }),
      ),
  }
}

test('a request with a token is made once, and its repetitions get the first answer', async () => {
  const { request } = await requests()
  const input = { Name: 'a', Tags: [{ Key: 'k' }], Port: 1, Body: Buffer.from('x'), From: new Date(1) }
  assert.deepEqual(await request({ token: 't', input }), { number: 1 })
  assert.deepEqual(await request({ token: 't', input }), { number: 1 })
  const reordered = {
    Tags: [{ Key: 'k' }],
    From: new Date(1),
    Body: new Uint8Array([120]),
    Port: 1,
    Name: 'a',
    None: undefined,
  }
  assert.deepEqual(await request({ token: 't', input: reordered }), { number: 1 })
  assert.deepEqual(await request({ token: 'u', input }), { number: 2 })
})

test('a request without a token is made each time', async () => {
  const { request, kept } = await requests()
  for (const number of [1, 2]) assert.deepEqual(await request({ token: undefined, input: {} }), { number })
  assert.equal(await kept(), 0)
})

test('a token that comes with another request is refused, unless the token alone counts', async () => {
  const { request } = await requests()
  const input = { Name: 'a', Port: 1 }
  await request({ token: 't', input })
  const others = [
    {},
    { Name: 'a' },
    { Name: 'a', Port: '1' },
    { Name: 'a', Port: 1, More: null },
    { Name: 1, Port: 'a' },
  ]
  for (const other of others) {
    await assert.rejects(request({ token: 't', input: other }), { code: 'IdempotentParameterMismatch', message: 't' })
  }
  const queue = await requests({ comparesInput: false })
  await queue.request({ token: 't', input })
  assert.deepEqual(await queue.request({ token: 't', input: {} }), { number: 1 })
})

test('a token stands for requests of its operation, or what else it is unique in, in its account and Region', async () => {
  const { request } = await requests()
  const input = {}
  assert.deepEqual(await request({ token: 't', input }), { number: 1 })
  assert.deepEqual(await request({ token: 't', input }, { operation: 'Delete' }), { number: 2 })
  assert.deepEqual(await request({ token: 't', input }, { region: 'eu-west-1' }), { number: 3 })
  assert.deepEqual(await request({ token: 't', input, within: 'queue' }), { number: 4 })
  assert.deepEqual(await request({ token: 't', input, within: 'queue' }, { operation: 'SendBatch' }), { number: 4 })
})

test('a request that fails leaves its token unused', async () => {
  const { request, kept } = await requests()
  await assert.rejects(request({ token: 't', input: {} }, {}, true), { code: 'LimitExceededException' })
  assert.equal(await kept(), 0)
  assert.deepEqual(await request({ token: 't', input: { other: 1 } }), { number: 1 })
})

test('a token is free again when its window is over, and a clock that was moved back does not hold it', async () => {
  const { request, clock } = await requests()
  await request({ token: 't', input: {} })
  clock.timeMs += windowMs - 1
  assert.deepEqual(await request({ token: 't', input: {} }), { number: 1 })
  clock.timeMs += 1
  assert.deepEqual(await request({ token: 't', input: { other: 1 } }), { number: 2 })
  clock.timeMs -= minuteMs
  assert.deepEqual(await request({ token: 't', input: {} }), { number: 3 })
})

test('tokens whose window is over go as others come', async () => {
  const { request, clock, kept } = await requests()
  for (let count = 0; count < 20; count++) await request({ token: `early ${count}`, input: {} })
  clock.timeMs += windowMs
  for (let count = 0; count < 10; count++) await request({ token: `late ${count}`, input: {} })
  assert.equal(await kept(), 10)
  for (let count = 0; count < 10; count++) {
    assert.deepEqual(await request({ token: `late ${count}`, input: {} }), { number: 21 + count })
  }
})
