import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import {
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  GetFunctionEventInvokeConfigCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  GetProvisionedConcurrencyConfigCommand,
  ListEventSourceMappingsCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
  ListProvisionedConcurrencyConfigsCommand,
} from '@aws-sdk/client-lambda'
import aws4 from 'aws4'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { functionRole, functionsOn } from '../fixtures/functions.ts'
import { send } from '../fixtures/raw-client.ts'

let server: Strongroom
let functions: ReturnType<typeof functionsOn>
before(async () => {
  server = await startTestServer()
  functions = functionsOn(server, await functionRole(server, 'http'))
})
after(() => server.stop())

const path = '/2015-03-31/functions'

/** Signs a request with aws4, a signer that knows nothing of Strongroom. */
function signed(method: string, to: string, body = '') {
  const request = { service: 'lambda', region: 'us-east-1', method, path: to, host: `127.0.0.1:${server.port}`, body }
  const { headers = {} } = aws4.sign(request, server.credentials)
  return {
    method,
    path: to,
    body,
    headers: Object.fromEntries(Object.entries(headers).map(([n, v]) => [n, String(v)])),
  }
}

const ask = (method: string, to: string, body?: string) => send(server.port, signed(method, to, body))

test('scenario 13: a function is asked for by its ARN in the path, which is signed encoded twice', async () => {
  const { FunctionArn } = await functions.create('named', { 'index.mjs': 'export const handler = async () => 1' })
  const { Configuration } = await functions.lambda.send(new GetFunctionCommand({ FunctionName: FunctionArn }))
  assert.equal(Configuration?.FunctionName, 'named')
  const { status, body } = await ask('GET', `${path}/${encodeURIComponent(FunctionArn ?? '')}/configuration`)
  assert.deepEqual([status, JSON.parse(body).FunctionArn], [200, FunctionArn])
})

test('unknown paths, wrong methods, unbuilt operations and unsigned requests are refused in Lambda’s form', async () => {
  const unknown = await ask('GET', '/2015-03-31/nothing')
  assert.deepEqual([unknown.status, unknown.headers['x-amzn-errortype']], [404, 'UnknownOperationException'])
  const wrongMethod = await ask('PATCH', `${path}/f`)
  assert.deepEqual([wrongMethod.status, wrongMethod.headers['x-amzn-errortype']], [405, 'MethodNotAllowedException'])
  const unbuilt = await ask('GET', '/2025-11-30/capacity-providers')
  assert.deepEqual([unbuilt.status, unbuilt.headers['x-amzn-errortype']], [400, 'NotImplementedException'])
  assert.match(unbuilt.body, /AWS Lambda ListCapacityProviders/)
  const unsigned = await send(server.port, { method: 'GET', path, headers: {}, body: '' })
  assert.deepEqual([unsigned.status, JSON.parse(unsigned.body)], [403, { message: 'Missing Authentication Token' }])
  assert.equal(unsigned.headers['x-amzn-errortype'], 'MissingAuthenticationTokenException')
})

test('paths that differ by their query alone reach their operations, which are recorded under AWS’s names', async () => {
  const { lambda } = functions
  const FunctionName = 'plain'
  await functions.create(FunctionName, { 'index.mjs': 'export const handler = async () => 1' }, { Publish: true })
  assert.deepEqual((await lambda.send(new ListLayersCommand({}))).Layers, [])
  const layer = { LayerName: 'l', VersionNumber: 1 }
  const missing = { name: 'ResourceNotFoundException', message: 'The resource you requested does not exist.' }
  await assert.rejects(lambda.send(new GetLayerVersionCommand(layer)), missing)
  await assert.rejects(lambda.send(new GetLayerVersionPolicyCommand(layer)), missing)
  const Arn = 'arn:aws:lambda:us-east-1:000000000000:layer:l:1'
  await assert.rejects(lambda.send(new GetLayerVersionByArnCommand({ Arn })), missing)
  await lambda.send(new ListLayerVersionsCommand({ LayerName: 'l' }))
  await lambda.send(new ListEventSourceMappingsCommand({}))
  await assert.rejects(
    lambda.send(new GetEventSourceMappingCommand({ UUID: '0f7d1a52-4b6e-4f5c-9a43-3f8e2d7c1b60' })),
    missing,
  )
  const provisioned = await lambda.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName }))
  assert.deepEqual(provisioned.ProvisionedConcurrencyConfigs, [])
  await assert.rejects(lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: '1' })), {
    name: 'ProvisionedConcurrencyConfigNotFoundException',
  })
  await assert.rejects(lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })), {
    name: 'ResourceNotFoundException',
    message:
      "The function arn:aws:lambda:us-east-1:000000000000:function:plain:$LATEST doesn't have an EventInvokeConfig",
  })
  const { Events = [] } = await clientsOf(server).cloudtrail.send(new LookupEventsCommand({ MaxResults: 10 }))
  assert.deepEqual(
    Events.map(({ EventName }) => EventName),
    [
      'GetFunctionEventInvokeConfig',
      'GetProvisionedConcurrencyConfig',
      'ListProvisionedConcurrencyConfigs',
      'GetEventSourceMapping20150331',
      'ListEventSourceMappings20150331',
      'ListLayerVersions20181031',
      'GetLayerVersionByArn20181031',
      'GetLayerVersionPolicy20181031',
      'GetLayerVersion20181031',
      'ListLayers20181031',
    ],
  )
})

test('bad JSON, wrong types and broken constraints are refused with the code in the header', async () => {
  for (const body of ['{', '[]', '"x"', '{"Timeout":"x"}', '{"Code":{"ZipFile":"!"}}']) {
    const { status, headers } = await ask('POST', path, body)
    assert.deepEqual([status, headers['x-amzn-errortype']], [400, 'SerializationException'], body)
  }
  const { status, headers, body } = await ask('POST', path, '{"FunctionName":"a b","Timeout":0}')
  assert.deepEqual([status, headers['x-amzn-errortype']], [400, 'ValidationException'])
  assert.match(
    JSON.parse(body).message,
    /^\d validation errors detected: Value 'a b' at 'functionName' failed to satisfy/,
  )
})

test('a timeout over fifteen minutes is refused in the form of AWS’s constraints', async () => {
  const { status, headers, body } = await ask('PUT', `${path}/named/configuration`, '{"Timeout":901}')
  assert.deepEqual([status, headers['x-amzn-errortype']], [400, 'ValidationException'])
  assert.equal(
    JSON.parse(body).message,
    "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
  )
})

test('a query or a path that was altered after signing is refused', async () => {
  const request = signed('GET', `${path}/named?Qualifier=1`)
  const altered = await send(server.port, { ...request, path: `${path}/named?Qualifier=2` })
  assert.deepEqual([altered.status, altered.headers['x-amzn-errortype']], [403, 'InvalidSignatureException'])
})

test('bodies may be as large as their operation says, and those of others no larger than before', async () => {
  const large = await ask('POST', path, JSON.stringify({ Description: 'x'.repeat(2_000_000) }))
  assert.deepEqual([large.status, large.headers['x-amzn-errortype']], [400, 'ValidationException'])
  const tags = await ask('POST', '/2017-03-31/tags/arn%3Ax', 'x'.repeat(1_100_000)).catch((error) => error)
  if ('status' in tags)
    assert.deepEqual([tags.status, tags.headers['x-amzn-errortype']], [413, 'RequestEntityTooLargeException'])
  else assert.match(String(tags.code), /ECONNRESET|EPIPE/)
})

test('a body that announces too much is refused before it is sent, signed or not', async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => (text += chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 80000000\r\n\r\n`)
    socket.write(Buffer.alloc(1_200_000, 'x'))
  })
  assert.match(answer, /^HTTP\/1\.1 413 /)
  assert.match(answer, /Request must be smaller than 70167211 bytes for the CreateFunction operation/)
})

test('large bodies that come in at one time share the memory set aside for them, and leave the rest of the server alone', async () => {
  const sockets = Array.from({ length: 6 }, () => connect(server.port, '127.0.0.1'))
  const answers = sockets.map(
    (socket) =>
      new Promise<string>((resolve) => {
        socket.once('data', (chunk) => resolve(String(chunk)))
        socket.on('error', () => resolve(''))
        socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 60000000\r\n\r\n`)
        socket.write(Buffer.alloc(1_200_000, 'x'))
      }),
  )
  const first = await Promise.race(answers)
  assert.match(first, /^HTTP\/1\.1 503 /)
  assert.match(first, /taking in other large requests/)
  assert.equal((await ask('GET', path)).status, 200)
  for (const socket of sockets) socket.destroy()
})
