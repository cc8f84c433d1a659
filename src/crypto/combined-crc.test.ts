import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { checksumOf } from './checksums.ts'
import { combinedCrc } from './combined-crc.ts'

test('the checksum of a whole follows from those of its parts', async () => {
  const parts = [70_000, 70_000, 1, 0, 12_345].map((bytes) => randomBytes(bytes))
  for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
    const sums = await Promise.all(
      parts.map(async (part) => ({ checksum: await checksumOf(algorithm, part), bytes: part.length })),
    )
    assert.deepEqual(combinedCrc(algorithm, sums), await checksumOf(algorithm, Buffer.concat(parts)), algorithm)
  }
})
