import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type ChecksumAlgorithm, checksumBytes, checksumOf, newChecksum } from './checksums.ts'

const algorithms = Object.keys(checksumBytes) as ChecksumAlgorithm[]

test('checksums have the values that their definitions publish for "123456789" or for nothing', async () => {
  const digits = Buffer.from('123456789')
  const nothing = Buffer.alloc(0)
  for (const [algorithm, bytes, expected] of [
    ['CRC32', digits, 'cbf43926'],
    ['CRC32C', digits, 'e3069283'],
    ['CRC64NVME', digits, 'ae8b14860a799888'],
    ['SHA1', nothing, 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    ['SHA256', nothing, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['MD5', nothing, 'd41d8cd98f00b204e9800998ecf8427e'],
    ['XXHASH64', nothing, 'ef46db3751d8e999'],
    ['XXHASH3', nothing, '2d06800538d394c2'],
    ['XXHASH128', nothing, '99aa06d3014798d86001c324468d497f'],
  ] as const) {
    assert.equal((await checksumOf(algorithm, bytes)).toString('hex'), expected, algorithm)
  }
})

test('a checksum is the same however its bytes are cut, beside others that are under way', async () => {
  const bytes = randomBytes(100_000)
  for (const algorithm of algorithms) {
    const whole = await checksumOf(algorithm, bytes)
    assert.equal(whole.length, checksumBytes[algorithm])
    const [one, other] = await Promise.all([newChecksum(algorithm), newChecksum(algorithm)])
    for (let start = 0; start < bytes.length; start += 7777) {
      one.update(bytes.subarray(start, start + 7777))
      other.update(bytes.subarray(0, 10))
    }
    assert.deepEqual(one.digest(), whole, algorithm)
    assert.notDeepEqual(other.digest(), whole)
  }
})
