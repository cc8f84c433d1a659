import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secretAccessKey } from '../../../test/sigv4/requests.ts'
import type { CredentialScope } from './scope.ts'
import { deriveSigningKey, SigningKeyCache, signatureOf, signaturesEqual } from './signing-key.ts'

const credential = (accessKeyId: string) => `${accessKeyId}/20150830/us-east-1/iam/aws4_request`

const scope = (accessKeyId: string): CredentialScope => ({
  accessKeyId,
  date: '20150830',
  region: 'us-east-1',
  service: 'iam',
  terminator: 'aws4_request',
})

test('the signing key is the one of the IAM User Guide', () => {
  const exampleSecret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
  const key = deriveSigningKey(exampleSecret, scope('AKIDEXAMPLE'))
  assert.equal(key.toString('hex'), 'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9')
  // AWS General Reference, the worked example of a GET of ListUsers.
  const stringToSign =
    'AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n' +
    'f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59'
  assert.equal(signatureOf(key, stringToSign), '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7')
})

test('signatures are equal only when every character is', () => {
  const signature = signatureOf(Buffer.from('k'), 'text')
  assert.ok(signaturesEqual(signature, signature))
  for (const other of ['', signature.slice(1), `${signature}0`, signature.toUpperCase(), `x${signature.slice(1)}`]) {
    assert.equal(signaturesEqual(signature, other), false, other)
  }
  // Neither is a character above U+00FF taken for the one that its low byte is.
  assert.equal(signaturesEqual('a', '\u0161'), false)
})

test('the cache serves a key only for the secret it was derived from', () => {
  const cache = new SigningKeyCache()
  const key = deriveSigningKey(secretAccessKey, scope('AKIA1'))
  cache.keep(credential('AKIA1'), secretAccessKey, key)
  assert.equal(cache.get(credential('AKIA1'), secretAccessKey), key)
  assert.equal(cache.get(credential('AKIA1'), 'another secret'), undefined)
  const replaced = deriveSigningKey('another secret', scope('AKIA1'))
  cache.keep(credential('AKIA1'), 'another secret', replaced)
  assert.equal(cache.get(credential('AKIA1'), 'another secret'), replaced)
  assert.equal(cache.get(credential('AKIA1'), secretAccessKey), undefined)
})

test('the cache distinguishes keys, days, regions and services', () => {
  const cache = new SigningKeyCache()
  const one = credential('AKIA1')
  cache.keep(one, secretAccessKey, Buffer.from('one'))
  for (const [part, other] of [
    ['AKIA1', 'AKIA2'],
    ['20150830', '20150831'],
    ['us-east-1', 'eu-west-1'],
    ['iam', 'sts'],
  ] as const) {
    assert.equal(cache.get(one.replace(part, other), secretAccessKey), undefined)
  }
})

test('the cache forgets what was used longest ago when it is full', () => {
  const cache = new SigningKeyCache(2)
  const key = Buffer.from('key')
  cache.keep(credential('AKIA1'), secretAccessKey, key)
  cache.keep(credential('AKIA2'), secretAccessKey, key)
  cache.get(credential('AKIA2'), secretAccessKey)
  cache.get(credential('AKIA1'), secretAccessKey)
  cache.get(credential('AKIA1'), secretAccessKey)
  cache.keep(credential('AKIA3'), secretAccessKey, key)
  assert.equal(cache.get(credential('AKIA2'), secretAccessKey), undefined)
  assert.equal(cache.get(credential('AKIA1'), secretAccessKey), key)
  assert.equal(cache.get(credential('AKIA3'), secretAccessKey), key)
})
