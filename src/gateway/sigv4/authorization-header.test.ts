import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAuthorization } from './authorization-header.ts'

const parts = { algorithm: 'AWS4-HMAC-SHA256', credential: 'AK/d/r/s/t', signedHeaders: 'a;b', signature: '0f' }

test('the parts of an Authorization header stand in any order, between commas or spaces', () => {
  for (const header of [
    'AWS4-HMAC-SHA256 Credential=AK/d/r/s/t, SignedHeaders=a;b, Signature=0f',
    'AWS4-HMAC-SHA256 Credential=AK/d/r/s/t,SignedHeaders=a;b,Signature=0f',
    'AWS4-HMAC-SHA256 Signature=0f SignedHeaders=a;b Credential=AK/d/r/s/t',
    'AWS4-HMAC-SHA256   Credential=AK/d/r/s/t ,\tSignedHeaders=a;b,, Signature=0f, ',
    'AWS4-HMAC-SHA256 Credential=AK/d/r/s/t, Region=eu, x, =y, SignedHeaders=a;b, Signature=0f',
  ]) {
    assert.deepEqual(parseAuthorization(header), parts, header)
  }
})

test('a part that is missing is empty, and one that comes twice has both values', () => {
  const empty = { algorithm: '', credential: '', signedHeaders: '', signature: '' }
  assert.deepEqual(parseAuthorization(''), empty)
  assert.deepEqual(parseAuthorization('Basic dXNlcjpwYXNz'), { ...empty, algorithm: 'Basic' })
  assert.deepEqual(parseAuthorization('A credential=x, Signature, Credential='), { ...empty, algorithm: 'A' })
  assert.deepEqual(parseAuthorization('A Signature=0, Signature=1'), { ...empty, algorithm: 'A', signature: '0,1' })
  assert.equal(parseAuthorization('A Signature=a=b').signature, 'a=b')
})
