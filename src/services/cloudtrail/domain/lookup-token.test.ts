import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomSealer } from '../../../storage/testing.ts'
import type { Lookup } from './lookup.ts'
import { openToken, sealToken } from './lookup-token.ts'

const call = { service: 'cloudtrail', operation: 'LookupEvents', accountId: '111122223333', region: 'us-east-1' }
const paged = { call, sealer: randomSealer() }
const lookup: Lookup = {
  category: 'management',
  attribute: { key: 'EventName', value: 'Decrypt' },
  startMs: 1,
  endMs: 2,
}
const place = { timeS: 1_772_366_400, seq: 7 }
const nowMs = 1_000_000
const token = sealToken(paged, lookup, place, nowMs)

const refused = (open: () => unknown) => assert.throws(open, { code: 'InvalidNextTokenException', status: 400 })

test('a token gives back the place it was made for', () => {
  assert.deepEqual(openToken(paged, lookup, token, nowMs), place)
  assert.match(token, /^[\w-]+$/)
})

test('a token serves the lookup, account and region it was made for, and no other', () => {
  const others: Lookup[] = [
    { ...lookup, attribute: { key: 'EventName', value: 'Encrypt' } },
    { ...lookup, attribute: { key: 'EventSource', value: 'Decrypt' } },
    { ...lookup, attribute: undefined },
    { ...lookup, startMs: undefined },
    { ...lookup, startMs: 0 },
    { ...lookup, endMs: 3 },
    { ...lookup, category: 'insight' },
  ]
  for (const other of others) refused(() => openToken(paged, other, token, nowMs))
  refused(() => openToken({ ...paged, call: { ...call, accountId: '444455556666' } }, lookup, token, nowMs))
  refused(() => openToken({ ...paged, call: { ...call, region: 'eu-west-1' } }, lookup, token, nowMs))
})

test('text that is not a token, an altered one, and one sealed elsewhere are refused', () => {
  const bytes = Buffer.from(token, 'base64url')
  for (let index = 0; index < bytes.length; index++) {
    const altered = Buffer.from(bytes)
    altered[index] = (altered[index] ?? 0) ^ 1
    refused(() => openToken(paged, lookup, altered.toString('base64url'), nowMs))
  }
  for (const text of ['', 'x', 'null', token.slice(0, -4), '\u{1f511}']) {
    refused(() => openToken(paged, lookup, text, nowMs))
  }
  refused(() => openToken(paged, lookup, sealToken({ call, sealer: randomSealer() }, lookup, place, nowMs), nowMs))
})

test('a token expires after an hour', () => {
  assert.deepEqual(openToken(paged, lookup, token, nowMs + 3_600_000), place)
  refused(() => openToken(paged, lookup, token, nowMs + 3_600_001))
})
