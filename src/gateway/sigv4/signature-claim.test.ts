import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { longTerm, presigned, signed, wire } from '../../../test/sigv4/requests.ts'
import { scopeOf } from './signature-claim.ts'

const expected = {
  accessKeyId: longTerm.accessKeyId,
  date: '20260301',
  region: 'us-east-1',
  service: 'kms',
  terminator: 'aws4_request',
}

test('the scope of a request is read from the Authorization header or from the query', async () => {
  assert.deepEqual(scopeOf(await signed({}, { family: 'json' })), expected)
  assert.deepEqual(scopeOf(await presigned({}, { family: 'json' })), expected)
  const lower = await presigned({}, { family: 'json' })
  assert.deepEqual(scopeOf({ ...lower, query: lower.query.replace('X-Amz-Credential', 'x-amz-credential') }), expected)
  assert.deepEqual(
    scopeOf({ ...lower, query: lower.query.replace('X-Amz-Credential', 'X-Amz-%43redential') }),
    expected,
  )
})

test('the scope of a request that names none, or two, is undefined', () => {
  for (const authorization of [
    '',
    'Basic dXNlcjpwYXNz',
    'AWS AKID:c2ln',
    'AWS4-HMAC-SHA256 Credential=a/b/c/d',
    'A Credential=////',
  ]) {
    assert.equal(scopeOf(wire({ headers: { authorization } })), undefined, authorization)
  }
  const twice = 'A Credential=a/20130524/us-east-1/kms/aws4_request, Credential=a/20130524/us-east-1/iam/aws4_request'
  assert.equal(scopeOf(wire({ headers: { authorization: twice } })), undefined)
  assert.equal(scopeOf(wire({ target: '/?credential=a/20130524/us-east-1/kms/aws4_request' })), undefined)
  assert.equal(scopeOf(wire({})), undefined)
})

test('reading the scope never throws', () => {
  const anything = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(anything, anything, (authorization, query) => {
      scopeOf(wire({ target: `/?${query}` }))
      scopeOf(wire({ target: `/?X-Amz-Credential=${query}&%`, headers: { authorization } }))
    }),
  )
})
