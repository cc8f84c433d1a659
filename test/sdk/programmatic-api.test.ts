import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { CreateUserCommand, GetUserCommand } from '@aws-sdk/client-iam'
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  ListKeysCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts'
import { ConfigError, startStrongroom } from '../../src/server/server.ts'
import { clientsOf, credentialsOf, startTestServer } from '../fixtures/clients.ts'

const day = 86_400

test('many servers run side by side in one process, each with its own state and clock', async () => {
  const servers = await Promise.all(Array.from({ length: 6 }, () => startTestServer()))
  try {
    await Promise.all(servers.map((server) => clientsOf(server).kms.send(new CreateKeyCommand({}))))
    await servers[0]?.advance(400 * day)
    const [first, ...others] = await Promise.all(
      servers.map(async (server) => (await clientsOf(server).kms.send(new ListKeysCommand({}))).Keys?.[0]?.KeyId),
    )
    assert.equal(new Set([first, ...others]).size, 6)
    const [moved, unmoved] = servers.map((server) => server.now().getTime())
    assert.ok((moved ?? 0) - (unmoved ?? 0) > 399 * day * 1000)
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
})

test('reset leaves nothing but the account and its root credentials, and sets the clock back', async () => {
  const server = await startTestServer({ accountId: '123456789012' })
  try {
    const { iam, sts, cloudtrail } = clientsOf(server)
    await iam.send(new CreateUserCommand({ UserName: 'gone' }))
    await server.advance(day)
    await server.reset()
    assert.ok(Math.abs(server.now().getTime() - Date.now()) < 60_000)
    const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}))
    assert.deepEqual([Account, Arn], ['123456789012', 'arn:aws:iam::123456789012:root'])
    await assert.rejects(iam.send(new GetUserCommand({ UserName: 'gone' })), { name: 'NoSuchEntityException' })
    const { Events = [] } = await cloudtrail.send(new LookupEventsCommand({}))
    assert.deepEqual(
      Events.map(({ EventName }) => EventName).filter((name) => name === 'CreateUser'),
      [],
    )
  } finally {
    await server.stop()
  }
})

test('the clock endpoint moves time, runs what fell due before it answers, and leaves signatures to the wall clock', async () => {
  const server = await startTestServer()
  try {
    const { kms, sts } = clientsOf(server)
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
    const KeyId = KeyMetadata?.KeyId
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
    const session = clientsOf(server, credentialsOf((await sts.send(new GetSessionTokenCommand({}))).Credentials))
    const move = (body: object) =>
      fetch(`${server.endpoint}/_strongroom/clock`, { method: 'POST', body: JSON.stringify(body) })
    const answer = await move({ advanceSeconds: 8 * day })
    assert.equal(answer.status, 200)
    const { now } = (await answer.json()) as { now: string }
    assert.ok(Date.parse(now) - Date.now() > 7.9 * day * 1000)
    await assert.rejects(kms.send(new DescribeKeyCommand({ KeyId })), { name: 'NotFoundException' })
    await assert.rejects(session.sts.send(new GetCallerIdentityCommand({})), { name: 'ExpiredToken' })
    assert.equal((await move({ set: '2027-01-01T00:00:00Z' })).status, 200)
    assert.ok(Math.abs(server.now().getTime() - Date.parse('2027-01-01T00:00:00Z')) < 10_000)
  } finally {
    await server.stop()
  }
})

test('the development endpoints do not exist outside development mode', async () => {
  const server = await startStrongroom({ ephemeral: true, port: 0, logLevel: 'silent' })
  try {
    for (const path of ['reset', 'clock']) {
      const { status } = await fetch(`${server.endpoint}/_strongroom/${path}`, {
        method: 'POST',
        body: '{"advanceSeconds":1}',
      })
      assert.equal(status, 403)
    }
    await assert.rejects(server.advance(1), /development mode/)
    assert.match(server.accountId, /^\d{12}$/)
    assert.notEqual(server.credentials.secretAccessKey, 'test')
    const { Account } = await clientsOf(server).sts.send(new GetCallerIdentityCommand({}))
    assert.equal(Account, server.accountId)
  } finally {
    await server.stop()
  }
})

test('a clock can be given to start at, and reset goes back to it', async () => {
  const clock = new Date('2031-05-01T00:00:00Z')
  const server = await startTestServer({ clock })
  try {
    const isAtStart = () => Math.abs(server.now().getTime() - clock.getTime()) < 60_000
    assert.ok(isAtStart())
    const { KeyMetadata } = await clientsOf(server).kms.send(new CreateKeyCommand({}))
    assert.equal(KeyMetadata?.CreationDate?.getUTCFullYear(), 2031)
    await server.advance(day)
    await server.reset()
    assert.ok(isAtStart())
  } finally {
    await server.stop()
  }
  await assert.rejects(startStrongroom({ clock, ephemeral: true, port: 0 }), ConfigError)
})

test('the clock takes no time that is none, or beyond the year 9000, and stays where it is', {
  timeout: 20_000,
}, async () => {
  const server = await startTestServer()
  try {
    const { kms } = clientsOf(server)
    // Without a limit its rotation would fall due without end.
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
    await kms.send(new EnableKeyRotationCommand({ KeyId: KeyMetadata?.KeyId, RotationPeriodInDays: 90 }))
    for (const seconds of [Number.POSITIVE_INFINITY, Number.NaN, -1, 1e300]) {
      await assert.rejects(server.advance(seconds), RangeError)
    }
    for (const time of [Number.NaN, -1, Date.parse('9000-01-01T00:00:00.001Z')]) {
      await assert.rejects(server.setTime(new Date(time)), /between 1970 and the year 9000/)
    }
    const set = { method: 'POST', body: '{"set": "9000-01-01T00:00:01Z"}' }
    assert.equal((await fetch(`${server.endpoint}/_strongroom/clock`, set)).status, 400)
    assert.ok(Math.abs(server.now().getTime() - Date.now()) < 60_000)
  } finally {
    await server.stop()
  }
})

test('options that do not fit are refused before anything starts', async () => {
  await assert.rejects(startStrongroom({ dev: true, host: '0.0.0.0', ephemeral: true }), ConfigError)
  await assert.rejects(startStrongroom({ host: '0.0.0.0', ephemeral: true }), /needs TLS/)
  await assert.rejects(startStrongroom({ accountId: '123', ephemeral: true }), ConfigError)
  await assert.rejects(startStrongroom({ port: 70_000, ephemeral: true }), ConfigError)
  await assert.rejects(startTestServer({ clock: new Date(Number.NaN) }), ConfigError)
  await assert.rejects(startTestServer({ clock: new Date('9999-01-01T00:00:00Z') }), /between 1970 and the year 9000/)
  await assert.rejects(
    startTestServer({ settings: { 'kms.throttle': 'true' as never } }),
    /Invalid value 'true' of the setting kms\.throttle: use true or false/,
  )
})

test('a server that cannot listen lets go of its data', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-api-'))
  const first = await startTestServer()
  try {
    const durable = { ephemeral: false, dataDir }
    await assert.rejects(startTestServer({ ...durable, port: first.port }), { code: 'EADDRINUSE' })
    await (await startTestServer(durable)).stop()
  } finally {
    await first.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})

test('stop answers what was accepted and may be called twice', async () => {
  const server = await startTestServer()
  const { kms } = clientsOf(server)
  await kms.send(new ListKeysCommand({}))
  const sent = Array.from({ length: 20 }, () => kms.send(new CreateKeyCommand({})))
  const accepted = Promise.allSettled(sent)
  await Promise.any(sent)
  await Promise.all([server.stop(), server.stop()])
  const results = await accepted
  const refused = results
    .filter((result) => result.status === 'rejected')
    .map(({ reason }) => String(reason.code ?? reason))
  // A request that had not arrived when the server stopped finds a closed port; none is answered with a fault.
  assert.deepEqual(
    refused.filter((code) => !/ECONNREFUSED|ECONNRESET|EPIPE/.test(code)),
    [],
  )
  assert.ok(results.length - refused.length > 0)
})

test('after stop nothing brings the server back: reset and moves of the clock are refused, and its data stay', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-api-'))
  const start = () => startTestServer({ ephemeral: false, dataDir })
  try {
    const first = await start()
    const { KeyMetadata } = await clientsOf(first).kms.send(new CreateKeyCommand({}))
    const stopped = first.stop()
    const isRefused = { name: 'StoppedError', message: /was stopped/ }
    await assert.rejects(first.reset(), isRefused)
    await stopped
    await assert.rejects(first.reset(), isRefused)
    await assert.rejects(first.advance(day), isRefused)
    await assert.rejects(first.setTime(new Date('2030-01-01T00:00:00Z')), isRefused)
    await first.stop()
    const second = await start()
    try {
      await clientsOf(second).kms.send(new DescribeKeyCommand({ KeyId: KeyMetadata?.KeyId }))
    } finally {
      await second.stop()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})

test('resets run one after another, and stop waits for the one that has begun', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-api-'))
  const server = await startTestServer({ ephemeral: false, dataDir })
  try {
    await Promise.all([server.reset(), server.reset(), server.advance(day), server.reset()])
    const { kms } = clientsOf(server)
    await kms.send(new CreateKeyCommand({}))
    const begun = server.reset()
    const queued = assert.rejects(server.reset(), { name: 'StoppedError' })
    // Past its first step: the runtime is being closed.
    await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([server.stop(), begun, queued])
    await assert.rejects(kms.send(new ListKeysCommand({})), { code: 'ECONNREFUSED' })
    // The lock is free, and no runtime was left open behind it.
    await (await startTestServer({ ephemeral: false, dataDir })).stop()
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})

test("operators' questions asked while the server is reset are answered, each of them", async () => {
  const server = await startStrongroom({ dev: true, ephemeral: true, port: 0, logLevel: 'silent' })
  try {
    const ask = (path: string, method = 'GET', body?: string) =>
      fetch(`${server.endpoint}/_strongroom/${path}`, { method, body })
    const resets = [server.reset(), ask('reset', 'POST'), ask('reset', 'POST')]
    const asked = Array.from({ length: 10 }, () => [
      ask('health'),
      ask('ready'),
      ask('metrics'),
      ask('clock'),
      ask('clock', 'POST', '{"advanceSeconds":1}'),
    ])
    const statuses = (await Promise.all(asked.flat())).map(({ status }) => status)
    assert.deepEqual(new Set(statuses), new Set([200]))
    await Promise.all(resets)
  } finally {
    await server.stop()
  }
})

test('a server whose reset failed can be stopped', { timeout: 20_000 }, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-api-'))
  const server = await startTestServer({ ephemeral: false, dataDir })
  rmSync(dataDir, { recursive: true })
  await assert.rejects(server.reset())
  await server.stop()
})

test('a long move of the clock lets others be served, and stop ends it where it is', { timeout: 60_000 }, async () => {
  const server = await startTestServer()
  const { kms } = clientsOf(server)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  await kms.send(new EnableKeyRotationCommand({ KeyId: KeyMetadata?.KeyId, RotationPeriodInDays: 90 }))
  const target = new Date('8999-01-01T00:00:00Z')
  const startMs = server.now().getTime()
  const isStopped = { name: 'StoppedError', message: /was stopped.* had come to / }
  const moved = assert.rejects(server.setTime(target), isStopped)
  const asked = fetch(`${server.endpoint}/_strongroom/clock`, {
    method: 'POST',
    body: JSON.stringify({ set: '8999-01-01T00:00:00Z' }),
  })
  while (server.now().getTime() < startMs + 365 * day * 1000) await kms.send(new ListKeysCommand({}))
  const stoppedAtMs = performance.now()
  await server.stop()
  assert.ok(performance.now() - stoppedAtMs < 5000)
  await moved
  const answer = await asked
  assert.equal(answer.status, 503)
  assert.match(((await answer.json()) as { message: string }).message, /was stopped/)
  assert.ok(server.now() < target)
})
