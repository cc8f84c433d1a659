import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomSealer } from '../../../storage/testing.ts'
import { readArray, readPage } from './pagination.ts'

const call = { service: 'kms', operation: 'ListKeys', accountId: '111122223333', region: 'us-east-1' }
const paged = { call, sealer: randomSealer() }
const idOf = (row: string) => row
const sourceOf = (rows: readonly string[], list = ['a']) => ({
  list,
  defaultLimit: 3,
  idOf,
  read: readArray(rows, idOf),
})
const abcde = ['a', 'b', 'c', 'd', 'e']

test('readPage shows every row once, in order, whatever the page size', async () => {
  const rowLists = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(rowLists, fc.integer({ min: 1, max: 7 }), async (unsorted, Limit) => {
      const rows = [...unsorted].sort()
      const shown: string[] = []
      let Marker: string | undefined
      do {
        const page = await readPage(paged, sourceOf(rows), { Limit, Marker })
        shown.push(...page.rows)
        assert.equal(page.rest.Truncated, page.rest.NextMarker !== undefined)
        Marker = page.rest.NextMarker
      } while (Marker !== undefined)
      assert.deepEqual(shown, rows)
    }),
  )
})

test('readPage reads on behind a row that is gone', async () => {
  const { rest } = await readPage(paged, sourceOf(abcde), { Limit: 2 })
  const { rows } = await readPage(paged, sourceOf(['a', 'c', 'd', 'e']), { Marker: rest.NextMarker })
  assert.deepEqual(rows, ['c', 'd', 'e'])
})

test('readPage refuses markers that the list did not give', async () => {
  const { rest } = await readPage(paged, sourceOf(abcde), { Limit: 2 })
  const given = rest.NextMarker ?? ''
  for (const Marker of ['x', 'forged', `${given}=`, given.slice(1), `A${given}`]) {
    await assert.rejects(readPage(paged, sourceOf(abcde), { Marker }), { code: 'InvalidMarkerException' }, Marker)
  }
  await assert.rejects(readPage(paged, sourceOf(abcde, ['b']), { Marker: given }), { code: 'InvalidMarkerException' })
})
