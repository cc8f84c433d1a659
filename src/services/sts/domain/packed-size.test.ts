import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { packedPolicySize } from './packed-size.ts'

const nothing = { policies: [], policyArns: [], tags: {} }
const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
})

test('packedPolicySize is 0 without policies and tags and grows with each', () => {
  assert.equal(packedPolicySize(nothing), 0)
  const withPolicy = packedPolicySize({ ...nothing, policies: [policy] })
  const withArn = packedPolicySize({
    ...nothing,
    policies: [policy],
    policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  })
  const withTags = packedPolicySize({ ...nothing, policies: [policy], tags: { team: 'x'.repeat(200) } })
  assert.ok(0 < withPolicy && withPolicy < withArn && withPolicy < withTags && withTags < 20)
  assert.equal(packedPolicySize({ ...nothing, tags: { a: '' } }), 1)
})

test('packedPolicySize refuses tags that take too much, naming how much they take', () => {
  const tags = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`key${index}`, 'v'.repeat(252)]))
  assert.throws(() => packedPolicySize({ ...nothing, tags }), {
    code: 'PackedPolicyTooLarge',
    status: 400,
    message: 'Packed size of session tags consumes 138% of allotted space.',
  })
})

test('packedPolicySize refuses policies that take too much, plain or packed', () => {
  const message = (percent: string) =>
    new RegExp(`^Packed policy consumes ${percent}% of allotted space, please use smaller policy\\.$`)
  const spaced = `${policy}${' '.repeat(2048 - policy.length)}`
  assert.ok(packedPolicySize({ ...nothing, policies: [spaced] }) < 10)
  assert.throws(() => packedPolicySize({ ...nothing, policies: [`${spaced} `] }), {
    code: 'PackedPolicyTooLarge',
    status: 400,
    message: message('101'),
  })
  const dense = randomBytes(700).toString('hex')
  const tags = { key: 'v'.repeat(250), more: 'v'.repeat(250), most: 'v'.repeat(1000) }
  assert.throws(() => packedPolicySize({ ...nothing, policies: [dense], tags }), {
    code: 'PackedPolicyTooLarge',
    message: message('1[0-9]{2}'),
  })
})
