import assert from 'node:assert/strict'
import { test } from 'node:test'
import { otherPartitionOf, regionRefusal } from './regions.ts'

test('the Regions of the commercial partition are served, and the server’s own whatever its name is', () => {
  for (const region of ['us-east-1', 'eu-central-2', 'ap-southeast-7']) {
    assert.equal(regionRefusal(region, 'us-east-1'), undefined)
    assert.equal(otherPartitionOf(region), undefined)
  }
  assert.equal(regionRefusal('mars-north-1', 'mars-north-1'), undefined)
})

test('a Region that AWS has not is refused with the way to have it', () => {
  assert.equal(
    regionRefusal('mars-north-1', 'eu-west-1'),
    'AWS has no Region of that name: use eu-west-1 or any other Region of the partition aws, or start the server with ' +
      '--region mars-north-1 to have such a Region.',
  )
  assert.match(regionRefusal('mars-1', 'us-east-1') ?? '', /any other Region of the partition aws\.$/)
})

test('a Region of another partition is refused by the name of its partition', () => {
  const cases = [
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['us-isof-south-1', 'aws-iso-f'],
    ['eusc-de-east-1', 'aws-eusc'],
  ] as const
  for (const [region, partition] of cases) {
    assert.equal(otherPartitionOf(region), partition)
    assert.equal(
      regionRefusal(region, 'us-east-1'),
      `It is of the partition ${partition}, and this server is of the partition aws: use us-east-1.`,
    )
  }
})
