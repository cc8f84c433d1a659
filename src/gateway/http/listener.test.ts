import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { Authority, type Certificate } from '../../../test/fixtures/certificates.ts'
import type { Client } from '../../core/call.ts'
import { eventually } from '../../testing/eventually.ts'
import { defaultLimits, type ListenerLimits } from './limits.ts'
import { Listener } from './listener.ts'
import type { WireResponse } from './wire.ts'

const answered: WireResponse = { status: 200, headers: {}, body: 'done' }
const request = 'GET /path HTTP/1.1\r\nHost: x\r\n\r\n'

/** A listener for two connections, whose answers wait until they are given. */
async function listenerForTwo(t: TestContext, tls?: Certificate, limits: Partial<ListenerLimits> = {}) {
  const asked: ((answer: WireResponse) => void)[] = []
  const clients: Client[] = []
  const listener = new Listener({
    host: '127.0.0.1',
    port: 0,
    tls,
    limits: { ...defaultLimits, connections: 2, ...limits },
    refuse: ({ path }) => (path === '/refused' ? { ...answered, status: 403 } : undefined),
    answer: (_request, _source, client) => {
      clients.push(client)
      return new Promise((resolve) => asked.push(resolve))
    },
    onFault: (fault) => assert.fail(String(fault)),
    bodyLimit: async () => undefined,
    tooLarge: async () => answered,
    atCapacity: () => answered,
  })
  const { port } = await listener.listen()
  const sockets: Socket[] = []
  t.after(async () => {
    for (const socket of sockets) socket.destroy()
    for (const answer of asked) answer(answered)
    await listener.close()
  })
  return {
    listener,
    asked,
    clients,
    async open(options: { allowHalfOpen?: boolean } = {}): Promise<Socket> {
      const address = { port, host: '127.0.0.1', ...options }
      const socket = tls ? connectTls({ ...address, rejectUnauthorized: false }) : connect(address)
      socket.on('error', () => {})
      sockets.push(socket)
      await once(socket, tls ? 'secureConnect' : 'connect')
      return socket
    },
    /** Sends requests in one go and waits until they are asked. */
    async ask(socket: Socket, requests = 1): Promise<void> {
      const before = asked.length
      socket.write(request.repeat(requests))
      await eventually(() => asked.length >= before + requests)
    },
    async answer(socket: Socket, answer = answered): Promise<void> {
      asked.shift()?.(answer)
      await once(socket, 'data')
    },
  }
}

test('past the limit, the connection that is idle for longest is closed', async (t) => {
  const server = await listenerForTwo(t)
  const first = await server.open()
  const second = await server.open()
  await server.ask(first)
  await server.answer(first)
  const cut = once(second, 'close')
  const third = await server.open()
  await cut
  assert.deepEqual([first.destroyed, third.destroyed], [false, false])
})

test('past the limit, a connection with a request under way is never cut', async (t) => {
  const server = await listenerForTwo(t)
  const busy = await server.open()
  // Two requests in one go: the answer to the first does not make the connection idle.
  await server.ask(busy, 2)
  await server.answer(busy)
  const idle = await server.open()
  const cut = once(idle, 'close')
  const third = await server.open()
  await cut
  assert.deepEqual([busy.destroyed, third.destroyed], [false, false])
  await server.answer(busy)
})

/** Everything that comes until the connection ends. */
async function rest(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const statusesIn = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))

test('a client that has said all it has to say is answered', async (t) => {
  const server = await listenerForTwo(t)
  const socket = await server.open({ allowHalfOpen: true })
  await server.ask(socket)
  socket.end()
  const received = rest(socket)
  await eventually(() => server.clients.at(-1)?.signal.aborted)
  server.asked.shift()?.(answered)
  assert.deepEqual(statusesIn(await received), [200])
})

test('what is malformed is refused after the answers to what came before it', async (t) => {
  const authority = new Authority()
  t.after(() => authority.remove())
  await refusesMalformed(await listenerForTwo(t))
  await refusesMalformed(await listenerForTwo(t, authority.issue('localhost')))
})

async function refusesMalformed(server: Awaited<ReturnType<typeof listenerForTwo>>): Promise<void> {
  const socket = await server.open()
  const received = rest(socket)
  socket.write(`${request}${request}GARBAGE\r\n\r\n`)
  await eventually(() => server.asked.length >= 2)
  for (const answer of server.asked.splice(0)) answer(answered)
  assert.deepEqual(statusesIn(await received), [200, 200, 400])
  const alone = await server.open()
  alone.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n')
  assert.deepEqual(statusesIn(await rest(alone)), [400])
}

test('an end waits until large answers have left, and answers all of what came in one go', async (t) => {
  const server = await listenerForTwo(t)
  const slow = await server.open()
  const body = Buffer.alloc(16 * 1024 * 1024, 'x')
  await server.ask(slow)
  server.asked.shift()?.({ ...answered, body })
  const pipelining = await server.open()
  await server.ask(pipelining, 3)
  const ended = server.listener.close()
  const received = rest(pipelining)
  let seen = ''
  pipelining.on('data', (bytes) => (seen += bytes))
  for (const [place, answer] of server.asked.splice(0).entries()) {
    answer(answered)
    await eventually(() => statusesIn(seen).length > place)
  }
  const text = await received
  assert.deepEqual(statusesIn(text), [200, 200, 200])
  assert.equal(text.match(/^Connection: close/gim)?.length, 1)
  const isOver = ended.then(() => true)
  const turn = new Promise((resolve) => setImmediate(() => resolve(false)))
  assert.equal(await Promise.race([isOver, turn]), false, 'the listener waits for the large answer')
  assert.ok((await rest(slow)).endsWith('x'.repeat(body.length)))
  await ended
})

test('who may ask nothing is refused before the body is read, and nothing more is taken from the connection', async (t) => {
  const server = await listenerForTwo(t)
  const socket = await server.open()
  socket.write('POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n')
  assert.deepEqual(statusesIn(await rest(socket)), [403])
  const second = await server.open()
  second.write(`GET /refused HTTP/1.1\r\nHost: x\r\n\r\n${request}`)
  assert.deepEqual(statusesIn(await rest(second)), [403])
  assert.equal(server.asked.length, 0)
  const third = await server.open()
  const received = rest(third)
  third.write(`${request}GET /refused HTTP/1.1\r\nHost: x\r\n\r\n`)
  await eventually(() => server.asked.length >= 1)
  server.asked.shift()?.(answered)
  assert.deepEqual(statusesIn(await received), [200, 403])
})

test('a body that is not complete in time is refused, over either scheme; one that is may be answered later', async (t) => {
  const authority = new Authority()
  t.after(() => authority.remove())
  for (const tls of [undefined, authority.issue('localhost')]) {
    // Long enough for a handshake on a machine that does much else.
    const server = await listenerForTwo(t, tls, { headersTimeoutMs: 400 })
    const slow = await server.open()
    slow.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf')
    const complete = await server.open()
    await server.ask(complete)
    assert.deepEqual(statusesIn(await rest(slow)), [408])
    await server.answer(complete)
    assert.equal(server.asked.length, 0)
  }
})

test('a body in too many small pieces is refused before they fill the memory', async (t) => {
  const server = await listenerForTwo(t)
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'
  const socket = await server.open()
  const received = rest(socket)
  socket.write(`${head}${'1\r\nx\r\n'.repeat(10_000)}`)
  assert.deepEqual(statusesIn(await received), [400])
  const other = await server.open()
  other.write(`${head}${`200\r\n${'x'.repeat(512)}\r\n`.repeat(2000)}0\r\n\r\n`)
  await eventually(() => server.asked.length >= 1)
})

test("a request's client is gone when it closes the connection or its side of it, over either scheme, and not before", async (t) => {
  const authority = new Authority()
  t.after(() => authority.remove())
  for (const tls of [undefined, authority.issue('localhost')]) {
    const server = await listenerForTwo(t, tls)
    const cut = await server.open()
    const closed = await server.open({ allowHalfOpen: true })
    await server.ask(cut)
    await server.ask(closed, 2)
    const signals = server.clients.map(({ signal }) => signal)
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [false, false, false],
    )
    const gone = signals.map((signal) => once(signal, 'abort'))
    cut.destroy()
    await gone[0]
    assert.equal(signals[1]?.aborted, false)
    closed.end()
    await Promise.all(gone)
    if (tls) continue
    // One that waits for its answers on its other side has them all the same.
    const received = rest(closed)
    for (const answer of server.asked.splice(0)) answer(answered)
    assert.deepEqual(statusesIn(await received), [200, 200])
  }
})

test('an answer that is sent, or whose client goes, is reported with about as many bytes as went out', async (t) => {
  const two = await listenerForTwo(t)
  const reported: number[] = []
  const report = (body: WireResponse['body'], headers = {}): WireResponse => ({
    ...{ status: 200, headers, body },
    sent: (bytes) => reported.push(bytes),
  })
  const socket = await two.open()
  await two.ask(socket)
  two.asked[0]?.(report('done'))
  await eventually(() => reported.length === 1)
  await two.ask(socket)
  const stuck = new Readable({ read() {} })
  stuck.push('12345')
  two.asked[1]?.(report(stuck, { 'Content-Length': '1000000' }))
  await once(socket, 'data')
  socket.destroy()
  await eventually(() => reported.length === 2)
  const [whole, broken = 0] = reported
  assert.equal(whole, 4)
  assert.ok(broken >= 5 && broken < 1000, String(broken))
})
