import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  LimitExceededException,
  PutLogEventsCommand,
  ResourceNotFoundException,
  SessionTimeoutException,
  StartLiveTailCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { type Strongroom, startStrongroom } from '../../src/server/server.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { findAwsCli2 } from '../fixtures/aws-cli-2.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { clientEnvironment, missing } from '../fixtures/foreign.ts'

let server: Strongroom
let logs: CloudWatchLogsClient
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  logs = clientOf(server)
})
after(async () => {
  logs.destroy()
  await server.stop()
})

// The SDK would ask `stream-127.0.0.1`.
const clientOf = ({ endpoint, region, credentials }: Strongroom) =>
  new CloudWatchLogsClient({ endpoint, region, credentials, maxAttempts: 1, disableHostPrefix: true })

const arnOf = (logGroupName: string) => `arn:aws:logs:${server.region}:${server.accountId}:log-group:${logGroupName}`

async function newStream(logGroupName: string, client = logs) {
  const stream = { logGroupName, logStreamName: 's' }
  await client.send(new CreateLogGroupCommand({ logGroupName }))
  await client.send(new CreateLogStreamCommand(stream))
  return stream
}

const put = (stream: { logGroupName: string; logStreamName: string }, ...messages: string[]) => {
  const timestamp = Date.now()
  const logEvents = messages.map((message) => ({ timestamp, message }))
  return logs.send(new PutLogEventsCommand({ ...stream, logEvents }))
}

async function startTail(logGroupName: string, client = logs, more: object = {}) {
  const { responseStream } = await client.send(
    new StartLiveTailCommand({ logGroupIdentifiers: [arnOf(logGroupName)], ...more }),
  )
  assert.ok(responseStream)
  return responseStream[Symbol.asyncIterator]()
}

test('the JavaScript SDK follows a group by StartLiveTail', async () => {
  const stream = await newStream('/live/sdk')
  const client = clientOf(server)
  const tail = await startTail('/live/sdk', client, { logEventFilterPattern: 'größe' })
  const { value: first } = await tail.next()
  assert.equal(first.sessionStart?.logEventFilterPattern, 'größe')
  const messages: (string | undefined)[] = []
  await put(stream, 'größe 1', 'other')
  for (let n = 0; n < 2; n++) {
    const { value } = await tail.next()
    assert.equal(value.sessionUpdate?.sessionMetadata?.sampled, false)
    messages.push(...(value.sessionUpdate?.sessionResults ?? []).map(({ message }: { message?: string }) => message))
  }
  assert.deepEqual(messages, ['größe 1'])
  client.destroy()
  await assert.rejects(startTail('/none'), (error) => error instanceof ResourceNotFoundException)
})

test('a session ends for the server when its client goes away', async () => {
  await newStream('/live/gone')
  const client = clientOf(server)
  for (let n = 0; n < 15; n++) await (await startTail('/live/gone', client)).next()
  await assert.rejects(startTail('/live/gone'), (error) => error instanceof LimitExceededException)
  client.destroy()
  const other = clientOf(server)
  await eventually(() => startTail('/live/gone', other).catch(() => undefined))
  other.destroy()
})

test('a session that lasts for three hours ends with its exception, and one at the stop of the server ends', async () => {
  const own = await startStrongroom({ dev: true, ephemeral: true, port: 0, logLevel: 'silent' })
  const client = clientOf(own)
  try {
    await newStream('/live/long', client)
    const long = await startTail('/live/long', client)
    await long.next()
    await own.advance(3 * 3600)
    const ends = async () => {
      while (!(await long.next()).done);
    }
    await assert.rejects(ends(), (error) => error instanceof SessionTimeoutException)
    const other = await startTail('/live/long', client)
    await other.next()
    const stopped = own.stop()
    while (!(await other.next()).done);
    await stopped
  } finally {
    client.destroy()
    await own.stop()
  }
})

/** Reads the lines that a program prints. It is ended with the test. */
function linesOf(child: ChildProcess): () => Promise<string | undefined> {
  assert.ok(child.stdout)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async () => (await lines.next()).value
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  await ended
}

const cli2 = findAwsCli2()

// They mostly wait.
describe('both versions of the AWS CLI', { concurrency: true }, () => {
  test('the AWS CLI follows a group by start-live-tail', { skip: missing('aws', '--version') }, async () => {
    const stream = await newStream('/live/cli')
    const args = ['logs', 'start-live-tail', '--log-group-identifiers', arnOf('/live/cli')]
    const env = { ...clientEnvironment(server, server.credentials), AWS_DISABLE_HOST_PREFIX_INJECTION: 'true' }
    const child = spawn('aws', args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const next = linesOf(child)
      const printed = next()
      // It does not say when its session begins.
      const putting = setInterval(() => void put(stream, 'a line'), 500)
      try {
        assert.equal(await printed, 'a line')
      } finally {
        clearInterval(putting)
      }
    } finally {
      await end(child)
    }
  })

  test('version 2 of the AWS CLI follows a group by `aws logs tail --follow`', {
    skip: typeof cli2 === 'string' && cli2,
  }, async () => {
    assert.ok(typeof cli2 !== 'string')
    const stream = await newStream('/tail/cli')
    await put(stream, 'first')
    const args = ['--endpoint-url', server.endpoint, 'logs', 'tail', '/tail/cli', '--follow', '--format', 'short']
    const env = { ...clientEnvironment(server, server.credentials), ...cli2.env }
    const child = spawn(cli2.command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const next = linesOf(child)
      assert.match((await next()) ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d first$/)
      await put(stream, 'second', 'third')
      for (const message of ['second', 'third']) assert.equal((await next())?.split(' ').at(-1), message)
    } finally {
      await end(child)
    }
  })
})
