import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestQuota } from '../src/core/services/request-quotas.ts'
import { loadServices } from '../src/services/index.ts'

test('request quotas are of operations that exist, and those of one name are one quota', async () => {
  const throttled = (await loadServices()).flatMap(({ definition }) =>
    definition.requestQuotas ? [{ ...definition, limits: definition.requestQuotas.operations }] : [],
  )
  assert.deepEqual(throttled.map(({ name }) => name).sort(), ['cloudtrail', 'kms', 'sqs', 'ssm'])
  for (const { name: service, operations, limits } of throttled) {
    const byName = new Map<string, RequestQuota>()
    for (const [operation, { quotas }] of Object.entries(limits)) {
      assert.ok(Object.hasOwn(operations, operation), `${service}:${operation}`)
      for (const quota of quotas) {
        assert.equal(byName.get(quota.name) ?? quota, quota, `${service}: ${quota.name}`)
        byName.set(quota.name, quota)
        const perSecond = typeof quota.perSecond === 'number' ? quota.perSecond : quota.perSecond('eu-west-1')
        assert.ok(perSecond > 0, `${service}: ${quota.name}`)
      }
    }
  }
})
