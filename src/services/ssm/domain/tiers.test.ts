import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseTier, type TierChoice } from './tiers.ts'

const choose = (choice: Partial<TierChoice>) =>
  chooseTier({
    accountDefault: 'Standard',
    valueBytes: 10,
    hasPolicies: false,
    counts: { Standard: 0, Advanced: 0 },
    ...choice,
  })

const full = { Standard: 10_000, Advanced: 100_000 }

test('PS1: a request for a tier wins, then what the parameter has, then what the account has chosen', () => {
  assert.equal(choose({}), 'Standard')
  assert.equal(choose({ requested: 'Advanced' }), 'Advanced')
  assert.equal(choose({ requested: 'Standard', accountDefault: 'Advanced' }), 'Standard')
  assert.equal(choose({ accountDefault: 'Advanced' }), 'Advanced')
  assert.equal(choose({ existing: 'Advanced' }), 'Advanced')
  assert.equal(choose({ existing: 'Standard', requested: 'Advanced' }), 'Advanced')
  assert.throws(() => choose({ existing: 'Advanced', requested: 'Standard' }), { code: 'ValidationException' })
})

test('PS1: Intelligent-Tiering is standard for as long as that does', () => {
  const requested = 'Intelligent-Tiering'
  assert.equal(choose({ requested }), 'Standard')
  assert.equal(choose({ requested, valueBytes: 4096 }), 'Standard')
  assert.equal(choose({ requested, valueBytes: 4097 }), 'Advanced')
  assert.equal(choose({ requested, hasPolicies: true }), 'Advanced')
  assert.equal(choose({ requested, counts: { Standard: 10_000, Advanced: 0 } }), 'Advanced')
  assert.equal(choose({ requested, existing: 'Standard', counts: full }), 'Standard')
  assert.equal(choose({ requested, existing: 'Advanced' }), 'Advanced')
})

test('PS1: a full account takes no more, but lets what there is be overwritten', () => {
  const limit = { code: 'ParameterLimitExceeded' }
  assert.throws(() => choose({ counts: full }), limit)
  assert.throws(() => choose({ counts: full, requested: 'Advanced' }), limit)
  assert.throws(() => choose({ counts: full, requested: 'Advanced', existing: 'Standard' }), limit)
  assert.equal(choose({ counts: full, existing: 'Standard' }), 'Standard')
  assert.equal(choose({ counts: full, existing: 'Advanced' }), 'Advanced')
})

test('PS1: the size is that of the bytes, and policies need the advanced tier', () => {
  assert.throws(() => choose({ valueBytes: 4097 }), { message: /^Standard tier/ })
  assert.throws(() => choose({ valueBytes: 8193, requested: 'Intelligent-Tiering' }), { message: /^The specified/ })
  assert.throws(() => choose({ hasPolicies: true }), { message: /standard-parameter tier\.$/ })
})
