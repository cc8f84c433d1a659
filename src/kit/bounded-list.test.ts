import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ListSource, mapInSlices, maxRowsLookedAt, pageBudget, readList } from './bounded-list.ts'

/** The numbers below a count, and how many of them were read. */
function numbers(count: number, more: Partial<ListSource<number, number>> = {}) {
  const read = { rows: 0, most: 0 }
  const source: ListSource<number, number> = {
    read: async (after = -1, limit) => {
      const found = Array.from({ length: Math.min(limit, count - after - 1) }, (_, index) => after + 1 + index)
      read.rows += found.length
      read.most = Math.max(read.most, found.length)
      return found.map((row) => ({ place: row, row }))
    },
    ...more,
  }
  return { source, read }
}

async function pages(source: ListSource<number, number>, limit: number) {
  const found: number[][] = []
  for (let after: number | undefined; ; ) {
    const { rows, place, more } = await readList(source, after, limit)
    found.push(rows.map(({ row }) => row))
    if (!more) return found
    assert.notEqual(place, after)
    after = place
  }
}

test('readList gives every row that fits once, in order, whatever the page size and the filter', async () => {
  const sizes = fc.record({ count: fc.nat(400), limit: fc.integer({ min: 1, max: 120 }), every: fc.nat(50) })
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 60 }), async ({ count, limit, every }, rowsReadForOne) => {
      const fits = every === 0 ? undefined : (row: number) => row % every === 0
      const { source } = numbers(count, { fits, rowsReadForOne })
      const all = Array.from({ length: count }, (_, row) => row).filter((row) => fits?.(row) ?? true)
      const found = await pages(source, limit)
      assert.deepEqual(found.flat(), all)
      assert.ok(found.every((page) => page.length <= limit))
    }),
    { numRuns: 60 },
  )
})

test('readList reads one row more than it shows, where all fit', async () => {
  for (const fits of [undefined, () => true]) {
    const { source, read } = numbers(100_000, { fits })
    const { rows, more } = await readList(source, undefined, 10)
    assert.deepEqual([rows.length, more, read.rows], [10, true, 11])
  }
})

test('readList looks at a bounded number of rows where few fit, and goes on from there', async () => {
  const { source, read } = numbers(100_000, { fits: (row) => row === 2500 })
  const first = await readList(source, undefined, 10)
  assert.deepEqual([first.rows, first.more], [[], true])
  assert.ok(read.rows >= maxRowsLookedAt && read.rows <= maxRowsLookedAt + 100)
  assert.equal((first.place ?? 0) + 1, read.rows)
  const found = await pages(numbers(5000, { fits: (row) => row === 2500 }).source, 10)
  assert.deepEqual(found.flat(), [2500])
})

test('readList counts all rows that merged lists read', async () => {
  const { source, read } = numbers(100_000, { fits: () => false, rowsReadForOne: 50 })
  await readList(source, undefined, 10)
  assert.equal(read.most, 2)
  assert.ok(read.rows * 50 <= maxRowsLookedAt + 100)
})

test('readList shares one budget between the sources of a page', async () => {
  const budget = pageBudget()
  const { source, read } = numbers(700, { fits: () => false })
  assert.equal((await readList(source, undefined, 10, budget)).more, false)
  assert.equal((await readList(source, undefined, 10, budget)).more, true)
  assert.ok(read.rows <= maxRowsLookedAt + 100)
})

test('readList says that there is more without showing a row, where none is wanted', async () => {
  assert.deepEqual(await readList(numbers(3).source, undefined, 0), { rows: [], place: undefined, more: true })
  assert.deepEqual(await readList(numbers(0).source, undefined, 0), { rows: [], place: undefined, more: false })
})

test('readList reads in slices, between which others have the thread', async () => {
  const turns = { count: 0, ended: false }
  const count = () => {
    turns.count++
    if (!turns.ended) setImmediate(count)
  }
  setImmediate(count)
  const { source, read } = numbers(2000)
  const { rows } = await readList(source, undefined, 1000)
  turns.ended = true
  assert.deepEqual([rows.length, read.most], [1000, 100])
  assert.ok(turns.count >= 9, `${turns.count} turns`)
})

test('mapInSlices keeps the order of what it maps', async () => {
  const items = Array.from({ length: 250 }, (_, index) => index)
  assert.deepEqual(
    await mapInSlices(items, async (item) => item * 2),
    items.map((item) => item * 2),
  )
})
