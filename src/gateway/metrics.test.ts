import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Metrics } from './metrics.ts'

const lines = async (metrics: Metrics) => (await metrics.text()).split('\n')

test('every request is counted once, however often the metrics are asked for', async () => {
  const metrics = new Metrics({ process: false })
  const encrypted = { service: 'kms', operation: 'Encrypt', code: 'OK' }
  metrics.observe(encrypted, 3)
  metrics.observe({ ...encrypted, code: 'NotFoundException' }, 3)
  await metrics.text()
  metrics.observe(encrypted, 3)
  metrics.observe({ service: 'sts', operation: 'GetCallerIdentity', code: 'OK' }, 3)
  for (let time = 0; time < 2; time++) {
    const text = await lines(metrics)
    assert.ok(text.includes('strongroom_requests_total{service="kms",operation="Encrypt",code="OK"} 2'))
    assert.ok(text.includes('strongroom_requests_total{service="kms",operation="Encrypt",code="NotFoundException"} 1'))
    assert.ok(text.includes('strongroom_requests_total{service="sts",operation="GetCallerIdentity",code="OK"} 1'))
  }
})

test('times are counted in seconds, by service', async () => {
  const metrics = new Metrics({ process: false })
  metrics.observe({ service: 'kms', operation: 'Encrypt', code: 'OK' }, 500)
  metrics.observe({ service: 'kms', operation: 'Decrypt', code: 'OK' }, 250)
  const text = await lines(metrics)
  assert.ok(text.includes('strongroom_request_duration_seconds_bucket{le="0.25",service="kms"} 1'))
  assert.ok(text.includes('strongroom_request_duration_seconds_bucket{le="1",service="kms"} 2'))
  assert.ok(text.includes('strongroom_request_duration_seconds_sum{service="kms"} 0.75'))
})
