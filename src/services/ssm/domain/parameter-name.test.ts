import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkPath, checkWrittenName, parameterArn, parentPath, qualifiedName } from './parameter-name.ts'
import { parseReference } from './parameter-reference.ts'

const place = { partition: 'aws', region: 'us-east-1', accountId: '111122223333' }
const level = fc
  .string({ unit: fc.constantFrom(...'abzAZ019_.-'), minLength: 1, maxLength: 8 })
  .filter((text) => !/^(aws|ssm)/i.test(text))
const path = fc.array(level, { minLength: 1, maxLength: 15 }).map((levels) => `/${levels.join('/')}`)

test('whatever name may be written is read back by name and by ARN, with any selector', () => {
  const selector = fc.option(fc.oneof(fc.nat().map(String), fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_.-]{0,10}$/)))
  fc.assert(
    fc.property(path, selector, fc.boolean(), (qualified, selected, byArn) => {
      assert.equal(checkWrittenName(qualified, place), qualified)
      const name = byArn ? parameterArn(place, qualified) : qualified
      const reference = parseReference(selected === null ? name : `${name}:${selected}`, place)
      assert.deepEqual([reference.name, reference.qualified, reference.accountId], [name, qualified, place.accountId])
      assert.equal(reference.selector?.text, selected === null ? undefined : `:${selected}`)
      if (selected !== null && /^\d+$/.test(selected)) assert.equal(reference.selector?.version, Number(selected))
    }),
  )
})

test('the path above a name is where it is found by path', () => {
  fc.assert(
    fc.property(path, level, (above, name) => {
      assert.equal(parentPath(`${above}/${name}`), above)
      assert.equal(checkPath(`${above}/`), above)
    }),
  )
  assert.equal(parentPath('/a'), '/')
  assert.equal(checkPath('/'), '/')
})

test('a root parameter has one qualified name', () => {
  assert.equal(qualifiedName('X'), qualifiedName('/X'))
  assert.equal(parameterArn(place, qualifiedName('X')), 'arn:aws:ssm:us-east-1:111122223333:parameter/X')
})

test('a name whose ARN has more than 1,011 characters is refused', () => {
  const arnCharacters = parameterArn(place, '/').length
  const longest = `/${'x'.repeat(1011 - arnCharacters)}`
  assert.equal(checkWrittenName(longest, place), longest)
  assert.throws(() => checkWrittenName(`${longest}x`, place), { code: 'ValidationException' })
})

test('no text at all makes the checks fail with anything but a refusal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      for (const check of [checkWrittenName, parseReference, checkPath] as const) {
        try {
          check(text, place)
        } catch (error) {
          assert.equal((error as Error).name, 'ServiceError')
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('an ARN of another region, service or form names no parameter', () => {
  for (const text of [
    'arn:aws:ssm:eu-west-1:111122223333:parameter/a',
    'arn:aws:kms:us-east-1:111122223333:parameter/a',
    'arn:aws:ssm:us-east-1:111122223333:document/a',
    'arn:aws:ssm:us-east-1:111122223333:parameter/a:1:2',
    'arn:aws:ssm',
  ]) {
    assert.throws(() => parseReference(text, place), { code: 'ParameterNotFound' }, text)
  }
})
