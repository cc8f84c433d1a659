import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operationsOf, schemasOf } from '../../gateway/protocols/testing.ts'
import { lambdaPaths } from './outline.ts'

test('an unsigned request is for Lambda when its path begins as that of an operation does', () => {
  const operations = operationsOf(schemasOf('lambda'))
  assert.ok(operations.length > 50)
  for (const { name, path } of operations) assert.match(path, lambdaPaths, name)
  for (const path of ['/2013-04-01/hostedzone', '/2020-05-31/distribution', '/functions', '/2015-03-31']) {
    assert.doesNotMatch(path, lambdaPaths)
  }
})
