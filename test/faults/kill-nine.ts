import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { verifyLedgerOf } from '../../src/maintenance/verify-ledger.ts'
import { DataDirectory } from '../../src/server/data-directory.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { seeded } from '../../src/testing/random.ts'
import { send, signJson, signQuery } from '../fixtures/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { KeyLives } from './kill-nine-keys.ts'
import { ValueLives } from './kill-nine-values.ts'

/** What the server has acknowledged: it must be there after any crash. */
interface Acknowledged {
  requestIds: Set<string>
  keyIds: Set<string>
  users: Set<string>
  deletedUsers: Set<string>
  /** By key id. Each key is described once, by the worker that made it. */
  descriptions: Map<string, string>
}

/**
 * Puts a server under load, kills it at a random moment, starts it again and looks whether everything acknowledged is there,
 * as often as asked, always on the same data.
 */
export const survivesKills = (rounds: number): Promise<void> => seeded((random) => survives(rounds, random))

async function survives(rounds: number, random: () => number): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-kill-'))
  const acknowledged: Acknowledged = {
    requestIds: new Set(),
    keyIds: new Set(),
    users: new Set(),
    deletedUsers: new Set(),
    descriptions: new Map(),
  }
  const keyLives = new KeyLives(acknowledged.requestIds)
  const valueLives = new ValueLives(acknowledged.requestIds)
  let changingRounds = 0
  let server = await startServerProcess(dataDir)
  try {
    await valueLives.prepare(server)
    for (let round = 0; round < rounds; round++) {
      const changing = () => [
        ...Array.from({ length: 12 }, (_, worker) => work(server, `${round}-${worker}`, acknowledged)),
        ...Array.from({ length: 3 }, () => keyLives.work(server, 'generated')),
        keyLives.work(server, 'imported'),
        ...(['secret', 'parameter', 'function'] as const).map((kind) => valueLives.work(server, kind)),
      ]
      // Where no call changes anything, records are written by a thread of their own.
      const reading = () => Array.from({ length: 24 }, () => read(server, acknowledged))
      const reads = round % 4 === 3
      if (!reads) changingRounds++
      const workers = reads ? reading() : changing()
      const before = acknowledged.requestIds.size
      const isUnderWay = () => acknowledged.requestIds.size > before && (reads || keyLives.size > changingRounds * 2)
      await eventually(isUnderWay, Boolean, 60_000)
      await pause(150 + random() * 700)
      await server.kill()
      await Promise.all(workers)
      await examine(dataDir, acknowledged)
      server = await startServerProcess(dataDir)
      await examineServed(server, acknowledged)
      await keyLives.examine(server)
      await valueLives.examine(server)
    }
    assert.equal(await server.stop(), 0)
    await examine(dataDir, acknowledged)
    assert.ok(
      acknowledged.requestIds.size > rounds * 20,
      `only ${acknowledged.requestIds.size} calls were acknowledged`,
    )
    assert.ok(keyLives.size > changingRounds * 2, `only ${keyLives.size} keys lived`)
    // On a busy machine a round may end before the first of them is made.
    assert.ok(valueLives.size * 3 >= changingRounds, `only ${valueLives.size} secrets, parameters or functions lived`)
  } finally {
    await server.kill()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Makes calls that change nothing until the server is gone. */
async function read({ port, credentials }: ServerProcess, { requestIds }: Acknowledged): Promise<void> {
  const request = signJson(
    { port, service: 'kms', operation: 'GenerateRandom', input: { NumberOfBytes: 8 } },
    credentials,
  )
  for (let turn = 0; turn < 10_000; turn++) {
    const answer = await send(port, request).catch(() => undefined)
    if (!answer) return
    assert.equal(answer.status, 200, answer.body)
    requestIds.add(String(answer.headers['x-amzn-requestid']))
  }
}

/** Calls until the server is gone; whatever answers with success goes on the list. */
async function work({ port, credentials }: ServerProcess, name: string, acknowledged: Acknowledged): Promise<void> {
  let keyId = ''
  let userName = ''
  for (let turn = 0; turn < 10_000; turn++) {
    try {
      const answer = await call(turn)
      assert.equal(answer.status, 200, answer.body)
      acknowledged.requestIds.add(String(answer.headers['x-amzn-requestid']))
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      return
    }
  }

  async function call(turn: number) {
    if (turn % 4 === 0) {
      const answer = await send(
        port,
        signJson({ port, service: 'kms', operation: 'CreateKey', input: {} }, credentials),
      )
      keyId = JSON.parse(answer.body).KeyMetadata.KeyId
      acknowledged.keyIds.add(keyId)
      return answer
    }
    // An account has 5,000 users at most, so that one in four stays.
    if (turn % 8 === 5 && turn % 32 !== 5) {
      acknowledged.users.delete(userName)
      const form = { Action: 'DeleteUser', UserName: userName }
      const answer = await send(port, signQuery({ port, service: 'iam', form }, credentials))
      acknowledged.deletedUsers.add(userName)
      return answer
    }
    if (turn % 8 === 1) {
      userName = `u-${name}-${turn}`
      const form = { Action: 'CreateUser', UserName: userName }
      const answer = await send(port, signQuery({ port, service: 'iam', form }, credentials))
      acknowledged.users.add(userName)
      return answer
    }
    if (turn % 4 === 2) {
      const Description = `${name} ${turn}`
      const input = { KeyId: keyId, Description }
      const answer = await send(
        port,
        signJson({ port, service: 'kms', operation: 'UpdateKeyDescription', input }, credentials),
      )
      acknowledged.descriptions.set(keyId, Description)
      return answer
    }
    const input = { KeyId: keyId, Plaintext: Buffer.from('x').toString('base64') }
    return send(port, signJson({ port, service: 'kms', operation: 'Encrypt', input }, credentials))
  }
}

/** What the files say while no server runs. */
async function examine(dataDir: string, { requestIds }: Acknowledged): Promise<void> {
  const directory = new DataDirectory(dataDir)
  const database = new DatabaseSync(directory.database)
  try {
    assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' })
    const times = new Map<string, number>()
    for (const row of database.prepare('SELECT record FROM ledger_records').iterate()) {
      const { requestID } = JSON.parse(String(row.record)) as { requestID: string }
      times.set(requestID, (times.get(requestID) ?? 0) + 1)
    }
    for (const requestId of requestIds) assert.equal(times.get(requestId), 1, `call ${requestId} in the ledger`)
  } finally {
    database.close()
  }
  const report = await verifyLedgerOf({ dataDir })
  assert.equal(report.sound, true, JSON.stringify(report))
}

/** What the server says after its restart. */
async function examineServed({ port, credentials }: ServerProcess, acknowledged: Acknowledged): Promise<void> {
  for (const KeyId of sample(acknowledged.keyIds, 40)) {
    const describe = signJson({ port, service: 'kms', operation: 'DescribeKey', input: { KeyId } }, credentials)
    const answer = await send(port, describe)
    assert.equal(answer.status, 200, answer.body)
    const description = acknowledged.descriptions.get(KeyId)
    if (description) assert.equal(JSON.parse(answer.body).KeyMetadata.Description, description)
  }
  const getUser = (UserName: string) =>
    send(port, signQuery({ port, service: 'iam', form: { Action: 'GetUser', UserName } }, credentials))
  for (const userName of sample(acknowledged.users, 40)) {
    const answer = await getUser(userName)
    assert.equal(answer.status, 200, answer.body)
  }
  for (const userName of sample(acknowledged.deletedUsers, 40)) {
    const answer = await getUser(userName)
    assert.equal(answer.status, 404, answer.body)
  }
}

const sample = <T>(items: Set<T>, most: number): T[] => {
  const all = [...items]
  const step = Math.max(1, Math.floor(all.length / most))
  return all.filter((_, place) => place % step === 0)
}
