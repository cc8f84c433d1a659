import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isRegion, otherPartitionOf } from '../../src/core/regions.ts'

test('the Regions that public parameters list are those that are served, but for those of other partitions', () => {
  const file = new URL('../../src/services/ssm/public-catalogue/regions.generated.json', import.meta.url)
  const regions: Record<string, { partition: string }> = JSON.parse(readFileSync(file, 'utf8'))
  for (const [region, { partition }] of Object.entries(regions)) {
    assert.equal(otherPartitionOf(region) ?? 'aws', partition, region)
    assert.equal(isRegion(region), partition === 'aws', region)
  }
})
