import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '../../../core/durations.ts'
import { awsRetryPolicy, httpRetryPolicy, type RetryPolicy, retryDelayMs } from './delivery-policy.ts'

function delaysOf(policy: RetryPolicy, most: number): number[] {
  const delays: number[] = []
  for (let retry = 1; retry <= most; retry++) {
    const delayMs = retryDelayMs(policy, retry)
    if (delayMs === undefined) break
    delays.push(delayMs / 1000)
  }
  return delays
}

test('Queues and functions are tried three times at once, twice after a second, ten times up to 20 seconds, then every 20 seconds for 23 days', () => {
  const delays = delaysOf(awsRetryPolicy, Number.POSITIVE_INFINITY)
  assert.equal(delays.length, 100_015)
  assert.deepEqual(delays.slice(0, 5), [0, 0, 0, 1, 1])
  const backoff = delays.slice(5, 15)
  assert.deepEqual([backoff[0], backoff[9]], [1, 20])
  assert.ok(backoff.every((delay, place) => place === 0 || delay > (backoff[place - 1] ?? 0)))
  assert.ok(delays.slice(15).every((delay) => delay === 20))
  const days = (delays.reduce((sum, delay) => sum + delay, 0) * 1000) / dayMs
  assert.ok(days > 23 && days < 24)
})

test('HTTP endpoints are tried three times, 20 seconds apart', () => {
  assert.deepEqual(delaysOf(httpRetryPolicy, 10), [20, 20, 20])
})

test('The phases of a policy follow one another, and the backoff function gives the steps between its limits', () => {
  const policy: RetryPolicy = {
    ...{ minDelayTarget: 2, maxDelayTarget: 10, numRetries: 10 },
    ...{ numNoDelayRetries: 1, numMinDelayRetries: 2, numMaxDelayRetries: 2, backoffFunction: 'linear' },
  }
  assert.deepEqual(delaysOf(policy, 99), [0, 2, 2, 2, 4, 6, 8, 10, 10, 10])
  for (const backoffFunction of ['arithmetic', 'geometric', 'exponential'] as const) {
    const steps = delaysOf({ ...policy, backoffFunction }, 99).slice(3, 8)
    assert.deepEqual([steps[0], steps[4]], [2, 10])
    assert.ok((steps[2] ?? 0) < 6, `${backoffFunction} begins slower than a line`)
  }
})
