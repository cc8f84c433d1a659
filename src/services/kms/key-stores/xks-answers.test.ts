import assert from 'node:assert/strict'
import { test } from 'node:test'
import { integrityValue, readCiphertext, readHealth, readKeyMetadata, readPlaintext } from './xks-answers.ts'

const invalid = { name: 'KeyStoreFailure', kind: 'invalid-response' }

// The example of the External Key Store Proxy API Specification, appendix C.
const associatedData = Buffer.from('project=nile,department=marketing')
const example = {
  authenticationTag: 'vBxN2ncH1oEkR8WVXpmyYQ==',
  ciphertext: 'ghxkK1txeDNn3q8Y',
  ciphertextDataIntegrityValue: 'qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=',
  ciphertextMetadata: 'a2V5X3ZlcnNpb249MQ==',
  initializationVector: 'HMrlRw85cAJUd5Ax',
}

test('readCiphertext takes the example of the specification', () => {
  const sealed = readCiphertext(example, 12, associatedData)
  assert.equal(Buffer.from(sealed.metadata).toString(), 'key_version=1')
  assert.equal(integrityValue(associatedData, sealed).toString('base64'), example.ciphertextDataIntegrityValue)
})

test('readCiphertext refuses whatever is not as the specification says', () => {
  const base64 = (bytes: number) => Buffer.alloc(bytes, 1).toString('base64')
  const changes: Record<string, unknown>[] = [
    { ciphertext: undefined },
    { ciphertext: base64(11) },
    { ciphertext: 'not base64!!' },
    { ciphertext: 'ghxkK1txeDNn3q8Y\n' },
    { ciphertext: 7 },
    { initializationVector: base64(13) },
    { initializationVector: undefined },
    { authenticationTag: base64(12) },
    { ciphertextMetadata: base64(21) },
    { ciphertextMetadata: base64(13) },
    { ciphertextDataIntegrityValue: undefined },
    { ciphertextDataIntegrityValue: base64(32) },
  ]
  for (const change of changes) {
    assert.throws(() => readCiphertext({ ...example, ...change }, 12, associatedData), invalid, JSON.stringify(change))
  }
  assert.throws(() => readCiphertext(example, 13, associatedData), invalid)
  assert.throws(() => readCiphertext(example, 12, Buffer.from('project=nile')), invalid)
  for (const answer of [null, [], 'text', 1, undefined]) assert.throws(() => readCiphertext(answer, 1, Buffer.alloc(0)))
})

test('readPlaintext wants as many bytes as the ciphertext has', () => {
  assert.deepEqual(readPlaintext({ plaintext: 'AQID' }, 3), Buffer.of(1, 2, 3))
  for (const answer of [{ plaintext: 'AQID' }, {}, { plaintext: 'AQIDBA=' }, null]) {
    assert.throws(() => readPlaintext(answer, 4), invalid)
  }
})

test('readKeyMetadata reads what a key is', () => {
  const metadata = { keySpec: 'AES_256', keyUsage: ['ENCRYPT', 'DECRYPT'], keyStatus: 'ENABLED' }
  assert.deepEqual(readKeyMetadata(metadata), metadata)
  const changes = [{ keySpec: 1 }, { keyUsage: 'ENCRYPT' }, { keyUsage: [1] }, { keyStatus: 'BROKEN' }]
  for (const change of changes) assert.throws(() => readKeyMetadata({ ...metadata, ...change }), invalid)
  const elevenUsages = { ...metadata, keyUsage: Array(11).fill('ENCRYPT') }
  assert.throws(() => readKeyMetadata(elevenUsages), invalid)
})

test('readHealth wants one external key manager that works, and everything that the specification requires', () => {
  const manager = { id: 'a', model: 'b', healthStatus: 'DEGRADED' }
  const health = {
    xksProxyFleetSize: 2,
    xksProxyVendor: 'Vendor',
    xksProxyModel: 'Model',
    ekmVendor: 'Vendor',
    ekmFleetDetails: [manager, { ...manager, healthStatus: 'UNAVAILABLE' }],
  }
  readHealth(health)
  const unavailable = [{ ...manager, healthStatus: 'UNAVAILABLE' }]
  assert.throws(() => readHealth({ ...health, ekmFleetDetails: unavailable }), { kind: 'unhealthy' })
  const changes = [
    { xksProxyFleetSize: '2' },
    { xksProxyVendor: undefined },
    { ekmFleetDetails: [] },
    { ekmFleetDetails: Array(11).fill(manager) },
    { ekmFleetDetails: [{ ...manager, healthStatus: 'FINE' }] },
  ]
  for (const change of changes) assert.throws(() => readHealth({ ...health, ...change }), invalid)
})
