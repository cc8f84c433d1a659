import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sql, SqlValue } from '../core/sql.ts'
import { BatchedReads, type DocumentKey } from './batched-reads.ts'

const keyOf = (id: string): DocumentKey => ['c', 'a', 'r', id]

/** Answers with the ids of those that are not `none`, and keeps what it was asked. */
function fakeSql(fail = false) {
  const asked: { statement: string; parameters: readonly SqlValue[] }[] = []
  const all = async (statement: string, parameters: readonly SqlValue[] = []) => {
    asked.push({ statement, parameters })
    if (fail) throw new Error('lost')
    const ids = parameters.filter((_, place) => place % 4 === 3)
    const rows = ids.map((document, place) => (ids.length === 1 ? { document } : { place, document }))
    return rows.filter(({ document }) => document !== 'none').reverse()
  }
  return { asked, sql: { dialect: 'postgres', all, run: async () => 0 } as unknown as Sql }
}

test('reads that begin together come with one statement, each with its own answer', async () => {
  const { asked, sql } = fakeSql()
  const reads = new BatchedReads(sql)
  const ids = ['one', 'none', 'two', 'one']
  assert.deepEqual(await Promise.all(ids.map((id) => reads.read(keyOf(id)))), ['one', undefined, 'two', 'one'])
  assert.equal(asked.length, 1)
  assert.equal(asked[0]?.statement.match(/SELECT/g)?.length, 4)
  assert.equal(await reads.read(keyOf('three')), 'three')
  assert.equal(await reads.read(keyOf('none')), undefined)
  assert.equal(asked.length, 3)
})

test('many reads are shared out among statements', async () => {
  const { asked, sql } = fakeSql()
  const reads = new BatchedReads(sql)
  const ids = Array.from({ length: 20 }, (_, place) => `id-${place}`)
  assert.deepEqual(await Promise.all(ids.map((id) => reads.read(keyOf(id)))), ids)
  assert.deepEqual(
    asked.map(({ parameters }) => parameters.length / 4),
    [8, 8, 4],
  )
})

test('a failure is that of every read of the statement, and the next ones are sent', async () => {
  const { asked, sql } = fakeSql(true)
  const reads = new BatchedReads(sql)
  const results = await Promise.allSettled([reads.read(keyOf('one')), reads.read(keyOf('two'))])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  await assert.rejects(reads.read(keyOf('three')), { message: 'lost' })
  assert.equal(asked.length, 2)
})
