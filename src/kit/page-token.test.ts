import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomSealer } from '../storage/testing.ts'
import { openPageToken, sealPageToken } from './page-token.ts'

const call = { service: 'kms', operation: 'ListKeys', accountId: '111122223333', region: 'us-east-1' }

test('a page token opens to its content for its own list, and for nothing else to nothing', () => {
  const paged = { call, sealer: randomSealer() }
  const list = fc.array(fc.jsonValue(), { maxLength: 3 })
  fc.assert(
    fc.property(list, list, fc.jsonValue(), (list, other, content) => {
      fc.pre(JSON.stringify(list) !== JSON.stringify(other))
      const token = sealPageToken(paged, list, content)
      assert.equal(JSON.stringify(openPageToken(paged, list, token)), JSON.stringify(content))
      assert.equal(openPageToken(paged, other, token), undefined)
      assert.equal(openPageToken({ call, sealer: randomSealer() }, list, token), undefined)
    }),
  )
})

test('a page token serves the operation, account and Region of its call alone', () => {
  const sealer = randomSealer()
  const token = sealPageToken({ call, sealer }, ['x'], 'place')
  assert.equal(openPageToken({ call, sealer }, ['x'], token), 'place')
  for (const other of [
    { service: 'ssm' },
    { operation: 'ListAliases' },
    { accountId: '444455556666' },
    { region: 'eu-west-1' },
  ]) {
    assert.equal(openPageToken({ call: { ...call, ...other }, sealer }, ['x'], token), undefined)
  }
})

test('text that is not a token opens to undefined', () => {
  const paged = { call, sealer: randomSealer() }
  const token = sealPageToken(paged, [], 1)
  for (const text of ['', 'x', '{}', 'A'.repeat(5000), '-_-_-_-_', token.slice(1), `${token}=`, ` ${token}`]) {
    assert.equal(openPageToken(paged, [], text), undefined, text)
  }
})
