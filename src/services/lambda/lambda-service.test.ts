import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as client from '@aws-sdk/client-lambda'
import { lambdaPaths } from './lambda-service.ts'

test('an unsigned request is for Lambda when its path begins as that of an operation does', () => {
  const operations = Object.values(client).filter((schema) => Array.isArray(schema) && schema[0] === 9)
  assert.ok(operations.length > 50)
  for (const [, , name, traits] of operations as unknown as [number, string, string, { http: [string, string] }][]) {
    assert.match(traits.http[1], lambdaPaths, name)
  }
  for (const path of ['/2013-04-01/hostedzone', '/2020-05-31/distribution', '/functions', '/2015-03-31']) {
    assert.doesNotMatch(path, lambdaPaths)
  }
})
