import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditDeclaration } from '../src/core/operation.ts'
import { loadServices } from '../src/services/index.ts'
import { serviceFixture } from '../src/testing/service-fixture.ts'

/** Texts that stand for a name, an ARN or neither. */
const texts = [
  '',
  ' ',
  'x',
  '/',
  '/a//b',
  '/aws/x',
  `/${'a/'.repeat(20)}b`,
  ':::::',
  'arn:aws:iam::111122223333:role/',
  'arn:aws:iam::1:user/x',
  'arn:aws:lambda:eu-west-1:111122223333:function:x',
  'function:x:y:z',
  'x'.repeat(3000),
]

test('Every declaration of audited resources tells of a call that failed, whatever it named', async () => {
  const { services, begin } = await serviceFixture(await loadServices())
  let asked = 0
  for (const { definition } of services) {
    for (const [name, { audit }] of Object.entries(definition.operations)) {
      const { resources } = (audit ?? {}) as AuditDeclaration<unknown, object, unknown>
      if (!resources) continue
      const { context } = begin(definition.name, name)
      for (const text of texts) {
        // Every member is the text.
        const input = new Proxy({}, { get: () => text })
        assert.ok(Array.isArray(resources(context, input, undefined)), `${definition.name}:${name}`)
        asked++
      }
    }
  }
  assert.ok(asked > 20 * texts.length)
})
