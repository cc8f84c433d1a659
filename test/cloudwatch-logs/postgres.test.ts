import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  GetQueryResultsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  StartLiveTailCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { startStrongroom } from '../../src/server/server.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { startPostgres } from '../fixtures/postgres.ts'

test('two servers on one PostgreSQL database write to a group, read, query, merge and expire it', async (t) => {
  const postgres = await startPostgres()
  if (typeof postgres === 'string') return t.skip(postgres)
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-logs-postgres-'))
  const databaseUrl = await postgres.newDatabase()
  const rootKey = { kind: 'value', value: 'cd'.repeat(32), from: 'the test' } as const
  const start = (name: string) =>
    startStrongroom({ port: 0, databaseUrl, dataDir: join(dataDir, name), rootKey, logLevel: 'error', dev: true })
  const servers = [await start('a'), await start('b')]
  const clients = servers.map(
    ({ endpoint, region, credentials }) =>
      new CloudWatchLogsClient({ endpoint, region, credentials, maxAttempts: 1, disableHostPrefix: true }),
  )
  const [one, other] = clients
  assert.ok(one && other)
  try {
    await one.send(new CreateLogGroupCommand({ logGroupName: 'g' }))
    for (const logStreamName of ['s1', 's2']) {
      await one.send(new CreateLogStreamCommand({ logGroupName: 'g', logStreamName }))
    }
    const nowMs = Date.now()
    const put = (client: CloudWatchLogsClient, logStreamName: string, n: number) =>
      client.send(
        new PutLogEventsCommand({
          ...{ logGroupName: 'g', logStreamName },
          logEvents: [{ timestamp: nowMs - 5000 + n, message: `{"n":${n},"von":"größe"}` }],
        }),
      )
    await Promise.all(Array.from({ length: 40 }, (_, n) => put(n % 2 ? one : other, `s${((n % 4) >> 1) + 1}`, n)))
    const numbers = (events: readonly { message?: string | undefined }[] = []) =>
      events.map(({ message = '' }) => JSON.parse(message).n)
    const all = Array.from({ length: 40 }, (_, n) => n)
    for (const client of clients) {
      const search = { logGroupName: 'g', filterPattern: '{ $.n >= 10 }', logStreamNames: ['s1', 's2'] }
      assert.deepEqual(numbers((await client.send(new FilterLogEventsCommand(search))).events), all.slice(10))
      const prefixed = await client.send(new FilterLogEventsCommand({ logGroupName: 'g', logStreamNamePrefix: 's' }))
      assert.deepEqual(numbers(prefixed.events), all)
      const newest = await client.send(new GetLogEventsCommand({ logGroupName: 'g', logStreamName: 's1', limit: 3 }))
      assert.deepEqual(numbers(newest.events), [33, 36, 37])
    }
    const byLast = { logGroupName: 'g', orderBy: 'LastEventTime', descending: true } as const
    const { logStreams } = await other.send(new DescribeLogStreamsCommand(byLast))
    assert.deepEqual(
      logStreams?.map(({ logStreamName }) => logStreamName),
      ['s2', 's1'],
    )
    const { logGroups } = await other.send(new DescribeLogGroupsCommand({}))
    assert.ok((logGroups?.[0]?.storedBytes ?? 0) > 800)
    const seconds = Math.floor(nowMs / 1000)
    const query = { logGroupName: 'g', startTime: seconds - 60, endTime: seconds, queryString: 'stats sum(n) as total' }
    const { queryId } = await one.send(new StartQueryCommand(query))
    const { results } = await eventually(
      () => other.send(new GetQueryResultsCommand({ queryId })),
      ({ status }) => status === 'Complete',
    )
    assert.deepEqual(results, [[{ field: 'total', value: '780' }]])
    await other.send(new DeleteLogStreamCommand({ logGroupName: 'g', logStreamName: 's2' }))
    const left = await one.send(new FilterLogEventsCommand({ logGroupName: 'g' }))
    assert.equal(left.events?.length, 20)
    await followsBoth(one, `${logGroups?.[0]?.logGroupArn}`, () =>
      Promise.all([put(one, 's1', 50), put(other, 's1', 51)]),
    )
    await one.send(new PutRetentionPolicyCommand({ logGroupName: 'g', retentionInDays: 1 }))
    await one.send(new DeleteLogGroupCommand({ logGroupName: 'g' }))
  } finally {
    for (const client of clients) client.destroy()
    for (const server of servers) await server.stop()
    await postgres.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})

/** Checks that a session shows once what comes by its own node and by the other one, and nothing that was there before. */
async function followsBoth(client: CloudWatchLogsClient, arn: string, put: () => Promise<unknown>) {
  const { responseStream } = await client.send(new StartLiveTailCommand({ logGroupIdentifiers: [arn] }))
  const seen: (string | undefined)[] = []
  let updates = 0
  for await (const { sessionStart, sessionUpdate } of responseStream ?? []) {
    if (sessionStart) await put()
    seen.push(...(sessionUpdate?.sessionResults ?? []).map(({ message }) => message))
    if (++updates === 4) break
  }
  assert.deepEqual(
    seen.map((message) => JSON.parse(message ?? '').n),
    [50, 51],
  )
}
