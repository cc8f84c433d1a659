import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs, hourMs, minuteMs } from '../../../core/durations.ts'
import { cloudWatchFixture } from '../testing.ts'

test('ListMetrics finds metrics by namespace, name and dimensions', async () => {
  const { put, cloudwatch, metrics } = await cloudWatchFixture()
  const Dimensions = [{ Name: 'host', Value: 'a' }]
  await put(
    { MetricName: 'Latency', Value: 1 },
    { MetricName: 'Latency', Value: 1, Dimensions },
    { MetricName: 'Other', Value: 1 },
  )
  await cloudwatch('PutMetricData', { Namespace: 'Web', MetricData: [{ MetricName: 'Latency', Value: 1 }] })
  const names = async (input: object) =>
    ((await metrics(input)).Metrics ?? [])
      .map(({ Namespace, MetricName, Dimensions = [] }) => `${Namespace} ${MetricName} ${Dimensions.length}`)
      .sort()
  assert.deepEqual(await names({}), ['App Latency 0', 'App Latency 1', 'App Other 0', 'Web Latency 0'])
  assert.deepEqual(await names({ Namespace: 'Web' }), ['Web Latency 0'])
  assert.deepEqual(await names({ MetricName: 'Latency' }), ['App Latency 0', 'App Latency 1', 'Web Latency 0'])
  assert.deepEqual(await names({ Namespace: 'App', MetricName: 'Other' }), ['App Other 0'])
  assert.deepEqual(await names({ Dimensions: [{ Name: 'host' }] }), ['App Latency 1'])
  assert.deepEqual(await names({ Dimensions: [{ Name: 'host', Value: 'b' }] }), [])
})

test('ListMetrics shows metrics for two weeks after their last data, and for three hours as recently active', async () => {
  const { put, metrics, clock } = await cloudWatchFixture()
  const count = async (input: object = {}) => (await metrics(input)).Metrics?.length
  await put({ MetricName: 'Latency', Value: 1 })
  clock.timeMs += 3 * hourMs - minuteMs
  assert.equal(await count({ RecentlyActive: 'PT3H' }), 1)
  clock.timeMs += 2 * minuteMs
  assert.equal(await count({ RecentlyActive: 'PT3H' }), 0)
  assert.equal(await count(), 1)
  clock.timeMs += 14 * dayMs
  assert.equal(await count(), 0)
})

test('ListMetrics comes in pages of 500, and its tokens are good for the same list alone', async () => {
  const { put, metrics } = await cloudWatchFixture()
  await put(...Array.from({ length: 700 }, (_, n) => ({ MetricName: `m${n}`, Value: 1 })))
  const first = await metrics({ Namespace: 'App' })
  const { NextToken } = first
  assert.equal(first.Metrics?.length, 500)
  const second = await metrics({ Namespace: 'App', NextToken })
  assert.equal(second.Metrics?.length, 200)
  assert.equal(second.NextToken, undefined)
  const names = [...first.Metrics, ...second.Metrics].map(({ MetricName }) => MetricName)
  assert.equal(new Set(names).size, 700)
  await assert.rejects(metrics({ Namespace: 'Web', NextToken }), { code: 'InvalidNextToken' })
  await assert.rejects(metrics({ NextToken: 'x' }), { code: 'InvalidNextToken' })
})

test('ListMetrics names the owner of metrics when it is asked about linked accounts', async () => {
  const { put, metrics } = await cloudWatchFixture()
  await put({ MetricName: 'Latency', Value: 1 })
  const { OwningAccounts } = await metrics({ IncludeLinkedAccounts: true })
  assert.deepEqual(OwningAccounts, ['111122223333'])
  const { Metrics } = await metrics({ IncludeLinkedAccounts: true, OwningAccount: '999988887777' })
  assert.deepEqual(Metrics, [])
})
