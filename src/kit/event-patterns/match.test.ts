import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { compilePattern } from './compile-pattern.ts'
import { matchesPattern } from './match.ts'

const fits = (pattern: unknown, event: unknown) => matchesPattern(compilePattern(JSON.stringify(pattern)), event)

test('every operator fits the values that the documentation says, and no other', () => {
  const cases: [value: unknown, fitting: unknown[], others: unknown[]][] = [
    ['a', ['a', ['b', 'a'], [['a']]], ['A', 'ab', '', null, 1, {}, [], undefined]],
    ['', [''], [null, 'a', undefined]],
    [null, [null], ['null', '', 0, undefined]],
    [true, [true], ['true', false, 1]],
    [5, [5, 5.0, 5, [4, 5]], ['5', 5.1, null]],
    [123456789012, [123456789012], [123456789013]],
    [{ exactly: 'a' }, ['a'], ['b']],
    [{ prefix: 'ab' }, ['ab', 'abc', ['x', 'abc']], ['a', 'Abc', 1, null]],
    [{ prefix: { 'equals-ignore-case': 'aB' } }, ['ab', 'ABc'], ['a', 'xab']],
    [{ suffix: '.png' }, ['.png', 'a.png'], ['a.PNG', 'png']],
    [{ suffix: { 'equals-ignore-case': '.png' } }, ['a.PNG', 'a.png'], ['a.pn']],
    [{ 'equals-ignore-case': 'alice' }, ['Alice', 'ALICE'], ['alicia', null]],
    [{ wildcard: 'dir/*.png' }, ['dir/.png', 'dir/a/b.png'], ['dir/a.PNG', 'a/dir/b.png', 1]],
    [{ wildcard: '*/bin/*' }, ['/bin/', 'usr/bin/node'], ['/bin', 'bin/']],
    [{ wildcard: 'a\\*\\\\*' }, ['a*\\', 'a*\\x'], ['a', 'aa\\', 'a*']],
    [{ wildcard: 'abc' }, ['abc'], ['abcd', 'ab']],
    [{ wildcard: '*' }, ['', 'a'], [1, null]],
    [{ 'anything-but': 'a' }, ['b', 'A', 1, null, true, ['a', 'b']], ['a', ['a'], undefined, [], {}]],
    [{ 'anything-but': ['a', 'b'] }, ['c', 5], ['a', 'b']],
    [{ 'anything-but': 5 }, [6, '5', null], [5, 5.0]],
    [{ 'anything-but': [5, 6] }, [7], [5, 6, [5, 6]]],
    [{ 'anything-but': { prefix: 'a' } }, ['b', 1], ['a', 'ab', undefined]],
    [{ 'anything-but': { prefix: ['a', 'b'] } }, ['c'], ['ab', 'ba']],
    [{ 'anything-but': { suffix: 'a' } }, ['b', 'ab'], ['a', 'ba']],
    [{ 'anything-but': { suffix: ['a', 'b'] } }, ['c'], ['ca', 'cb']],
    [{ 'anything-but': { 'equals-ignore-case': 'a' } }, ['b'], ['a', 'A']],
    [{ 'anything-but': { 'equals-ignore-case': ['a', 'b'] } }, ['c'], ['A', 'B']],
    [{ 'anything-but': { wildcard: '*/lib/*' } }, ['/bin/'], ['/lib/', 'a/lib/b']],
    [{ 'anything-but': { wildcard: ['*a', 'b*'] } }, ['c', 'ab'], ['a', 'bc']],
    [{ numeric: ['=', 300] }, [300, 3e2], ['300', 301]],
    [{ numeric: ['>', 0, '<=', 5] }, [0.1, 5], [0, 5.1, '1']],
    [{ numeric: ['>=', 10] }, [10, 5e9], [9.9, 5e9 + 1]],
    [{ numeric: ['<', 10] }, [-5e9, 9.9], [10, -5e9 - 1]],
    [{ numeric: ['<=', -1.5] }, [-1.5, -2], [-1]],
    [{ cidr: '10.0.0.0/24' }, ['10.0.0.0', '10.0.0.255'], ['10.0.1.0', '10.0.0', '10.0.0.256', '010.0.0.1x', 1]],
    [{ cidr: '10.0.0.77/24' }, ['10.0.0.1'], ['10.0.1.1']],
    [{ cidr: '0.0.0.0/0' }, ['255.255.255.255'], ['::1', 'here']],
    [{ cidr: '2001:db8::/32' }, ['2001:db8::1', '2001:0DB8:ffff::'], ['2001:db9::1', '10.0.0.1', '::ffff:1.2.3.4']],
    [{ exists: true }, ['', null, 0, false, ['a']], [undefined, {}, [], { b: 1 }]],
    [{ exists: false }, [undefined, {}, [], { b: 1 }], ['', null, 0, ['a']]],
  ]
  for (const [value, fitting, others] of cases) {
    for (const event of fitting) assert.ok(fits({ a: [value] }, { a: event }), JSON.stringify([value, event]))
    for (const event of others) assert.ok(!fits({ a: [value] }, { a: event }), JSON.stringify([value, event]))
  }
})

test('scenario 30: anything-but does not fit an event without the field', () => {
  assert.equal(fits({ detail: { a: [{ 'anything-but': 'x' }] } }, { detail: { b: 1 } }), false)
})

test('all fields must fit, and one of the values of each', () => {
  const pattern = { source: ['s', 't'], detail: { state: ['on'], count: [{ numeric: ['>', 1] }] } }
  assert.ok(fits(pattern, { source: 't', detail: { state: 'on', count: 2, more: 1 } }))
  assert.ok(!fits(pattern, { source: 'u', detail: { state: 'on', count: 2 } }))
  assert.ok(!fits(pattern, { source: 't', detail: { state: 'on' } }))
})

test('an absent field may be given as one of several values', () => {
  const pattern = { a: [{ exists: false }, 'x'], b: ['y'] }
  assert.ok(fits(pattern, { b: 'y' }))
  assert.ok(fits(pattern, { a: 'x', b: 'y' }))
  assert.ok(!fits(pattern, { a: 'z', b: 'y' }))
  assert.ok(fits({ detail: { a: { b: [{ exists: false }] } } }, { detail: { a: 'not an object' } }))
})

test('fields in an array of objects must be of the same object', () => {
  const event = {
    employees: [
      { firstName: 'John', lastName: 'Doe' },
      [{ firstName: 'Anna', lastName: 'Smith' }],
      { firstName: 'Peter', lastName: 'Jones', tags: [{ k: 1, v: 2 }] },
    ],
  }
  assert.ok(fits({ employees: { firstName: ['Anna'] } }, event))
  assert.ok(fits({ employees: { firstName: ['Anna'], lastName: ['Smith'] } }, event))
  assert.ok(!fits({ employees: { firstName: ['Anna'], lastName: ['Jones'] } }, event))
  assert.ok(fits({ employees: { firstName: ['Peter'], tags: { k: [1], v: [2] } } }, event))
  assert.ok(!fits({ employees: { firstName: ['Anna'], tags: { k: [1] } } }, event))
  // What is absent must be absent from every one of them.
  assert.ok(!fits({ employees: { firstName: ['Anna'], tags: { k: [{ exists: false }] } } }, event))
})

test('$or takes any of its objects, at any level', () => {
  const pattern = {
    source: ['aws.cloudwatch'],
    $or: [{ metricName: ['CPU'] }, { namespace: ['EC2'], detail: { $or: [{ x: [1] }, { y: [2] }] } }],
  }
  assert.ok(fits(pattern, { source: 'aws.cloudwatch', metricName: 'CPU' }))
  assert.ok(fits(pattern, { source: 'aws.cloudwatch', namespace: 'EC2', detail: { y: 2 } }))
  assert.ok(!fits(pattern, { source: 'aws.cloudwatch', namespace: 'EC2', detail: { y: 1 } }))
  assert.ok(!fits(pattern, { source: 'aws.ec2', metricName: 'CPU' }))
})

test('names that every object has by itself are not members of events', () => {
  assert.ok(!fits({ constructor: { name: ['Object'] } }, {}))
  assert.ok(!fits({ a: { length: [0] } }, { a: [] }))
  assert.ok(fits({ __proto__x: ['a'], toString: [{ exists: false }] }, { __proto__x: 'a' }))
})

test('wildcards fit what the same regular expression fits', () => {
  const text = fc.stringMatching(/^[ab*\\]{0,12}$/)
  const pattern = fc
    .array(fc.constantFrom('a', 'b', 'ab', '*', '\\*', '\\\\'), { maxLength: 8 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(pattern, text, (wildcard, value) => {
      fc.pre(!/(?:^|[^\\])(?:\\\\)*\*\*/.test(wildcard))
      const source = wildcard.replace(/\\(.)|\*|[ab]/g, (part, escaped) =>
        part === '*' ? '.*' : escaped ? `\\${escaped}` : part,
      )
      assert.equal(fits({ a: [{ wildcard }] }, { a: value }), new RegExp(`^${source}$`, 's').test(value))
    }),
  )
})

test('a wildcard that nearly fits a long text in very many places is decided without trying again', () => {
  const pattern = compilePattern(JSON.stringify({ a: [{ wildcard: `*${'ab'.repeat(40)}c*${'ba'.repeat(40)}c*` }] }))
  const started = performance.now()
  assert.equal(matchesPattern(pattern, { a: 'ab'.repeat(128 * 1024) }), false)
  assert.ok(performance.now() - started < 500)
})

test('address ranges hold the addresses that node:net says', () => {
  const ranges = fc.tuple(fc.ipV4(), fc.nat(31)).chain(([base, bits]) => {
    const near = fc.nat(2 ** 32 - 1).map((low) => {
      const bytes = base.split('.').map(Number)
      const keep = fc.sample(fc.nat(4), { numRuns: 1, seed: low })[0] ?? 0
      return bytes.map((byte, at) => (at < keep ? byte : (low >>> (at * 8)) & 255)).join('.')
    })
    return fc.tuple(fc.constant(base), fc.constant(bits), near)
  })
  fc.assert(
    fc.property(ranges, ([base, bits, address]) => {
      const list = new BlockList()
      list.addSubnet(base, bits, 'ipv4')
      assert.equal(fits({ a: [{ cidr: `${base}/${bits}` }] }, { a: address }), list.check(address, 'ipv4'))
    }),
  )
  fc.assert(
    fc.property(fc.ipV6(), fc.nat(127), fc.ipV6(), (base, bits, address) => {
      fc.pre(!/\d\.\d/.test(base + address))
      const list = new BlockList()
      list.addSubnet(base, bits, 'ipv6')
      assert.equal(fits({ a: [{ cidr: `${base}/${bits}` }] }, { a: address }), list.check(address, 'ipv6'))
    }),
  )
})

test('an event fits the pattern that lists each of its own values', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
  const name = fc.string({ minLength: 1 }).filter((text) => text !== '$or' && text !== '__proto__')
  const { object } = fc.letrec<{ object: Record<string, unknown> }>((tie) => ({
    object: fc.dictionary(name, fc.oneof({ maxDepth: 3 }, leaf, tie('object')), { minKeys: 1, maxKeys: 4 }),
  }))
  const patternOf = (event: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(event).map(([key, value]) =>
        value !== null && typeof value === 'object'
          ? [key, patternOf(value as Record<string, unknown>)]
          : [key, [value]],
      ),
    )
  fc.assert(
    fc.property(object, (event) => {
      assert.ok(fits(patternOf(event), event))
    }),
  )
})
