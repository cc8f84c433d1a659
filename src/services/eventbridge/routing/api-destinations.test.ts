import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type {
  CreateApiDestinationResponse,
  CreateConnectionRequest,
  CreateConnectionResponse,
  DescribeConnectionResponse,
} from '@aws-sdk/client-eventbridge'
import { minuteMs } from '../../../core/durations.ts'
import { newEntityId } from '../../../core/identifiers.ts'
import { accountId, alice, newUser, policyOf, region } from '../../../testing/callers.ts'
import { refusedAction } from '../../../testing/typed-calls.ts'
import { kms } from '../../kms/kms.ts'
import { secretsManager } from '../../secrets-manager/secrets-manager.ts'
import { eventsFixture, order } from '../testing.ts'

interface Received {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: string
}

/** An API that answers what `answer` says, 200 by itself. */
async function api(t: TestContext, answer: (request: Received) => number | object = () => 200) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const { method, url, headers } = request
      const one = { method, url, headers, body }
      received.push(one)
      const answered = answer(one)
      response.statusCode = typeof answered === 'number' ? answered : 200
      response.end(typeof answered === 'number' ? '' : JSON.stringify(answered))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const RoleArn = `arn:aws:iam::${accountId}:role/caller`

async function destinationFixture(options: { allowed?: boolean } = {}) {
  const fixture = await eventsFixture({ modules: [secretsManager, kms] })
  const { allowed = true } = options
  await fixture.putRole({
    ...{ arn: RoleArn, roleId: newEntityId('AROA', accountId) },
    trustPolicy: policyOf({
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }),
    policies: allowed ? [policyOf({ Effect: 'Allow', Action: 'events:InvokeApiDestination', Resource: '*' })] : [],
  })
  const { events } = fixture
  const connect = (type: CreateConnectionRequest['AuthorizationType'], AuthParameters: object) =>
    events<CreateConnectionResponse>(
      'CreateConnection',
      { Name: 'c', AuthorizationType: type, AuthParameters },
      { caller: alice },
    )
  return {
    ...fixture,
    connect,
    described: () => events<DescribeConnectionResponse>('DescribeConnection', { Name: 'c' }),
    destination: async (InvocationEndpoint: string, more: object = {}) => {
      const { ConnectionArn } = await events<DescribeConnectionResponse>('DescribeConnection', { Name: 'c' })
      const asked = { Name: 'd', ConnectionArn, InvocationEndpoint, HttpMethod: 'POST', ...more }
      const { ApiDestinationArn = '' } = await events<CreateApiDestinationResponse>('CreateApiDestination', asked)
      return ApiDestinationArn
    },
  }
}

const basic = { BasicAuthParameters: { Username: 'u', Password: 'p' } }

test('an API gets the event, what the target and the connection add, and the credentials', async (t) => {
  const { received, url } = await api(t)
  const { connect, destination, rule, put, settle } = await destinationFixture()
  await connect('API_KEY', {
    ApiKeyAuthParameters: { ApiKeyName: 'X-Api-Key', ApiKeyValue: 'the key' },
    InvocationHttpParameters: {
      HeaderParameters: [{ Key: 'X-Tenant', Value: 'blue', IsValueSecret: false }],
      QueryStringParameters: [{ Key: 'q', Value: 'of the connection' }],
      BodyParameters: [{ Key: 'token', Value: 'in the body' }],
    },
  })
  const Arn = await destination(`${url}/orders/*/lines`)
  const HttpParameters = {
    PathParameterValues: ['$.detail.id'],
    HeaderParameters: { 'X-Source': '$.source', 'Content-Length': '7' },
    QueryStringParameters: { q: 'of the target', r: '1' },
  }
  const target = { Id: 'd', Arn, RoleArn, HttpParameters, InputPath: '$.detail' }
  await rule('r', { source: ['shop'] }, [target])
  await put([order({ id: 'a/b' })])
  await settle()
  assert.equal(received.length, 1)
  const [request] = received
  assert.deepEqual([request?.method, request?.url], ['POST', '/orders/a%2Fb/lines?q=of+the+connection&r=1'])
  assert.deepEqual(JSON.parse(request?.body ?? ''), { id: 'a/b', token: 'in the body' })
  const headers = request?.headers ?? {}
  assert.deepEqual(
    [headers['x-api-key'], headers['x-tenant'], headers['x-source'], headers['user-agent']],
    ['the key', 'blue', 'shop', 'Amazon/EventBridge/ApiDestinations'],
  )
})

test('credentials are in a secret that EventBridge manages, are read as its service-linked role, and are never shown', async (t) => {
  const { received, url } = await api(t)
  const { connect, described, destination, rule, put, settle, call, store, events } = await destinationFixture()
  await connect('BASIC', basic)
  const { SecretArn, AuthParameters, ConnectionState } = await described()
  assert.match(SecretArn ?? '', /:secret:events!connection\/c\/[0-9a-f-]{36}-\w{6}$/)
  assert.deepEqual([AuthParameters, ConnectionState], [{ BasicAuthParameters: { Username: 'u' } }, 'AUTHORIZED'])
  const secret = (await call('secretsmanager', 'DescribeSecret', { SecretId: SecretArn })) as { OwningService: string }
  assert.equal(secret.OwningService, 'events')
  await assert.rejects(call('secretsmanager', 'DeleteSecret', { SecretId: SecretArn }), {
    message: 'This secret is managed by an AWS service, and you must use that service to update it.',
  })
  await rule('r', { source: ['shop'] }, [{ Id: 'd', Arn: await destination(url), RoleArn }])
  await put([order()])
  await settle()
  assert.equal(received[0]?.headers.authorization, `Basic ${Buffer.from('u:p').toString('base64')}`)
  const read = store.records.find(({ eventName }) => eventName === 'GetSecretValue')
  assert.match(String(read?.userIdentity.arn), /assumed-role\/AWSServiceRoleForAmazonEventBridgeApiDestinations\//)
  assert.ok(!JSON.stringify(store.records).includes('"p"'))
  await assert.rejects(events('DeleteConnection', { Name: 'c' }), { code: 'ConcurrentModificationException' })
  await events('DeleteApiDestination', { Name: 'd' })
  await events('DeleteConnection', { Name: 'c' })
  await assert.rejects(call('secretsmanager', 'DescribeSecret', { SecretId: SecretArn }), {
    code: 'ResourceNotFoundException',
  })
})

test('a connection needs the permissions for its secret', async () => {
  const { events, putUser } = await destinationFixture()
  const bob = newUser('bob')
  await putUser(bob, [policyOf({ Effect: 'Allow', Action: 'events:*', Resource: '*' })])
  const asked = { Name: 'c', AuthorizationType: 'BASIC', AuthParameters: basic }
  assert.equal(await refusedAction(events('CreateConnection', asked, { caller: bob })), 'secretsmanager:CreateSecret')
})

test('client credentials get a token, which is used until the API refuses it', async (t) => {
  let issued = 0
  let isOver = false
  const authority = await api(t, () => ({ access_token: `t${++issued}`, expires_in: 3600 }))
  const { received, url } = await api(t, ({ headers }) => (isOver && headers.authorization === 'Bearer t1' ? 401 : 200))
  const { connect, described, destination, rule, put, settle, advance } = await destinationFixture()
  const OAuthParameters = {
    ...{ ClientParameters: { ClientID: 'id', ClientSecret: 's' }, AuthorizationEndpoint: authority.url },
    HttpMethod: 'POST',
    OAuthHttpParameters: { BodyParameters: [{ Key: 'scope', Value: 'all' }] },
  }
  const { ConnectionState } = await connect('OAUTH_CLIENT_CREDENTIALS', { OAuthParameters })
  assert.equal(ConnectionState, 'AUTHORIZING')
  await settle()
  assert.equal((await described()).ConnectionState, 'AUTHORIZED')
  assert.equal(authority.received[0]?.body, 'grant_type=client_credentials&scope=all')
  assert.equal(authority.received[0]?.headers.authorization, `Basic ${Buffer.from('id:s').toString('base64')}`)
  await rule('r', { source: ['shop'] }, [{ Id: 'd', Arn: await destination(url), RoleArn }])
  await put([order()])
  await settle()
  isOver = true
  await put([order()])
  await settle()
  await advance(minuteMs)
  assert.deepEqual(
    received.map(({ headers }) => headers.authorization),
    ['Bearer t1', 'Bearer t1', 'Bearer t2'],
  )
})

test('a connection whose authority gives no token is not authorized, and says why', async (t) => {
  const authority = await api(t, () => 403)
  const { connect, described, settle } = await destinationFixture()
  const OAuthParameters = {
    ...{ ClientParameters: { ClientID: 'id', ClientSecret: 's' }, AuthorizationEndpoint: authority.url },
    HttpMethod: 'POST',
  }
  await connect('OAUTH_CLIENT_CREDENTIALS', { OAuthParameters })
  await settle()
  const { ConnectionState, StateReason } = await described()
  assert.deepEqual([ConnectionState, StateReason], ['DEAUTHORIZED', 'The authorization endpoint answered 403.'])
})

test('answers of 429 and 5xx are tried again, others go to the dead-letter queue', async (t) => {
  const statuses = [503, 429, 200, 404]
  const { received, url } = await api(t, () => statuses.shift() ?? 200)
  const { connect, destination, rule, put, settle, advance, queue, messages } = await destinationFixture()
  await connect('BASIC', basic)
  const dead = await queue('dead')
  const target = { Id: 'd', Arn: await destination(url), RoleArn, DeadLetterConfig: { Arn: dead } }
  await rule('r', { source: ['shop'] }, [target])
  await put([order({ n: 1 })])
  await settle()
  await advance(minuteMs)
  assert.equal(received.length, 3)
  await put([order({ n: 2 })])
  await settle()
  const [letter, ...more] = await messages('dead')
  assert.equal(more.length, 0)
  assert.equal(JSON.parse(letter?.Body ?? '').detail.n, 2)
  assert.equal(letter?.MessageAttributes?.ERROR_CODE?.StringValue, 'ERROR_FROM_TARGET')
})

test('the role of the target must allow the call', async (t) => {
  const { received, url } = await api(t)
  const { connect, destination, rule, put, settle, queue, messages } = await destinationFixture({ allowed: false })
  await connect('BASIC', basic)
  const dead = await queue('dead')
  const target = { Id: 'd', Arn: await destination(url), RoleArn, DeadLetterConfig: { Arn: dead } }
  await rule('r', { source: ['shop'] }, [target])
  await put([order()])
  await settle()
  const [letter] = await messages('dead')
  assert.equal(letter?.MessageAttributes?.ERROR_CODE?.StringValue, 'NO_PERMISSIONS')
  assert.equal(received.length, 0)
})

test('endpoints without TLS, and those of other machines, are refused unless the server is to call them', async () => {
  const { connect, destination, events } = await destinationFixture()
  await connect('BASIC', basic)
  for (const url of ['http://example.com/', 'https://example.com/', 'https://u:p@localhost/', 'nothing']) {
    await assert.rejects(destination(url), { code: 'ValidationException' }, url)
  }
  const { ConnectionArn } = await events<DescribeConnectionResponse>('DescribeConnection', { Name: 'c' })
  await destination('https://localhost/')
  await assert.rejects(destination('https://localhost/'), { code: 'ResourceAlreadyExistsException' })
  await events('UpdateApiDestination', { Name: 'd', HttpMethod: 'PUT', InvocationRateLimitPerSecond: 5 })
  const { CreationTime, LastModifiedTime, ApiDestinationArn, ...shown } = await events<Record<string, unknown>>(
    'DescribeApiDestination',
    { Name: 'd' },
  )
  assert.ok(CreationTime && LastModifiedTime)
  assert.match(String(ApiDestinationArn), new RegExp(`^arn:aws:events:${region}:${accountId}:api-destination/d/`))
  assert.deepEqual(shown, {
    ...{ ApiDestinationState: 'ACTIVE', Name: 'd', ConnectionArn, InvocationEndpoint: 'https://localhost/' },
    ...{ HttpMethod: 'PUT', InvocationRateLimitPerSecond: 5 },
  })
})

test('an update of a connection keeps what it does not give', async () => {
  const { connect, events, described, call } = await destinationFixture()
  await connect('BASIC', basic)
  await events('UpdateConnection', { Name: 'c', AuthParameters: { BasicAuthParameters: { Password: 'new' } } })
  const { SecretArn } = await described()
  const { SecretString } = (await call('secretsmanager', 'GetSecretValue', { SecretId: SecretArn })) as {
    SecretString: string
  }
  assert.deepEqual(JSON.parse(SecretString), { username: 'u', password: 'new' })
  await events('DeauthorizeConnection', { Name: 'c' })
  assert.equal((await described()).ConnectionState, 'DEAUTHORIZED')
  const wrong = { Name: 'e', AuthorizationType: 'API_KEY', AuthParameters: basic }
  await assert.rejects(events('CreateConnection', wrong), { code: 'ValidationException' })
  await assert.rejects(events('DescribeConnection', { Name: 'e' }), { message: "Connection 'e' does not exist." })
})

test('what an event holds cannot lead out of the path of a destination, nor to another host, and breaks no delivery', async (t) => {
  const { received, url } = await api(t)
  const { connect, destination, rule, put, settle, queue, messages, faults } = await destinationFixture()
  await connect('BASIC', { ...basic, InvocationHttpParameters: { BodyParameters: [{ Key: 'token', Value: 't' }] } })
  const Arn = await destination(`${url}/orders/*/lines`)
  const HttpParameters = { PathParameterValues: ['$.detail.id'], HeaderParameters: { 'X-Name': '$.detail.name' } }
  const DeadLetterConfig = { Arn: await queue('dead') }
  const InputTransformer = { InputPathsMap: { id: '$.detail.id' }, InputTemplate: '"the order <id>"' }
  const target = { Id: 'd', Arn, RoleArn, HttpParameters, DeadLetterConfig, InputTransformer }
  await rule('r', { source: ['shop'] }, [target])
  await put([order({ id: '..', name: 'a' }), order({ id: '1', name: 'two\nlines' }), order({ id: '2', name: 'a' })])
  await settle()
  assert.deepEqual(
    received.map(({ url: path, body }) => [path, body]),
    [['/orders/2/lines', '"the order 2"']],
  )
  const letters = await messages('dead')
  assert.deepEqual(letters.map(({ Body = '' }) => JSON.parse(Body).detail.id).toSorted(), ['..', '1'])
  assert.deepEqual(faults, [])
})

test('only the path of a destination may have wildcards', async () => {
  const { connect, destination } = await destinationFixture()
  await connect('BASIC', basic)
  await assert.rejects(destination('https://*/orders'), { code: 'ValidationException', message: /Only the path/ })
})

test('a connection that is refused in the end leaves no secret', async () => {
  const { connect, events, beforeHandling, call } = await destinationFixture()
  const another = { Name: 'c', AuthorizationType: 'BASIC', AuthParameters: basic }
  // Its name is taken once the secret is made.
  beforeHandling('secretsmanager', 'CreateSecret', () => events('CreateConnection', another, { caller: alice }))
  await assert.rejects(connect('BASIC', basic), { code: 'ResourceAlreadyExistsException' })
  const { SecretList } = (await call('secretsmanager', 'ListSecrets', {})) as { SecretList: object[] }
  assert.equal(SecretList.length, 1)
})
