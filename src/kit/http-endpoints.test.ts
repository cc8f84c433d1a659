import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { DeliveryRefused } from './deliveries/failure.ts'
import { type EndpointRequest, isLoopbackName, requestEndpoint } from './http-endpoints.ts'

async function endpoint(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://localhost:${(server.address() as AddressInfo).port}/`
}

const ask = (url: string, more: Partial<EndpointRequest> = {}) =>
  requestEndpoint({
    ...{ url: new URL(url), method: 'POST', headers: { a: 'b' }, body: 'ü', endpoints: 'loopback', answerMs: 5000 },
    ...{ signal: new AbortController().signal, ...more },
  })

const refusal = async (answer: Promise<unknown>) => {
  const error = await answer.then(
    () => undefined,
    (error) => error,
  )
  assert.ok(error instanceof DeliveryRefused, String(error))
  return [error.failure.code, error.failure.isPermanent]
}

test('an endpoint gets the request, and its status and the beginning of its body come back', async (t) => {
  const url = await endpoint(t, async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    response.statusCode = 201
    response.end(`${request.method} ${request.headers.a} ${request.headers['content-length']} ${Buffer.concat(chunks)}`)
  })
  assert.deepEqual(await ask(url), { status: 201, body: '' })
  assert.deepEqual(await ask(url, { bodyBytes: 100 }), { status: 201, body: 'POST b 2 ü' })
  assert.deepEqual(await ask(url, { bodyBytes: 6 }), { status: 201, body: 'POST b' })
})

test('an endpoint that does not answer in time, or is not there, may be tried again', async (t) => {
  const silent = await endpoint(t, () => {})
  assert.deepEqual(await refusal(ask(silent, { answerMs: 20 })), ['EndpointTimeout', false])
  const cut = await endpoint(t, (request) => request.socket.destroy())
  assert.deepEqual(await refusal(ask(cut)), ['EndpointUnreachable', false])
})

test('endpoints of other machines are not called unless that is allowed', async () => {
  assert.deepEqual(await refusal(ask('http://192.0.2.1/')), ['EndpointNotAllowed', true])
  for (const name of ['localhost', 'api.localhost', '127.0.0.1', '127.1.2.3', '[::1]']) assert.ok(isLoopbackName(name))
  for (const name of ['localhost.example.com', '128.0.0.1', 'example.com', '[::2]']) assert.ok(!isLoopbackName(name))
})

test('a request whose headers cannot be sent is refused for good', async (t) => {
  const url = await endpoint(t, (_request, response) => response.end())
  assert.deepEqual(await refusal(ask(url, { headers: { a: 'two\nlines' } })), ['EndpointRequestInvalid', true])
  assert.deepEqual(await refusal(ask(url, { headers: { a: '名' } })), ['EndpointRequestInvalid', true])
})
