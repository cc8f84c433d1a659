import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { send, signJson, signQuery } from '../fixtures/raw-client.ts'

let server: Strongroom
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const post = (headers: Record<string, string>, body: string, path = '/', method = 'POST') =>
  send(server.port, { method, path, headers: { host: `127.0.0.1:${server.port}`, ...headers }, body })

const jsonType = { 'content-type': 'application/x-amz-json-1.1' }

test('a request without a signature gets an error that says so, in its protocol', async () => {
  const json = await post({ ...jsonType, 'x-amz-target': 'TrentService.ListKeys' }, '{}')
  assert.equal(json.status, 400)
  assert.deepEqual(JSON.parse(json.body), {
    __type: 'MissingAuthenticationTokenException',
    message: 'Request is missing Authentication Token',
  })
  const query = await post(
    { 'content-type': 'application/x-www-form-urlencoded' },
    'Action=ListUsers&Version=2010-05-08',
  )
  assert.equal(query.status, 403)
  assert.match(query.body, /<Code>MissingAuthenticationToken<\/Code>/)
})

test('unknown services, unknown, unbuilt and misspelt operations and wrong methods are refused in AWS forms', async () => {
  const unknownTarget = await post({ ...jsonType, 'x-amz-target': 'Nothing.Here' }, '{}')
  assert.equal(JSON.parse(unknownTarget.body).__type, 'UnknownOperationException')
  const { port, credentials } = server
  const misspelt = await send(port, signJson({ port, service: 'kms', operation: 'Encryptt', input: {} }, credentials))
  assert.equal(misspelt.status, 400)
  assert.equal(JSON.parse(misspelt.body).__type, 'UnknownOperationException')
  const unbuilt = await send(
    port,
    signJson({ port, service: 'ssm', operation: 'CreateDocument', input: {} }, credentials),
  )
  assert.equal(unbuilt.status, 400)
  assert.match(JSON.parse(unbuilt.body).message, /CreateDocument/)
  const action = await send(port, signQuery({ port, service: 'iam', form: { Action: 'Nothing' } }, credentials))
  assert.equal(action.status, 400)
  assert.match(
    action.body,
    /<Code>InvalidAction<\/Code><Message>Could not find operation Nothing for version 2010-05-08</,
  )
  const wrongMethod = await post({ ...jsonType, 'x-amz-target': 'TrentService.ListKeys' }, '', '/', 'DELETE')
  assert.ok(wrongMethod.status >= 400 && wrongMethod.status < 500)
})

test('a Region that is not served is refused with the way on, in the form of the protocol', async () => {
  const { port, credentials } = server
  const asked = { port, service: 'kms', operation: 'ListKeys', input: {} } as const
  const answer = await send(port, signJson({ ...asked, region: 'cn-north-1' }, credentials))
  assert.deepEqual(JSON.parse(answer.body), {
    __type: 'InvalidSignatureException',
    message:
      "Credential should be scoped to a valid region, not 'cn-north-1'. It is of the partition aws-cn, and this server is of " +
      'the partition aws: use us-east-1.',
  })
  const form = { Action: 'GetCallerIdentity' }
  const query = await send(port, signQuery({ port, service: 'sts', form, region: 'mars-north-1' }, credentials))
  assert.match(query.body, /<Code>SignatureDoesNotMatch<.*or start the server with --region mars-north-1 to have such/)
  const own = await startTestServer({ region: 'mars-north-1' })
  try {
    const there = { ...asked, port: own.port, region: 'mars-north-1' }
    assert.equal((await send(own.port, signJson(there, own.credentials))).status, 200)
  } finally {
    await own.stop()
  }
})

test('the error for an unknown access key names those that a development server knows; a durable server names none', async () => {
  const asked = { port: server.port, service: 'kms', operation: 'ListKeys', input: {} } as const
  const stranger = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' }
  const answer = JSON.parse((await send(server.port, signJson(asked, stranger))).body)
  assert.deepEqual(answer, {
    __type: 'UnrecognizedClientException',
    message:
      'The security token included in the request is invalid. This development server knows the access keys test and those ' +
      'that its own IAM and STS have issued.',
  })
  const durable = await startTestServer({
    dev: false,
    rootKey: { kind: 'value', value: '00'.repeat(32), from: 'test' },
  })
  try {
    const { message } = JSON.parse(
      (await send(durable.port, signJson({ ...asked, port: durable.port }, stranger))).body,
    )
    assert.equal(message, 'The security token included in the request is invalid.')
  } finally {
    await durable.stop()
  }
})

test('malformed JSON, wrong types and oversized bodies are refused without a crash', async () => {
  const target = { ...jsonType, 'x-amz-target': 'TrentService.ListKeys' }
  for (const body of ['{', '[]', '"x"', 'null', '{"Limit":"x"}', '\ufeff{}', '{"a":'.repeat(5000)]) {
    const { status } = await post(target, body)
    assert.ok(status >= 400 && status < 500, `${body.slice(0, 20)} → ${status}`)
  }
  const { port, credentials } = server
  const wrongType = signJson(
    { port, service: 'kms', operation: 'Encrypt', input: { KeyId: 5, Plaintext: 'YQ==' } },
    credentials,
  )
  const answer = await send(port, wrongType)
  assert.deepEqual(JSON.parse(answer.body), {
    __type: 'SerializationException',
    Message: 'NUMBER_VALUE cannot be converted to String',
  })
  const large = await post(target, JSON.stringify({ Marker: 'x'.repeat(1024 * 1024) })).catch((error) => error)
  if ('status' in large) assert.equal(large.status, 413)
  else assert.match(String(large.code), /ECONNRESET|EPIPE/)
})

test('several constraint failures come in one message, in AWS words', async () => {
  const { port, credentials } = server
  const input = { KeyId: 'k'.repeat(2049), Plaintext: Buffer.alloc(4097).toString('base64') }
  const answer = await send(port, signJson({ port, service: 'kms', operation: 'Encrypt', input }, credentials))
  const { __type, message } = JSON.parse(answer.body)
  assert.equal(__type, 'ValidationException')
  assert.match(message, /^2 validation errors detected: /)
  assert.match(
    message,
    /Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096/,
  )
})

test('no signed body makes the server answer 500, whatever is in it', async () => {
  const { port, credentials } = server
  const operations = [
    'Encrypt',
    'Decrypt',
    'CreateKey',
    'TagResource',
    'PutKeyPolicy',
    'ListKeys',
    'CreateAlias',
    'ReEncrypt',
  ]
  const member = fc.oneof(fc.jsonValue(), fc.string(), fc.constant('*'), fc.base64String(), fc.object())
  const input = fc.dictionary(
    fc.constantFrom(
      'KeyId',
      'Plaintext',
      'CiphertextBlob',
      'EncryptionContext',
      'Tags',
      'Policy',
      'Limit',
      'Marker',
      'DryRun',
      'GrantTokens',
      'AliasName',
      'TargetKeyId',
      'DestinationKeyId',
      '__type',
      '__proto__',
      'constructor',
    ),
    member,
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...operations), input, async (operation, body) => {
      const { status } = await send(port, signJson({ port, service: 'kms', operation, input: body }, credentials))
      assert.ok(status < 500, `${operation} ${JSON.stringify(body)} → ${status}`)
    }),
    { numRuns: 300 },
  )
  const field = fc.oneof(fc.string(), fc.constantFrom('true', '-1', '1e99', '%', '\u0000', '{"Version":"2012-10-17"}'))
  const form = fc.dictionary(
    fc.constantFrom(
      'UserName',
      'PolicyDocument',
      'PolicyName',
      'Path',
      'MaxItems',
      'Marker',
      'Tags.member.1.Key',
      'Tags.member.1.Value',
      'Tags.member.x',
      'Tags',
      'RoleName',
      'AssumeRolePolicyDocument',
      'PolicyArn',
    ),
    field,
  )
  const actions = [
    'CreateUser',
    'CreateRole',
    'CreatePolicy',
    'PutUserPolicy',
    'ListUsers',
    'SimulateCustomPolicy',
    'TagUser',
  ]
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...actions), form, async (Action, fields) => {
      const { status } = await send(port, signQuery({ port, service: 'iam', form: { Action, ...fields } }, credentials))
      assert.ok(status < 500, `${Action} ${JSON.stringify(fields)} → ${status}`)
    }),
    { numRuns: 300 },
  )
})

test('raw bytes of any kind end in an answer or a closed connection, and the server serves on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), fc.boolean(), async (bytes, asHttp) => {
      await new Promise<void>((resolve) => {
        const socket = connect(server.port, '127.0.0.1')
        socket.on('error', () => {})
        socket.on('close', () => resolve())
        socket.on('data', () => socket.destroy())
        if (asHttp) socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.1\r\n')
        socket.write(bytes)
        socket.end()
        setTimeout(() => socket.destroy(), 300).unref()
      })
    }),
    { numRuns: 150 },
  )
  const health = await post({}, '', '/_strongroom/health', 'GET')
  assert.equal(health.status, 200)
})

test('a browser is answered with CORS headers and its preflight with what it asked for', async () => {
  const origin = 'http://localhost:3000'
  const preflight = await post(
    {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-amz-target',
    },
    '',
    '/',
    'OPTIONS',
  )
  assert.equal(preflight.status, 200)
  assert.equal(preflight.headers['access-control-allow-origin'], '*')
  assert.equal(preflight.headers['access-control-allow-headers'], 'x-amz-target')
  const answer = await post({ ...jsonType, 'x-amz-target': 'TrentService.ListKeys', origin }, '{}')
  assert.equal(answer.headers['access-control-allow-origin'], '*')
  const large = await post(
    { ...jsonType, 'x-amz-target': 'TrentService.ListKeys', origin },
    'x'.repeat(2 * 1024 * 1024),
  )
  assert.deepEqual([large.status, large.headers['access-control-allow-origin']], [413, '*'])
})

test('a development server answers no page of another site, whatever is signed with the credentials that all know', async () => {
  const { port, credentials } = server
  const signed = signJson({ port, service: 'kms', operation: 'ListKeys', input: {} }, credentials)
  assert.equal((await send(port, signed)).status, 200)
  const pages: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'null' },
  ]
  for (const headers of pages) {
    const answer = await send(port, { ...signed, headers: { ...signed.headers, ...headers } })
    assert.equal(answer.status, 403)
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
    assert.match(JSON.parse(answer.body).message, /development server/)
  }
  const preflight = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
  assert.equal((await post(preflight, '', '/', 'OPTIONS')).status, 403)
})

test('an operation that is not built says so also where clients do not sign it', async () => {
  const form = { Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: 'r', WebIdentityToken: 't' }
  const answer = await post(
    { 'content-type': 'application/x-www-form-urlencoded' },
    new URLSearchParams(form).toString(),
  )
  assert.match(answer.body, /<Code>NotImplementedException<\/Code>/)
  assert.match(answer.body, /AssumeRoleWithWebIdentity/)
})

test('an endpoint asked with the wrong method says which is right', async () => {
  for (const path of ['health', 'ready', 'metrics', 'explain/a-request']) {
    const answer = await post({}, '', `/_strongroom/${path}`)
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET'], path)
  }
})

test('the development endpoints refuse browsers and wrong input', async () => {
  const reset = await post({ origin: 'https://evil.example' }, '', '/_strongroom/reset')
  assert.equal(reset.status, 403)
  for (const body of [
    '',
    '{}',
    '{"advanceSeconds":-1}',
    '{"set":"yesterday"}',
    '{"set":"2027-02-29T00:00:00Z"}',
    '{"set":"2026-04-31T23:59:59Z"}',
    '{"set":"2026-01-01T00:00:00Z","advanceSeconds":1}',
  ]) {
    const { status } = await post({}, body, '/_strongroom/clock')
    assert.equal(status, 400, body)
  }
})

test("a wrong path or method under Strongroom's own endpoints gets an error that lists them", async () => {
  const tasks = 'function-logs, generate-policy, ledger-proof, managed-policies, public-parameters, replay-policy'
  const known = `health, ready, metrics, explain/REQUEST-ID, ${tasks}, reset, clock.`
  for (const path of ['', 'nowhere', 'health/', 'health/x', 'explain', 'explain/', 'explain/a/b', 'toString']) {
    const { status, body } = await post({}, '', `/_strongroom/${path}`, 'GET')
    assert.deepEqual([status, String(body).includes(`Known: ${known}`)], [404, true], path)
  }
  const wrong = { health: 'GET', 'explain/x': 'GET', 'function-logs': 'POST', clock: 'GET, POST' }
  for (const [path, allowed] of Object.entries(wrong)) {
    const { status, headers } = await post({}, '', `/_strongroom/${path}`, 'DELETE')
    assert.deepEqual([status, headers.allow], [405, allowed], path)
  }
})
