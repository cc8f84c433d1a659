import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerOf, FixedClock, rootOf, userOf } from '../../../test/fixtures/call.ts'
import type { Caller } from '../../core/principal.ts'
import { type Store, StoreUnavailableError } from '../../core/store.ts'
import { testStore } from '../../storage/testing.ts'
import { LastUseRecorder } from './last-use-recorder.ts'
import { accountScope, lastUses } from './storage/collections.ts'

const accountId = '111122223333'
const keyId = 'AKIARTX3GSDSQAAAAAAA'
const roleId = 'AROARTX3GSDSQAAAAAAAA'

const user: Caller = { ...callerOf(userOf(accountId, 'alice')), accessKeyId: keyId }

const session: Caller = {
  ...callerOf({
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/r/s`,
    roleArn: `arn:aws:iam::${accountId}:role/r`,
    roleId,
    roleName: 'r',
    sessionName: 's',
  }),
  accessKeyId: 'ASIARTX3GSDSQAAAAAAA',
}

async function recording() {
  const store = await testStore()
  const clock = new FixedClock()
  let transactions = 0
  let failure: Error | undefined
  const counting: Store = {
    in: (spec) => store.in(spec),
    sql: (service) => store.sql(service),
    sqlApart: (service, signal) => store.sqlApart(service, signal),
    record: (records) => store.record(records),
    transaction: (work) => {
      transactions += 1
      return failure ? Promise.reject(failure) : store.transaction(work)
    },
  }
  const faults: unknown[] = []
  const start = () => new LastUseRecorder(counting, (fault) => faults.push(fault))
  let recorder = start()
  return {
    clock,
    faults,
    transactions: () => transactions,
    fail: (error: Error | undefined) => {
      failure = error
    },
    /** Forgets what this process knows. */
    restart: () => {
      recorder = start()
    },
    async use(caller: Caller, service = 'kms') {
      recorder.note({ caller, service, region: 'eu-west-1', atMs: clock.nowMs() })
      await recorder.flush()
    },
    note: (caller: Caller) => recorder.note({ caller, service: 'kms', region: 'eu-west-1', atMs: clock.nowMs() }),
    flush: () => recorder.flush(),
    stored: (id: string) => store.in(lastUses).get(accountScope(accountId), id),
  }
}

test('A use is written under the access key, or under the role of a session', async () => {
  const uses = await recording()
  await uses.use(user)
  await uses.use(session, 'sts')
  assert.deepEqual(await uses.stored(keyId), { atMs: uses.clock.nowMs(), service: 'kms', region: 'eu-west-1' })
  assert.equal((await uses.stored(roleId))?.service, 'sts')
})

test('A busy key is written once in 15 minutes', async () => {
  const uses = await recording()
  const first = uses.clock.nowMs()
  await uses.use(user)
  uses.clock.advance(15 * 60 - 1)
  await uses.use(user)
  assert.equal((await uses.stored(keyId))?.atMs, first)
  assert.equal(uses.transactions(), 1)
  uses.clock.advance(1)
  await uses.use(user)
  assert.equal((await uses.stored(keyId))?.atMs, uses.clock.nowMs())
})

test('A use that another process wrote in the last 15 minutes is left as it is', async () => {
  const uses = await recording()
  await uses.use(user)
  const written = await uses.stored(keyId)
  uses.clock.advance(60)
  uses.restart()
  await uses.use(user, 'iam')
  assert.equal(uses.transactions(), 2)
  assert.deepEqual(await uses.stored(keyId), written)
})

test('Uses of one turn are written together', async () => {
  const uses = await recording()
  uses.note(user)
  uses.note(session)
  uses.note(user)
  await uses.flush()
  assert.equal(uses.transactions(), 1)
  assert.ok((await uses.stored(keyId)) && (await uses.stored(roleId)))
})

test('Configured keys, temporary keys of users and callers without keys are not noted', async () => {
  const uses = await recording()
  await uses.use({ ...callerOf(rootOf(accountId)), accessKeyId: 'test' })
  await uses.use({ ...user, accessKeyId: 'ASIARTX3GSDSQAAAAAAA' })
  await uses.use({ principal: { kind: 'anonymous' }, principalTags: {} })
  assert.equal(uses.transactions(), 0)
})

test('A store that cannot write is tried again with the next use; other failures are reported', async () => {
  const uses = await recording()
  uses.fail(new StoreUnavailableError('full'))
  await uses.use(user)
  assert.deepEqual(uses.faults, [])
  const fault = new Error('a fault')
  uses.fail(fault)
  await uses.use(user)
  assert.deepEqual(uses.faults, [fault])
  uses.fail(undefined)
  await uses.use(user)
  assert.equal((await uses.stored(keyId))?.atMs, uses.clock.nowMs())
})

test('A clock that was moved back does not keep a use from being written', async () => {
  const uses = await recording()
  await uses.use(user)
  uses.clock.advance(-3600)
  await uses.use(user)
  assert.equal((await uses.stored(keyId))?.atMs, uses.clock.nowMs())
})
