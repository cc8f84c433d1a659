import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isHostId, rangeWithin, releaseHostId, takeHostId } from './host-ids.ts'

const all = '         0          0 4294967295\n'
const container = '         0     100000      65536\n'

test('users are numbered where no system does, or above those of a container that has few numbers', () => {
  assert.equal(rangeWithin([])?.first, 1_900_000_000)
  assert.equal(rangeWithin([all, all])?.first, 1_900_000_000)
  assert.deepEqual(rangeWithin([container, container]), { first: 30_000, count: 30_000 })
  assert.deepEqual(rangeWithin([all, container]), { first: 30_000, count: 30_000 })
  assert.deepEqual(rangeWithin(['0 1000 1\n1 100000 65536\n', container]), { first: 30_000, count: 30_000 })
})

test('a namespace with one user has no numbers for others', () => {
  assert.equal(rangeWithin(['         0       1000          1\n', container]), undefined)
  assert.equal(rangeWithin([container, '']), undefined)
})

test('a number is taken once at a time and never that of a person or of root', () => {
  const ids = Array.from({ length: 100 }, () => takeHostId() ?? 0)
  assert.equal(new Set(ids).size, 100)
  assert.ok(ids.every(isHostId))
  assert.ok(![0, 1, 1000, 65_534].some(isHostId))
  assert.ok(ids.every(releaseHostId))
  assert.equal(releaseHostId(ids[0] ?? 0), false)
})
