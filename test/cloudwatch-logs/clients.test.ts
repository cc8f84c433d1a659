import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  paginateFilterLogEvents,
  ResourceAlreadyExistsException,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Strongroom } from '../../src/server/server.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { aws, clientEnvironment, missing } from '../fixtures/foreign.ts'

let server: Strongroom
let logs: CloudWatchLogsClient
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  const { endpoint, region, credentials } = server
  logs = new CloudWatchLogsClient({ endpoint, region, credentials, maxAttempts: 1 })
})
after(async () => {
  logs.destroy()
  await server.stop()
})

async function newStream(logGroupName: string) {
  const stream = { logGroupName, logStreamName: 's' }
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand(stream))
  return stream
}

const put = (stream: { logGroupName: string; logStreamName: string }, ...messages: string[]) => {
  const timestamp = Date.now()
  const logEvents = messages.map((message) => ({ timestamp, message }))
  return logs.send(new PutLogEventsCommand({ ...stream, logEvents }))
}

test('the JavaScript SDK puts, gets and filters events, page by page', async () => {
  const stream = await newStream('/sdk/one')
  const messages = Array.from({ length: 25 }, (_, n) => `message ${n} of größe ${n % 2}`)
  for (const message of messages) await put(stream, message)
  const { events } = await logs.send(new GetLogEventsCommand({ ...stream, startFromHead: true }))
  assert.deepEqual(
    events?.map(({ message }) => message),
    messages,
  )
  const found: (string | undefined)[] = []
  const search = { logGroupName: stream.logGroupName, filterPattern: '"größe 1"', limit: 5 }
  for await (const page of paginateFilterLogEvents({ client: logs }, search)) {
    found.push(...(page.events ?? []).map(({ message }) => message))
  }
  assert.deepEqual(
    found,
    messages.filter((_, n) => n % 2 === 1),
  )
  await assert.rejects(
    logs.send(new CreateLogGroupCommand({ logGroupName: '/sdk/one' })),
    (error) => error instanceof ResourceAlreadyExistsException,
  )
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/sdk' }))
  assert.equal(logGroups?.[0]?.logGroupName, '/sdk/one')
})

const withoutCli = missing('aws', '--version')

test('the AWS CLI filters events and pages through them', { skip: withoutCli }, async () => {
  await aws(server, ['logs', 'create-log-group', '--log-group-name', '/cli', '--tags', 'team=blue'])
  await aws(server, ['logs', 'create-log-stream', '--log-group-name', '/cli', '--log-stream-name', 's'])
  const event = `timestamp=${Date.now()},message=`
  const to = ['--log-group-name', '/cli', '--log-stream-name', 's']
  const words = ['{"a":1}', '{"a":2}', 'plain'].map((text) => event + JSON.stringify(text))
  await aws(server, ['logs', 'put-log-events', ...to, '--log-events', ...words])
  const filter = ['logs', 'filter-log-events', '--log-group-name', '/cli', '--filter-pattern', '{ $.a > 1 }']
  const { events } = await aws(server, [...filter, '--page-size', '1'])
  assert.deepEqual(
    events.map(({ message }: { message: string }) => message),
    ['{"a":2}'],
  )
  const got = await aws(server, ['logs', 'get-log-events', ...to, '--start-from-head', '--limit', '2'])
  assert.equal(got.events.length, 2)
  const { logGroups } = await aws(server, ['logs', 'describe-log-groups', '--log-group-name-pattern', 'cli'])
  const arn = logGroups[0].logGroupArn
  assert.deepEqual(await aws(server, ['logs', 'list-tags-for-resource', '--resource-arn', arn]), {
    tags: { team: 'blue' },
  })
})

test('the AWS CLI makes a metric filter and runs a query', { skip: withoutCli }, async () => {
  const stream = await newStream('/cli/query')
  await put(stream, '{"ms":10}', '{"ms":32}')
  const group = ['--log-group-name', '/cli/query']
  const transformation = 'metricName=ms,metricNamespace=App,metricValue=$.ms,unit=Milliseconds'
  const filter = ['--filter-name', 'ms', '--filter-pattern', '{ $.ms > 0 }', '--metric-transformations', transformation]
  await aws(server, ['logs', 'put-metric-filter', ...group, ...filter])
  const { metricFilters } = await aws(server, ['logs', 'describe-metric-filters', ...group])
  assert.equal(metricFilters[0].metricTransformations[0].metricValue, '$.ms')
  const seconds = Math.floor(Date.now() / 1000)
  const range = ['--start-time', `${seconds - 60}`, '--end-time', `${seconds + 60}`]
  const query = ['--query-string', 'stats sum(ms) as total, count(*) as n']
  const { queryId } = await aws(server, ['logs', 'start-query', ...group, ...range, ...query])
  const { results } = await eventually(
    () => aws(server, ['logs', 'get-query-results', '--query-id', queryId]),
    ({ status }) => status === 'Complete',
  )
  assert.deepEqual(results, [
    [
      { field: 'total', value: '42' },
      { field: 'n', value: '2' },
    ],
  ])
})

// Version 1 of the AWS CLI has no `tail`. This is what `aws logs tail --follow` of version 2 does: read all pages, then begin again
// at the time of the latest event, and pass over ids that were shown.
const tail = `
import boto3, sys, time
logs = boto3.client('logs')
asked = {'logGroupIdentifier': sys.argv[1], 'interleaved': True, 'startTime': int(time.time() * 1000) - 600000}
shown, latest = set(), 0
while True:
    answer = logs.filter_log_events(**asked)
    for event in answer['events']:
        latest = max(latest, event['timestamp'])
        if event['eventId'] not in shown:
            shown.add(event['eventId'])
            print(event['logStreamName'], event['message'], flush=True)
    if 'nextToken' in answer:
        asked['nextToken'] = answer['nextToken']
    else:
        asked.pop('nextToken', None)
        if latest: asked['startTime'] = latest
        time.sleep(0.05)
`

test('a client that follows a group sees each event once', {
  skip: missing('python3', '-c', 'import boto3'),
}, async () => {
  const stream = await newStream('/tail')
  await put(stream, 'first')
  const child = spawn('python3', ['-c', tail, '/tail'], { env: clientEnvironment(server, server.credentials) })
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async () => (await lines.next()).value
    assert.equal(await next(), 's first')
    for (const messages of [['second'], ['third', 'fourth'], ['fifth']]) {
      await put(stream, ...messages)
      for (const message of messages) assert.equal(await next(), `s ${message}`)
    }
  } finally {
    child.kill()
  }
})
