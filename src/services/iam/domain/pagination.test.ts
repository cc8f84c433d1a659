import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomSealer } from '../../../storage/testing.ts'
import { arraySource, readPage, readRows } from './pagination.ts'

const call = { service: 'iam', operation: 'ListUsers', accountId: '111122223333', region: 'us-east-1' }
const paged = { call, sealer: randomSealer() }

const source = (name: string, rows: readonly string[]) => arraySource(name, rows, (row) => row)

test('readPage gives every row once, in order, whatever the page size and however many lists', async () => {
  const rows = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(rows, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 5 }),
      async (lists, MaxItems) => {
        const sources = lists.map((list, i) => source(`list-${i}`, list))
        const seen: string[] = []
        let Marker: string | undefined
        do {
          const page = await readPage(paged, sources, { MaxItems, Marker })
          assert.ok(page.rows.length <= MaxItems)
          assert.equal(page.IsTruncated, page.Marker !== undefined)
          seen.push(...page.rows.map(({ source: from, row }) => `${from} ${row}`))
          Marker = page.Marker
        } while (Marker !== undefined)
        assert.deepEqual(
          seen,
          lists.flatMap((list, i) => list.toSorted().map((row) => `list-${i} ${row}`)),
        )
      },
    ),
  )
})

test('readPage goes on behind a row that was deleted since, and shows one that came', async () => {
  const { Marker } = await readPage(paged, [source('x', ['a', 'c', 'e'])], { MaxItems: 2 })
  const { rows } = await readPage(paged, [source('x', ['a', 'd', 'e'])], { Marker })
  assert.deepEqual(
    rows.map(({ row }) => row),
    ['d', 'e'],
  )
})

test('readPage gives markers that fit their limit, however long the ids', async () => {
  const long = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 100, maxLength: 2000 }), {
    minLength: 2,
    maxLength: 4,
  })
  await fc.assert(
    fc.asyncProperty(long, async (ids) => {
      const rows = [...ids, ...ids.map((id) => `${id}!`)]
      const sources = [source('attached-policies-of-a-group', [...new Set(rows)])]
      const seen: string[] = []
      let Marker: string | undefined
      do {
        const page = await readPage(paged, sources, { MaxItems: 1, Marker })
        seen.push(...page.rows.map(({ row }) => row))
        Marker = page.Marker
        assert.match(Marker ?? '-', /^[\x20-\xff]{1,320}$/)
      } while (Marker !== undefined)
      assert.deepEqual(seen.toSorted(), [...new Set(rows)].sort())
    }),
    { numRuns: 30 },
  )
})

test('readPage shows 100 rows when the request does not say how many', async () => {
  const many = Array.from({ length: 101 }, (_, i) => String(i).padStart(3, '0'))
  const { rows, rest } = await readRows(paged, source('x', many), {})
  assert.equal(rows.length, 100)
  assert.equal(rest.IsTruncated, true)
})

test('readPage refuses a marker that another list returned, or none', async () => {
  const { Marker } = await readPage(paged, [source('x', ['a', 'b'])], { MaxItems: 1 })
  const refusal = { code: 'ValidationError', message: 'Invalid Marker.' }
  await assert.rejects(readPage(paged, [source('y', [])], { Marker }), refusal)
  const elsewhere = { ...paged, call: { ...call, accountId: '444455556666' } }
  await assert.rejects(readPage(elsewhere, [source('x', ['a', 'b'])], { Marker }), refusal)
  for (const marker of [
    '',
    'AAAA',
    '!',
    Buffer.from('{}').toString('base64url'),
    Buffer.from('["x",1]').toString('base64url'),
  ]) {
    await assert.rejects(readPage(paged, [source('x', [])], { Marker: marker }), refusal)
  }
})
