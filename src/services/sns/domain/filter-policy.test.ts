import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FilteredMessage, type FilterScope, problemOfFilterPolicy } from './filter-policy.ts'

const attribute = (name: string, dataType: string, value: string) => ({ name, dataType, value })

const message = new FilteredMessage('{"order":{"price":5.1,"lines":[{"sku":"a1"},{"sku":"b2"}]},"store":"x"}', [
  attribute('store', 'String', 'Example_corp'),
  attribute('price', 'Number', '5.1'),
  attribute('whole', 'Number.int', '100'),
  attribute('interests', 'String.Array', '["rugby","football",true,7]'),
  attribute('ip', 'String', '10.0.0.255'),
  attribute('raw', 'Binary', 'AAAA'),
])

const fits = (policy: object, scope: FilterScope = 'MessageAttributes') => {
  const text = JSON.stringify(policy)
  assert.equal(problemOfFilterPolicy(text, scope), undefined, text)
  return message.fits(text, scope)
}

test('Attributes are compared by every operator of filter policies', () => {
  const fitting: object[] = [
    { store: ['Example_corp', 'other'] },
    { store: [{ prefix: 'Example' }] },
    { store: [{ suffix: 'corp' }] },
    { store: [{ 'equals-ignore-case': 'EXAMPLE_CORP' }] },
    { store: [{ 'anything-but': ['other'] }] },
    { store: [{ 'anything-but': { prefix: 'other' } }] },
    { price: [5.1] },
    { price: [{ numeric: ['>', 5, '<=', 5.1] }] },
    { whole: [100] },
    { interests: ['football'] },
    { interests: [true] },
    { interests: [{ numeric: ['=', 7] }] },
    { ip: [{ cidr: '10.0.0.0/24' }] },
    { store: [{ exists: true }], none: [{ exists: false }] },
    { $or: [{ none: ['x'] }, { store: ['Example_corp'] }] },
  ]
  for (const policy of fitting) assert.ok(fits(policy), JSON.stringify(policy))
  const others: object[] = [
    { store: ['example_corp'] },
    { store: [{ 'anything-but': 'Example_corp' }] },
    { price: ['5.1'] },
    { price: [{ numeric: ['<', 5] }] },
    { interests: ['chess'] },
    { ip: [{ cidr: '10.0.1.0/24' }] },
    { store: ['Example_corp'], none: ['x'] },
    { store: [{ exists: false }] },
    { none: [{ 'anything-but': 'x' }] },
    // Binary attributes count for nothing.
    { raw: [{ exists: true }] },
  ]
  for (const policy of others) assert.ok(!fits(policy), JSON.stringify(policy))
})

test('Bodies are compared at any depth; one that is not a JSON object fits no policy', () => {
  assert.ok(fits({ order: { price: [{ numeric: ['>', 5] }], lines: { sku: ['b2'] } } }, 'MessageBody'))
  assert.ok(!fits({ order: { price: [{ numeric: ['>', 6] }] } }, 'MessageBody'))
  assert.ok(!fits({ store: ['Example_corp'] }, 'MessageBody'))
  for (const text of ['x', '"store"', '["store"]']) {
    assert.ok(!new FilteredMessage(text, []).fits('{"none":[{"exists":false}]}', 'MessageBody'))
  }
})

test('A filter policy has at most five keys and 150 combinations', () => {
  const values = (count: number) => Array.from({ length: count }, (_, n) => `v${n}`)
  const problem = (policy: object, scope: FilterScope = 'MessageAttributes') =>
    problemOfFilterPolicy(JSON.stringify(policy), scope)
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, ['x']]))
  assert.equal(problem(keys(5)), undefined)
  assert.equal(problem(keys(6)), 'Filter policy can not have more than 5 keys')
  assert.equal(problem({ a: values(15), b: values(10) }), undefined)
  assert.equal(problem({ a: values(151) }), 'Filter policy is too complex')
  // AWS multiplies the values of a key by its level: 4 x 3 x 3 x 2 x 2.
  const nested = { a: { b: { c: values(4) } }, d: { e: values(3) }, f: values(2) }
  assert.equal(problem(nested, 'MessageBody'), undefined)
  assert.equal(problem({ ...nested, f: values(3) }, 'MessageBody'), 'Filter policy is too complex')
})

test('What is wrong with a filter policy is said in the words of AWS', () => {
  const problem = (text: string, scope: FilterScope = 'MessageAttributes') => problemOfFilterPolicy(text, scope) ?? ''
  assert.equal(problem('x'), 'failed to parse JSON.')
  assert.equal(problem('["x"]'), 'failed to parse JSON.')
  assert.match(problem('{"a":"x"}'), /^"a" must be an object or an array\n at \[Source: \(String\)"/)
  assert.match(problem('{"a":[{"almost":"x"}]}'), /^Unrecognized match type almost\n/)
  assert.equal(problem('{"a":[{"wildcard":"x*"}]}'), 'Unrecognized match type wildcard')
  const nested = 'Filter policy scope MessageAttributes does not support nested filter policy'
  assert.equal(problem('{"a":{"b":["x"]}}'), nested)
  assert.equal(problem('{"a":{"b":["x"]}}', 'MessageBody'), '')
})
