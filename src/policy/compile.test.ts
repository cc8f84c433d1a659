import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompiledPolicy, compilePolicy } from './compile.ts'
import { PolicyError } from './policy-error.ts'
import { policyOf } from './testing.ts'

test('compilePolicy compiles a text once, and returns what is wrong with one that is not a policy', () => {
  const text = policyOf({ Sid: 'Once' })
  assert.ok(compilePolicy(text) instanceof CompiledPolicy)
  assert.equal(compilePolicy(text), compilePolicy(policyOf({ Sid: 'Once' })))
  assert.ok(compilePolicy('{') instanceof PolicyError)
  assert.equal(compilePolicy('{'), compilePolicy('{'))
})

test('compilePolicy forgets the policies that were not used longest', () => {
  const [kept, forgotten] = [policyOf({ Sid: 'Kept' }), policyOf({ Sid: 'Forgotten' })]
  const before = [compilePolicy(kept), compilePolicy(forgotten)]
  for (let index = 0; index < 33_000; index++) {
    compilePolicy(`not a policy ${index}`)
    compilePolicy(kept)
  }
  assert.equal(compilePolicy(kept), before[0])
  assert.notEqual(compilePolicy(forgotten), before[1])
})

test('statementsFor finds the statements about an action, in their order, however many actions are asked for', () => {
  const policy = new CompiledPolicy(
    policyOf({ Sid: 'a', Action: 'S3:*' }, { Sid: 'b', NotAction: 's3:Put*' }, { Sid: 'c', Action: [] }, { Sid: 'd' }),
  )
  const sidsFor = (action: string) => policy.statementsFor(action).map(({ source }) => source.sid)
  for (let index = 0; index < 1200; index++) assert.deepEqual(sidsFor(`kms:action${index}`), ['b', 'd'])
  assert.deepEqual(sidsFor('s3:getobject'), ['a', 'b', 'd'])
  assert.deepEqual(sidsFor('s3:putobject'), ['a', 'd'])
  assert.equal(policy.statementsFor('s3:getobject'), policy.statementsFor('s3:getobject'))
})

test('compilePolicy keeps every policy of an evaluation that has ten thousand', () => {
  const texts = Array.from({ length: 10_000 }, (_, index) => policyOf({ Sid: `Many${index}` }))
  const compiled = texts.map(compilePolicy)
  assert.ok(texts.every((text, index) => compilePolicy(text) === compiled[index]))
})
