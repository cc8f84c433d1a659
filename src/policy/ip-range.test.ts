import assert from 'node:assert/strict'
import { BlockList, isIPv4 } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileIpRange } from './ip-range.ts'
import { RequestText } from './request-text.ts'

const holds = (range: string, address: string) => compileIpRange(range)(new RequestText(address))

test('compileIpRange knows which addresses lie in a range', () => {
  for (const [range, address, inside] of [
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.77/24', '203.0.113.1', true],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '127.0.0.1', false],
    ['::/0', '2001:db8::1', true],
    ['2001:DB8:1234:5678::/64', '2001:db8:1234:5678:ffff::', true],
    ['2001:db8:1234:5678::/64', '2001:db8:1234:5679::', false],
    ['2001:db8::1', '2001:0db8:0:0:0:0:0:1', true],
    ['203.0.113.0/24', '::ffff:203.0.113.9', true],
    ['::ffff:203.0.113.9', '203.0.113.9', true],
  ] as const) {
    assert.equal(holds(range, address), inside, `${address} in ${range}`)
  }
})

test('compileIpRange finds no address in an invalid range, and no range for an invalid address', () => {
  for (const range of [
    '',
    '*',
    '203.0.113',
    '203.0.113.0/33',
    '203.0.113.0/-1',
    '203.0.113.0/',
    '203.0.113.0/024',
    '::/129',
  ]) {
    assert.equal(holds(range, '203.0.113.0'), false, range)
    assert.equal(holds(range, '::'), false, range)
  }
  for (const address of ['', 'kms.amazonaws.com', '203.0.113.0/24', '203.0.113.007', 'fe80::1%eth0']) {
    assert.equal(holds('0.0.0.0/0', address), false, address)
    assert.equal(holds('::/0', address), false, address)
  }
})

test('compileIpRange agrees with the block lists of Node.js within one family', () => {
  const questions = fc.oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4()),
    fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.ipV6()),
  )
  fc.assert(
    fc.property(questions, ([base, prefix, address]) => {
      // An IPv4 address written as IPv6 is one of IPv4 here, and is tested above.
      fc.pre(![base, address].some((text) => text.includes(':') && text.includes('.')))
      const family = isIPv4(base) ? 'ipv4' : 'ipv6'
      const list = new BlockList()
      list.addSubnet(base, prefix, family)
      const inside = holds(`${base}/${prefix}`, address)
      assert.equal(inside, list.check(address, family), `${address} in ${base}/${prefix}`)
    }),
    { numRuns: 1000 },
  )
})
