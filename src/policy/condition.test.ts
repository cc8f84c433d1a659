// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RequestContext } from '../core/operation.ts'
import { runAtOnce } from '../core/turns.ts'
import { type Condition, compileCondition } from './condition.ts'
import { readOperator } from './condition-operators.ts'
import { ContextReader } from './context-reader.ts'
import { WorkMeter } from './work.ts'

type Value = string | readonly string[]

/** Returns whether a condition on the key `k` holds for a request that has these values of it. */
function holds(operatorName: string, policyValue: Value, requestValue?: Value, context: RequestContext = {}): boolean {
  const operator = readOperator(operatorName)
  assert.ok(operator, operatorName)
  const values = [policyValue].flat()
  const condition = compileCondition({ operator, operatorName, key: 'K', values }, true)
  return holdsFor(condition, requestValue === undefined ? context : { ...context, k: requestValue })
}

const holdsFor = (condition: Condition, context: RequestContext): boolean =>
  runAtOnce(condition.holds(new ContextReader(() => context), new WorkMeter()))

const bucketArn = 'arn:aws:s3:us-east-1:111122223333:finance/report'

/** Operator, value of the policy, value of the request, outcome; for the negated operator the other outcome follows. */
const cases: readonly (readonly [operator: string, policy: Value, request: string, outcome: boolean])[] = [
  ['StringEquals', 'red', 'red', true],
  ['StringEquals', 'red', 'Red', false],
  ['StringEquals', 'r*', 'red', false],
  ['StringEquals', 'r*', 'r*', true],
  ['StringEquals', ['blue', 'red'], 'red', true],
  ['StringEquals', [], 'red', false],
  ['StringEquals', '', '', true],
  ['StringEqualsIgnoreCase', 'RED', 'red', true],
  ['StringEqualsIgnoreCase', 'RE', 'red', false],
  ['StringLike', 'r*', 'red', true],
  ['StringLike', 'r?d', 'red', true],
  ['StringLike', 'R*', 'red', false],
  ['StringLike', 'r', 'red', false],
  ['NumericEquals', '10', '10.0', true],
  ['NumericEquals', '10', '1e1', false],
  ['NumericEquals', 'ten', 'ten', false],
  ['NumericEquals', '-0.5', '-.5', false],
  ['NumericLessThan', '10', '9.99', true],
  ['NumericLessThan', '10', '10', false],
  ['NumericLessThan', '10', '-11', true],
  ['NumericLessThanEquals', '10', '10', true],
  ['NumericLessThanEquals', '10', '10.01', false],
  ['NumericGreaterThan', '10', '10', false],
  ['NumericGreaterThan', '10', '011', true],
  ['NumericGreaterThanEquals', '10', '10', true],
  ['NumericGreaterThanEquals', '10', '', false],
  ['DateEquals', '2026-03-01', '2026-03-01T01:00:00+01:00', true],
  ['DateEquals', '2026-03-01T00:00:00Z', '1772323200', true],
  ['DateEquals', '2026-03-01', '2026-03-02', false],
  ['DateLessThan', '2026-03-01T12:00:00Z', '2026-03-01T11:59:59Z', true],
  ['DateLessThan', '2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z', false],
  ['DateLessThanEquals', '2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z', true],
  ['DateGreaterThan', '2026-03-01T12:00:00Z', '2026-03-01T12:00:01Z', true],
  ['DateGreaterThanEquals', '2026-03-01T12:00:00Z', '2026-03-01T11:59:59Z', false],
  ['DateGreaterThan', '2026-03-01', 'some day', false],
  ['Bool', 'true', 'TRUE', true],
  ['Bool', 'True', 'true', true],
  ['Bool', 'false', 'true', false],
  ['Bool', 'yes', 'yes', false],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', true],
  ['BinaryEquals', 'QQ==', 'QQ', true],
  ['BinaryEquals', 'QmluYXJ5', 'Qmlu', false],
  ['BinaryEquals', 'not base64!', 'not base64!', false],
  ['IpAddress', '203.0.113.0/24', '203.0.113.9', true],
  ['IpAddress', ['10.0.0.0/8', '2001:db8::/32'], '2001:db8::9', true],
  ['IpAddress', '203.0.113.0/24', '203.0.114.9', false],
  ['IpAddress', '203.0.113.0/24', 'kms.amazonaws.com', false],
  ['ArnEquals', bucketArn, bucketArn, true],
  ['ArnLike', 'arn:aws:s3:*:111122223333:finance/*', bucketArn, true],
  ['ArnEquals', 'arn:aws:s3:*:111122223333:finance/*', bucketArn, true],
  ['ArnLike', 'arn:aws:s3:*:111122223333:finance/*', 'arn:aws:s3:a:b:111122223333:finance/report', false],
  ['StringLike', 'arn:aws:s3:*:111122223333:finance/*', 'arn:aws:s3:a:b:111122223333:finance/report', true],
  ['ArnLike', 'arn:aws:sns:*:*:topic', 'arn:aws:sns:eu-west-1:111122223333:topic', true],
  ['ArnLike', 'arn:aws:sns:*:*:to?ic:*', 'arn:aws:sns:eu-west-1:111122223333:topic:a:b', true],
  ['ArnLike', 'arn:aws:s*:*:*:*', bucketArn, true],
  ['ArnLike', 'arn:aws:s3:*', bucketArn, false],
  ['ArnLike', '*', bucketArn, true],
  ['ArnLike', '*', 'no arn', false],
]

test('condition operators compare as the guide says, and negated ones the other way', () => {
  for (const [operator, policy, request, outcome] of cases) {
    const title = `${operator} ${policy} against ${request}`
    assert.equal(holds(operator, policy, request), outcome, title)
    assert.equal(holds(`${operator}IfExists`, policy, request), outcome, title)
    const opposite = negationOf(operator)
    if (opposite) assert.equal(holds(opposite, policy, request), !outcome, `${opposite} ${policy} against ${request}`)
  }
})

const negationOf = (operator: string): string | undefined => {
  if (operator === 'IpAddress') return 'NotIpAddress'
  return /^(String|Arn|(Numeric|Date)Equals)/.test(operator) ? operator.replace(/(Equals|Like)/, 'Not$1') : undefined
}

test('condition operators without the key: positive ones fail, negated ones hold, IfExists holds', () => {
  for (const operator of new Set(cases.map(([name]) => name))) {
    assert.equal(holds(operator, 'x'), false, operator)
    assert.equal(holds(`${operator}IfExists`, 'x'), true, operator)
    assert.equal(holds(`ForAllValues:${operator}`, 'x'), true, operator)
    assert.equal(holds(`ForAnyValue:${operator}`, 'x'), false, operator)
    assert.equal(holds(`ForAnyValue:${operator}IfExists`, 'x'), true, operator)
    const opposite = negationOf(operator)
    if (!opposite) continue
    assert.equal(holds(opposite, 'x'), true, opposite)
    assert.equal(holds(`${opposite}IfExists`, 'x'), true, opposite)
    assert.equal(holds(`ForAllValues:${opposite}`, 'x'), true, opposite)
    assert.equal(holds(`ForAnyValue:${opposite}`, 'x'), false, opposite)
  }
})

test('set operators quantify over the values of the request', () => {
  for (const [operator, policy, request, outcome] of [
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
    ['ForAllValues:StringEquals', ['a', 'b'], [], true],
    ['ForAllValues:StringEquals', ['a', 'b'], '', true],
    ['ForAllValues:StringEquals', [], ['a'], false],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'b'], true],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['c'], false],
    ['ForAnyValue:StringEquals', ['a', ''], [], false],
    ['ForAnyValue:StringEquals', ['a', ''], '', false],
    ['ForAnyValue:StringLike', 'pro*', ['dev', 'prod'], true],
    ['ForAllValues:StringLike', 'pro*', ['pre', 'prod'], false],
    ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'd'], true],
    ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'a'], false],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'c'], true],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b'], false],
    ['ForAnyValue:StringEqualsIfExists', 'a', ['b'], false],
    ['ForAnyValue:ArnLike', 'arn:aws:iam::*:role/*', ['x', 'arn:aws:iam::111122223333:role/a'], true],
    ['StringEquals', 'a', ['b', 'a'], true],
    ['StringNotEquals', 'a', ['b', 'a'], false],
    ['StringNotEquals', 'a', ['b', 'c'], true],
  ] as const) {
    assert.equal(holds(operator, policy, request), outcome, `${operator} ${policy} against ${request}`)
  }
})

test('Null tests whether the key is there', () => {
  assert.equal(holds('Null', 'true'), true)
  assert.equal(holds('Null', 'true', 'x'), false)
  assert.equal(holds('Null', 'true', []), true)
  assert.equal(holds('Null', 'false'), false)
  assert.equal(holds('Null', 'FALSE', 'x'), true)
  assert.equal(holds('Null', 'false', ''), true)
  assert.equal(holds('Null', ['true', 'false'], 'x'), true)
  assert.equal(holds('Null', 'maybe', 'x'), false)
})

test('variables stand in values of text, boolean and ARN operators, and nowhere else', () => {
  const context = { 'aws:username': 'alice', account: '111122223333', n: '5', flag: 'true', list: ['a'] }
  for (const [operator, policy, request, outcome] of [
    ['StringEquals', '${aws:username}', 'alice', true],
    ['StringLike', 'home/${AWS:username}/*', 'home/alice/x', true],
    ['StringEqualsIgnoreCase', '${aws:username}', 'ALICE', true],
    ['Bool', '${flag}', 'true', true],
    ['ArnLike', 'arn:aws:s3:*:${account}:*', bucketArn, true],
    ['ArnLike', 'arn:aws:s3:*:${aws:username}:*', bucketArn, false],
    ['StringEquals', '${missing}', 'alice', false],
    ['StringNotEquals', '${missing}', 'alice', true],
    ['StringNotEquals', ['${missing}', 'alice'], 'alice', false],
    ['StringEquals', "${missing, 'alice'}", 'alice', true],
    ['StringEquals', '${list}', 'a', false],
    ['NumericEquals', '${n}', '5', false],
    ['IpAddress', '${n}', '5', false],
  ] as const) {
    assert.equal(holds(operator, policy, request, context), outcome, `${operator} ${policy} against ${request}`)
  }
})

test('variables are plain text in version 2008-10-17', () => {
  const operator = readOperator('StringLike')
  assert.ok(operator)
  const condition = compileCondition(
    { operator, operatorName: 'StringLike', key: 'k', values: ['${aws:username}*'] },
    false,
  )
  assert.ok(holdsFor(condition, { k: '${aws:username}/x', 'aws:username': 'alice' }))
  assert.ok(!holdsFor(condition, { k: 'alice', 'aws:username': 'alice' }))
})

test('keys that differ in case alone are one key with several values', () => {
  assert.equal(holds('ForAllValues:StringEquals', 'a', undefined, { k: 'a', K: 'b' }), false)
  assert.equal(holds('ForAnyValue:StringEquals', 'b', undefined, { k: 'a', K: 'b' }), true)
  assert.equal(holds('StringEquals', '${x}', 'a', { x: 'a', X: 'a' }), false)
})

test('readOperator knows operators in any case and no others', () => {
  assert.deepEqual(readOperator('foranyvalue:STRINGNOTLIKEIFEXISTS'), readOperator('ForAnyValue:StringNotLikeIfExists'))
  for (const name of [
    '',
    'StringMatches',
    'ForAnyValue::StringEquals',
    'ForSomeValue:StringEquals',
    'ForAnyValue:ForAllValues:StringEquals',
    'StringEqualsIfExistsIfExists',
    'NullIfExists',
    'ForAllValues:Null',
    'BoolNot',
    'BinaryNotEquals',
    'constructor',
    'toString',
  ]) {
    assert.equal(readOperator(name), undefined, name)
  }
})

test('IfExists changes nothing for a key that is there', () => {
  const operators = fc.constantFrom(
    'StringEquals',
    'StringNotLike',
    'NumericLessThan',
    'Bool',
    'NotIpAddress',
    'ArnLike',
  )
  const qualifiers = fc.constantFrom('', 'ForAllValues:', 'ForAnyValue:')
  const values = fc.array(fc.constantFrom('a', '1', 'true', '10.0.0.1', 'arn:aws:s3:::b', '*'), { minLength: 1 })
  fc.assert(
    fc.property(operators, qualifiers, values, values, (operator, qualifier, policy, request) => {
      const name = qualifier + operator
      assert.equal(holds(`${name}IfExists`, policy, request), holds(name, policy, request))
    }),
  )
})

test('a negated operator holds exactly when its positive one does not, for one value and for all', () => {
  const values = fc.array(fc.constantFrom('a', 'b', 'c*', '1', '2'), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(fc.constantFrom('String', 'Numeric'), values, values, (family, policy, request) => {
      const [equals, notEquals] = [`${family}Equals`, `${family}NotEquals`]
      assert.equal(holds(notEquals, policy, request), !holds(equals, policy, request))
      assert.equal(
        holds(`ForAllValues:${notEquals}`, policy, request),
        !holds(`ForAnyValue:${equals}`, policy, request),
      )
    }),
  )
})
