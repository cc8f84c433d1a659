import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs } from '../../../core/durations.ts'
import type { ApartReader, SqlValue } from '../../../core/sql.ts'
import { accountId, region } from '../../../testing/callers.ts'
import { scopeOf } from '../domain/log-group.ts'
import { logsFixture } from '../testing.ts'
import { groups } from './collections.ts'
import { type EventScan, readEvents } from './read-events.ts'

async function filledGroup(puts: number) {
  const fixture = await logsFixture()
  const to = await fixture.group('g')
  for (let n = 0; n < puts; n++)
    await fixture.put(to, [
      [`${n}`, puts - n],
      [`${n}+`, 0],
    ])
  const group = await fixture.store.in(groups).get({ accountId, region }, 'g')
  if (!group) throw new Error('there is no group')
  const inner = fixture.store.sqlApart('logs')
  const read = (scan: Partial<EventScan>, sql: ApartReader = inner) =>
    readEvents(
      { sql, group, madeSince: '', keyOf: async () => Buffer.from(group.ownKey, 'base64') },
      {
        ...{ scope: { kind: 'group', groupId: group.id }, fromMs: 0, toMs: fixture.clock.nowMs(), after: undefined },
        ...{ backward: false, pattern: undefined, limit: 10_000, mostBytes: 2 ** 20, scanBytes: 2 ** 30, ...scan },
      },
    )
  return { ...fixture, inner, read, scope: scopeOf(group) }
}

test('a page misses nothing and doubles nothing when blocks are merged while it is read, in both directions', async () => {
  const puts = 250
  for (const backward of [false, true]) {
    // Before each statement in turn.
    for (let mergeAt = 0; mergeAt < 8; mergeAt++) {
      const { read, inner, advance } = await filledGroup(puts)
      let statements = 0
      const sql: ApartReader = {
        ...inner,
        all: async <R extends Record<string, SqlValue>>(statement: string, parameters?: readonly SqlValue[]) => {
          if (statements++ === mergeAt) await advance(hourMs)
          return inner.all<R>(statement, parameters)
        },
      }
      const { events, done } = await read({ backward }, sql)
      assert.ok(done)
      assert.equal(events.length, 2 * puts, `merged before statement ${mergeAt}`)
      const messages = events.map(({ message }) => message)
      assert.equal(new Set(messages).size, 2 * puts)
      assert.equal((backward ? messages.reverse() : messages)[0], '0')
    }
  }
})

test('a page of few events opens few blocks', async () => {
  const { read, inner } = await filledGroup(150)
  let opened = 0
  const sql: ApartReader = {
    ...inner,
    all: async <R extends Record<string, SqlValue>>(statement: string, parameters?: readonly SqlValue[]) => {
      const rows = await inner.all<R>(statement, parameters)
      if (statement.startsWith('SELECT id, data')) opened += rows.length
      return rows
    },
  }
  const { events } = await read({ limit: 4 }, sql)
  assert.deepEqual(
    events.map(({ message }) => message),
    ['0', '1', '2', '3'],
  )
  assert.ok(opened <= 8, `${opened} blocks`)
})
