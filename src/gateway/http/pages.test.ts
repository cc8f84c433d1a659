import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusalOfPage } from './pages.ts'

const refused = (headers: Record<string, string>) =>
  refusalOfPage({ method: 'POST', path: '/', query: '', rawHeaders: [], headers, body: Buffer.alloc(0) }) !== undefined

test('pages of this machine are answered, all others are not', () => {
  const host = '127.0.0.1:4566'
  for (const origin of [
    'http://localhost:3000',
    'https://app.localhost',
    'http://127.0.0.1:8080',
    'http://127.9.9.9',
    'http://[::1]:3000',
    'https://shop.test',
  ]) {
    assert.equal(refused({ host, origin, 'sec-fetch-site': 'cross-site' }), false, origin)
  }
  for (const origin of [
    'https://evil.example',
    'https://bucket.s3.amazonaws.com',
    'http://router',
    'http://printer.local',
    'https://localhost.evil.com',
    'https://evil.com#.localhost',
    'http://203.0.113.9',
    'http://192.168.1.1',
    'http://[2001:db8::1]',
    'null',
    'file://',
    'localhost',
  ]) {
    assert.equal(refused({ host, origin }), true, origin)
  }
})

test('what another site has a browser load is not answered, also where it names no origin', () => {
  const host = 'localhost:4566'
  assert.equal(refused({ host, 'sec-fetch-site': 'cross-site' }), true)
  assert.equal(refused({ host, 'sec-fetch-site': 'same-site' }), true)
  assert.equal(refused({ host, 'sec-fetch-site': 'same-origin' }), false)
  assert.equal(refused({ host, 'sec-fetch-site': 'none' }), false)
})

test('a name that can be registered does not lead here; addresses and local names do', () => {
  for (const host of [
    'localhost:4566',
    '127.0.0.1',
    '[::1]:4566',
    '192.168.1.5:4566',
    'strongroom:4566',
    'bucket.s3.localhost:4566',
    'host.docker.internal:4566',
    'kms.us-east-1.amazonaws.com',
    '',
  ]) {
    assert.equal(refused({ host }), false, host)
  }
  for (const host of ['evil.com', 'rebound.evil.com:4566', 'localhost.evil.com', 'evilamazonaws.com']) {
    assert.equal(refused({ host }), true, host)
  }
})
