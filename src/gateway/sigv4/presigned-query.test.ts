import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryParameters } from '../../crypto/sigv4/canonical-request.ts'
import { parsePresigned, withoutParameter } from './presigned-query.ts'

const query =
  'a=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2Fd%2Fr%2Fs%2Ft&X-Amz-Date=20130524T000000Z' +
  '&X-Amz-Expires=60&X-Amz-SignedHeaders=a%3Bb&X-Amz-Security-Token=t%2B%2F%3D&X-Amz-Signature=0f'

test('the parameters of a presigned request are read decoded', () => {
  assert.deepEqual(parsePresigned(queryParameters(query), false), {
    algorithm: 'AWS4-HMAC-SHA256',
    credential: 'AK/d/r/s/t',
    date: '20130524T000000Z',
    expires: '60',
    signedHeaders: 'a;b',
    signature: '0f',
    securityToken: 't+/=',
    contentSha256: undefined,
  })
})

test('the names of the parameters count in any case for S3 only', () => {
  const lower = queryParameters(query.replaceAll(/X-Amz-[A-Za-z-]+/g, (name) => name.toLowerCase()))
  assert.equal(parsePresigned(lower, true)?.credential, 'AK/d/r/s/t')
  assert.equal(parsePresigned(lower, false), undefined)
  assert.equal(withoutParameter(lower, 'signature', true).length, 7)
  assert.equal(withoutParameter(lower, 'signature', false).length, 8)
})

test('a query without a signature is not a presigned one, and one with any part of it is', () => {
  for (const plain of ['', 'a=1', 'X-Amz-Date=20130524T000000Z&X-Amz-Expires=1&X-Amz-SignedHeaders=host']) {
    assert.equal(parsePresigned(queryParameters(plain), false), undefined, plain)
  }
  for (const part of ['X-Amz-Algorithm', 'X-Amz-Credential=', 'X-Amz-Signature=a', '%58-Amz-Signature=a']) {
    assert.ok(parsePresigned(queryParameters(part), false), part)
  }
})

test('a parameter that comes twice has both values, even when one is empty', () => {
  const twice = (more: string) => parsePresigned(queryParameters(`${query}&${more}`), false)
  assert.equal(twice('X-Amz-Signature=ff')?.signature, '0f,ff')
  assert.equal(twice('X-Amz-Signature=')?.signature, '0f,')
  assert.equal(twice('X-Amz-Security-Token=u')?.securityToken, 't+/=,u')
})
