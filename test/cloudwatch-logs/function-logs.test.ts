import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { AddPermissionCommand } from '@aws-sdk/client-lambda'
import type { Strongroom } from '../../src/server/server.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { functionRole, functionsOn } from '../fixtures/functions.ts'

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

const writing = {
  Effect: 'Allow',
  Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: '*',
}

const groupsOf = async (name: string) => {
  const { logGroups = [] } = await logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: `/aws/lambda/${name}` }),
  )
  return logGroups.map(({ logGroupName }) => logGroupName)
}

const messagesOf = async (name: string) => {
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}` }))
  return events.map(({ message = '' }) => message)
}

test("a function writes to its log group as its role, with Lambda's lines", async () => {
  const functions = functionsOn(server, await functionRole(server, 'writer', writing))
  const code =
    'export const handler = async (event, context) => { console.log("hello", event.n); return context.logStreamName }'
  await functions.create('writer', { 'index.mjs': code })
  const { result } = await functions.invoke('writer', { n: 1 })
  await functions.invoke('writer', { n: 2 })
  const messages = await eventually(
    () => messagesOf('writer').catch((): string[] => []),
    (found) => found.filter((message) => message.startsWith('REPORT')).length === 2,
  )
  assert.deepEqual(
    messages.map((message) => /^(?:INIT_START|START|END|REPORT)|hello \d/.exec(message)?.[0]),
    ['INIT_START', 'START', 'hello 1', 'END', 'REPORT', 'START', 'hello 2', 'END', 'REPORT'],
  )
  assert.match(messages[1] ?? '', /^START RequestId: [0-9a-f-]{36} Version: \$LATEST\n$/)
  assert.match(
    messages[4] ?? '',
    /^REPORT RequestId: \S+\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\t/,
  )
  const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName: '/aws/lambda/writer' }))
  assert.deepEqual(
    logStreams?.map(({ logStreamName }) => logStreamName),
    [result],
  )
  assert.match(String(result), /^\d{4}\/\d{2}\/\d{2}\/\[\$LATEST\][0-9a-f]{32}$/)
})

test('scenario 43: a function whose role lacks logs permissions runs, and no log group appears', async () => {
  const functions = functionsOn(server, await functionRole(server, 'silent'))
  await functions.create('silent', { 'index.mjs': 'export const handler = async () => { console.log("x"); return 1 }' })
  for (let n = 0; n < 3; n++) assert.equal((await functions.invoke('silent')).result, 1)
  // What a function with permission writes comes later, so that the other one had its turn.
  const allowed = functionsOn(server, await functionRole(server, 'loud', writing))
  await allowed.create('loud', { 'index.mjs': 'export const handler = async () => 1' })
  await allowed.invoke('loud')
  await eventually(async () => (await groupsOf('loud')).length === 1)
  assert.deepEqual(await groupsOf('silent'), [])
})

test('a subscribed function gets what is put, and shows it in its own log', async () => {
  const role = await functionRole(server, 'subscriber', writing)
  const functions = functionsOn(server, role)
  const code = 'export const handler = async (event) => { console.log(event.awslogs.data) }'
  const { FunctionArn } = await functions.create('subscriber', { 'index.mjs': code })
  const stream = { logGroupName: 'watched', logStreamName: 's' }
  await logs.send(new CreateLogGroupCommand(stream))
  await logs.send(new CreateLogStreamCommand(stream))
  const filter = { logGroupName: 'watched', filterName: 'f', filterPattern: 'ERROR', destinationArn: FunctionArn }
  await assert.rejects(logs.send(new PutSubscriptionFilterCommand(filter)), /Could not execute the lambda function/)
  await functions.lambda.send(
    new AddPermissionCommand({
      ...{ FunctionName: 'subscriber', StatementId: 'logs', Action: 'lambda:InvokeFunction' },
      Principal: 'logs.amazonaws.com',
      SourceArn: `arn:aws:logs:${server.region}:${FunctionArn?.split(':')[4]}:log-group:watched:*`,
    }),
  )
  await logs.send(new PutSubscriptionFilterCommand(filter))
  const timestamp = Date.now()
  const logEvents = ['fine', 'ERROR one'].map((message) => ({ timestamp, message }))
  await logs.send(new PutLogEventsCommand({ ...stream, logEvents }))
  const sent = await eventually(async () => {
    const lines = (await messagesOf('subscriber').catch(() => [])).map((line) => line.split('\t').at(-1)?.trim() ?? '')
    const payloads = lines.filter((line) => line.startsWith('H4sI'))
    const contents = payloads.map((line) => JSON.parse(gunzipSync(Buffer.from(line, 'base64')).toString()))
    return contents.find(({ messageType }) => messageType === 'DATA_MESSAGE')
  })
  assert.deepEqual(
    sent.logEvents.map(({ message }: { message: string }) => message),
    ['ERROR one'],
  )
})
