import assert from 'node:assert/strict'
import { beforeEach, mock, test } from 'node:test'
import type { AuditRecord } from '../core/audit.ts'
import type { Sql } from '../core/sql.ts'
import { StoreUnavailableError } from '../core/store.ts'
import { ConflictError, type WriteConnection } from './connection.ts'
import { GroupCommit } from './group-commit.ts'

const recordNamed = (eventName: string) => ({ eventName }) as AuditRecord

/** Notes what is asked of it, and fails where a test says so. */
class FakeConnection implements WriteConnection {
  readonly calls: string[] = []
  failure: Error | undefined
  fail: (call: string) => Error | undefined = () => undefined
  readonly sql: Sql = {
    dialect: 'sqlite',
    all: async () => [],
    run: async (statement) => {
      await this.#note(statement)
      return 1
    },
  }
  begin = () => {
    this.failure = undefined
    return this.#note('begin')
  }
  savepoint = () => this.#note('savepoint')
  releaseSavepoint = () => this.#note('release')
  rollbackToSavepoint = () => this.#note('undo')
  commit = () => this.#note('commit')
  rollback = () => this.#note('rollback')

  async #note(call: string): Promise<void> {
    this.calls.push(call)
    const error = this.fail(call)
    if (!error) return
    this.failure = error
    throw error
  }
}

let connection: FakeConnection
let log: string[]
let group: GroupCommit

beforeEach(() => {
  connection = new FakeConnection()
  log = connection.calls
  const appender = {
    append: async (_sql: Sql, records: readonly AuditRecord[]) => {
      log.push(`append ${records.map(({ eventName }) => eventName)}`)
    },
    committed: () => log.push('committed'),
    rolledBack: () => log.push('rolledBack'),
  }
  group = new GroupCommit(connection, appender, (committed) => log.push(`ended ${committed}`))
})

test('A group is one transaction, and records alone need no savepoint', async () => {
  await Promise.all([
    group.append([recordNamed('a')]),
    group.change(async (sql, records) => {
      records.push(recordNamed('b'))
      await sql.run('write')
    }),
    group.append([recordNamed('c'), recordNamed('d')]),
  ])
  const inOrder = ['begin', 'savepoint', 'write', 'release', 'append a,b,c,d', 'commit', 'ended true', 'committed']
  assert.deepEqual(log, inOrder)
})

test('What comes while a group commits forms the next group', async () => {
  const later: Promise<unknown>[] = []
  const first = group.change(async () => {
    for (const name of ['x', 'y', 'z']) later.push(group.append([recordNamed(name)]))
  })
  await first
  await Promise.all(later)
  assert.deepEqual(
    log.filter((call) => /^(begin|append|commit$)/.test(call)),
    ['begin', 'commit', 'begin', 'append x,y,z', 'commit'],
  )
})

test('Callers hear back only after the commit', async () => {
  let heardAt = -1
  await group.append([recordNamed('a')]).then(() => {
    heardAt = log.length
  })
  assert.ok(heardAt > log.indexOf('commit') && log.includes('commit'))
})

test('A thousand members are committed in a few groups, in their order', async () => {
  const results = await Promise.all(Array.from({ length: 1000 }, (_, i) => group.change(async () => i)))
  assert.deepEqual(results, [...results.keys()])
  assert.equal(log.filter((call) => call === 'commit').length, 4)
})

test('A group that meets a conflict runs again, and its records are appended once more, not twice', async () => {
  let conflicts = 2
  let runs = 0
  connection.fail = (call) => (call === 'commit' && conflicts-- > 0 ? new ConflictError('conflict') : undefined)
  const result = await group.change(async (_sql, records) => {
    records.push(recordNamed('a'))
    return ++runs
  })
  assert.equal(result, 3)
  const attempts = log.filter((call) => /append|committed|rolledBack/.test(call))
  assert.deepEqual(attempts, ['append a', 'rolledBack', 'append a', 'rolledBack', 'append a', 'committed'])
})

test('A conflict inside a work ends the attempt even when the work hides it', async () => {
  let conflicts = 1
  connection.fail = (call) => (call === 'write' && conflicts-- > 0 ? new ConflictError('conflict') : undefined)
  await group.change(async (sql) => {
    await sql.run('write').catch(() => {})
  })
  assert.deepEqual(
    log.filter((call) => /begin|rollback|commit$/.test(call)),
    ['begin', 'rollback', 'begin', 'commit'],
  )
})

test('A commit that fails is refused to all, and the appender hears that its records are undone', async () => {
  connection.fail = (call) => (call === 'commit' ? new StoreUnavailableError('full') : undefined)
  const refusal = new Error('refused by its own work')
  const results = await Promise.allSettled([
    group.append([recordNamed('a')]),
    // Its reason may rest on what is now undone.
    group.change(() => Promise.reject(refusal)),
  ])
  for (const result of results)
    assert.ok(result.status === 'rejected' && result.reason instanceof StoreUnavailableError)
  assert.deepEqual(log.slice(-4), ['commit', 'rollback', 'ended false', 'rolledBack'])
  connection.fail = () => undefined
  await group.append([recordNamed('b')])
  assert.equal(log.at(-1), 'committed')
})

test('A work that waits for something else is given up, so that it cannot stop all others', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    let late: (() => Promise<number>) | undefined
    const stuck = group.change((sql) => {
      late = () => sql.run('late')
      return new Promise(() => {})
    })
    const next = group.append([recordNamed('a')])
    while (!late) await new Promise((resolve) => setImmediate(resolve))
    mock.timers.tick(10_000)
    await assert.rejects(stuck, /waited for something other than the store/)
    await next
    await assert.rejects(late(), /after its function had returned/)
    assert.ok(log.includes('undo') && !log.includes('late'))
  } finally {
    mock.timers.reset()
  }
})

/** An appender that takes records apart where a test lets it; the test ends each of its turns. */
function apartAppender() {
  const turns: (PromiseWithResolvers<void> & { names: string[] })[] = []
  return {
    takes: true,
    turns,
    append: async () => {
      log.push('append')
    },
    committed: () => log.push('committed'),
    rolledBack: () => log.push('rolledBack'),
    appendApart(records: readonly AuditRecord[]): Promise<void> | undefined {
      if (!this.takes) return undefined
      const turn = { ...Promise.withResolvers<void>(), names: records.map(({ eventName }) => eventName) }
      turns.push(turn)
      return turn.promise
    },
  }
}

const aTurn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)))

test('Records that come with no change may be written apart, and the connection is free meanwhile', async () => {
  const appender = apartAppender()
  group = new GroupCommit(connection, appender, () => {})
  const first = Promise.all([group.append([recordNamed('a')]), group.append([recordNamed('b'), recordNamed('c')])])
  await aTurn()
  const change = group.change(async (_sql, records) => {
    records.push(recordNamed('d'))
  })
  await aTurn()
  assert.deepEqual(
    appender.turns.map(({ names }) => names),
    [['a', 'b', 'c']],
  )
  assert.ok(group.inFlight && !group.inTransaction)
  assert.deepEqual(log, [], 'the change waits for its turn')
  appender.turns[0]?.resolve()
  await first
  await change
  const withChange = ['begin', 'savepoint', 'release', 'append', 'commit', 'committed']
  assert.deepEqual(log, withChange, 'records that come with a change are written with it')
  appender.takes = false
  await group.append([recordNamed('e')])
  assert.deepEqual(log, [...withChange, 'begin', 'append', 'commit', 'committed'])
})

test('What could not be written apart is refused to all who wrote it, and to no others', async () => {
  const appender = apartAppender()
  group = new GroupCommit(connection, appender, () => {})
  const lost = Promise.allSettled([group.append([recordNamed('a')]), group.append([recordNamed('b')])])
  await aTurn()
  const next = group.append([recordNamed('c')])
  appender.turns[0]?.reject(new Error('the disk is gone'))
  for (const result of await lost) {
    assert.ok(result.status === 'rejected' && result.reason instanceof StoreUnavailableError)
  }
  await aTurn()
  appender.turns[1]?.resolve()
  await next
})

test('A closed group finishes what it has and refuses what comes', async () => {
  const queued = group.append([recordNamed('a')])
  const closed = group.close()
  await assert.rejects(group.append([recordNamed('b')]), StoreUnavailableError)
  await Promise.all([queued, closed])
  assert.ok(log.includes('append a'))
})
