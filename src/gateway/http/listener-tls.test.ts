import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, type TestContext, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { Authority } from '../../../test/fixtures/certificates.ts'
import { defaultLimits, type ListenerLimits } from './limits.ts'
import { Listener } from './listener.ts'
import type { WireResponse } from './wire.ts'

const authority = new Authority()
const certificate = authority.issue('localhost')
after(() => authority.remove())

const answered: WireResponse = { status: 200, headers: {}, body: 'done' }
const refused: WireResponse = { status: 413, headers: {}, body: 'too large' }
const request = 'GET /path HTTP/1.1\r\nHost: x\r\n\r\n'

async function listening(t: TestContext, limits: Partial<ListenerLimits> = {}, { tls = true } = {}) {
  const wrongSchemes: string[] = []
  const listener = new Listener({
    host: '127.0.0.1',
    port: 0,
    tls: tls ? certificate : undefined,
    limits: { ...defaultLimits, ...limits },
    answer: async () => answered,
    onFault: (fault) => assert.fail(String(fault)),
    onWrongScheme: (spoken) => wrongSchemes.push(spoken),
    bodyLimit: async () => undefined,
    tooLarge: async () => refused,
    atCapacity: () => refused,
  })
  const { port } = await listener.listen()
  const sockets: Socket[] = []
  const opened = async <S extends Socket>(socket: S, event: string): Promise<S> => {
    socket.on('error', () => {})
    sockets.push(socket)
    await once(socket, event)
    return socket
  }
  t.after(async () => {
    for (const socket of sockets) socket.destroy()
    await listener.close()
  })
  return {
    wrongSchemes,
    port,
    plain: () => opened(connect(port, '127.0.0.1'), 'connect'),
    secure: (options = {}): Promise<TLSSocket> =>
      opened(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }), 'secureConnect'),
  }
}

/** Everything that comes until the connection ends, whichever way it does. */
async function rest(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(chunks).toString('latin1')
}

/** The first bytes of a handshake, as a client of TLS 1.3 sends them. */
async function clientHello(): Promise<Buffer> {
  const { Duplex } = await import('node:stream')
  return new Promise((resolve) => {
    const socket = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        resolve(chunk)
        done()
      },
    })
    connectTls({ socket }).on('error', () => {})
  })
}

test('plain HTTP on a port of TLS is answered in plain HTTP, however long it is', async (t) => {
  const { plain, secure, wrongSchemes } = await listening(t)
  for (const body of ['', 'x'.repeat(300_000)]) {
    const socket = await plain()
    const received = rest(socket)
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    assert.match(
      await received,
      /^HTTP\/1\.1 400 Bad Request\r\n.*\r\n\r\nThis port speaks https, .*use https:\/\/\.\n$/s,
    )
  }
  assert.deepEqual(wrongSchemes, ['http', 'http'])
  const socket = await secure()
  socket.write(request)
  const [answer] = await once(socket, 'data')
  assert.match(String(answer), /^HTTP\/1\.1 200/)
})

test('TLS on a port of plain HTTP is refused in TLS', async (t) => {
  const { port, plain, wrongSchemes } = await listening(t, {}, { tls: false })
  const client = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  const [error] = await once(client, 'error')
  assert.match(error.code, /HANDSHAKE_FAILURE/)
  const socket = await plain()
  socket.write(request)
  const [answer] = await once(socket, 'data')
  assert.match(String(answer), /^HTTP\/1\.1 200/)
  assert.deepEqual(wrongSchemes, ['https'])
})

test('a handshake that does not go on, and silence behind one, end with the time for headers', async (t) => {
  const { plain, secure } = await listening(t, { headersTimeoutMs: 150 })
  const hello = await clientHello()
  const startedMs = performance.now()
  const ends: Promise<unknown>[] = [rest(await plain())]
  for (const bytes of [hello.subarray(0, 1), hello.subarray(0, 100), hello]) {
    const socket = await plain()
    socket.write(bytes)
    ends.push(rest(socket))
  }
  ends.push(rest(await secure()))
  const halfAsked = await secure()
  halfAsked.write('POST / HTTP/1.1\r\nHost: x\r\n')
  ends.push(rest(halfAsked))
  await Promise.all(ends)
  assert.ok(performance.now() - startedMs < 10_000)
})

test('what breaks a handshake off leaves the others served', async (t) => {
  const { plain, secure } = await listening(t)
  const hello = await clientHello()
  for (const bytes of [hello, hello.subarray(0, 50), Buffer.from([22, 3, 1, 255, 255]), Buffer.alloc(5000, 22)]) {
    const reset = await plain()
    reset.write(bytes)
    await new Promise((resolve) => setImmediate(resolve))
    reset.resetAndDestroy()
    const ended = await plain()
    ended.end(bytes)
    await rest(ended)
  }
  const socket = await secure()
  socket.write(request)
  const [answer] = await once(socket, 'data')
  assert.match(String(answer), /^HTTP\/1\.1 200/)
})

test('past the limit, the connection that is idle for longest is closed, whether it has shaken hands or not', async (t) => {
  const { plain, secure } = await listening(t, { connections: 2 })
  const silent = await plain()
  const first = await secure()
  const cut = rest(silent)
  const second = await secure()
  await cut
  const cutToo = rest(first)
  await secure()
  await cutToo
  assert.equal(second.destroyed, false)
})

test('a client cannot renegotiate', async (t) => {
  const { secure } = await listening(t)
  const socket = await secure({ maxVersion: 'TLSv1.2' })
  const failed = once(socket, 'error')
  socket.renegotiate({}, () => {})
  const [error] = await failed
  assert.match(error.code, /NO_RENEGOTIATION/)
})

test('a body over the limit is refused over TLS as in plain HTTP', async (t) => {
  const { secure } = await listening(t, { bodyBytes: 1000 })
  const socket = await secure()
  const received = rest(socket)
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n')
  socket.write('x'.repeat(2000))
  assert.match(await received, /^HTTP\/1\.1 413/)
})
