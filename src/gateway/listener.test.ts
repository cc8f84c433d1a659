import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { defaultLimits, Listener } from './listener.ts'
import type { WireResponse } from './wire.ts'

const answered: WireResponse = { status: 200, headers: {}, body: 'done' }
const request = 'GET /path HTTP/1.1\r\nHost: x\r\n\r\n'

/** A listener for two connections, whose answers wait until they are given. */
async function listenerForTwo(t: TestContext) {
  const asked: ((answer: WireResponse) => void)[] = []
  const listener = new Listener({
    host: '127.0.0.1',
    port: 0,
    limits: { ...defaultLimits, connections: 2 },
    answer: () => new Promise((resolve) => asked.push(resolve)),
    onFault: (fault) => assert.fail(String(fault)),
    bodyLimit: async () => undefined,
    tooLarge: async () => answered,
    noRoom: () => answered,
  })
  const { port } = await listener.listen()
  const sockets: Socket[] = []
  t.after(async () => {
    for (const socket of sockets) socket.destroy()
    for (const answer of asked) answer(answered)
    await listener.close()
  })
  return {
    async open(): Promise<Socket> {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      sockets.push(socket)
      await once(socket, 'connect')
      return socket
    },
    /** Sends requests in one go and waits until they are asked. */
    async ask(socket: Socket, requests = 1): Promise<void> {
      const before = asked.length
      socket.write(request.repeat(requests))
      while (asked.length < before + requests) await new Promise((resolve) => setTimeout(resolve, 1))
    },
    async answer(socket: Socket): Promise<void> {
      asked.shift()?.(answered)
      await once(socket, 'data')
    },
  }
}

test('past the limit, the connection that is idle for longest makes room', async (t) => {
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
